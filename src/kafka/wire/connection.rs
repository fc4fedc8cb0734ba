//! One connection to one broker: framing, correlation and version negotiation.
//!
//! Several requests may be on their way at once: the broker answers them in order, and what one caller does with its answer
//! costs the next one no time.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes, VersionRange};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::Deadline;
use super::stream::{self, Stream, plain};
use crate::kafka::error::{BrokerError, Error, ErrorCode, Result};
use crate::kafka::settings::Endpoint;

/// How this program names itself to brokers (KIP-511).
const SOFTWARE_NAME: &str = "kafkabox";

/// The largest answer that is believed. Kafka's own limit for a request is 100 MB; a number far above it means that the
/// other side does not speak this protocol.
const MAX_FRAME: usize = 1 << 30;

/// The same for the first answer, which lists a few hundred numbers.
const MAX_FIRST_FRAME: usize = 1 << 20;

/// How many requests may be on their way at once. More would only wait at the broker, which takes them one by one, and would
/// spend `request.timeout.ms` there.
const IN_FLIGHT: usize = 4;

/// An open connection whose broker has told which requests it understands.
#[derive(Debug)]
pub struct Connection {
    peer: Peer,
    versions: Vec<(i16, VersionRange)>,
    outgoing: Mutex<Outgoing>,
    permits: Semaphore,
    reader: JoinHandle<()>,
    /// Whether an answer may still be on its way, or has come apart: what the stream holds then belongs to nobody.
    broken: AtomicBool,
}

/// Who is at the other end, and how this end calls itself.
#[derive(Debug)]
struct Peer {
    target: String,
    client_id: StrBytes,
}

/// The half of the stream that is written, and who waits for the answers.
#[derive(Debug)]
struct Outgoing {
    stream: WriteHalf<Stream>,
    correlation: i32,
    waiting: mpsc::UnboundedSender<Waiting>,
}

/// Where the next answer has to go.
type Waiting = oneshot::Sender<Result<Bytes, Lost>>;

/// Why no more answers come.
#[derive(Clone, Debug)]
enum Lost {
    Disconnected(String),
    Foreign(String),
}

impl Connection {
    /// Connects and negotiates versions.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when nothing accepts the connection, [`Error::NotKafka`] when what accepts it does not
    /// answer as a broker does; [`Error::Timeout`] when the time of the whole command is over before either is known.
    pub async fn open(endpoint: &Endpoint, client_id: &str, deadline: Deadline) -> Result<Self> {
        let mut stream = stream::open(endpoint, deadline).await?;
        let peer = Peer { target: endpoint.to_string(), client_id: StrBytes::from_string(client_id.to_owned()) };
        let versions = match tokio::time::timeout(deadline.left(), peer.negotiate(&mut stream)).await {
            Ok(Ok(versions)) => versions,
            Ok(Err(Error::Disconnected { target, reason })) => {
                return Err(Error::NotKafka { target, reason: format!("{reason} (a TLS listener does so)") });
            }
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                return Err(match deadline.whole() {
                    Some(after) => Error::Timeout { request: format!("the first answer of {}", peer.target), after, last: None },
                    None => Error::NotKafka { target: peer.target, reason: "it accepts the connection and stays silent".into() },
                });
            }
        };
        let (incoming, outgoing) = tokio::io::split(stream);
        let (waiting, expected) = mpsc::unbounded_channel();
        Ok(Self {
            peer,
            versions,
            outgoing: Mutex::new(Outgoing { stream: outgoing, correlation: NEGOTIATED, waiting }),
            permits: Semaphore::new(IN_FLIGHT),
            reader: tokio::spawn(deliver(incoming, expected)),
            broken: AtomicBool::new(false),
        })
    }

    /// The broker's address as it was given.
    pub fn target(&self) -> &str {
        &self.peer.target
    }

    /// The newest version of `R` that both sides know.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when there is none.
    pub fn version<R: Request>(&self) -> Result<i16> {
        let ours = R::VERSIONS;
        self.versions
            .iter()
            .find(|(key, _)| *key == R::KEY)
            .map(|(_, theirs)| theirs.intersect(&ours))
            .filter(|common| !common.is_empty())
            .map(|common| common.max)
            .ok_or_else(|| Error::Unsupported { target: self.peer.target.clone(), request: name_of(R::KEY) })
    }

    /// Sends `request` in the newest common version and waits for the answer, once there is room for one more request on the
    /// way; `deadline` is asked for then. `None` if the connection has turned out to be of no use any more until then.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Disconnected`], [`Error::Timeout`] at the deadline, [`Error::Protocol`].
    pub async fn call<R: Request>(&self, request: &R, deadline: impl FnOnce() -> Deadline) -> Result<Option<R::Response>> {
        let version = self.version::<R>()?;
        let _permit = self.permits.acquire().await.map_err(|error| Error::Client(error.to_string()))?;
        if self.is_broken() {
            return Ok(None);
        }
        let deadline = deadline();
        // A caller that is dropped in the middle leaves half a request behind, or an answer that nobody waits for.
        let mut unfinished = Unfinished { broken: &self.broken, finished: false };
        let outcome = match tokio::time::timeout(deadline.left(), self.exchange(request, version)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let after = deadline.whole().unwrap_or(deadline.allowed());
                Err(Error::Timeout { request: name_of(R::KEY), after, last: Some(format!("no answer from {}", self.peer.target)) })
            }
        };
        unfinished.finished = outcome.is_ok();
        outcome
    }

    /// Whether nothing can be sent any more.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// The answer; `None` if another caller has left half a request behind while this one waited for its turn to write.
    async fn exchange<R: Request>(&self, request: &R, version: i16) -> Result<Option<R::Response>> {
        let (correlation, answer) = {
            let mut outgoing = self.outgoing.lock().await;
            if self.is_broken() {
                return Ok(None);
            }
            outgoing.correlation += 1;
            let correlation = outgoing.correlation;
            let frame = self.peer.encode(request, version, correlation)?;
            let (sender, answer) = oneshot::channel();
            // The reader hears of it in the order in which the broker does. One that has ended says so by dropping the sender.
            let _ = outgoing.waiting.send(sender);
            // Set before the lock is given back, so that nobody writes behind half a frame.
            let mut written = Unfinished { broken: &self.broken, finished: false };
            outgoing.stream.write_all(&frame).await.map_err(|error| self.peer.disconnected(plain(&error)))?;
            written.finished = true;
            (correlation, answer)
        };
        let lost = || self.peer.disconnected("it closed the connection".to_owned());
        let frame = answer.await.map_err(|_| lost())?.map_err(|lost| self.peer.lost(lost))?;
        self.peer.decode::<R>(frame, version, correlation).map(Some)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Marks a connection as broken unless the exchange came to its end.
struct Unfinished<'a> {
    broken: &'a AtomicBool,
    finished: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.broken.store(true, Ordering::Relaxed);
        }
    }
}

