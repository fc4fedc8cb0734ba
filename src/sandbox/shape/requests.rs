//! The fields of each request that the sandbox may be sent, as the codec's decoders read them.
//!
//! A request has the versions that the codec knows. A field has those of the request unless it says otherwise; one with a
//! number in front is tagged, and stands among the tagged fields at the end of a flexible version (KIP-482).

#[allow(clippy::wildcard_imports, reason = "the table names half of the messages")]
use kafka_protocol::messages::*;
use kafka_protocol::protocol::Request;

use super::{Field, Kind, Shape};

/// `FROM..`, `..=TO`, `FROM..=TO` or nothing, as oldest and newest version.
macro_rules! versions {
    () => {
        (0, i16::MAX)
    };
    ($from:literal ..) => {
        ($from, i16::MAX)
    };
    (..= $to:literal) => {
        (0, $to)
    };
    ($from:literal ..= $to:literal) => {
        ($from, $to)
    };
}

macro_rules! flexible {
    (never) => {
        i16::MAX
    };
    ($from:literal) => {
        $from
    };
}

macro_rules! tag {
    () => {
        None
    };
    ($tag:literal) => {
        Some($tag)
    };
}

macro_rules! kind {
    (bool) => { Kind::Fixed(1) };
    (i8) => { Kind::Fixed(1) };
    (i16) => { Kind::Fixed(2) };
    (i32) => { Kind::Fixed(4) };
    (i64) => { Kind::Fixed(8) };
    (f64) => { Kind::Fixed(8) };
    (uuid) => { Kind::Fixed(16) };
    (string) => { Kind::Text };
    (bytes) => { Kind::Bytes };
    ([$element:tt]) => { Kind::Array(&kind!($element)) };
    ({ $($fields:tt)* }) => { Kind::Struct(fields!($($fields)*)) };
    ((maybe { $($fields:tt)* })) => { Kind::Maybe(fields!($($fields)*)) };
}

