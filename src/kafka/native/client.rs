//! What producer and consumer share: configuration, the client itself, its queues, events and errors.

use std::ffi::{CStr, CString, c_char};
use std::fmt;
use std::ptr::NonNull;
use std::time::Duration;

use rdkafka::bindings as sys;

use super::raw;

/// Room for librdkafka's messages.
const ERROR_TEXT: usize = 512;

/// An error of librdkafka: the broker's codes are positive and Kafka's own, the library's are negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct NativeError {
    pub code: i32,
    pub text: String,
}

impl NativeError {
    /// The error with this code, in the library's words unless there are better ones.
    pub fn new(code: i32, text: Option<String>) -> Self {
        Self { code, text: text.filter(|text| !text.is_empty()).unwrap_or_else(|| describe(code)) }
    }
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The library's sentence for a code.
fn describe(code: i32) -> String {
    // SAFETY: the function reads nothing but its argument, and its result is a static string.
    let text = unsafe { raw::rd_kafka_err2str(code) };
    // SAFETY: `text` is a static, NUL-terminated string.
    unsafe { owned_text(text) }.unwrap_or_else(|| format!("error {code}"))
}

/// Takes an error over from the library; null is none.
///
/// # Errors
/// That.
pub(super) fn taken(error: *mut sys::rd_kafka_error_t) -> Result<(), NativeError> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the error is valid until it is destroyed below.
    let code = unsafe { raw::rd_kafka_error_code(error) };
    // SAFETY: as above.
    let text = unsafe { sys::rd_kafka_error_string(error) };
    // SAFETY: the text lives as long as the error.
    let text = unsafe { owned_text(text) };
    // SAFETY: the error is ours and not used afterwards.
    unsafe { sys::rd_kafka_error_destroy(error) };
    Err(NativeError::new(code, text))
}

/// Copies a C string.
///
/// # Safety
/// `text` is null, or points to a NUL-terminated string that nobody changes during the call.
pub(super) unsafe fn owned_text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null; the rest is the caller's promise.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// A configuration that no client has taken yet.
#[derive(Debug)]
pub(super) struct Conf(NonNull<sys::rd_kafka_conf_t>);

impl Conf {
    /// The library's defaults; nothing is logged, and `events` (a set of `RD_KAFKA_EVENT_*` bits) come through queues.
    pub fn new(events: i32) -> Self {
        // SAFETY: no arguments; the result is owned here.
        let conf = unsafe { sys::rd_kafka_conf_new() };
        let conf = Self(NonNull::new(conf).unwrap_or_else(|| unreachable!("rd_kafka_conf_new never returns null")));
        // SAFETY: the pointer is valid until the client takes it. Without a callback the library logs nothing.
        unsafe { sys::rd_kafka_conf_set_log_cb(conf.0.as_ptr(), None) };
        // SAFETY: as above.
        unsafe { sys::rd_kafka_conf_set_events(conf.0.as_ptr(), events) };
        conf
    }

    /// The configuration, valid until a client takes it.
    pub fn as_ptr(&self) -> *mut sys::rd_kafka_conf_t {
        self.0.as_ptr()
    }

    /// Sets one property.
    ///
    /// # Errors
    /// The library's words for a name or value that it does not take.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let (Ok(c_name), Ok(c_value)) = (CString::new(name), CString::new(value)) else {
            return Err(format!("the value of {name} contains a NUL"));
        };
        let mut text = [0_u8; ERROR_TEXT];
        // SAFETY: the pointers are valid for the call, and the buffer is as long as said.
        let result =
            unsafe { sys::rd_kafka_conf_set(self.0.as_ptr(), c_name.as_ptr(), c_value.as_ptr(), text.as_mut_ptr().cast(), text.len()) };
        match result {
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            _ => Err(buffer_text(&text)),
        }
    }
}

impl Drop for Conf {
    fn drop(&mut self) {
        // SAFETY: `Client::new` forgets a configuration that the library has taken, so this one is still ours.
        unsafe { sys::rd_kafka_conf_destroy(self.0.as_ptr()) };
    }
}