/// Hands the answers to those who wait for them, in order. After the first that cannot be read, all others learn why.
async fn deliver(mut stream: ReadHalf<Stream>, mut expected: mpsc::UnboundedReceiver<Waiting>) {
    let mut lost = None;
    while let Some(waiting) = expected.recv().await {
        let answer = match &lost {
            Some(lost) => Err(Lost::clone(lost)),
            None => read_frame(&mut stream, MAX_FRAME).await,
        };
        lost = answer.as_ref().err().cloned();
        // Whoever waited may have given up.
        let _ = waiting.send(answer);
    }
}

async fn read_frame(stream: &mut (impl AsyncReadExt + Unpin), limit: usize) -> Result<Bytes, Lost> {
    let mut prefix = [0; 4];
    stream.read_exact(&mut prefix).await.map_err(|error| Lost::from(&error))?;
    let length = usize::try_from(i32::from_be_bytes(prefix)).ok().filter(|length| *length <= limit);
    let Some(length) = length.filter(|_| !foreign_protocol_starts(prefix)) else { return Err(Lost::Foreign(foreign_protocol(prefix))) };
    let mut frame = BytesMut::zeroed(length);
    stream.read_exact(&mut frame).await.map_err(|error| Lost::from(&error))?;
    Ok(frame.freeze())
}

impl From<&std::io::Error> for Lost {
    fn from(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Disconnected("it closed the connection".to_owned()),
            _ => Self::Disconnected(plain(error)),
        }
    }
}

/// The correlation of the last request that negotiation may send.
const NEGOTIATED: i32 = 2;

