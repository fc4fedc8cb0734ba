//! Requests that say little and ask for much. What a broker answers is its own affair, and so is whether it answers at
//! all; but others are served meanwhile, and it does not take the machine's memory.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use bytes::{BufMut, Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    ConsumerGroupDescribeRequest, DescribeConfigsRequest, DescribeGroupsRequest, FetchRequest, GroupId, JoinGroupRequest,
    OffsetCommitRequest, OffsetFetchRequest, ProduceRequest, ResponseHeader, SyncGroupRequest,
};
use kafka_protocol::protocol::{Decodable, HeaderVersion, Request, StrBytes};

use super::victim::{Victim, connect, frame, topic};
use crate::support::kafkabox::{BINARY, LIMIT, command};

/// How much memory, in kilobytes, one request may cost: the largest answers, of some 64 MB, both as values and as bytes.
const BOUND: u64 = 256 << 10;

/// Sends a request, and looks after the others until it was answered or its connection closed.
#[track_caller]
fn endures(victim: &Victim, request: &[u8]) {
    let (before, address) = (victim.memory("VmHWM"), victim.address);
    thread::scope(|scope| {
        let attack = scope.spawn(move || {
            let mut stream = connect(address);
            stream.set_read_timeout(Some(LIMIT)).unwrap();
            // The broker may hang up in the middle.
            let _ = stream.write_all(request);
            read_answer(&mut stream)
        });
        while !attack.is_finished() {
            victim.is_well();
        }
        let outcome = attack.join().expect("the attack");
        assert!(!matches!(&outcome, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock), "neither answered nor closed");
    });
    victim.is_well();
    let most = victim.memory("VmHWM");
    assert!(most < before + BOUND, "up to {most} kB after {before} kB");
}

fn read_answer(stream: &mut TcpStream) -> std::io::Result<Bytes> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer)?;
    Ok(answer.into())
}

/// Sends a request, and reads its answer.
fn asked<R: Request>(stream: &mut TcpStream, request: &R, version: i16) -> R::Response
where
    R::Response: Decodable + HeaderVersion,
{
    stream.write_all(&frame(request, version)).unwrap();
    let mut answer = read_answer(stream).unwrap();
    ResponseHeader::decode(&mut answer, R::Response::header_version(version)).unwrap();
    R::Response::decode(&mut answer, version).unwrap()
}

fn group(id: impl Into<String>) -> GroupId {
    GroupId(StrBytes::from_string(id.into()))
}

/// Makes a group whose one member has that many bytes of metadata, and of an assignment.
fn group_of(victim: &Victim, bytes: usize) {
    let mut stream = connect(victim.address);
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let name = StrBytes::from_static_str("range");
    let protocol = JoinGroupRequestProtocol::default().with_name(name).with_metadata(vec![0; bytes].into());
    let join = JoinGroupRequest::default().with_group_id(group("g")).with_session_timeout_ms(300_000).with_rebalance_timeout_ms(300_000);
    let join = join.with_protocol_type(StrBytes::from_static_str("consumer")).with_protocols(vec![protocol]);
    let joined = asked(&mut stream, &join, 2);
    assert_eq!(joined.error_code, 0);
    let assignment = SyncGroupRequestAssignment::default().with_member_id(joined.member_id.clone());
    let sync = SyncGroupRequest::default().with_group_id(group("g")).with_generation_id(joined.generation_id);
    let sync = sync.with_member_id(joined.member_id).with_assignments(vec![assignment.with_assignment(vec![0; bytes].into())]);
    assert_eq!(asked(&mut stream, &sync, 1).error_code, 0);
}

#[test]
fn the_same_configs_many_times() {
    let resource = DescribeConfigsResource::default().with_resource_type(4).with_resource_name(StrBytes::from_static_str("1"));
    let request = DescribeConfigsRequest::default().with_resources(vec![resource.with_configuration_keys(None); 20_000]);
    let request = request.with_include_synonyms(true).with_include_documentation(true);
    endures(&Victim::start(), &frame(&request, 4));
}

#[test]
fn the_same_group_many_times() {
    let victim = Victim::start();
    group_of(&victim, 100_000);
    endures(&victim, &frame(&DescribeGroupsRequest::default().with_groups(vec![group("g"); 99_999]), 5));
    endures(&victim, &frame(&ConsumerGroupDescribeRequest::default().with_group_ids(vec![group("g"); 99_999]), 0));
}

