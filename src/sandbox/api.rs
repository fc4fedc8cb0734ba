//! The requests that the broker answers: their versions, and who answers them.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_protocol::messages::{self, ApiKey, ApiVersionsRequest, ApiVersionsResponse, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};

use super::broker::{Broker, Call, Shared, now};
use super::room::Claim;
use super::{cluster, configs, fetch, groups, offsets, produce, quotas, scram, shape, topics, transactions};

/// The first version of ApiVersions that is told which features there are. Version 3 has room for them, but old releases of
/// librdkafka cannot read an answer in that version with tagged fields in it.
const TELLS_FEATURES: i16 = 4;

/// Why a connection has to end, in words for a person.
#[derive(Debug, PartialEq, Eq)]
pub struct Unanswerable(pub String);

/// One kind of request, and the versions of it that are answered.
struct Api {
    key: i16,
    min: i16,
    max: i16,
}

/// Makes the table and the dispatch out of one list: a request, its oldest and its newest version, its handler.
///
/// Handlers `at_once` are `fn(&mut Broker, &Call, R) -> R::Response`. Those `in_time` may wait:
/// `async fn(&Shared, &Call, R) -> Option<R::Response>`, with nothing where the client has gone. One `or_not` may have
/// nothing to answer, and may have to end the connection.
macro_rules! apis {
    (at_once { $($now:ident $now_min:literal $now_max:literal $now_handler:path;)* }
     or_not { $($maybe:ident $maybe_min:literal $maybe_max:literal $maybe_handler:path;)* }
     in_time { $($later:ident $later_min:literal $later_max:literal $later_handler:path;)* }) => {
        const APIS: &[Api] = &[
            $(Api { key: <messages::$now as Request>::KEY, min: $now_min, max: $now_max },)*
            $(Api { key: <messages::$maybe as Request>::KEY, min: $maybe_min, max: $maybe_max },)*
            $(Api { key: <messages::$later as Request>::KEY, min: $later_min, max: $later_max },)*
        ];

        /// Reads a request, has it answered, and writes the answer's body. False means that there is none to send.
        async fn dispatch(shared: &Shared, call: &Call, api: &Api, body: Bytes, answer: &mut Answer<'_>) -> Result<bool, Unanswerable> {
            match api.key {
                $(<messages::$now as Request>::KEY => {
                    let request = read::<messages::$now>(call, body)?;
                    let response = $now_handler(&mut shared.broker.borrow_mut(), call, request);
                    write::<messages::$now>(call, &response, answer)?;
                    Ok(true)
                })*
                $(<messages::$maybe as Request>::KEY => {
                    let request = read::<messages::$maybe>(call, body)?;
                    let Some(response) = $maybe_handler(&mut shared.broker.borrow_mut(), call, request)? else { return Ok(false) };
                    write::<messages::$maybe>(call, &response, answer)?;
                    Ok(true)
                })*
                $(<messages::$later as Request>::KEY => {
                    let request = read::<messages::$later>(call, body)?;
                    let Some(response) = $later_handler(shared, call, request).await else { return Ok(false) };
                    write::<messages::$later>(call, &response, answer)?;
                    Ok(true)
                })*
                key => Err(Unanswerable(format!("{} has no handler", name(key)))),
            }
        }
    };
}

