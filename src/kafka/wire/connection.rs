//! One connection to one broker: framing, correlation and version negotiation.
//!
//! Several requests may be on their way at once: the broker answers them in order, and what one caller does with its answer
//! costs the next one no time.

use std::cell::Cell;
use std::sync::Arc;
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

/// Where a request's correlation stands in its frame: behind the length, the request's number and its version.
const CORRELATION: std::ops::Range<usize> = 8..12;

/// An open connection whose broker has told which requests it understands.
#[derive(Debug)]
pub struct Connection {
    peer: Peer,
    versions: Vec<(i16, VersionRange)>,
    outgoing: Mutex<Outgoing>,
    permits: Semaphore,
    reader: JoinHandle<()>,
    broken: Broken,
}

/// Whether nothing can be sent any more: half a request stands in the stream, no further answer can be read, or one is
/// overdue. Those who wait for an answer may still get it.
#[derive(Clone, Debug, Default)]
struct Broken(Arc<AtomicBool>);

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
#[derive(Debug)]
struct Waiting {
    correlation: i32,
    caller: oneshot::Sender<Result<Bytes, Lost>>,
}

/// Why no more answers come.
#[derive(Clone, Debug)]
enum Lost {
    Disconnected(String),
    Foreign(String),
    /// What comes is not the answer to what was asked.
    OutOfStep(String),
}

