//! What no client should do to a broker, and some do.

use std::io::{Read, Write};
use std::net::TcpStream;

use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{FetchRequest, MetadataRequest};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::victim::{Victim, ask, connect, frame, topic};
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::run;
use crate::support::wait::eventually;

/// How much memory, in kilobytes, may be held longer than what it was needed for.
const LEFT_OVER: u64 = 16 << 10;

/// A request for all that there is in the topic.
fn fetch(request: FetchRequest) -> Vec<u8> {
    let partition = FetchPartition::default().with_partition_max_bytes(i32::MAX);
    let topic = FetchTopic::default().with_topic(topic()).with_partitions(vec![partition]);
    frame(&request.with_max_bytes(i32::MAX).with_topics(vec![topic]), 11)
}

/// A frame of these bytes.
fn framed(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

#[test]
fn rubbish_ends_its_own_connection_only() {
    let victim = Victim::start();
    let before = victim.resident();
    let mut hello = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    hello.resize(517, 0x5a);
    let mut huge_array = vec![0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff];
    huge_array.extend(0x7fff_ffff_u32.to_be_bytes());
    let mut huge_compact_array = vec![0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0];
    huge_compact_array.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
    let mut tagged = vec![0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    tagged.extend([9, 0].repeat(1 << 20));
    let cases: [(&[u8], &str); 13] = [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "a request of 1195725856 bytes is announced; it may have up to 104857600"),
        (&hello, "a request of 369295618 bytes is announced"),
        (&[0x7f, 0xff, 0xff, 0xff], "a request of 2147483647 bytes is announced"),
        (&[0xff, 0xff, 0xff, 0xff], "a request of -1 bytes is announced"),
        (&[0x80, 0, 0, 0], "a request of -2147483648 bytes is announced"),
        (&[0, 0, 0, 0], "a request of 0 bytes is announced"),
        (&framed(&[0, 3, 0]), "a request of 3 bytes has no header"),
        (&framed(&[3, 0xe7, 0, 0, 0, 0, 0, 1, 0xff, 0xff]), "request 999 is not a request that the sandbox answers"),
        (&framed(&[0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff]), "version 99 of Metadata is not one that the sandbox answers"),
        (&framed(&huge_array), "version 1 of Metadata cannot be read: topics: 2147483647 elements are announced in the last 0 bytes"),
        (&framed(&huge_compact_array), "version 9 of Metadata cannot be read: topics: 4294967294 elements are announced"),
        (&framed(&tagged), "the header of Metadata cannot be read: the request has more than 100000 elements"),
        (&[2, 0, 0, 0, 0, 3, 0, 1], "a request of 33554432 bytes is announced; it may have up to 8388608"),
    ];
    for (bytes, _) in cases {
        victim.send(bytes);
        victim.is_well();
    }
    assert!(victim.memory("VmHWM") < before + (32 << 10), "{} kB after {before} kB", victim.memory("VmHWM"));
    let told = victim.end();
    for (_, reason) in cases {
        assert!(told.contains(&format!(": {reason}")), "'{reason}' is missing:\n{told}");
    }
}

#[test]
fn bytes_by_chance_do_no_harm() {
    let victim = Victim::start();
    let before = victim.resident();
    let mut state = 1_u64;
    let mut chance = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    for round in 0..600_usize {
        let mut bytes: Vec<u8> = (0..4096).map(|_| chance()).collect();
        // A length that fits, and rubbish in the frame; or a request that is known, and rubbish in it; or rubbish alone.
        match round % 3 {
            0 => bytes[..4].copy_from_slice(&4092_u32.to_be_bytes()),
            1 => bytes[..8].copy_from_slice(&[0, 0, 0x0f, 0xfc, 0, chance() % 75, 0, chance() % 14]),
            _ => (),
        }
        victim.send(&bytes);
    }
    victim.is_well();
    assert!(victim.resident() < before + LEFT_OVER, "{} kB after {before} kB", victim.resident());
}

#[test]
fn clients_that_vanish_in_a_request_leave_nothing() {
    let victim = Victim::start();
    let before = victim.resident();
    let whole = frame(&MetadataRequest::default().with_topics(None), 12);
    let mut waiting = Vec::new();
    for end in (1..whole.len()).cycle().take(300) {
        let mut stream = connect(victim.address);
        stream.write_all(&whole[..end]).unwrap();
        waiting.push(stream);
        if waiting.len() == 100 {
            victim.is_well();
            waiting.clear();
        }
    }
    // Much announced, little sent, none of it held for long.
    for _ in 0..20 {
        let mut stream = connect(victim.address);
        stream.write_all(&[0x06, 0, 0, 0, 0, 0, 0, 9]).unwrap();
        let _ = stream.write_all(&vec![0; 1 << 20]);
    }
    eventually("the memory is given back", LIMIT, || {
        victim.is_well();
        let now = victim.resident();
        if now < before + LEFT_OVER { Ok(()) } else { Err(format!("{now} kB after {before} kB")) }
    });
}

/// A request may wait for days. When its client has gone, it does not, whatever else that has sent.
#[test]
fn clients_that_vanish_while_they_wait_leave_nothing() {
    let victim = Victim::start();
    let fetch = fetch(FetchRequest::default().with_max_wait_ms(i32::MAX).with_min_bytes(i32::MAX));
    let open = || std::fs::read_dir(format!("/proc/{}/fd", victim.process.id())).unwrap().count();
    let before = open();
    for more in [&[][..], &[0], &fetch] {
        let mut waiting: Vec<TcpStream> = (0..100).map(|_| connect(victim.address)).collect();
        for stream in &mut waiting {
            stream.write_all(&[&fetch, more].concat()).unwrap();
        }
        victim.is_well();
        // The descriptor of a client that had just gone may have been counted before.
        assert!(open() >= before + 99, "{} after {before}", open());
        drop(waiting);
        eventually("the connections are closed", LIMIT, || {
            victim.is_well();
            let now = open();
            if now <= before + 1 { Ok(()) } else { Err(format!("{now} descriptors after {before}, {} bytes more", more.len())) }
        });
    }
}

#[test]
fn clients_that_vanish_in_an_answer_leave_nothing() {
    let victim = Victim::start();
    let servers = victim.address.to_string();
    let lines = format!("{:0200}\n", 7).repeat(40_000);
    let written = run(command(BINARY).args(["console-producer", "--bootstrap-server", &servers, "--topic", "t"]), lines.as_bytes(), LIMIT);
    written.succeeded();
    let fetch = fetch(FetchRequest::default());
    let before = victim.resident();
    let mut waiting = Vec::new();
    for round in 0..200 {
        let mut stream = connect(victim.address);
        stream.write_all(&fetch).unwrap();
        if round % 2 == 0 {
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            assert!(u32::from_be_bytes(length) > 8_000_000, "{length:?}");
        }
        waiting.push(stream);
        if waiting.len() == 5 {
            victim.is_well();
            waiting.clear();
        }
    }
    // Of the 1600 MB that were to be sent, the allocator keeps what those took that were on their way at once.
    eventually("the memory is given back", LIMIT, || {
        victim.is_well();
        let now = victim.resident();
        if now < before + (64 << 10) + LEFT_OVER { Ok(()) } else { Err(format!("{now} kB after {before} kB")) }
    });
}

#[test]
fn a_thousand_clients_are_served_at_once() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most.min(8192), most).unwrap();
    let victim = Victim::start();
    let before = victim.resident();
    let clients: Vec<TcpStream> = (0..1000).map(|_| connect(victim.address)).collect();
    for client in clients.iter().chain(&clients) {
        ask(client).unwrap();
    }
    victim.is_well();
    let full = victim.resident();
    assert!(full < before + (64 << 10), "{full} kB after {before} kB");
    drop(clients);
    eventually("the memory is given back", LIMIT, || {
        victim.is_well();
        let now = victim.resident();
        if now < before + LEFT_OVER { Ok(()) } else { Err(format!("{now} kB after {before} kB")) }
    });
}

/// More clients than the system has file descriptors for have to wait, and are served when others go.
#[test]
fn clients_beyond_the_systems_limit_wait() {
    let line = "ulimit -n 64 && exec \"$0\" sandbox --port 0 --topic t";
    let victim = Victim::of(command("sh").args(["-c", line, BINARY]));
    let clients: Vec<TcpStream> = (0..100).map(|_| connect(victim.address)).collect();
    ask(&victim.well_behaved).unwrap();
    ask(&clients[0]).unwrap();
    drop(clients);
    let told = victim.end();
    // However long it lasts, it is told once.
    assert_eq!(told.matches("cannot accept a connection: Too many open files").count(), 1, "{told}");
}

#[test]
fn an_idle_broker_is_small() {
    let victim = Victim::start();
    // What the binary itself takes depends on how it was built: a release is below 10 MB with it.
    let own = victim.memory("RssAnon");
    assert!(own < 10 << 10, "{own} kB");
    assert_eq!(victim.memory("Threads"), 2);
}