macro_rules! fields {
    ($($(#$tag:literal)? $name:ident $(($($versions:tt)+))? : $kind:tt),* $(,)?) => {
        &[$(Field { name: stringify!($name), versions: versions!($($($versions)+)?), tag: tag!($($tag)?), kind: kind!($kind) }),*]
    };
}

macro_rules! shapes {
    ($($request:ident $min:literal ..= $max:literal, flexible $flexible:tt $(..)? { $($fields:tt)* })*) => {
        pub static SHAPES: &[Shape] = &[$(Shape {
            key: <$request as Request>::KEY,
            #[cfg(test)]
            versions: ($min, $max),
            flexible: flexible!($flexible),
            fields: fields!($($fields)*),
            #[cfg(test)]
            echo: super::tests::echo::<$request>,
        }),*];
    };
}

shapes! {
    ApiVersionsRequest 0..=4, flexible 3.. {
        client_software_name(3..): string, client_software_version(3..): string,
    }
    MetadataRequest 0..=13, flexible 9.. {
        topics: [{ topic_id(10..): uuid, name: string }], allow_auto_topic_creation(4..): bool,
        include_cluster_authorized_operations(8..=10): bool, include_topic_authorized_operations(8..): bool,
    }
    ProduceRequest 3..=13, flexible 9.. {
        transactional_id: string, acks: i16, timeout_ms: i32,
        topic_data: [{ name(..=12): string, topic_id(13..): uuid, partition_data: [{ index: i32, records: bytes }] }],
    }
    FetchRequest 4..=18, flexible 12.. {
        replica_id(..=14): i32, max_wait_ms: i32, min_bytes: i32, max_bytes: i32, isolation_level: i8, session_id(7..): i32,
        session_epoch(7..): i32,
        topics: [{
            topic(..=12): string, topic_id(13..): uuid,
            partitions: [{
                partition: i32, current_leader_epoch(9..): i32, fetch_offset: i64, last_fetched_epoch(12..): i32,
                log_start_offset(5..): i64, partition_max_bytes: i32, #0 replica_directory_id(17..): uuid,
                #1 high_watermark(18..): i64,
            }],
        }],
        forgotten_topics_data(7..): [{ topic(..=12): string, topic_id(13..): uuid, partitions: [i32] }],
        rack_id(11..): string, #0 cluster_id(12..): string, #1 replica_state(15..): { replica_id: i32, replica_epoch: i64 },
    }
    ListOffsetsRequest 1..=10, flexible 6.. {
        replica_id: i32, isolation_level(2..): i8,
        topics: [{ name: string, partitions: [{ partition_index: i32, current_leader_epoch(4..): i32, timestamp: i64 }] }],
        timeout_ms(10..): i32,
    }
    CreateTopicsRequest 2..=7, flexible 5.. {
        topics: [{
            name: string, num_partitions: i32, replication_factor: i16,
            assignments: [{ partition_index: i32, broker_ids: [i32] }], configs: [{ name: string, value: string }],
        }],
        timeout_ms: i32, validate_only: bool,
    }
    DeleteTopicsRequest 1..=6, flexible 4.. {
        topics(6..): [{ name: string, topic_id: uuid }], topic_names(..=5): [string], timeout_ms: i32,
    }
    CreatePartitionsRequest 0..=3, flexible 2.. {
        topics: [{ name: string, count: i32, assignments: [{ broker_ids: [i32] }] }], timeout_ms: i32, validate_only: bool,
    }
    DeleteRecordsRequest 0..=2, flexible 2.. {
        topics: [{ name: string, partitions: [{ partition_index: i32, offset: i64 }] }], timeout_ms: i32,
    }
    DescribeConfigsRequest 1..=4, flexible 4.. {
        resources: [{ resource_type: i8, resource_name: string, configuration_keys: [string] }], include_synonyms: bool,
        include_documentation(3..): bool,
    }
    AlterConfigsRequest 0..=2, flexible 2.. {
        resources: [{ resource_type: i8, resource_name: string, configs: [{ name: string, value: string }] }],
        validate_only: bool,
    }
    IncrementalAlterConfigsRequest 0..=1, flexible 1.. {
        resources: [{
            resource_type: i8, resource_name: string, configs: [{ name: string, config_operation: i8, value: string }],
        }],
        validate_only: bool,
    }
    ListConfigResourcesRequest 0..=1, flexible 0.. {
        resource_types(1..): [i8],
    }
    DescribeClusterRequest 0..=2, flexible 0.. {
        include_cluster_authorized_operations: bool, endpoint_type(1..): i8, include_fenced_brokers(2..): bool,
    }
    FindCoordinatorRequest 0..=6, flexible 3.. {
        key(..=3): string, key_type(1..): i8, coordinator_keys(4..): [string],
    }
    JoinGroupRequest 0..=9, flexible 6.. {
        group_id: string, session_timeout_ms: i32, rebalance_timeout_ms(1..): i32, member_id: string,
        group_instance_id(5..): string, protocol_type: string, protocols: [{ name: string, metadata: bytes }],
        reason(8..): string,
    }
    SyncGroupRequest 0..=5, flexible 4.. {
        group_id: string, generation_id: i32, member_id: string, group_instance_id(3..): string, protocol_type(5..): string,
        protocol_name(5..): string, assignments: [{ member_id: string, assignment: bytes }],
    }
    HeartbeatRequest 0..=4, flexible 4.. {
        group_id: string, generation_id: i32, member_id: string, group_instance_id(3..): string,
    }
    LeaveGroupRequest 0..=5, flexible 4.. {
        group_id: string, member_id(..=2): string,
        members(3..): [{ member_id: string, group_instance_id: string, reason(5..): string }],
    }
    OffsetCommitRequest 2..=9, flexible 8.. {
        group_id: string, generation_id_or_member_epoch: i32, member_id: string, group_instance_id(7..): string,
        retention_time_ms(..=4): i64,
        topics: [{
            name: string,
            partitions: [{
                partition_index: i32, committed_offset: i64, committed_leader_epoch(6..): i32, committed_metadata: string,
            }],
        }],
    }
    OffsetFetchRequest 1..=9, flexible 6.. {
        group_id(..=7): string, topics(..=7): [{ name: string, partition_indexes: [i32] }],
        groups(8..): [{
            group_id: string, member_id(9..): string, member_epoch(9..): i32,
            topics: [{ name: string, partition_indexes: [i32] }],
        }],
        require_stable(7..): bool,
    }
    OffsetDeleteRequest 0..=0, flexible never {
        group_id: string, topics: [{ name: string, partitions: [{ partition_index: i32 }] }],
    }
    DescribeGroupsRequest 0..=6, flexible 5.. {
        groups: [string], include_authorized_operations(3..): bool,
    }
    ListGroupsRequest 0..=5, flexible 3.. {
        states_filter(4..): [string], types_filter(5..): [string],
    }
    DeleteGroupsRequest 0..=2, flexible 2.. {
        groups_names: [string],
    }
    ConsumerGroupHeartbeatRequest 0..=1, flexible 0.. {
        group_id: string, member_id: string, member_epoch: i32, instance_id: string, rack_id: string,
        rebalance_timeout_ms: i32, subscribed_topic_names: [string], subscribed_topic_regex(1..): string,
        server_assignor: string, topic_partitions: [{ topic_id: uuid, partitions: [i32] }],
    }
    ConsumerGroupDescribeRequest 0..=1, flexible 0.. {
        group_ids: [string], include_authorized_operations: bool,
    }
    InitProducerIdRequest 0..=5, flexible 2.. {
        transactional_id: string, transaction_timeout_ms: i32, producer_id(3..): i64, producer_epoch(3..): i16,
    }
    AddPartitionsToTxnRequest 0..=5, flexible 3.. {
        transactions(4..): [{
            transactional_id: string, producer_id: i64, producer_epoch: i16, verify_only: bool,
            topics: [{ name: string, partitions: [i32] }],
        }],
        v3_and_below_transactional_id(..=3): string, v3_and_below_producer_id(..=3): i64,
        v3_and_below_producer_epoch(..=3): i16, v3_and_below_topics(..=3): [{ name: string, partitions: [i32] }],
    }
    AddOffsetsToTxnRequest 0..=4, flexible 3.. {
        transactional_id: string, producer_id: i64, producer_epoch: i16, group_id: string,
    }
    TxnOffsetCommitRequest 0..=5, flexible 3.. {
        transactional_id: string, group_id: string, producer_id: i64, producer_epoch: i16, generation_id(3..): i32,
        member_id(3..): string, group_instance_id(3..): string,
        topics: [{
            name: string,
            partitions: [{
                partition_index: i32, committed_offset: i64, committed_leader_epoch(2..): i32, committed_metadata: string,
            }],
        }],
    }
    EndTxnRequest 0..=5, flexible 3.. {
        transactional_id: string, producer_id: i64, producer_epoch: i16, committed: bool,
    }
    ListTransactionsRequest 0..=2, flexible 0.. {
        state_filters: [string], producer_id_filters: [i64], duration_filter(1..): i64, transactional_id_pattern(2..): string,
    }
    DescribeTransactionsRequest 0..=0, flexible 0.. {
        transactional_ids: [string],
    }
    DescribeProducersRequest 0..=0, flexible 0.. {
        topics: [{ name: string, partition_indexes: [i32] }],
    }
    DescribeClientQuotasRequest 0..=1, flexible 1.. {
        components: [{ entity_type: string, match_type: i8, _match: string }], strict: bool,
    }
    AlterClientQuotasRequest 0..=1, flexible 1.. {
        entries: [{
            entity: [{ entity_type: string, entity_name: string }], ops: [{ key: string, value: f64, remove: bool }],
        }],
        validate_only: bool,
    }
    DescribeUserScramCredentialsRequest 0..=0, flexible 0.. {
        users: [{ name: string }],
    }
    AlterUserScramCredentialsRequest 0..=0, flexible 0.. {
        deletions: [{ name: string, mechanism: i8 }],
        upsertions: [{ name: string, mechanism: i8, iterations: i32, salt: bytes, salted_password: bytes }],
    }
    ListPartitionReassignmentsRequest 0..=0, flexible 0.. {
        timeout_ms: i32, topics: [{ name: string, partition_indexes: [i32] }],
    }
    AlterPartitionReassignmentsRequest 0..=1, flexible 0.. {
        timeout_ms: i32, allow_replication_factor_change(1..): bool,
        topics: [{ name: string, partitions: [{ partition_index: i32, replicas: [i32] }] }],
    }
    DescribeTopicPartitionsRequest 0..=0, flexible 0.. {
        topics: [{ name: string }], response_partition_limit: i32,
        cursor: (maybe { topic_name: string, partition_index: i32 }),
    }
    OffsetForLeaderEpochRequest 2..=4, flexible 4.. {
        replica_id(3..): i32,
        topics: [{ topic: string, partitions: [{ partition: i32, current_leader_epoch: i32, leader_epoch: i32 }] }],
    }
    ElectLeadersRequest 0..=2, flexible 2.. {
        election_type(1..): i8, topic_partitions: [{ topic: string, partitions: [i32] }], timeout_ms: i32,
    }
    DescribeLogDirsRequest 1..=4, flexible 2.. {
        topics: [{ topic: string, partitions: [i32] }],
    }
    DescribeAclsRequest 1..=3, flexible 2.. {
        resource_type_filter: i8, resource_name_filter: string, pattern_type_filter: i8, principal_filter: string,
        host_filter: string, operation: i8, permission_type: i8,
    }
    CreateAclsRequest 1..=3, flexible 2.. {
        creations: [{
            resource_type: i8, resource_name: string, resource_pattern_type: i8, principal: string, host: string,
            operation: i8, permission_type: i8,
        }],
    }
    DeleteAclsRequest 1..=3, flexible 2.. {
        filters: [{
            resource_type_filter: i8, resource_name_filter: string, pattern_type_filter: i8, principal_filter: string,
            host_filter: string, operation: i8, permission_type: i8,
        }],
    }
}
