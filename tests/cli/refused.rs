//! A broker that shows a topic but refuses to tell its settings (DESCRIBE without DESCRIBE_CONFIGS).

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use bytes::{Buf as _, Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResult;
use kafka_protocol::messages::metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, BrokerId, DescribeConfigsRequest, DescribeConfigsResponse, MetadataRequest, MetadataResponse,
    RequestHeader, ResponseHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};

use crate::support::kafkabox::words;

const TOPIC_AUTHORIZATION_FAILED: i16 = 29;

/// The topic whose settings are told.
const OPEN: &str = "open";

#[test]
fn a_topic_whose_settings_are_refused_is_no_absent_topic() {
    let servers = server();
    let call = |line: &str| words(&format!("topics --bootstrap-server {servers} --describe {line}"));
    for line in ["--topic secret", "--topic secret --if-exists"] {
        let output = call(line);
        assert_eq!(output.out(), "Error while executing topic command : Topic authorization failed.\n", "{line}");
        assert!(output.failed().contains("cannot describe topic secret: Topic authorization failed."), "{output}");
    }
    let output = call("--topic open,secret");
    assert!(output.out().contains("Topic: open"), "{output}");
    assert!(output.failed().contains("cannot describe topic secret"), "{output}");
}

/// Starts the broker, which knows only what describing takes.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // It ends with the client's last request.
            std::thread::spawn(move || serve(stream, port));
        }
    });
    format!("127.0.0.1:{port}")
}

fn serve(mut stream: TcpStream, port: u16) -> io::Result<()> {
    loop {
        let mut prefix = [0; 4];
        stream.read_exact(&mut prefix)?;
        let mut frame = vec![0; usize::try_from(u32::from_be_bytes(prefix)).unwrap()];
        stream.read_exact(&mut frame)?;
        let mut frame = Bytes::from(frame);
        let (key, version) = (frame.slice(0..).get_i16(), frame.slice(2..).get_i16());
        let key = ApiKey::try_from(key).unwrap();
        let header = RequestHeader::decode(&mut frame, key.request_header_version(version)).unwrap();
        let answer = match key {
            ApiKey::ApiVersions => encode(header.correlation_id, version, &versions()),
            ApiKey::Metadata => {
                let request = MetadataRequest::decode(&mut frame, version).unwrap();
                encode(header.correlation_id, version, &metadata(&request, port))
            }
            ApiKey::DescribeConfigs => {
                let request = DescribeConfigsRequest::decode(&mut frame, version).unwrap();
                encode(header.correlation_id, version, &configs(&request))
            }
            other => panic!("{other:?} is not announced"),
        };
        stream.write_all(&answer)?;
    }
}

fn versions() -> ApiVersionsResponse {
    let known = [(ApiKey::ApiVersions, 3), (ApiKey::Metadata, 12), (ApiKey::DescribeConfigs, 4)];
    let range =
        |(key, newest): (ApiKey, i16)| ApiVersion::default().with_api_key(key as i16).with_min_version(newest).with_max_version(newest);
    ApiVersionsResponse::default().with_api_keys(known.into_iter().map(range).collect())
}

fn metadata(request: &MetadataRequest, port: u16) -> MetadataResponse {
    let broker = MetadataResponseBroker::default()
        .with_node_id(BrokerId(1))
        .with_host(StrBytes::from_static_str("127.0.0.1"))
        .with_port(i32::from(port));
    let partition = || {
        MetadataResponsePartition::default()
            .with_leader_id(BrokerId(1))
            .with_replica_nodes(vec![BrokerId(1)])
            .with_isr_nodes(vec![BrokerId(1)])
    };
    let asked = request.topics.iter().flatten();
    let topics = asked.map(|topic| MetadataResponseTopic::default().with_name(topic.name.clone()).with_partitions(vec![partition()]));
    MetadataResponse::default().with_brokers(vec![broker]).with_controller_id(BrokerId(1)).with_topics(topics.collect())
}

fn configs(request: &DescribeConfigsRequest) -> DescribeConfigsResponse {
    let result = |name: &StrBytes| {
        let error = if name.as_str() == OPEN { 0 } else { TOPIC_AUTHORIZATION_FAILED };
        DescribeConfigsResult::default()
            .with_error_code(error)
            .with_error_message(None)
            .with_resource_type(2)
            .with_resource_name(name.clone())
    };
    let results = request.resources.iter().map(|resource| result(&resource.resource_name));
    DescribeConfigsResponse::default().with_results(results.collect())
}

fn encode<R: Encodable + HeaderVersion>(correlation: i32, version: i16, response: &R) -> Vec<u8> {
    let mut frame = BytesMut::new();
    ResponseHeader::default().with_correlation_id(correlation).encode(&mut frame, R::header_version(version)).unwrap();
    response.encode(&mut frame, version).unwrap();
    [&u32::try_from(frame.len()).unwrap().to_be_bytes()[..], &frame[..]].concat()
}
