//! Every error code of the Kafka protocol with the name and the sentence that the Java client gives it.
//!
//! Mirrors `org.apache.kafka.common.protocol.Errors` of Apache Kafka 4.3.1. The sentence is what the Java tools print
//! when a broker answers with a code and no message of its own.

/// One row of Java's `Errors`.
pub(super) struct Entry {
    pub code: i16,
    pub name: &'static str,
    pub retriable: bool,
    /// Java's `InvalidMetadataException`: the answer came from a broker that is no longer the right one to ask.
    pub stale_metadata: bool,
    pub message: &'static str,
}

/// Looks a code up; `None` for codes newer than the reference release.
pub(super) fn find(code: i16) -> Option<&'static Entry> {
    ENTRIES.binary_search_by_key(&code, |entry| entry.code).ok().map(|index| &ENTRIES[index])
}

/// The classes whose name does not follow from the code's.
const IRREGULAR: [(i16, &str); 19] = [
    (-1, "UnknownServerException"),
    (2, "CorruptRecordException"),
    (7, "TimeoutException"),
    (10, "RecordTooLargeException"),
    (11, "ControllerMovedException"),
    (12, "OffsetMetadataTooLarge"),
    (18, "RecordBatchTooLargeException"),
    (36, "TopicExistsException"),
    (40, "InvalidConfigurationException"),
    (45, "OutOfOrderSequenceException"),
    (46, "DuplicateSequenceException"),
    (49, "InvalidPidMappingException"),
    (50, "InvalidTxnTimeoutException"),
    (56, "KafkaStorageException"),
    (61, "DelegationTokenDisabledException"),
    (64, "UnsupportedByAuthenticationException"),
    (68, "GroupNotEmptyException"),
    (106, "FetchSessionTopicIdException"),
    (128, "InvalidRegularExpression"),
];

/// The class of the exception that Java makes of a code, without its package.
pub(super) fn exception(code: i16) -> String {
    if let Some((_, class)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == code) {
        return (*class).to_owned();
    }
    let name = find(code).map_or("UNKNOWN_SERVER", |entry| entry.name);
    // AUTHORIZATION_FAILED, AUTHENTICATION_FAILED and DESERIALIZATION_FAILURE lose their last word.
    let name = name.strip_suffix("_FAILED").or_else(|| name.strip_suffix("_FAILURE")).unwrap_or(name);
    let name = name.strip_suffix("_EXCEPTION").unwrap_or(name);
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_owned() + &rest.to_ascii_lowercase()
    });
    words.collect::<String>() + "Exception"
}

const fn row(code: i16, name: &'static str, retriable: bool, stale_metadata: bool, message: &'static str) -> Entry {
    Entry { code, name, retriable, stale_metadata, message }
}

