//! Connections that are lost while an answer is awaited.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::Bench;
use crate::support::client::unique;
use crate::support::frame::frame;
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::run;

/// The number of CreateTopics in the protocol.
const CREATE_TOPICS: i16 = 19;

/// A listener that passes requests on to `server` and answers back, but closes instead of giving the answer to `api`.
fn losing(api: i16, server: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = server.to_owned();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(&server).unwrap();
            // The end of a connection is what this is for.
            thread::spawn(move || pass(client, server, api).unwrap_or_default());
        }
    });
    address
}

fn pass(mut client: TcpStream, mut server: TcpStream, api: i16) -> io::Result<()> {
    loop {
        let request = frame(&mut client)?;
        server.write_all(&request)?;
        let answer = frame(&mut server)?;
        if request[4..6] == api.to_be_bytes() {
            return Ok(());
        }
        client.write_all(&answer)?;
    }
}

#[test]
fn a_change_whose_answer_is_lost_is_not_made_twice_and_not_called_a_failure() {
    let Some(bench) = Bench::one() else { return };
    let (topic, server) = (unique("lost"), losing(CREATE_TOPICS, &bench.servers));
    let words = ["topics", "--bootstrap-server", &server, "--create", "--topic", &topic, "--partitions", "1"];
    let text = run(command(BINARY).args(words), b"", LIMIT).failed();
    assert!(text.contains("whether CreateTopics was done is not known") && !text.contains("already exists"), "{text}");
    // It was done.
    bench.client.settle().unwrap();
    assert!(bench.call("topics", "--list").succeeded().lines().any(|name| name == topic));
}