apis! {
    at_once {
        AddOffsetsToTxnRequest 0 4 transactions::requests::add_offsets;
        AddPartitionsToTxnRequest 0 5 transactions::requests::add_partitions;
        AlterClientQuotasRequest 0 1 quotas::alter;
        AlterConfigsRequest 0 2 configs::legacy;
        AlterPartitionReassignmentsRequest 0 1 topics::reassign::alter;
        AlterUserScramCredentialsRequest 0 0 scram::alter;
        ApiVersionsRequest 0 4 versions;
        ConsumerGroupDescribeRequest 0 1 groups::describe::consumer;
        ConsumerGroupHeartbeatRequest 0 1 groups::requests::consumer_heartbeat;
        CreateAclsRequest 1 3 cluster::create_acls;
        CreatePartitionsRequest 0 3 topics::partitions::answer;
        CreateTopicsRequest 2 7 topics::create::answer;
        DeleteAclsRequest 1 3 cluster::delete_acls;
        DeleteGroupsRequest 0 2 groups::delete::groups;
        DeleteRecordsRequest 0 2 topics::records::answer;
        DeleteTopicsRequest 1 6 topics::delete::answer;
        DescribeAclsRequest 1 3 cluster::describe_acls;
        DescribeClientQuotasRequest 0 1 quotas::describe;
        DescribeClusterRequest 0 2 cluster::describe;
        DescribeConfigsRequest 1 4 configs::describe;
        DescribeGroupsRequest 0 6 groups::describe::classic;
        DescribeLogDirsRequest 1 4 topics::log_dirs::answer;
        DescribeProducersRequest 0 0 transactions::describe::producers;
        DescribeTopicPartitionsRequest 0 0 topics::describe::answer;
        DescribeTransactionsRequest 0 0 transactions::describe::describe;
        DescribeUserScramCredentialsRequest 0 0 scram::describe;
        ElectLeadersRequest 0 2 topics::elect::answer;
        EndTxnRequest 0 5 transactions::requests::end;
        FindCoordinatorRequest 0 6 groups::find::answer;
        HeartbeatRequest 0 4 groups::requests::heartbeat;
        IncrementalAlterConfigsRequest 0 1 configs::incremental;
        InitProducerIdRequest 0 5 transactions::requests::init;
        LeaveGroupRequest 0 5 groups::requests::leave;
        ListConfigResourcesRequest 0 1 configs::list;
        ListGroupsRequest 0 5 groups::list::answer;
        ListOffsetsRequest 1 10 offsets::list;
        ListPartitionReassignmentsRequest 0 0 topics::reassign::list;
        ListTransactionsRequest 0 2 transactions::describe::list;
        MetadataRequest 0 13 topics::metadata::answer;
        OffsetCommitRequest 2 9 groups::commit::answer;
        OffsetDeleteRequest 0 0 groups::delete::offsets;
        OffsetFetchRequest 1 9 groups::fetch::answer;
        OffsetForLeaderEpochRequest 2 4 offsets::for_leader_epoch;
        TxnOffsetCommitRequest 0 5 transactions::requests::commit_offsets;
    }
    or_not {
        ProduceRequest 3 13 produce::answer;
    }
    in_time {
        FetchRequest 4 17 fetch::answer;
        JoinGroupRequest 0 9 groups::requests::join;
        SyncGroupRequest 0 5 groups::requests::sync;
    }
}

/// Answers one frame: the whole answer with its length in front, or nothing where the request wants none.
///
/// The answer's length is put on the claim before there is an answer.
///
/// # Errors
/// A request that cannot be read, or that no version of is answered, or whose answer there is no room for; the connection
/// cannot go on then.
pub async fn answer(shared: &Shared, client_host: &str, mut frame: Bytes, claim: &mut Claim) -> Result<Option<BytesMut>, Unanswerable> {
    if frame.len() < 8 {
        return Err(Unanswerable(format!("a request of {} bytes has no header", frame.len())));
    }
    let (key, version) = ((&frame[0..2]).get_i16(), (&frame[2..4]).get_i16());
    let correlation = (&frame[4..8]).get_i32();
    let Some(api) = APIS.iter().find(|api| api.key == key) else {
        return Err(Unanswerable(format!("{} is not a request that the sandbox answers", name(key))));
    };
    let mut out = BytesMut::new();
    out.put_i32(0);
    if version < api.min || version > api.max {
        if key != ApiVersionsRequest::KEY {
            let known = format!("{} to {}", api.min, api.max);
            return Err(Unanswerable(format!("version {version} of {} is not one that the sandbox answers, which are {known}", name(key))));
        }
        // Whoever asks in a version of the future is told in the first one what there is (KIP-511).
        out.put_i32(correlation);
        let refused = supported().with_error_code(ResponseError::UnsupportedVersion.code());
        refused.encode(&mut out, 0).map_err(|error| unwritable(key, 0, &error))?;
        return Ok(Some(with_length(out)));
    }
    let api_key = ApiKey::try_from(key).map_err(|()| Unanswerable(format!("{} is unknown", name(key))))?;
    let header_version = api_key.request_header_version(version);
    let unreadable = |reason: String| Unanswerable(format!("the header of {} cannot be read: {reason}", name(key)));
    shape::header(&frame, header_version).map_err(unreadable)?;
    let header = RequestHeader::decode(&mut frame, header_version).map_err(|error| unreadable(error.to_string()))?;
    let call = Call {
        key,
        version,
        client_id: header.client_id.map(|id| id.to_string()).unwrap_or_default(),
        client_host: client_host.to_owned(),
        now: now(),
    };
    let response_header = ResponseHeader::default().with_correlation_id(correlation);
    response_header.encode(&mut out, api_key.response_header_version(version)).map_err(|error| unwritable(key, version, &error))?;
    let mut answer = Answer { out, claim };
    Ok(dispatch(shared, &call, api, frame, &mut answer).await?.then(|| with_length(answer.out)))
}