#[test]
fn the_offsets_of_one_group_many_times() {
    let victim = Victim::of(command(BINARY).args(["sandbox", "--port", "0", "--topic", "t:100"]));
    let metadata = StrBytes::from_string("m".repeat(4000));
    let partition =
        |index| OffsetCommitRequestPartition::default().with_partition_index(index).with_committed_metadata(Some(metadata.clone()));
    let offsets = OffsetCommitRequestTopic::default().with_name(topic()).with_partitions((0..100).map(partition).collect());
    let commit = OffsetCommitRequest::default().with_group_id(group("g")).with_generation_id_or_member_epoch(-1);
    let committed = asked(&mut connect(victim.address), &commit.with_topics(vec![offsets]), 8);
    assert!(committed.topics.iter().flat_map(|topic| &topic.partitions).all(|partition| partition.error_code == 0), "{committed:?}");
    let all = OffsetFetchRequestGroup::default().with_group_id(group("g")).with_topics(None);
    endures(&victim, &frame(&OffsetFetchRequest::default().with_groups(vec![all; 20_000]), 8));
}

#[test]
fn one_partition_committed_many_times_under_a_long_name() {
    let offsets = vec![OffsetCommitRequestPartition::default(); 20_000];
    let offsets = OffsetCommitRequestTopic::default().with_name(topic()).with_partitions(offsets);
    // Version 8: an id may be as long as Kafka's format of text lets it.
    let request = |id: String| {
        let commit = OffsetCommitRequest::default().with_group_id(group(id)).with_generation_id_or_member_epoch(-1);
        frame(&commit.with_topics(vec![offsets.clone()]), 8)
    };
    let victim = Victim::start();
    endures(&victim, &request("g".repeat(32_000)));
    endures(&victim, &request("g".repeat(200)));
}

#[test]
fn the_same_records_many_times() {
    let victim = Victim::start();
    let batch = batch(&vec![0; 900_000]);
    let data = PartitionProduceData::default().with_records(Some(batch));
    let data = TopicProduceData::default().with_name(topic()).with_partition_data(vec![data]);
    let request = ProduceRequest::default().with_acks(-1).with_timeout_ms(1000).with_topic_data(vec![data]);
    let mut stream = connect(victim.address);
    for _ in 0..4 {
        let answer = asked(&mut stream, &request, 9);
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
    }
    let wanted = vec![FetchPartition::default().with_partition_max_bytes(i32::MAX); 20_000];
    let wanted = FetchTopic::default().with_topic(topic()).with_partitions(wanted);
    endures(&victim, &frame(&FetchRequest::default().with_max_bytes(i32::MAX).with_topics(vec![wanted]), 11));
}

/// 250 MB of zeros take some 250 kB.
#[test]
fn records_that_decompress_to_all_memory() {
    let zipped = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let size = 250 << 20;
    // The parts of a gzip stream may be compressed one by one.
    let (head, tail) = around(size);
    let records = [zipped(&head), zipped(&vec![0; 1 << 20]).repeat(250), zipped(&tail)].concat();
    assert!(records.len() < 1_000_000, "{}", records.len());
    let data = PartitionProduceData::default().with_records(Some(in_batch(&records, 1)));
    let data = TopicProduceData::default().with_name(topic()).with_partition_data(vec![data]);
    let request = ProduceRequest::default().with_acks(-1).with_timeout_ms(1000).with_topic_data(vec![data]);
    endures(&Victim::start(), &frame(&request, 9));
}

/// What is in a record without a key before its value, and after it.
fn around(value: usize) -> (Vec<u8>, Vec<u8>) {
    let value_length = varint(i64::try_from(value).unwrap());
    // Attributes, the timestamp's delta, the offset's, and the length of a key that is not there.
    let inner = [&[0, 0, 0, 1][..], &value_length].concat();
    let length = varint(i64::try_from(inner.len() + value + 1).unwrap());
    ([length, inner].concat(), vec![0])
}

fn varint(value: i64) -> Vec<u8> {
    let mut rest = value.cast_unsigned() << 1;
    let mut bytes = Vec::new();
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
    bytes
}

/// A batch of one record.
fn batch(value: &[u8]) -> Bytes {
    let (head, tail) = around(value.len());
    in_batch(&[&head, value, &tail].concat(), 0)
}

/// A batch of one record, which is given in the compression that the attributes name.
fn in_batch(records: &[u8], attributes: i16) -> Bytes {
    let mut summed = BytesMut::new();
    summed.put_i16(attributes);
    // The last offset's delta, the timestamps, no producer, and the number of records.
    summed.put_i32(0);
    summed.put_i64(1000);
    summed.put_i64(1000);
    summed.put_i64(-1);
    summed.put_i16(-1);
    summed.put_i32(-1);
    summed.put_i32(1);
    summed.put_slice(records);
    let mut batch = BytesMut::new();
    batch.put_i64(0);
    batch.put_i32(i32::try_from(4 + 1 + 4 + summed.len()).unwrap());
    batch.put_i32(-1);
    batch.put_i8(2);
    batch.put_u32(crc32c::crc32c(&summed));
    batch.put_slice(&summed);
    batch.freeze()
}
