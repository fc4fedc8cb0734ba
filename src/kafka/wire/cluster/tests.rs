use std::time::Duration;

use super::*;
use crate::kafka::settings::Role;
use crate::kafka::wire::fake::{FakeBroker, within};
use kafka_protocol::messages::metadata_response::MetadataResponseBroker;
use kafka_protocol::messages::{CreateTopicsRequest, OffsetCommitRequest};
use kafka_protocol::protocol::StrBytes;

async fn connect(broker: &FakeBroker, time: Duration) -> Result<Cluster> {
    let settings = ClientSettings::new(Role::Admin, &broker.endpoint().to_string()).unwrap();
    Cluster::connect(settings, Deadline::after(time)).await
}

const LONG: Duration = Duration::from_secs(30);

/// Metadata with these brokers.
fn metadata(brokers: &[(i32, Endpoint)]) -> MetadataResponse {
    let broker = |(id, endpoint): &(i32, Endpoint)| {
        MetadataResponseBroker::default()
            .with_node_id((*id).into())
            .with_host(StrBytes::from_string(endpoint.host.clone()))
            .with_port(endpoint.port.into())
    };
    MetadataResponse::default().with_brokers(brokers.iter().map(broker).collect())
}

#[test]
fn what_has_not_been_sent_when_a_connection_is_lost_is_sent_over_the_next() {
    within(async {
        let broker = FakeBroker::listen(&[ApiKey::Metadata]).await;
        let (cluster, end) = tokio::join!(connect(&broker, LONG), broker.accept());
        let (cluster, mut end) = (cluster.unwrap(), end);
        let request = MetadataRequest::default();
        // One more than may be on their way at once.
        let send = async || cluster.send(&Target::Any, &request).await;
        let script = async move {
            for _ in 0..4 {
                end.request().await;
            }
            drop(end);
            let mut end = broker.accept().await;
            let request = end.request().await;
            end.answer::<MetadataRequest>(&request, &metadata(&[])).await;
        };
        let (a, b, c, d, last, ()) = tokio::join!(send(), send(), send(), send(), send(), script);
        for lost in [a, b, c, d] {
            assert!(matches!(lost, Err(Error::Disconnected { .. })), "{lost:?}");
        }
        last.unwrap();
    });
}

#[test]
fn of_a_change_nobody_knows_whether_it_was_made_and_a_rehearsal_changes_nothing() {
    within(async {
        for rehearsal in [false, true] {
            let broker = FakeBroker::listen(&[ApiKey::CreateTopics, ApiKey::Metadata]).await;
            let (cluster, mut end) = tokio::join!(connect(&broker, LONG), broker.accept());
            let (cluster, request) = (cluster.unwrap(), CreateTopicsRequest::default().with_validate_only(rehearsal));
            let script = async move {
                end.request().await;
            };
            let (lost, ()) = tokio::join!(cluster.send_or_rehearse(&Target::Controller, &request, rehearsal), script);
            let lost = lost.unwrap_err();
            assert_eq!((lost.is_retriable(), matches!(lost, Error::Uncertain { .. })), (rehearsal, !rehearsal), "{lost}");
        }
    });
}

#[test]
fn of_a_change_without_an_answer_nobody_knows_whether_it_was_made() {
    within(async {
        let broker = FakeBroker::listen(&[ApiKey::OffsetCommit, ApiKey::Metadata]).await;
        let (cluster, mut end) = tokio::join!(connect(&broker, Duration::from_millis(300)), broker.accept());
        let request = OffsetCommitRequest::default();
        let cluster = cluster.unwrap();
        let (late, _received) = tokio::join!(cluster.send(&Target::Any, &request), end.request());
        assert!(matches!(&late, Err(Error::Uncertain { why, .. }) if why.contains("no answer from")), "{late:?}");
    });
}

#[test]
fn callers_that_want_the_same_broker_at_the_same_time_share_one_connection() {
    within(async {
        let (first, second) = (FakeBroker::listen(&[ApiKey::Metadata]).await, FakeBroker::listen(&[ApiKey::Metadata]).await);
        let (cluster, mut end) = tokio::join!(connect(&first, LONG), first.accept());
        let cluster = cluster.unwrap();
        let request = MetadataRequest::default();
        let send = async |id| cluster.send(&Target::Broker(id), &request).await.unwrap();
        let of_first = async {
            // Where the second broker is, and then its own request: it has no other connection.
            for _ in 0..2 {
                let request = end.request().await;
                end.answer::<MetadataRequest>(&request, &metadata(&[(1, first.endpoint()), (2, second.endpoint())])).await;
            }
        };
        let of_second = async {
            let mut end = second.accept().await;
            for request in [end.request().await, end.request().await] {
                end.answer::<MetadataRequest>(&request, &metadata(&[])).await;
            }
        };
        let requests = async {
            tokio::join!(send(2), send(2));
            send(1).await;
        };
        tokio::join!(requests, of_first, of_second);
    });
}

#[test]
fn a_first_connection_that_is_closed_is_tried_again() {
    within(async {
        let broker = FakeBroker::listen(&[ApiKey::Metadata]).await;
        let script = async {
            broker.turn_away().await;
            broker.accept().await
        };
        let (cluster, _end) = tokio::join!(connect(&broker, LONG), script);
        cluster.unwrap();
    });
}

#[test]
fn what_closes_every_connection_is_no_broker() {
    within(async {
        let broker = FakeBroker::listen(&[]).await;
        let script = async {
            loop {
                broker.turn_away().await;
            }
        };
        let error = tokio::select! {
            outcome = connect(&broker, Duration::from_millis(500)) => outcome.unwrap_err(),
            () = script => unreachable!("it has no end"),
        };
        assert!(matches!(error, Error::NotKafka { .. }), "{error}");
    });
}

#[test]
fn a_known_broker_that_closes_every_connection_is_away() {
    within(async {
        let (first, second) = (FakeBroker::listen(&[ApiKey::Metadata]).await, FakeBroker::listen(&[]).await);
        let (cluster, mut end) = tokio::join!(connect(&first, Duration::from_secs(1)), first.accept());
        let (cluster, target, request) = (cluster.unwrap(), Target::Broker(2), MetadataRequest::default());
        let of_first = async {
            loop {
                let request = end.request().await;
                end.answer::<MetadataRequest>(&request, &metadata(&[(1, first.endpoint()), (2, second.endpoint())])).await;
            }
        };
        let of_second = async {
            loop {
                second.turn_away().await;
            }
        };
        let error = tokio::select! {
            outcome = cluster.send(&target, &request) => outcome.unwrap_err(),
            () = of_first => unreachable!("it has no end"),
            () = of_second => unreachable!("it has no end"),
        };
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    });
}

#[test]
fn a_controller_is_no_broker() {
    within(async {
        let controller = FakeBroker::listen(&[ApiKey::CreateTopics]).await;
        let (cluster, _end) = tokio::join!(connect(&controller, LONG), controller.accept());
        let error = cluster.unwrap_err();
        assert_eq!(error.to_string(), format!("{} is the port of a controller", controller.endpoint()));
    });
}