/// An answer that is being written: its bytes, and the room that they take.
struct Answer<'a> {
    out: BytesMut,
    claim: &'a mut Claim,
}

/// Fills in the length that stands before an answer.
fn with_length(mut out: BytesMut) -> BytesMut {
    let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX);
    out[..4].copy_from_slice(&length.to_be_bytes());
    out
}

fn read<R: Request>(call: &Call, mut body: Bytes) -> Result<R, Unanswerable> {
    let unreadable = |reason: String| Unanswerable(format!("version {} of {} cannot be read: {reason}", call.version, name(call.key)));
    shape::body(call.key, call.version, &body).map_err(unreadable)?;
    R::decode(&mut body, call.version).map_err(|error| unreadable(error.to_string()))
}

/// Writes the body of an answer, if there is room for it.
fn write<R: Request>(call: &Call, response: &R::Response, answer: &mut Answer<'_>) -> Result<(), Unanswerable> {
    let unwritable = |error: &dyn std::fmt::Display| unwritable(call.key, call.version, error);
    let size = response.compute_size(call.version).map_err(|error| unwritable(&error))?;
    answer.claim.add(size).map_err(|full| unwritable(&format!("it has {size} bytes, and {full}")))?;
    answer.out.reserve(size);
    response.encode(&mut answer.out, call.version).map_err(|error| unwritable(&error))
}

fn unwritable(key: i16, version: i16, error: &dyn std::fmt::Display) -> Unanswerable {
    Unanswerable(format!("the answer to version {version} of {} cannot be written: {error}", name(key)))
}

/// A request as Kafka's documentation calls it.
fn name(key: i16) -> String {
    ApiKey::try_from(key).map_or_else(|()| format!("request {key}"), |key| format!("{key:?}"))
}

fn versions(_: &mut Broker, call: &Call, _: ApiVersionsRequest) -> ApiVersionsResponse {
    if call.version < TELLS_FEATURES {
        return supported();
    }
    let name = StrBytes::from_static_str("transaction.version");
    let can = SupportedFeatureKey::default().with_name(name.clone()).with_min_version(0).with_max_version(transactions::VERSION);
    let does = FinalizedFeatureKey::default().with_name(name);
    let does = does.with_min_version_level(transactions::VERSION).with_max_version_level(transactions::VERSION);
    supported().with_supported_features(vec![can]).with_finalized_features(vec![does]).with_finalized_features_epoch(0)
}

/// What the broker answers.
fn supported() -> ApiVersionsResponse {
    let api = |api: &Api| ApiVersion::default().with_api_key(api.key).with_min_version(api.min).with_max_version(api.max);
    ApiVersionsResponse::default().with_api_keys(APIS.iter().map(api).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::room::Room;

    #[test]
    fn an_answer_for_which_there_is_no_room_is_not_written() {
        let call = Call { key: ApiVersionsRequest::KEY, version: 0, client_id: String::new(), client_host: String::new(), now: 0 };
        // The error code, the number of requests, and three numbers for each.
        let size = 2 + 4 + 6 * APIS.len();
        let room = Room::new(2 * size - 1);
        let mut claim = Claim::new(&room);
        let mut answer = Answer { out: BytesMut::new(), claim: &mut claim };
        assert_eq!(write::<ApiVersionsRequest>(&call, &supported(), &mut answer), Ok(()));
        assert_eq!(answer.out.len(), size);
        let why = "requests and answers on their way would take more than 0 MB, those of all clients together";
        let refused = format!("the answer to version 0 of ApiVersions cannot be written: it has {size} bytes, and {why}");
        assert_eq!(write::<ApiVersionsRequest>(&call, &supported(), &mut answer), Err(Unanswerable(refused)));
        assert_eq!(answer.out.len(), size);
    }

    #[test]
    fn every_request_has_a_shape_in_all_its_versions() {
        for api in APIS {
            for version in api.min..=api.max {
                assert!(shape::is_known(api.key, version), "version {version} of {}", name(api.key));
            }
        }
    }
}