impl Peer {
    /// Asks which requests the broker understands.
    async fn negotiate(&self, stream: &mut Stream) -> Result<Vec<(i16, VersionRange)>> {
        let request = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str(SOFTWARE_NAME))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
        let mut response = self.first_exchange(stream, &request, 3, NEGOTIATED - 1).await?;
        if ErrorCode(response.error_code) == ErrorCode::UNSUPPORTED_VERSION {
            // Brokers before 2.4 answer a newer request with version 0 of the response, which lists what they know.
            response = self.first_exchange(stream, &ApiVersionsRequest::default(), 0, NEGOTIATED).await?;
        }
        BrokerError::check(response.error_code, None)?;
        let range = |api: &ApiVersion| (api.api_key, VersionRange { min: api.min_version, max: api.max_version });
        Ok(response.api_keys.iter().map(range).collect())
    }

    async fn first_exchange<R: Request>(&self, stream: &mut Stream, request: &R, version: i16, correlation: i32) -> Result<R::Response> {
        let frame = self.encode(request, version, correlation)?;
        stream.write_all(&frame).await.map_err(|error| self.disconnected(plain(&error)))?;
        // Until the other side has shown that it is a broker, its first bytes may be the greeting of something else.
        let answer = read_frame(stream, MAX_FIRST_FRAME).await.map_err(|lost| self.lost(lost))?;
        self.decode::<R>(answer, version, correlation)
    }

    fn decode<R: Request>(&self, mut answer: Bytes, version: i16, correlation: i32) -> Result<R::Response> {
        let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version));
        let header = header.map_err(|error| self.garbled::<R>(&error))?;
        if header.correlation_id != correlation {
            return Err(self.garbled::<R>(&format!("answer {} to request {correlation}", header.correlation_id)));
        }
        self.decode_body::<R>(answer, version)
    }

    fn decode_body<R: Request>(&self, mut body: Bytes, version: i16) -> Result<R::Response> {
        // An ApiVersions answer of version 0 is also what a broker sends when it does not know the version asked for.
        if R::KEY == ApiKey::ApiVersions as i16 && version > 0 && body.starts_with(&ErrorCode::UNSUPPORTED_VERSION.0.to_be_bytes()) {
            return R::Response::decode(&mut body, 0).map_err(|error| self.garbled::<R>(&error));
        }
        R::Response::decode(&mut body, version).map_err(|error| self.garbled::<R>(&error))
    }

    fn encode<R: Request>(&self, request: &R, version: i16, correlation: i32) -> Result<BytesMut> {
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(correlation)
            .with_client_id(Some(self.client_id.clone()));
        let mut frame = BytesMut::from(&[0; 4][..]);
        let encoded = header.encode(&mut frame, R::header_version(version)).and_then(|()| request.encode(&mut frame, version));
        encoded.map_err(|error| Error::Unsupported {
            target: self.target.clone(),
            request: format!("{} as asked for ({error})", name_of(R::KEY)),
        })?;
        let length = i32::try_from(frame.len() - 4)
            .map_err(|_| Error::Client(format!("a {} request of {} bytes is too large to send", name_of(R::KEY), frame.len())))?;
        frame[..4].copy_from_slice(&length.to_be_bytes());
        Ok(frame)
    }

    fn lost(&self, lost: Lost) -> Error {
        match lost {
            Lost::Disconnected(reason) => self.disconnected(reason),
            Lost::Foreign(reason) => Error::NotKafka { target: self.target.clone(), reason },
        }
    }

    fn disconnected(&self, reason: String) -> Error {
        Error::Disconnected { target: self.target.clone(), reason }
    }

    fn garbled<R: Request>(&self, error: &impl ToString) -> Error {
        Error::Protocol { target: self.target.clone(), request: name_of(R::KEY), reason: error.to_string() }
    }
}

/// The request's name in the protocol's documentation.
pub(super) fn name_of(key: i16) -> String {
    ApiKey::try_from(key).map_or_else(|()| format!("request {key}"), |key| format!("{key:?}"))
}

/// A TLS alert (15 03) or handshake (16 03), or the start of an HTTP answer, where a length should be.
fn foreign_protocol_starts(prefix: [u8; 4]) -> bool {
    matches!(prefix, [0x15 | 0x16, 0x03, ..]) || &prefix == b"HTTP"
}

fn foreign_protocol(prefix: [u8; 4]) -> String {
    match &prefix {
        [0x15 | 0x16, 0x03, ..] => "it speaks TLS, and security.protocol is PLAINTEXT".to_owned(),
        b"HTTP" => "it speaks HTTP".to_owned(),
        other => format!("its answer starts with the bytes {other:02x?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn other_protocols_are_told_from_their_first_bytes() {
        assert!(foreign_protocol([0x15, 3, 3, 0]).contains("TLS"));
        assert!(foreign_protocol(*b"HTTP").contains("HTTP"));
        assert!(!foreign_protocol_starts([0, 0, 1, 0x2c]));
        assert!(foreign_protocol_starts([0x15, 3, 3, 0]));
    }

    #[test]
    fn silence_is_blamed_on_the_server_only_if_it_had_its_time() {
        // The system accepts for a listener that never does.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = Endpoint { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        let open = |deadline| crate::kafka::wire::block_on(Connection::open(&endpoint, "c", deadline)).unwrap_err().to_string();
        let (short, long) = (Duration::from_millis(50), Duration::from_secs(5));
        let silent = open(Deadline::after(long).step(short));
        assert!(silent.ends_with("does not answer as a Kafka broker: it accepts the connection and stays silent"), "{silent}");
        let late = open(Deadline::after(short).step(long));
        assert_eq!(late, format!("timed out after 50 ms while waiting for the first answer of {endpoint}"));
    }

    #[test]
    fn requests_are_named_as_in_the_protocol() {
        assert_eq!(name_of(3), "Metadata");
        assert_eq!(name_of(999), "request 999");
    }
}