impl Connection {
    /// Connects and negotiates versions.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when nothing accepts the connection; [`Error::Disconnected`] when what accepts it closes it, as a
    /// broker does that starts or ends; [`Error::NotKafka`] when the answer is not a broker's; [`Error::Timeout`] when the time
    /// of the whole command is over before any of that is known.
    pub async fn open(endpoint: &Endpoint, client_id: &str, deadline: Deadline) -> Result<Self> {
        let mut stream = stream::open(endpoint, deadline).await?;
        let peer = Peer { target: endpoint.to_string(), client_id: StrBytes::from_string(client_id.to_owned()) };
        let versions = match tokio::time::timeout(deadline.left(), peer.negotiate(&mut stream)).await {
            Ok(outcome) => outcome?,
            Err(_) => {
                return Err(match deadline.whole() {
                    Some(after) => Error::Timeout { request: format!("the first answer of {}", peer.target), after, last: None },
                    None => Error::NotKafka { target: peer.target, reason: "it accepts the connection and stays silent".into() },
                });
            }
        };
        let (incoming, outgoing) = tokio::io::split(stream);
        let (waiting, expected) = mpsc::unbounded_channel();
        let broken = Broken::default();
        Ok(Self {
            peer,
            versions,
            outgoing: Mutex::new(Outgoing { stream: outgoing, correlation: NEGOTIATED, waiting }),
            permits: Semaphore::new(IN_FLIGHT),
            reader: tokio::spawn(deliver(incoming, expected, broken.clone())),
            broken,
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
    /// A caller may be dropped at any time. If its request has gone out, its answer is read and thrown away.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Disconnected`], [`Error::Protocol`]; at the deadline [`Error::Unanswered`], or
    /// [`Error::Timeout`] if nothing was sent.
    pub async fn call<R: Request>(&self, request: &R, deadline: impl FnOnce() -> Deadline) -> Result<Option<R::Response>> {
        let version = self.version::<R>()?;
        let frame = self.peer.encode(request, version)?;
        let _permit = self.permits.acquire().await.map_err(|error| Error::Client(error.to_string()))?;
        let deadline = deadline();
        let begun = Cell::new(false);
        let Ok(outcome) = tokio::time::timeout(deadline.left(), self.exchange::<R>(frame, &begun)).await else {
            // As in Java: whatever comes next would have to wait for the same answer.
            self.broken.set();
            let after = deadline.whole().unwrap_or(deadline.allowed());
            let (target, request) = (self.peer.target.clone(), name_of(R::KEY));
            return Err(if begun.get() {
                Error::Unanswered { target, request, after }
            } else {
                Error::Timeout { request, after, last: Some(format!("{target} takes no requests")) }
            });
        };
        let answer = outcome?;
        answer.map(|answer| self.peer.decode::<R>(answer, version)).transpose()
    }

    /// Whether nothing can be sent any more.
    pub fn is_broken(&self) -> bool {
        self.broken.is_set()
    }

    /// Sends a frame and waits for the answer to it; `None` if the connection is of no use any more when it is this caller's
    /// turn to write. From the first byte that is written on, it has `begun`.
    async fn exchange<R: Request>(&self, mut frame: BytesMut, begun: &Cell<bool>) -> Result<Option<Bytes>> {
        let answer = {
            let mut outgoing = self.outgoing.lock().await;
            if self.is_broken() {
                return Ok(None);
            }
            outgoing.correlation += 1;
            let correlation = outgoing.correlation;
            frame[CORRELATION].copy_from_slice(&correlation.to_be_bytes());
            let (caller, answer) = oneshot::channel();
            // The reader hears of it in the order in which the broker does. It is there for as long as the connection.
            let _ = outgoing.waiting.send(Waiting { correlation, caller });
            // Set before the lock is given back, so that nobody writes behind half a frame.
            begun.set(true);
            let mut written = Unfinished { broken: &self.broken, finished: false };
            outgoing.stream.write_all(&frame).await.map_err(|error| self.peer.disconnected(plain(&error)))?;
            written.finished = true;
            answer
        };
        let answer = answer.await.unwrap_or_else(|_| Err(Lost::closed()));
        answer.map(Some).map_err(|lost| self.peer.lost::<R>(lost))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Broken {
    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Marks a connection as broken unless the request has been written to its end.
struct Unfinished<'a> {
    broken: &'a Broken,
    finished: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.broken.set();
        }
    }
}

/// Hands the answers to those who wait for them, in order. After the first that cannot be read, all others learn why.
async fn deliver(mut stream: ReadHalf<Stream>, mut expected: mpsc::UnboundedReceiver<Waiting>, broken: Broken) {
    let mut lost = None;
    while let Some(Waiting { correlation, caller }) = expected.recv().await {
        let answer = match &lost {
            Some(lost) => Err(Lost::clone(lost)),
            None => read_answer(&mut stream, MAX_FRAME, correlation).await,
        };
        if let Err(reason) = &answer {
            broken.set();
            lost = Some(reason.clone());
        }
        // Whoever waited may have given up.
        let _ = caller.send(answer);
    }
}

/// The next answer, which has to be that to the request `correlation`.
async fn read_answer(stream: &mut (impl AsyncReadExt + Unpin), limit: usize, correlation: i32) -> Result<Bytes, Lost> {
    let mut prefix = [0; 4];
    stream.read_exact(&mut prefix).await.map_err(|error| Lost::from(&error))?;
    let length = usize::try_from(i32::from_be_bytes(prefix)).ok().filter(|length| *length <= limit);
    let Some(length) = length.filter(|_| !foreign_protocol_starts(prefix)) else { return Err(Lost::Foreign(foreign_protocol(prefix))) };
    let mut frame = BytesMut::zeroed(length);
    stream.read_exact(&mut frame).await.map_err(|error| Lost::from(&error))?;
    // Every version of an answer's header begins with it.
    match frame.first_chunk().map(|answered| i32::from_be_bytes(*answered)) {
        Some(answered) if answered == correlation => Ok(frame.freeze()),
        Some(answered) => Err(Lost::OutOfStep(format!("answer {answered} to request {correlation}"))),
        None => Err(Lost::OutOfStep(format!("an answer of {length} bytes"))),
    }
}

impl Lost {
    fn closed() -> Self {
        Self::Disconnected("it closed the connection".to_owned())
    }
}

impl From<&std::io::Error> for Lost {
    fn from(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::closed(),
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
        let mut frame = self.encode(request, version)?;
        frame[CORRELATION].copy_from_slice(&correlation.to_be_bytes());
        stream.write_all(&frame).await.map_err(|error| self.disconnected(plain(&error)))?;
        // Until the other side has shown that it is a broker, its first bytes may be the greeting of something else.
        let answer = read_answer(stream, MAX_FIRST_FRAME, correlation).await.map_err(|lost| self.lost::<R>(lost))?;
        self.decode::<R>(answer, version)
    }

    fn decode<R: Request>(&self, mut answer: Bytes, version: i16) -> Result<R::Response> {
        let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version));
        header.map_err(|error| self.garbled::<R>(error.to_string()))?;
        // An ApiVersions answer of version 0 is also what a broker sends when it does not know the version asked for.
        let oldest = R::KEY == ApiKey::ApiVersions as i16 && answer.starts_with(&ErrorCode::UNSUPPORTED_VERSION.0.to_be_bytes());
        let body = R::Response::decode(&mut answer, if oldest { 0 } else { version });
        body.map_err(|error| self.garbled::<R>(error.to_string()))
    }

    /// The request's frame. Its correlation is that of nobody yet.
    fn encode<R: Request>(&self, request: &R, version: i16) -> Result<BytesMut> {
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
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

    fn lost<R: Request>(&self, lost: Lost) -> Error {
        match lost {
            Lost::Disconnected(reason) => self.disconnected(reason),
            Lost::Foreign(reason) => Error::NotKafka { target: self.target.clone(), reason },
            Lost::OutOfStep(reason) => self.garbled::<R>(reason),
        }
    }

    fn disconnected(&self, reason: String) -> Error {
        Error::Disconnected { target: self.target.clone(), reason }
    }

    fn garbled<R: Request>(&self, reason: String) -> Error {
        Error::Protocol { target: self.target.clone(), request: name_of(R::KEY), reason }
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
mod tests;
