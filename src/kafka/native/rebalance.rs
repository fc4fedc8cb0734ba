//! What a group gives to a member and takes from it (Java's `ConsumerRebalanceListener`).
//!
//! The library stops fetching and calls back while messages are taken. The callback only notes what is to come: the
//! records in hand are to be used and their offsets stored before partitions are given up, and the library waits for that.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::rc::Rc;

use rdkafka::bindings as sys;

use super::client::{Client, Conf, NativeError, taken};
use super::consume::Starts;
use super::partitions::PartitionList;
use super::raw;

/// The library's code for partitions that are given; the other one is for those that are taken.
const ASSIGN: i32 = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS as i32;

/// A change that the library waits for.
pub(super) struct Rebalance {
    assigned: bool,
    partitions: PartitionList,
}

/// Which partitions have been given or taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct Change {
    pub assigned: bool,
    pub partitions: Vec<(String, i32)>,
    /// The group has given these partitions away already: what is committed for them is refused.
    pub lost: bool,
}

impl Change {
    /// Whether others have partitions of which this member could not commit its last offsets.
    pub fn loses(&self) -> bool {
        self.lost && !self.assigned && !self.partitions.is_empty()
    }
}

/// The changes that have been announced and not been made.
#[derive(Default)]
pub(super) struct Rebalances(RefCell<VecDeque<Rebalance>>);

impl Rebalances {
    /// Has the changes of `conf`'s client noted here.
    ///
    /// # Safety
    /// The client is polled only while this exists.
    pub unsafe fn watch(self: &Rc<Self>, conf: &Conf) {
        // SAFETY: the configuration is valid.
        unsafe { sys::rd_kafka_conf_set_opaque(conf.as_ptr(), Rc::as_ptr(self).cast_mut().cast()) };
        // SAFETY: as above; the callback gets the pointer from before, which is valid by the caller's promise.
        unsafe { raw::rd_kafka_conf_set_rebalance_cb(conf.as_ptr(), Some(note)) };
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub fn next(&self) -> Option<Rebalance> {
        self.0.borrow_mut().pop_front()
    }
}

/// The library's callback. It comes from the calls that take messages, in the thread that makes them.
unsafe extern "C" fn note(
    client: *mut sys::rd_kafka_t,
    code: i32,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    opaque: *mut c_void,
) {
    // SAFETY: `Rebalances::watch` has set this pointer, and its caller promised that it is valid.
    let rebalances: &Rebalances = unsafe { &*opaque.cast_const().cast() };
    // SAFETY: the list is valid during the callback.
    let partitions = unsafe { PartitionList::copy(partitions) };
    rebalances.0.borrow_mut().push_back(Rebalance { assigned: code == ASSIGN, partitions });
    // Nothing comes any more until the change is made, so whoever waits for messages need not wait longer. (Yielding by
    // `rd_kafka_yield` would lose a message that comes after all.)
    // SAFETY: the client is valid during the callback, and it is in a group.
    let queue = unsafe { sys::rd_kafka_queue_get_consumer(client) };
    if !queue.is_null() {
        // SAFETY: the queue is valid.
        unsafe { sys::rd_kafka_queue_yield(queue) };
        // SAFETY: the reference is ours and not used afterwards.
        unsafe { sys::rd_kafka_queue_destroy(queue) };
    }
}

impl Rebalance {
    /// Makes the change. Partitions that are given begin at the offsets that `starts` says, or where the group has stopped.
    ///
    /// # Errors
    /// The library's reason not to; then nothing is assigned any more.
    pub fn make(&self, client: &Client, starts: &Starts<'_>) -> Result<Change, NativeError> {
        let places: Vec<(String, i32)> = self.partitions.entries().into_iter().map(|(topic, partition, _)| (topic, partition)).collect();
        if self.assigned {
            for (topic, partition, offset) in starts(&places) {
                self.partitions.set_offset(&topic, partition, offset);
            }
        }
        // SAFETY: the client is valid.
        let lost = unsafe { sys::rd_kafka_assignment_lost(client.as_ptr()) } != 0;
        let partitions = self.partitions.as_ptr();
        if !self.assigned {
            // The library remembers that a partition was paused, even when it is given again later.
            // SAFETY: client and partitions are valid. What is not paused stays as it is.
            unsafe { raw::rd_kafka_resume_partitions(client.as_ptr(), partitions) };
        }
        let outcome = match (is_cooperative(client), self.assigned) {
            // SAFETY: client and partitions are valid; the library copies the list.
            (true, true) => taken(unsafe { sys::rd_kafka_incremental_assign(client.as_ptr(), partitions) }),
            // SAFETY: as above.
            (true, false) => taken(unsafe { sys::rd_kafka_incremental_unassign(client.as_ptr(), partitions) }),
            (false, true) => assign(client, partitions),
            (false, false) => assign(client, ptr::null()),
        };
        if let Err(error) = outcome {
            // The group waits for an answer all the same.
            assign(client, ptr::null())?;
            return Err(error);
        }
        Ok(Change { assigned: self.assigned, partitions: places, lost })
    }
}

/// Reads these partitions and no others; null for none.
pub(super) fn assign(client: &Client, list: *const sys::rd_kafka_topic_partition_list_t) -> Result<(), NativeError> {
    // SAFETY: the client is valid; the list is null or valid, and the library copies it.
    match unsafe { raw::rd_kafka_assign(client.as_ptr(), list) } {
        0 => Ok(()),
        code => Err(NativeError::new(code, None)),
    }
}

/// Whether the group changes by differences (KIP-429, KIP-848).
fn is_cooperative(client: &Client) -> bool {
    // SAFETY: the client is valid.
    let protocol = unsafe { sys::rd_kafka_rebalance_protocol(client.as_ptr()) };
    // SAFETY: the result is null or a static string.
    !protocol.is_null() && unsafe { CStr::from_ptr(protocol) } == c"COOPERATIVE"
}
