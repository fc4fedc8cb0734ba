//! What the records of Kafka's own topics consist of, after the schemas of Apache Kafka.

use std::ops::RangeInclusive;

use super::Json;

/// The type of a field. Texts, byte arrays and lists may be null.
#[derive(Debug)]
pub(super) enum Kind {
    Int8,
    Int16,
    Int32,
    Int64,
    Text,
    Bytes,
    Uuid,
    List(&'static Kind),
    Struct(&'static [Field]),
}

/// One field of a record, or of a structure in it.
#[derive(Debug)]
pub(super) struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub versions: RangeInclusive<i16>,
    /// The number of a field that may be absent.
    pub tag: Option<u32>,
    default: i64,
}

impl Field {
    /// Whether a tagged field has the value that it has when it is absent; for an id that is zero.
    pub fn is_default(&self, value: &Json) -> bool {
        match value {
            Json::Number(number) => *number == self.default,
            Json::Text(text) => text.bytes().all(|digit| digit == b'A'),
            _ => false,
        }
    }

    const fn since(mut self, version: i16) -> Self {
        self.versions = version..=i16::MAX;
        self
    }

    const fn only(mut self, version: i16) -> Self {
        self.versions = version..=version;
        self
    }

    const fn tagged(mut self, tag: u32, default: i64) -> Self {
        self.tag = Some(tag);
        self.default = default;
        self
    }
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, versions: 0..=i16::MAX, tag: None, default: 0 }
}

/// A record with its key.
#[derive(Debug)]
pub(super) struct RecordKind {
    /// The number at the start of the key.
    pub id: i16,
    pub key: &'static [Field],
    pub value: &'static [Field],
    /// The newest version of the value.
    pub versions: i16,
    /// The first version in the compact encoding.
    pub flexible_since: i16,
}

const fn record(id: i16, key: &'static [Field], value: &'static [Field], versions: i16, flexible_since: i16) -> RecordKind {
    RecordKind { id, key, value, versions, flexible_since }
}

const PARTITION_OF_GROUP: &[Field] = &[field("group", Kind::Text), field("topic", Kind::Text), field("partition", Kind::Int32)];
const GROUP: &[Field] = &[field("groupId", Kind::Text)];
const MEMBER: &[Field] = &[field("groupId", Kind::Text), field("memberId", Kind::Text)];

pub(super) const OFFSETS: &[RecordKind] = &[
    record(
        0,
        PARTITION_OF_GROUP,
        &[field("offset", Kind::Int64), field("metadata", Kind::Text), field("commitTimestamp", Kind::Int64)],
        0,
        i16::MAX,
    ),
    record(
        1,
        PARTITION_OF_GROUP,
        &[
            field("offset", Kind::Int64),
            field("leaderEpoch", Kind::Int32).since(3),
            field("metadata", Kind::Text),
            field("commitTimestamp", Kind::Int64),
            field("expireTimestamp", Kind::Int64).only(1),
            field("topicId", Kind::Uuid).since(4).tagged(0, 0),
        ],
        4,
        4,
    ),
];

const GROUP_MEMBER: &[Field] = &[
    field("memberId", Kind::Text),
    field("groupInstanceId", Kind::Text).since(3),
    field("clientId", Kind::Text),
    field("clientHost", Kind::Text),
    field("rebalanceTimeout", Kind::Int32).since(1),
    field("sessionTimeout", Kind::Int32),
    field("subscription", Kind::Bytes),
    field("assignment", Kind::Bytes),
];

pub(super) const GROUP_METADATA: &[RecordKind] = &[record(
    2,
    &[field("group", Kind::Text)],
    &[
        field("protocolType", Kind::Text),
        field("generation", Kind::Int32),
        field("protocol", Kind::Text),
        field("leader", Kind::Text),
        field("currentStateTimestamp", Kind::Int64).since(2),
        field("members", Kind::List(&Kind::Struct(GROUP_MEMBER))),
    ],
    4,
    4,
)];

const PARTITIONS_BY_ID: &[Field] = &[field("topicId", Kind::Uuid), field("partitions", Kind::List(&Kind::Int32))];
const PARTITIONS_OF_TOPIC: &[Field] =
    &[field("topicId", Kind::Uuid), field("topicName", Kind::Text), field("partitions", Kind::List(&Kind::Int32))];
