//! Connections that are lost while an answer is awaited.

use std::sync::mpsc::{Sender, channel};

use super::Bench;
use crate::support::client::unique;
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::run;
use crate::support::relay::relay;

/// The numbers of changes in the protocol.
const CREATE_TOPICS: i16 = 19;
const INCREMENTAL_ALTER_CONFIGS: i16 = 44;
const ALTER_CLIENT_QUOTAS: i16 = 49;
const ALTER_USER_SCRAM_CREDENTIALS: i16 = 51;

/// A listener that passes requests on to `server` and answers back, but closes instead of giving the answer to `api`. It
/// tells each time that it got that request.
fn losing(api: i16, server: &str, lost: Sender<()>) -> String {
    relay(server, move |request, ask| {
        let answer = ask(request)?;
        if request[4..6] != api.to_be_bytes() {
            return Ok(Some(answer));
        }
        // Nobody listens any more once a test is over.
        let _ = lost.send(());
        Ok(None)
    })
}

/// Calls a tool whose change loses its answer, and gives what it says.
fn lose(bench: &Bench, api: i16, line: &str) -> String {
    let (lost, times) = channel();
    let server = losing(api, &bench.servers, lost);
    let mut words = line.split(' ');
    let tool = words.next().unwrap_or_default();
    let output = run(command(BINARY).args([tool, "--bootstrap-server", &server]).args(words), b"", LIMIT);
    assert_eq!(times.try_iter().count(), 1, "{line}: {output}");
    output.failed()
}

#[test]
fn a_change_whose_answer_is_lost_is_not_made_twice_and_not_called_a_failure() {
    let Some(bench) = Bench::one() else { return };
    let topic = unique("lost");
    let text = lose(&bench, CREATE_TOPICS, &format!("topics --create --topic {topic} --partitions 1"));
    assert!(text.contains("whether CreateTopics was done is not known") && !text.contains("already exists"), "{text}");
    // It was done.
    bench.client.settle().unwrap();
    assert!(bench.call("topics", "--list").succeeded().lines().any(|name| name == topic));
    let user = unique("lostuser");
    for (api, request, line) in [
        (INCREMENTAL_ALTER_CONFIGS, "IncrementalAlterConfigs", format!("configs --alter --topic {topic} --add-config flush.ms=7")),
        (ALTER_CLIENT_QUOTAS, "AlterClientQuotas", format!("configs --alter --user {user} --add-config producer_byte_rate=1000")),
        (
            ALTER_USER_SCRAM_CREDENTIALS,
            "AlterUserScramCredentials",
            format!("configs --alter --user {user} --add-config SCRAM-SHA-256=[password=x]"),
        ),
    ] {
        let text = lose(&bench, api, &line);
        assert!(text.contains(&format!("whether {request} was done is not known")), "{line}: {text}");
    }
    assert!(bench.call("configs", &format!("--describe --topic {topic}")).succeeded().contains("flush.ms=7"));
    bench.call("configs", &format!("--alter --user {user} --delete-config SCRAM-SHA-256")).succeeded();
    bench.call("configs", &format!("--alter --user {user} --delete-config producer_byte_rate")).succeeded();
}
