//! What the tests of requests share.

use std::net::{Ipv4Addr, SocketAddr};

use kafka_protocol::protocol::StrBytes;

use crate::sandbox::DEFAULT_MEMORY;
use crate::sandbox::broker::{Broker, Call, Shared};

/// A broker without topics.
pub fn broker() -> Broker {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 9092));
    Shared::new(address, DEFAULT_MEMORY, Box::new(|_| ())).broker.into_inner()
}

/// A call in that version, at the time 1000.
pub fn call(version: i16) -> Call {
    Call { key: 0, version, client_id: "tester".into(), client_host: "/127.0.0.1".into(), now: 1000 }
}

/// A sentence from an answer.
pub fn said(message: Option<StrBytes>) -> Option<String> {
    message.map(|message| message.to_string())
}
