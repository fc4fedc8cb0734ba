//! The native side of the consumer.

use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rdkafka::bindings as sys;

use super::batch::Batch;
use super::client::{Client, Conf, NativeError, Queue, millis, taken};
use super::codes;
use super::partitions::PartitionList;
use super::raw;
use super::rebalance::{Change, Rebalances, assign};
use super::topic::{Topic, TopicMetadata};

/// Offsets by topic and partition.
pub(in crate::kafka) type Offsets = Vec<(String, i32, i64)>;

/// Says where to begin with partitions, as far as it is known.
pub(super) type Starts<'a> = dyn Fn(&[(String, i32)]) -> Offsets + 'a;

/// Offsets that stand for places (`ListOffsetsRequest`).
pub(in crate::kafka) const EARLIEST: i64 = -2;
/// The offset of the next record; for a consumer that reads what is committed, of the first one that may not be yet.
pub(in crate::kafka) const LATEST: i64 = -1;

/// A consumer: in a group, or of partitions that it is told one by one.
pub(in crate::kafka) struct NativeConsumer {
    messages: Queue,
    events: Queue,
    rebalances: Rc<Rebalances>,
    // Nothing is gained by taking a client down at the end of the process, and time is lost: it is left to the system.
    client: ManuallyDrop<Client>,
}

impl NativeConsumer {
    /// Starts the client with `settings`; `group` tells whether it is going to subscribe.
    ///
    /// # Errors
    /// The library's words for settings that it does not take.
    pub fn start(settings: &[(String, String)], group: bool) -> Result<Rc<Self>, String> {
        let mut conf = Conf::new(sys::RD_KAFKA_EVENT_ERROR);
        for (name, value) in settings {
            conf.set(name, value)?;
        }
        let rebalances = Rc::new(Rebalances::default());
        if group {
            // SAFETY: only a consumer and its batches poll, and all of them keep what is noted into.
            unsafe { rebalances.watch(&conf) };
        }
        let client = Client::new(sys::rd_kafka_type_t::RD_KAFKA_CONSUMER, conf)?;
        let messages = if group {
            // SAFETY: the client is valid, and it has a group's name.
            unsafe { sys::rd_kafka_queue_get_consumer(client.as_ptr()) }
        } else {
            // SAFETY: the client is valid.
            unsafe { sys::rd_kafka_queue_new(client.as_ptr()) }
        };
        let (messages, events) = (Queue::owning(messages), client.main_queue());
        Ok(Rc::new(Self { messages, events, rebalances, client: ManuallyDrop::new(client) }))
    }

    /// Room for messages.
    pub fn batch(self: &Rc<Self>) -> Batch {
        Batch::of(Rc::clone(self))
    }

    /// The queue of messages, valid as long as `self`.
    pub(super) fn messages(&self) -> &Queue {
        &self.messages
    }

    /// The errors that have been reported since the last call.
    pub fn errors(&self) -> Vec<NativeError> {
        let event = || self.events.poll(Duration::ZERO);
        std::iter::from_fn(event).filter_map(|event| event.error()).collect()
    }

    /// Why the client cannot go on at all, if so.
    pub fn fatal_error(&self) -> Option<NativeError> {
        self.client.fatal_error()
    }

    /// Asks a broker for one topic, or for all of them.
    ///
    /// # Errors
    /// No broker answered in time, or it refused.
    pub fn metadata(&self, topic: Option<&Topic>, patience: Duration) -> Result<Vec<TopicMetadata>, NativeError> {
        self.client.metadata(topic, patience)
    }

    /// A topic of this client.
    ///
    /// # Errors
    /// The name cannot be a topic's.
    pub fn topic(&self, name: &str) -> Result<Topic, NativeError> {
        Topic::new(&self.client, name)
    }

