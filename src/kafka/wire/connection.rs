//! One connection to one broker: framing, correlation and version negotiation.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes, VersionRange};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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

/// An open connection whose broker has told which requests it understands.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    target: String,
    client_id: StrBytes,
    versions: Vec<(i16, VersionRange)>,
    correlation: i32,
    /// Whether an answer may still be on its way, or has come apart: what the stream holds then belongs to nobody.
    broken: bool,
}

impl Connection {
    /// Connects and negotiates versions.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when nothing accepts the connection, [`Error::NotKafka`] when what accepts it does not
    /// answer as a broker does; [`Error::Timeout`] when the time of the whole command is over before either is known.
    pub async fn open(endpoint: &Endpoint, client_id: &str, deadline: Deadline) -> Result<Self> {
        let stream = stream::open(endpoint, deadline).await?;
        let mut connection = Self {
            stream,
            target: endpoint.to_string(),
            client_id: StrBytes::from_string(client_id.to_owned()),
            versions: Vec::new(),
            correlation: 0,
            broken: false,
        };
        match tokio::time::timeout(deadline.left(), connection.negotiate()).await {
            Ok(Ok(())) => Ok(connection),
            Ok(Err(Error::Disconnected { target, reason })) => {
                Err(Error::NotKafka { target, reason: format!("{reason} (a TLS listener does so)") })
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(match deadline.whole() {
                Some(after) => Error::Timeout { request: format!("the first answer of {}", connection.target), after, last: None },
                None => Error::NotKafka { target: connection.target, reason: "it accepts the connection and stays silent".into() },
            }),
        }
    }

    /// The broker's address as it was given.
    pub fn target(&self) -> &str {
        &self.target
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
            .ok_or_else(|| Error::Unsupported { target: self.target.clone(), request: name_of(R::KEY) })
    }

    /// Sends `request` in the newest common version and waits for the answer.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Disconnected`], [`Error::Timeout`] at the deadline, [`Error::Protocol`].
    pub async fn call<R: Request>(&mut self, request: &R, deadline: Deadline) -> Result<R::Response> {
        let version = self.version::<R>()?;
        self.broken = true;
        let outcome = match tokio::time::timeout(deadline.left(), self.exchange(request, version)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let after = deadline.whole().unwrap_or(deadline.allowed());
                Err(Error::Timeout { request: name_of(R::KEY), after, last: Some(format!("no answer from {}", self.target)) })
            }
        };
        self.broken = outcome.is_err();
        outcome
    }

    /// Whether nothing can be sent any more.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    async fn negotiate(&mut self) -> Result<()> {
        let request = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str(SOFTWARE_NAME))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
        let mut response = self.exchange(&request, 3).await?;
        if ErrorCode(response.error_code) == ErrorCode::UNSUPPORTED_VERSION {
            // Brokers before 2.4 answer a newer request with version 0 of the response, which lists what they know.
            response = self.exchange(&ApiVersionsRequest::default(), 0).await?;
        }
        BrokerError::check(response.error_code, None)?;
        self.versions =
            response.api_keys.iter().map(|api| (api.api_key, VersionRange { min: api.min_version, max: api.max_version })).collect();
        Ok(())
    }

    async fn exchange<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response> {
        self.correlation += 1;
        let frame = self.encode(request, version)?;
        self.stream.write_all(&frame).await.map_err(|error| self.disconnected(plain(&error)))?;
        let mut answer = self.read_frame().await?;
        let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version));
        let header = header.map_err(|error| self.garbled::<R>(&error))?;
        if header.correlation_id != self.correlation {
            return Err(self.garbled::<R>(&format!("answer {} to request {}", header.correlation_id, self.correlation)));
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

    fn encode<R: Request>(&self, request: &R, version: i16) -> Result<BytesMut> {
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
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

    async fn read_frame(&mut self) -> Result<Bytes> {
        let mut prefix = [0; 4];
        self.read_exact(&mut prefix).await?;
        // Until the other side has shown that it is a broker, its first bytes may be the greeting of something else.
        let limit = if self.versions.is_empty() { MAX_FIRST_FRAME } else { MAX_FRAME };
        let length = usize::try_from(i32::from_be_bytes(prefix)).ok().filter(|length| *length <= limit);
        let Some(length) = length else {
            return Err(Error::NotKafka { target: self.target.clone(), reason: foreign_protocol(prefix) });
        };
        if foreign_protocol_starts(prefix) {
            return Err(Error::NotKafka { target: self.target.clone(), reason: foreign_protocol(prefix) });
        }
        let mut frame = BytesMut::zeroed(length);
        self.read_exact(&mut frame).await?;
        Ok(frame.freeze())
    }

    async fn read_exact(&mut self, buffer: &mut [u8]) -> Result<()> {
        match self.stream.read_exact(buffer).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(self.disconnected("it closed the connection".to_owned()))
            }
            Err(error) => Err(self.disconnected(plain(&error))),
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