const TOPIC: &[Field] = &[field("topicId", Kind::Uuid), field("topicName", Kind::Text)];

pub(super) const SHARE_GROUP: &[RecordKind] = &[
    record(
        10,
        MEMBER,
        &[
            field("rackId", Kind::Text),
            field("clientId", Kind::Text),
            field("clientHost", Kind::Text),
            field("subscribedTopicNames", Kind::List(&Kind::Text)),
        ],
        0,
        0,
    ),
    record(11, GROUP, &[field("epoch", Kind::Int32), field("metadataHash", Kind::Int64)], 0, 0),
    record(12, GROUP, &[field("assignmentEpoch", Kind::Int32), field("assignmentTimestamp", Kind::Int64).tagged(0, 0)], 0, 0),
    record(13, MEMBER, &[field("topicPartitions", Kind::List(&Kind::Struct(PARTITIONS_BY_ID)))], 0, 0),
    record(
        14,
        MEMBER,
        &[
            field("memberEpoch", Kind::Int32),
            field("previousMemberEpoch", Kind::Int32),
            field("state", Kind::Int8),
            field("assignedPartitions", Kind::List(&Kind::Struct(PARTITIONS_BY_ID))),
        ],
        0,
        0,
    ),
    record(
        15,
        GROUP,
        &[
            field("initializingTopics", Kind::List(&Kind::Struct(PARTITIONS_OF_TOPIC))),
            field("initializedTopics", Kind::List(&Kind::Struct(PARTITIONS_OF_TOPIC))),
            field("deletingTopics", Kind::List(&Kind::Struct(TOPIC))),
        ],
        0,
        0,
    ),
];

const PARTITIONS_IN_TRANSACTION: &[Field] = &[field("topic", Kind::Text), field("partitionIds", Kind::List(&Kind::Int32))];

pub(super) const TRANSACTION_LOG: &[RecordKind] = &[record(
    0,
    &[field("transactionalId", Kind::Text)],
    &[
        field("producerId", Kind::Int64),
        field("previousProducerId", Kind::Int64).since(1).tagged(0, -1),
        field("nextProducerId", Kind::Int64).since(1).tagged(1, -1),
        field("producerEpoch", Kind::Int16),
        field("nextProducerEpoch", Kind::Int16).since(1).tagged(3, -1),
        field("transactionTimeoutMs", Kind::Int32),
        field("transactionStatus", Kind::Int8),
        field("transactionPartitions", Kind::List(&Kind::Struct(PARTITIONS_IN_TRANSACTION))),
        field("transactionLastUpdateTimestampMs", Kind::Int64),
        field("transactionStartTimestampMs", Kind::Int64),
        field("clientTransactionVersion", Kind::Int16).since(1).tagged(2, 0),
    ],
    1,
    1,
)];

const SHARE_PARTITION: &[Field] = &[field("groupId", Kind::Text), field("topicId", Kind::Uuid), field("partition", Kind::Int32)];
const STATE_BATCH: &[Field] = &[
    field("firstOffset", Kind::Int64),
    field("lastOffset", Kind::Int64),
    field("deliveryState", Kind::Int8),
    field("deliveryCount", Kind::Int16),
];

pub(super) const SHARE_GROUP_STATE: &[RecordKind] = &[
    record(
        0,
        SHARE_PARTITION,
        &[
            field("snapshotEpoch", Kind::Int32),
            field("stateEpoch", Kind::Int32),
            field("leaderEpoch", Kind::Int32),
            field("startOffset", Kind::Int64),
            field("deliveryCompleteCount", Kind::Int32).tagged(0, -1),
            field("createTimestamp", Kind::Int64),
            field("writeTimestamp", Kind::Int64),
            field("stateBatches", Kind::List(&Kind::Struct(STATE_BATCH))),
        ],
        0,
        0,
    ),
    record(
        1,
        SHARE_PARTITION,
        &[
            field("snapshotEpoch", Kind::Int32),
            field("leaderEpoch", Kind::Int32),
            field("startOffset", Kind::Int64),
            field("deliveryCompleteCount", Kind::Int32).tagged(0, -1),
            field("stateBatches", Kind::List(&Kind::Struct(STATE_BATCH))),
        ],
        0,
        0,
    ),
];