    /// Begins to fetch a partition, without any group.
    ///
    /// # Errors
    /// The library's reason not to.
    pub fn begin(&self, topic: &Topic, partition: i32, offset: i64) -> Result<(), NativeError> {
        // SAFETY: topic and queue are valid and belong to the same client.
        let failed = unsafe { sys::rd_kafka_consume_start_queue(topic.as_ptr(), partition, offset, self.messages.as_ptr()) } != 0;
        if !failed {
            return Ok(());
        }
        // SAFETY: no arguments; the error is the last one of this thread.
        Err(NativeError::new(unsafe { raw::rd_kafka_last_error() }, None))
    }

    /// Stops fetching a partition that the group has given, until the group takes it away.
    pub fn pause(&self, topic: &str, partition: i32) {
        let list = PartitionList::new([(topic, partition, NO_OFFSET, -1)].into_iter());
        // SAFETY: client and list are valid. What is not ours any more need not be paused.
        unsafe { raw::rd_kafka_pause_partitions(self.client.as_ptr(), list.as_ptr()) };
    }

    /// Joins the group with these topics.
    ///
    /// # Errors
    /// The library's reason not to.
    pub fn subscribe(&self, topics: &[String]) -> Result<(), NativeError> {
        let list = PartitionList::new(topics.iter().map(|topic| (topic.as_str(), -1, NO_OFFSET, -1)));
        // SAFETY: client and list are valid; the library copies the list.
        checked(unsafe { raw::rd_kafka_subscribe(self.client.as_ptr(), list.as_ptr()) })
    }

    /// Whether the group gives or takes partitions. No message comes until that has been [made](Self::rebalance).
    pub fn is_rebalancing(&self) -> bool {
        !self.rebalances.is_empty()
    }

    /// Makes the next change that the group has announced. What has been stored is committed for partitions that are given
    /// up, if the settings say so. Partitions that are given begin at the offsets that `starts` says, or where the group
    /// has stopped.
    ///
    /// # Errors
    /// The library's reason not to.
    pub fn rebalance(&self, starts: &Starts<'_>) -> Option<Result<Change, NativeError>> {
        self.rebalances.next().map(|rebalance| rebalance.make(&self.client, starts))
    }

    /// Whether the group has given this member's partitions to others, without having asked for them.
    pub fn has_lost_assignment(&self) -> bool {
        // SAFETY: the client is valid.
        unsafe { sys::rd_kafka_assignment_lost(self.client.as_ptr()) != 0 }
    }

    /// What the group has committed; negative where it has not.
    ///
    /// # Errors
    /// The coordinator did not answer in time, or refused.
    pub fn committed(&self, partitions: &[(String, i32)], patience: Duration) -> Result<Offsets, NativeError> {
        let list = PartitionList::new(partitions.iter().map(|(topic, partition)| (topic.as_str(), *partition, NO_OFFSET, -1)));
        // SAFETY: client and list are valid.
        checked(unsafe { raw::rd_kafka_committed(self.client.as_ptr(), list.as_ptr(), millis(patience)) })?;
        list.checked_entries()
    }