fn buffer_text(buffer: &[u8]) -> String {
    CStr::from_bytes_until_nul(buffer).map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A running client. Its end joins its threads, which may take a while: the handles on it keep it from being dropped
/// (`ManuallyDrop`), and leave it to the system.
#[derive(Debug)]
pub(super) struct Client(NonNull<sys::rd_kafka_t>);

// SAFETY: librdkafka's handle may be used from any thread.
unsafe impl Send for Client {}
// SAFETY: as above; every function of the handle is thread-safe.
unsafe impl Sync for Client {}

impl Client {
    /// Starts a client.
    ///
    /// # Errors
    /// The library's words for settings that do not go together.
    pub fn new(kind: sys::rd_kafka_type_t, conf: Conf) -> Result<Self, String> {
        let mut text = [0_u8; ERROR_TEXT];
        // SAFETY: the configuration is valid, and the buffer is as long as said.
        let client = unsafe { sys::rd_kafka_new(kind, conf.0.as_ptr(), text.as_mut_ptr().cast(), text.len()) };
        match NonNull::new(client) {
            Some(client) => {
                // The library owns the configuration from now on; only after a failure it is still ours.
                std::mem::forget(conf);
                Ok(Self(client))
            }
            None => Err(buffer_text(&text)),
        }
    }

    /// The handle, valid as long as `self`.
    pub fn as_ptr(&self) -> *mut sys::rd_kafka_t {
        self.0.as_ptr()
    }

    /// The queue of events that belong to no other queue. It must not outlive the client.
    pub fn main_queue(&self) -> Queue {
        // SAFETY: the handle is valid.
        Queue::owning(unsafe { sys::rd_kafka_queue_get_main(self.as_ptr()) })
    }

    /// Why the client cannot go on at all, if so (KIP-98: an idempotent producer that lost track, or was fenced).
    pub fn fatal_error(&self) -> Option<NativeError> {
        let mut text = [0_u8; ERROR_TEXT];
        // SAFETY: the handle is valid, and the buffer is as long as said.
        let code = unsafe { raw::rd_kafka_fatal_error(self.as_ptr(), text.as_mut_ptr().cast(), text.len()) };
        (code != 0).then(|| NativeError::new(code, Some(buffer_text(&text))))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: the handle is valid and not used afterwards.
        unsafe { sys::rd_kafka_destroy(self.as_ptr()) };
    }
}

/// A reference to one of a client's queues.
#[derive(Debug)]
pub(super) struct Queue(NonNull<sys::rd_kafka_queue_t>);

// SAFETY: queues are thread-safe in librdkafka.
unsafe impl Send for Queue {}

impl Queue {
    /// Takes over a reference that the library has given.
    pub fn owning(queue: *mut sys::rd_kafka_queue_t) -> Self {
        Self(NonNull::new(queue).unwrap_or_else(|| unreachable!("the client was made for this queue")))
    }

    /// The queue, valid as long as `self`.
    pub fn as_ptr(&self) -> *mut sys::rd_kafka_queue_t {
        self.0.as_ptr()
    }

    /// The next event, waiting for it no longer than `patience`.
    pub fn poll(&self, patience: Duration) -> Option<Event> {
        // SAFETY: the queue is valid; the event that comes back is owned here.
        NonNull::new(unsafe { sys::rd_kafka_queue_poll(self.as_ptr(), millis(patience)) }).map(Event)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: the reference is ours and not used afterwards.
        unsafe { sys::rd_kafka_queue_destroy(self.as_ptr()) };
    }
}

/// Something that the library reports.
#[derive(Debug)]
pub(super) struct Event(NonNull<sys::rd_kafka_event_t>);

impl Event {
    /// The event, valid as long as `self`.
    pub fn as_ptr(&self) -> *mut sys::rd_kafka_event_t {
        self.0.as_ptr()
    }

    /// One of the `RD_KAFKA_EVENT_*` numbers.
    pub fn kind(&self) -> i32 {
        // SAFETY: the event is valid.
        unsafe { sys::rd_kafka_event_type(self.as_ptr()) }
    }

    /// The error that the event tells of, if it does.
    pub fn error(&self) -> Option<NativeError> {
        // SAFETY: the event is valid.
        let code = unsafe { raw::rd_kafka_event_error(self.as_ptr()) };
        if code == 0 {
            return None;
        }
        // SAFETY: the event is valid.
        let text = unsafe { sys::rd_kafka_event_error_string(self.as_ptr()) };
        // SAFETY: the text lives as long as the event.
        Some(NativeError::new(code, unsafe { owned_text(text) }))
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: the event is ours and not used afterwards.
        unsafe { sys::rd_kafka_event_destroy(self.as_ptr()) };
    }
}

/// A wait in the milliseconds that the library counts in.
pub(super) fn millis(patience: Duration) -> i32 {
    i32::try_from(patience.as_millis()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_refuses_is_told_in_its_words() {
        let mut conf = Conf::new(0);
        assert_eq!(conf.set("linger.ms", "5"), Ok(()));
        assert_eq!(conf.set("no.such", "5").unwrap_err(), "No such configuration property: \"no.such\"");
        assert_eq!(conf.set("client.id", "a\0b").unwrap_err(), "the value of client.id contains a NUL");
    }

    #[test]
    fn codes_have_a_text_even_when_nobody_knows_them() {
        assert_eq!(NativeError::new(3, None).text, "Broker: Unknown topic or partition");
        assert!(NativeError::new(12345, None).text.contains("12345"));
    }

    #[test]
    fn a_client_starts_and_reports_through_its_queue() {
        let mut conf = Conf::new(sys::RD_KAFKA_EVENT_ERROR);
        conf.set("bootstrap.servers", "127.0.0.1:1").unwrap();
        let client = Client::new(sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, conf).unwrap();
        assert_eq!(client.fatal_error(), None);
        let event = client.main_queue().poll(Duration::from_secs(20)).expect("a refused connection is reported");
        assert_eq!(event.kind(), sys::RD_KAFKA_EVENT_ERROR);
        assert!(event.error().is_some());
    }
}
