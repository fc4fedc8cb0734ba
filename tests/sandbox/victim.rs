//! A broker in a process of its own, for tests that do to it what they would not do to one that others need.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use kafka_protocol::messages::{MetadataRequest, RequestHeader, TopicName};
use kafka_protocol::protocol::{Encodable, Request, StrBytes};

use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::Live;

/// How long an answer may take while somebody else misbehaves. It takes less than a millisecond; tests share the machine.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A broker in a process of its own, and a client that was there first.
pub struct Victim {
    pub process: Live,
    pub address: SocketAddr,
    pub well_behaved: TcpStream,
}

impl Victim {
    pub fn start() -> Self {
        Self::of(command(BINARY).args(["sandbox", "--port", "0", "--topic", "t"]))
    }

    pub fn of(command: &mut std::process::Command) -> Self {
        let mut process = Live::start(command);
        let address = process.lines(1, LIMIT).trim_end().parse().unwrap();
        let well_behaved = connect(address);
        let victim = Self { process, address, well_behaved };
        victim.is_well();
        victim
    }

    /// Both the client that was there first and a new one are answered.
    #[track_caller]
    pub fn is_well(&self) {
        let start = Instant::now();
        ask(&self.well_behaved).unwrap_or_else(|reason| panic!("the client that was there first: {reason}"));
        ask(&connect(self.address)).unwrap_or_else(|reason| panic!("a new client: {reason}"));
        assert!(start.elapsed() < PATIENCE, "two answers took {:?}", start.elapsed());
    }

    /// A number of kilobytes that the system tells about the process.
    pub fn memory(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_else(|| panic!("no {what} in {status}"));
        line.trim_matches([':', ' ', '\t']).trim_end_matches(" kB").parse().unwrap()
    }

    pub fn resident(&self) -> u64 {
        self.memory("VmRSS")
    }

    /// Sends bytes and then no more; the broker hangs up.
    #[track_caller]
    pub fn send(&self, bytes: &[u8]) {
        let mut stream = connect(self.address);
        // The broker may have hung up in the middle.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut rest = Vec::new();
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{:?}", &bytes[..bytes.len().min(20)]);
        }
    }

    /// What was said on stderr, after the end.
    pub fn end(self) -> String {
        self.is_well();
        self.process.signal("TERM");
        self.process.end(LIMIT).err()
    }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Asks for the topics, and reads the answer.
pub fn ask(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.write_all(&frame(&MetadataRequest::default().with_topics(None), 12))?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer)?;
    assert!(answer.windows(9).any(|bytes| bytes == b"127.0.0.1"), "{answer:?}");
    Ok(())
}

/// A request with its length in front.
pub fn frame<R: Request>(request: &R, version: i16) -> Vec<u8> {
    let header = RequestHeader::default().with_request_api_key(R::KEY).with_request_api_version(version).with_correlation_id(7);
    let mut bytes = BytesMut::new();
    header.encode(&mut bytes, R::header_version(version)).unwrap();
    request.encode(&mut bytes, version).unwrap();
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat()
}

/// The topic that every victim has.
pub fn topic() -> TopicName {
    TopicName(StrBytes::from_static_str("t"))
}