    /// Goes on reading partitions at these offsets. Those that are not being read yet stay as they are.
    pub fn seek<'a>(&self, offsets: impl Iterator<Item = (&'a str, i32, i64)>) {
        let list = PartitionList::new(offsets.map(|(topic, partition, offset)| (topic, partition, offset, -1)));
        // SAFETY: client and list are valid. It fails only for an empty list, and without a wait nothing is reported.
        drop(taken(unsafe { sys::rd_kafka_seek_partitions(self.client.as_ptr(), list.as_ptr(), 0) }));
    }

    /// The partitions that the group has given to this consumer.
    pub fn assignment(&self) -> Vec<(String, i32)> {
        let mut list = ptr::null_mut();
        // SAFETY: the client is valid, and so is the place for the result.
        let code = unsafe { raw::rd_kafka_assignment(self.client.as_ptr(), &raw mut list) };
        match NonNull::new(list) {
            Some(list) if code == 0 => {
                PartitionList::owning(list).entries().into_iter().map(|(topic, partition, _)| (topic, partition)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Notes offsets (with leader epochs) for the next commit. Partitions that have been given to others meanwhile do not
    /// count.
    pub fn store<'a>(&self, offsets: impl Iterator<Item = (&'a str, i32, i64, i32)>) {
        let list = PartitionList::new(offsets);
        // SAFETY: client and list are valid. What cannot be stored is no longer ours to store.
        unsafe { raw::rd_kafka_offsets_store(self.client.as_ptr(), list.as_ptr()) };
    }

    /// Begins to commit what has been stored.
    ///
    /// # Errors
    /// The library's reason not to.
    pub fn commit(&self) -> Result<Commit, NativeError> {
        // SAFETY: the client is valid.
        let answers = Queue::owning(unsafe { sys::rd_kafka_queue_new(self.client.as_ptr()) });
        let (client, queue) = (self.client.as_ptr(), answers.as_ptr());
        // SAFETY: client and queue are valid; without a list the stored offsets are meant, without a callback an event tells.
        checked(unsafe { raw::rd_kafka_commit_queue(client, ptr::null(), queue, ptr::null(), ptr::null_mut()) })?;
        Ok(Commit(answers))
    }

    /// Leaves the group; meanwhile `waiting` is called now and then.
    ///
    /// # Errors
    /// The library's reason not to, or that it was not done at the deadline.
    pub fn leave(&self, deadline: Instant, waiting: &mut dyn FnMut()) -> Result<(), NativeError> {
        // SAFETY: client and queue are valid; the queue is served below.
        taken(unsafe { sys::rd_kafka_consumer_close_queue(self.client.as_ptr(), self.messages.as_ptr()) })?;
        while self.rebalances.next().is_some() {
            assign(&self.client, ptr::null())?;
        }
        while !self.has_left() {
            if Instant::now() >= deadline {
                return Err(NativeError::new(codes::TIMED_OUT, None));
            }
            waiting();
            // Partitions are given up without a callback now.
            if self.messages.poll(Duration::from_millis(10)).is_some_and(|event| event.kind() == sys::RD_KAFKA_EVENT_REBALANCE) {
                assign(&self.client, ptr::null())?;
            }
        }
        Ok(())
    }

    fn has_left(&self) -> bool {
        // SAFETY: the client is valid.
        unsafe { sys::rd_kafka_consumer_closed(self.client.as_ptr()) != 0 }
    }

    /// The first offsets at or after a time, in milliseconds since 1970, negative where there is none; or the places
    /// [`EARLIEST`] and [`LATEST`].
    ///
    /// # Errors
    /// The brokers did not answer in time, or refused.
    pub fn offsets_at(&self, partitions: &[(String, i32)], time: i64, patience: Duration) -> Result<Offsets, NativeError> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let list = PartitionList::new(partitions.iter().map(|(topic, partition)| (topic.as_str(), *partition, time, -1)));
        // SAFETY: client and list are valid.
        checked(unsafe { raw::rd_kafka_offsets_for_times(self.client.as_ptr(), list.as_ptr(), millis(patience)) })?;
        list.checked_entries()
    }
}

/// A commit that is under way.
pub(in crate::kafka) struct Commit(Queue);

impl Commit {
    /// What became of it, if that is known before `patience` is over. Nothing to commit is no error.
    pub fn outcome(&self, patience: Duration) -> Option<Result<(), NativeError>> {
        let error = self.0.poll(patience)?.error();
        Some(error.filter(|error| error.code != codes::NOTHING_STORED).map_or(Ok(()), Err))
    }
}

const NO_OFFSET: i64 = sys::RD_KAFKA_OFFSET_INVALID as i64;

fn checked(code: i32) -> Result<(), NativeError> {
    if code == 0 { Ok(()) } else { Err(NativeError::new(code, None)) }
}