#[rustfmt::skip]
static ENTRIES: &[Entry] = &[
    row(-1, "UNKNOWN_SERVER_ERROR", false, false, "The server experienced an unexpected error when processing the request."),
    row(0, "NONE", false, false, ""),
    row(1, "OFFSET_OUT_OF_RANGE", false, false, "The requested offset is not within the range of offsets maintained by the server."),
    row(2, "CORRUPT_MESSAGE", true, false, "This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt."),
    row(3, "UNKNOWN_TOPIC_OR_PARTITION", true, true, "This server does not host this topic-partition."),
    row(4, "INVALID_FETCH_SIZE", false, false, "The requested fetch size is invalid."),
    row(5, "LEADER_NOT_AVAILABLE", true, true, "There is no leader for this topic-partition as we are in the middle of a leadership election."),
    row(6, "NOT_LEADER_OR_FOLLOWER", true, true, "For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition."),
    row(7, "REQUEST_TIMED_OUT", true, false, "The request timed out."),
    row(8, "BROKER_NOT_AVAILABLE", false, false, "The broker is not available."),
    row(9, "REPLICA_NOT_AVAILABLE", true, true, "The replica is not available for the requested topic-partition. Produce/Fetch requests and other requests intended only for the leader or follower return NOT_LEADER_OR_FOLLOWER if the broker is not a replica of the topic-partition."),
    row(10, "MESSAGE_TOO_LARGE", false, false, "The request included a message larger than the max message size the server will accept."),
    row(11, "STALE_CONTROLLER_EPOCH", false, false, "The controller moved to another broker."),
    row(12, "OFFSET_METADATA_TOO_LARGE", false, false, "The metadata field of the offset request was too large."),
    row(13, "NETWORK_EXCEPTION", true, true, "The server disconnected before a response was received."),
    row(14, "COORDINATOR_LOAD_IN_PROGRESS", true, false, "The coordinator is loading and hence can't process requests."),
    row(15, "COORDINATOR_NOT_AVAILABLE", true, false, "The coordinator is not available."),
    row(16, "NOT_COORDINATOR", true, false, "This is not the correct coordinator."),
    row(17, "INVALID_TOPIC_EXCEPTION", false, false, "The request attempted to perform an operation on an invalid topic."),
    row(18, "RECORD_LIST_TOO_LARGE", false, false, "The request included message batch larger than the configured segment size on the server."),
    row(19, "NOT_ENOUGH_REPLICAS", true, false, "Messages are rejected since there are fewer in-sync replicas than required."),
    row(20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", true, false, "Messages are written to the log, but to fewer in-sync replicas than required."),
    row(21, "INVALID_REQUIRED_ACKS", false, false, "Produce request specified an invalid value for required acks."),
    row(22, "ILLEGAL_GENERATION", false, false, "Specified group generation id is not valid."),
    row(23, "INCONSISTENT_GROUP_PROTOCOL", false, false, "The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list."),
    row(24, "INVALID_GROUP_ID", false, false, "The group id is invalid."),
    row(25, "UNKNOWN_MEMBER_ID", false, false, "The coordinator is not aware of this member."),
    row(26, "INVALID_SESSION_TIMEOUT", false, false, "The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms)."),
    row(27, "REBALANCE_IN_PROGRESS", false, false, "The group is rebalancing, so a rejoin is needed."),
    row(28, "INVALID_COMMIT_OFFSET_SIZE", false, false, "The committing offset data size is not valid."),
    row(29, "TOPIC_AUTHORIZATION_FAILED", false, false, "Topic authorization failed."),
    row(30, "GROUP_AUTHORIZATION_FAILED", false, false, "Group authorization failed."),
    row(31, "CLUSTER_AUTHORIZATION_FAILED", false, false, "Cluster authorization failed."),
    row(32, "INVALID_TIMESTAMP", false, false, "The timestamp of the message is out of acceptable range."),
    row(33, "UNSUPPORTED_SASL_MECHANISM", false, false, "The broker does not support the requested SASL mechanism."),
    row(34, "ILLEGAL_SASL_STATE", false, false, "Request is not valid given the current SASL state."),
    row(35, "UNSUPPORTED_VERSION", false, false, "The version of API is not supported."),
    row(36, "TOPIC_ALREADY_EXISTS", false, false, "Topic with this name already exists."),
    row(37, "INVALID_PARTITIONS", false, false, "Number of partitions is below 1."),
    row(38, "INVALID_REPLICATION_FACTOR", false, false, "Replication factor is below 1 or larger than the number of available brokers."),
    row(39, "INVALID_REPLICA_ASSIGNMENT", false, false, "Replica assignment is invalid."),
    row(40, "INVALID_CONFIG", false, false, "Configuration is invalid."),
    row(41, "NOT_CONTROLLER", true, false, "This is not the correct controller for this cluster."),
    row(42, "INVALID_REQUEST", false, false, "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details."),
    row(43, "UNSUPPORTED_FOR_MESSAGE_FORMAT", false, false, "The message format version on the broker does not support the request."),
    row(44, "POLICY_VIOLATION", false, false, "Request parameters do not satisfy the configured policy."),
    row(45, "OUT_OF_ORDER_SEQUENCE_NUMBER", false, false, "The broker received an out of order sequence number."),
    row(46, "DUPLICATE_SEQUENCE_NUMBER", false, false, "The broker received a duplicate sequence number."),
    row(47, "INVALID_PRODUCER_EPOCH", false, false, "Producer attempted to produce with an old epoch."),
    row(48, "INVALID_TXN_STATE", false, false, "The producer attempted a transactional operation in an invalid state."),
    row(49, "INVALID_PRODUCER_ID_MAPPING", false, false, "The producer attempted to use a producer id which is not currently assigned to its transactional id."),
    row(50, "INVALID_TRANSACTION_TIMEOUT", false, false, "The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms)."),
    row(51, "CONCURRENT_TRANSACTIONS", true, false, "The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing."),
    row(52, "TRANSACTION_COORDINATOR_FENCED", false, false, "Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer."),
    row(53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", false, false, "Transactional Id authorization failed."),
    row(54, "SECURITY_DISABLED", false, false, "Security features are disabled."),
    row(55, "OPERATION_NOT_ATTEMPTED", false, false, "The broker did not attempt to execute this operation. This may happen for batched RPCs where some operations in the batch failed, causing the broker to respond without trying the rest."),
    row(56, "KAFKA_STORAGE_ERROR", true, true, "Disk error when trying to access log file on the disk."),
    row(57, "LOG_DIR_NOT_FOUND", false, false, "The user-specified log directory is not found in the broker config."),
    row(58, "SASL_AUTHENTICATION_FAILED", false, false, "SASL Authentication failed."),
    row(59, "UNKNOWN_PRODUCER_ID", false, false, "This exception is raised by the broker if it could not locate the producer metadata associated with the producerId in question. This could happen if, for instance, the producer's records were deleted because their retention time had elapsed. Once the last records of the producerId are removed, the producer's metadata is removed from the broker, and future appends by the producer will return this exception."),
    row(60, "REASSIGNMENT_IN_PROGRESS", false, false, "A partition reassignment is in progress."),
    row(61, "DELEGATION_TOKEN_AUTH_DISABLED", false, false, "Delegation Token feature is not enabled."),
    row(62, "DELEGATION_TOKEN_NOT_FOUND", false, false, "Delegation Token is not found on server."),
    row(63, "DELEGATION_TOKEN_OWNER_MISMATCH", false, false, "Specified Principal is not valid Owner/Renewer."),
    row(64, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", false, false, "Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels."),
    row(65, "DELEGATION_TOKEN_AUTHORIZATION_FAILED", false, false, "Delegation Token authorization failed."),
    row(66, "DELEGATION_TOKEN_EXPIRED", false, false, "Delegation Token is expired."),
    row(67, "INVALID_PRINCIPAL_TYPE", false, false, "Supplied principalType is not supported."),
    row(68, "NON_EMPTY_GROUP", false, false, "The group is not empty."),
    row(69, "GROUP_ID_NOT_FOUND", false, false, "The group id does not exist."),
    row(70, "FETCH_SESSION_ID_NOT_FOUND", true, false, "The fetch session ID was not found."),
    row(71, "INVALID_FETCH_SESSION_EPOCH", true, false, "The fetch session epoch is invalid."),
    row(72, "LISTENER_NOT_FOUND", true, true, "There is no listener on the leader broker that matches the listener on which metadata request was processed."),
    row(73, "TOPIC_DELETION_DISABLED", false, false, "Topic deletion is disabled."),
    row(74, "FENCED_LEADER_EPOCH", true, true, "The leader epoch in the request is older than the epoch on the broker."),
    row(75, "UNKNOWN_LEADER_EPOCH", true, false, "The leader epoch in the request is newer than the epoch on the broker."),
    row(76, "UNSUPPORTED_COMPRESSION_TYPE", false, false, "The requesting client does not support the compression type of given partition."),
    row(77, "STALE_BROKER_EPOCH", false, false, "Broker epoch has changed."),
    row(78, "OFFSET_NOT_AVAILABLE", true, false, "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing."),
    row(79, "MEMBER_ID_REQUIRED", false, false, "The group member needs to have a valid member id before actually entering a consumer group."),
    row(80, "PREFERRED_LEADER_NOT_AVAILABLE", true, true, "The preferred leader was not available."),
    row(81, "GROUP_MAX_SIZE_REACHED", false, false, "The group has reached its maximum size."),
    row(82, "FENCED_INSTANCE_ID", false, false, "The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id."),
    row(83, "ELIGIBLE_LEADERS_NOT_AVAILABLE", true, true, "Eligible topic partition leaders are not available."),
    row(84, "ELECTION_NOT_NEEDED", true, true, "Leader election not needed for topic partition."),
    row(85, "NO_REASSIGNMENT_IN_PROGRESS", false, false, "No partition reassignment is in progress."),
    row(86, "GROUP_SUBSCRIBED_TO_TOPIC", false, false, "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it."),
    row(87, "INVALID_RECORD", false, false, "This record has failed the validation on broker and hence will be rejected."),
    row(88, "UNSTABLE_OFFSET_COMMIT", true, false, "There are unstable offsets that need to be cleared."),
    row(89, "THROTTLING_QUOTA_EXCEEDED", true, false, "The throttling quota has been exceeded."),
    row(90, "PRODUCER_FENCED", false, false, "There is a newer producer with the same transactionalId which fences the current one."),
    row(91, "RESOURCE_NOT_FOUND", false, false, "A request illegally referred to a resource that does not exist."),
    row(92, "DUPLICATE_RESOURCE", false, false, "A request illegally referred to the same resource twice."),
    row(93, "UNACCEPTABLE_CREDENTIAL", false, false, "Requested credential would not meet criteria for acceptability."),
    row(94, "INCONSISTENT_VOTER_SET", false, false, "Indicates that the either the sender or recipient of a voter-only request is not one of the expected voters."),
    row(95, "INVALID_UPDATE_VERSION", false, false, "The given update version was invalid."),
    row(96, "FEATURE_UPDATE_FAILED", false, false, "Unable to update finalized features due to an unexpected server error."),
    row(97, "PRINCIPAL_DESERIALIZATION_FAILURE", false, false, "Request principal deserialization failed during forwarding. This indicates an internal error on the broker cluster security setup."),
    row(98, "SNAPSHOT_NOT_FOUND", false, false, "Requested snapshot was not found."),
    row(99, "POSITION_OUT_OF_RANGE", false, false, "Requested position is not greater than or equal to zero, and less than the size of the snapshot."),
    row(100, "UNKNOWN_TOPIC_ID", true, true, "This server does not host this topic ID."),
    row(101, "DUPLICATE_BROKER_REGISTRATION", false, false, "This broker ID is already in use."),
    row(102, "BROKER_ID_NOT_REGISTERED", false, false, "The given broker ID was not registered."),
    row(103, "INCONSISTENT_TOPIC_ID", true, true, "The log's topic ID did not match the topic ID in the request."),
    row(104, "INCONSISTENT_CLUSTER_ID", false, false, "The clusterId in the request does not match that found on the server."),
    row(105, "TRANSACTIONAL_ID_NOT_FOUND", false, false, "The transactionalId could not be found."),
    row(106, "FETCH_SESSION_TOPIC_ID_ERROR", true, false, "The fetch session encountered inconsistent topic ID usage."),
    row(107, "INELIGIBLE_REPLICA", false, false, "The new ISR contains at least one ineligible replica."),
    row(108, "NEW_LEADER_ELECTED", false, false, "The AlterPartition request successfully updated the partition state but the leader has changed."),
    row(109, "OFFSET_MOVED_TO_TIERED_STORAGE", false, false, "The requested offset is moved to tiered storage."),
    row(110, "FENCED_MEMBER_EPOCH", false, false, "The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin."),
    row(111, "UNRELEASED_INSTANCE_ID", false, false, "The instance ID is still used by another member in the consumer group. That member must leave first."),
    row(112, "UNSUPPORTED_ASSIGNOR", false, false, "The assignor or its version range is not supported by the consumer group."),
    row(113, "STALE_MEMBER_EPOCH", false, false, "The member epoch is stale. The member must retry after receiving its updated member epoch via the ConsumerGroupHeartbeat API."),
    row(114, "MISMATCHED_ENDPOINT_TYPE", false, false, "The request was sent to an endpoint of the wrong type."),
    row(115, "UNSUPPORTED_ENDPOINT_TYPE", false, false, "This endpoint type is not supported yet."),
    row(116, "UNKNOWN_CONTROLLER_ID", false, false, "This controller ID is not known."),
    row(117, "UNKNOWN_SUBSCRIPTION_ID", false, false, "Client sent a push telemetry request with an invalid or outdated subscription ID."),
    row(118, "TELEMETRY_TOO_LARGE", false, false, "Client sent a push telemetry request larger than the maximum size the broker will accept."),
    row(119, "INVALID_REGISTRATION", false, false, "The controller has considered the broker registration to be invalid."),
    row(120, "TRANSACTION_ABORTABLE", false, false, "The server encountered an error with the transaction. The client can abort the transaction to continue using this transactional ID."),
    row(121, "INVALID_RECORD_STATE", false, false, "The record state is invalid. The acknowledgement of delivery could not be completed."),
    row(122, "SHARE_SESSION_NOT_FOUND", true, false, "The share session was not found."),
    row(123, "INVALID_SHARE_SESSION_EPOCH", true, false, "The share session epoch is invalid."),
    row(124, "FENCED_STATE_EPOCH", false, false, "The share coordinator rejected the request because the share-group state epoch did not match."),
    row(125, "INVALID_VOTER_KEY", false, false, "The voter key doesn't match the receiving replica's key."),
    row(126, "DUPLICATE_VOTER", false, false, "The voter is already part of the set of voters."),
    row(127, "VOTER_NOT_FOUND", false, false, "The voter is not part of the set of voters."),
    row(128, "INVALID_REGULAR_EXPRESSION", false, false, "The regular expression is not valid."),
    row(129, "REBOOTSTRAP_REQUIRED", false, false, "Client metadata is stale. The client should rebootstrap to obtain new metadata."),
    row(130, "STREAMS_INVALID_TOPOLOGY", false, false, "The supplied topology is invalid."),
    row(131, "STREAMS_INVALID_TOPOLOGY_EPOCH", false, false, "The supplied topology epoch is invalid."),
    row(132, "STREAMS_TOPOLOGY_FENCED", false, false, "The supplied topology epoch is outdated."),
    row(133, "SHARE_SESSION_LIMIT_REACHED", true, false, "The limit of share sessions has been reached."),
];
