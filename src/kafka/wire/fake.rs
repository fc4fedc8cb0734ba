//! A listener that answers as a broker does, and otherwise does what a test tells it to.

use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse, ResponseHeader};
use kafka_protocol::protocol::{Encodable, HeaderVersion, Request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::kafka::error::Error;
use crate::kafka::settings::Endpoint;

/// Runs a test that must not wait for ever.
pub(in crate::kafka) fn within(test: impl Future<Output = ()>) {
    let limited = async { tokio::time::timeout(Duration::from_secs(60), test).await.map_err(|error| Error::Client(error.to_string())) };
    super::block_on(limited).expect("an end within a minute");
}

pub(in crate::kafka) struct FakeBroker {
    listener: TcpListener,
    known: Vec<ApiKey>,
}

impl FakeBroker {
    /// A broker that says it understands these requests.
    pub async fn listen(known: &[ApiKey]) -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), known: known.to_vec() }
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint { host: "127.0.0.1".into(), port: self.listener.local_addr().unwrap().port() }
    }

    /// Takes a connection, and closes it when its first request has come.
    pub async fn turn_away(&self) {
        let (stream, _) = self.listener.accept().await.unwrap();
        FakeConnection { stream }.request().await;
    }

    /// Takes a connection, and tells what it understands.
    pub async fn accept(&self) -> FakeConnection {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut connection = FakeConnection { stream };
        let request = connection.request().await;
        assert_eq!(request.key, ApiKey::ApiVersions as i16);
        let versions = |key: &ApiKey| {
            let known = key.valid_versions();
            ApiVersion::default().with_api_key(*key as i16).with_min_version(known.min).with_max_version(known.max)
        };
        let known = ApiVersionsResponse::default().with_api_keys(self.known.iter().map(versions).collect());
        connection.answer::<ApiVersionsRequest>(&request, &known).await;
        connection
    }
}

/// What identifies a request.
#[derive(Debug)]
pub(in crate::kafka) struct Received {
    pub key: i16,
    pub version: i16,
    pub correlation: i32,
}

pub(in crate::kafka) struct FakeConnection {
    stream: TcpStream,
}

impl FakeConnection {
    /// The next request.
    pub async fn request(&mut self) -> Received {
        let length = self.stream.read_u32().await.expect("a request");
        let mut frame = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut frame).await.expect("all of it");
        let mut frame = Bytes::from(frame);
        Received { key: frame.get_i16(), version: frame.get_i16(), correlation: frame.get_i32() }
    }

    pub async fn answer<R: Request>(&mut self, request: &Received, answer: &R::Response) {
        let mut frame = BytesMut::new();
        let header = ResponseHeader::default().with_correlation_id(request.correlation);
        header.encode(&mut frame, R::Response::header_version(request.version)).unwrap();
        answer.encode(&mut frame, request.version).unwrap();
        self.send(&frame).await;
    }

    /// Sends a frame with these bytes in it.
    pub async fn send(&mut self, frame: &[u8]) {
        let length = u32::try_from(frame.len()).unwrap();
        self.stream.write_all(&[&length.to_be_bytes(), frame].concat()).await.expect("somebody who reads");
    }
}
