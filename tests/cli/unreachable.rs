//! Servers that cannot be talked to: one line, exit code 1, in bounded time.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use crate::support::kafkabox::{BINARY, command};
use crate::support::process::{Output, run};

/// Every tool with a command line that needs a broker.
const CALLS: [(&str, &[&str]); 5] = [
    ("topics", &["--list"]),
    ("console-producer", &["--topic", "t"]),
    ("console-consumer", &["--topic", "t", "--from-beginning"]),
    ("consumer-groups", &["--list"]),
    ("configs", &["--describe", "--topic", "t"]),
];

/// The longest that a tool may take to give up on servers that refuse or stay silent.
const BOUND: Duration = Duration::from_secs(6);

fn call(tool: &str, args: &[&str], servers: &str) -> Output {
    let command = &mut command(BINARY);
    run(command.arg(tool).args(args).args(["--bootstrap-server", servers]), b"a record\n", Duration::from_secs(30))
}

/// Calls every tool and gives each one's complaint: one line, in time, that names the server.
///
/// One after another: side by side, on a machine that is busy with brokers, they would wait for each other.
fn complaints(servers: &str) -> Vec<String> {
    let complaint = |(tool, args): (&str, &[&str])| {
        let output = call(tool, args, servers);
        let text = output.failed();
        assert!(output.took < BOUND, "{tool}: {output}");
        assert!(text.starts_with(&format!("kafkabox {tool}: ")) && text.contains(servers), "{output}");
        assert_eq!(text.lines().count(), 1, "{output}");
        text
    };
    CALLS.into_iter().map(complaint).collect()
}

/// A server that sends `answer` to whoever writes to it, and closes.
fn server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A caller that goes away in the middle is none of this server's business.
            let _ = stream.read(&mut [0; 1024]).and_then(|_| stream.write_all(answer));
        }
    });
    address
}

#[test]
fn a_port_that_nobody_listens_on() {
    for text in complaints("127.0.0.1:1") {
        assert!(text.contains("Connection refused"), "{text}");
    }
}

#[test]
fn a_name_that_nobody_has() {
    for text in complaints("nosuchhost.invalid:9092") {
        assert!(text.contains("resolve"), "{text}");
    }
}

#[test]
fn a_server_that_never_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    for text in complaints(&address) {
        assert!(text.contains("answer") || text.contains("time"), "{text}");
    }
}

#[test]
fn a_port_that_speaks_http() {
    let address = server(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    for text in complaints(&address) {
        assert!(text.contains("HTTP") || text.contains("Kafka"), "{text}");
    }
}

#[test]
fn a_port_that_speaks_tls() {
    // What TLS answers to a greeting that is none: alert, fatal, protocol version.
    let address = server(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46]);
    for text in complaints(&address) {
        assert!(text.contains("TLS"), "{text}");
    }
}

#[test]
fn every_server_of_a_list_is_tried() {
    let output = call("topics", &["--list"], "127.0.0.1:1,127.0.0.1:2");
    let text = output.failed();
    assert!(text.contains("127.0.0.1:1") || text.contains("127.0.0.1:2"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn settings_that_ask_for_encryption_are_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("client.properties");
    for protocol in ["SSL", "SASL_PLAINTEXT", "SASL_SSL"] {
        std::fs::write(&file, format!("security.protocol={protocol}\n")).unwrap();
        for (tool, args) in CALLS {
            let output = call(tool, &[args, &["--command-config", file.to_str().unwrap()]].concat(), "127.0.0.1:1");
            let text = output.failed();
            assert!(text.contains("security.protocol") && text.contains(protocol), "{output}");
            assert_eq!((output.out().as_str(), text.lines().count()), ("", 1), "{output}");
        }
    }
}
