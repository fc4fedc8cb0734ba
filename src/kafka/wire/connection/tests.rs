use std::time::Duration;

use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{MetadataRequest, MetadataResponse, TopicName};
use tokio::sync::Notify;

use super::*;
use crate::kafka::wire::fake::{FakeBroker, FakeConnection, within};

/// A connection, and the other end of it.
async fn connected() -> (Connection, FakeConnection) {
    let broker = FakeBroker::listen(&[ApiKey::Metadata]).await;
    let endpoint = broker.endpoint();
    let (connection, end) = tokio::join!(Connection::open(&endpoint, "c", long()), broker.accept());
    (connection.unwrap(), end)
}

fn long() -> Deadline {
    Deadline::after(Duration::from_secs(30))
}

fn short() -> Deadline {
    Deadline::after(Duration::from_millis(50))
}

async fn ask(connection: &Connection, deadline: fn() -> Deadline) -> Result<Option<MetadataResponse>> {
    connection.call(&MetadataRequest::default(), deadline).await
}

/// An answer that is told from others.
fn answer(mark: i32) -> MetadataResponse {
    MetadataResponse::default().with_controller_id(mark.into())
}

#[track_caller]
fn mark(outcome: Result<Option<MetadataResponse>>) -> i32 {
    outcome.unwrap().expect("a connection of use").controller_id.0
}

#[test]
fn several_requests_are_on_their_way_and_each_gets_its_answer() {
    within(async {
        let (connection, mut end) = connected().await;
        let script = async {
            let (first, second) = (end.request().await, end.request().await);
            assert_eq!((first.correlation, second.correlation), (NEGOTIATED + 1, NEGOTIATED + 2));
            end.answer::<MetadataRequest>(&first, &answer(1)).await;
            end.answer::<MetadataRequest>(&second, &answer(2)).await;
        };
        let (first, second, ()) = tokio::join!(ask(&connection, long), ask(&connection, long), script);
        assert_eq!((mark(first), mark(second)), (1, 2));
    });
}

#[test]
fn a_caller_that_is_dropped_while_it_waits_takes_nobodys_answer() {
    within(async {
        let (connection, mut end) = connected().await;
        let given_up = tokio::select! {
            _ = ask(&connection, long) => panic!("nobody has answered"),
            request = end.request() => request,
        };
        assert!(!connection.is_broken());
        let script = async {
            let request = end.request().await;
            end.answer::<MetadataRequest>(&given_up, &answer(1)).await;
            end.answer::<MetadataRequest>(&request, &answer(2)).await;
        };
        let (second, ()) = tokio::join!(ask(&connection, long), script);
        assert_eq!(mark(second), 2);
    });
}

#[test]
fn an_answer_that_is_overdue_does_not_keep_others_from_theirs_and_nothing_is_sent_behind_it() {
    within(async {
        let (connection, mut end) = connected().await;
        let overdue = Notify::new();
        let first = async {
            let outcome = ask(&connection, short).await;
            overdue.notify_one();
            outcome
        };
        let script = async {
            let (first, second) = (end.request().await, end.request().await);
            overdue.notified().await;
            assert!(matches!(ask(&connection, long).await, Ok(None)));
            end.answer::<MetadataRequest>(&first, &answer(1)).await;
            end.answer::<MetadataRequest>(&second, &answer(2)).await;
        };
        let (first, second, ()) = tokio::join!(first, ask(&connection, long), script);
        assert!(matches!(first, Err(Error::Unanswered { .. })), "{first:?}");
        assert_eq!(mark(second), 2);
    });
}

#[test]
fn the_answer_to_another_request_ends_a_connection() {
    within(async {
        let (connection, mut end) = connected().await;
        let script = async {
            let mut request = end.request().await;
            request.correlation += 1;
            end.answer::<MetadataRequest>(&request, &answer(1)).await;
        };
        let (outcome, ()) = tokio::join!(ask(&connection, long), script);
        let words = outcome.unwrap_err().to_string();
        assert!(words.ends_with(" to Metadata: answer 4 to request 3"), "{words}");
        assert!(connection.is_broken());
    });
}

#[test]
fn an_answer_that_cannot_be_decoded_is_one_callers_trouble() {
    within(async {
        let (connection, mut end) = connected().await;
        let script = async {
            let request = end.request().await;
            end.send(&request.correlation.to_be_bytes()).await;
            let request = end.request().await;
            end.answer::<MetadataRequest>(&request, &answer(2)).await;
        };
        let calls = async { (ask(&connection, long).await, ask(&connection, long).await) };
        let ((first, second), ()) = tokio::join!(calls, script);
        assert!(matches!(first, Err(Error::Protocol { .. })), "{first:?}");
        assert_eq!(mark(second), 2);
    });
}

#[test]
fn everybody_who_waits_hears_of_a_lost_connection() {
    within(async {
        let (connection, mut end) = connected().await;
        let script = async move {
            end.request().await;
            end.request().await;
        };
        let (first, second, ()) = tokio::join!(ask(&connection, long), ask(&connection, long), script);
        for outcome in [first, second] {
            assert!(matches!(outcome, Err(Error::Disconnected { .. })), "{outcome:?}");
        }
        assert!(matches!(ask(&connection, long).await, Ok(None)));
    });
}

#[test]
fn nothing_is_written_behind_half_a_request() {
    within(async {
        let (connection, _end) = connected().await;
        // More than the system takes for a reader that does not read.
        let name = TopicName(StrBytes::from_string("x".repeat(64 << 20)));
        let large = MetadataRequest::default().with_topics(Some(vec![MetadataRequestTopic::default().with_name(Some(name))]));
        let given_up = async {
            let call = connection.call(&large, long);
            assert!(tokio::time::timeout(Duration::from_millis(100), call).await.is_err());
        };
        let ((), behind) = tokio::join!(given_up, ask(&connection, long));
        assert!(connection.is_broken());
        assert!(matches!(behind, Ok(None)), "{behind:?}");
    });
}

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
