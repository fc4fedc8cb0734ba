//! The cluster: DescribeCluster, and the requests about access that a broker without an authorizer refuses.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::delete_acls_response::DeleteAclsFilterResult;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest, DescribeAclsResponse,
    DescribeClusterRequest, DescribeClusterResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::broker::{Broker, CLUSTER_ID, Call, NODE_ID};
use super::error::Refusal;

/// What the cluster's operations are told to be where nobody is refused any: the bits of CREATE, ALTER, DESCRIBE,
/// CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS and IDEMPOTENT_WRITE (`AclEntry.supportedOperations`).
pub const OPERATIONS: i32 = 0b1_1111_1010_0000;

// What an address belongs to (`EndpointType`).
const BROKER: i8 = 1;
const CONTROLLER: i8 = 2;

/// Answers a DescribeCluster request (`AuthHelper.computeDescribeClusterResponse`).
pub fn describe(broker: &mut Broker, call: &Call, request: DescribeClusterRequest) -> DescribeClusterResponse {
    if let Err(refusal) = check_endpoint(call, request.endpoint_type) {
        return DescribeClusterResponse::default().with_error_code(refusal.code).with_error_message(refusal.text());
    }
    let this = DescribeClusterBroker::default()
        .with_broker_id(NODE_ID.into())
        .with_host(StrBytes::from_string(broker.address.ip().to_string()))
        .with_port(broker.address.port().into())
        .with_rack(None);
    let operations = if request.include_cluster_authorized_operations { OPERATIONS } else { i32::MIN };
    DescribeClusterResponse::default()
        .with_error_message(None)
        .with_endpoint_type(BROKER)
        .with_cluster_id(StrBytes::from_static_str(CLUSTER_ID))
        .with_controller_id(NODE_ID.into())
        .with_brokers(vec![this])
        .with_cluster_authorized_operations(operations)
}

/// Refuses who takes the broker for a controller, or for what does not exist.
fn check_endpoint(call: &Call, endpoint: i8) -> Result<(), Refusal> {
    let (error, message) = match endpoint {
        BROKER => return Ok(()),
        CONTROLLER => (
            ResponseError::MismatchedEndpointType,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER".to_owned(),
        ),
        unknown => (ResponseError::UnsupportedEndpointType, format!("Unsupported endpoint type {unknown}")),
    };
    Err(Refusal::saying(if call.version == 0 { ResponseError::InvalidRequest } else { error }, message))
}

/// Answers a DescribeAcls request (`AclApis`).
pub fn describe_acls(_: &mut Broker, _: &Call, _: DescribeAclsRequest) -> DescribeAclsResponse {
    DescribeAclsResponse::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured on the broker")))
}

/// Answers a CreateAcls request (`AclApis`).
pub fn create_acls(_: &mut Broker, _: &Call, request: CreateAclsRequest) -> CreateAclsResponse {
    let refused = AclCreationResult::default().with_error_code(ResponseError::SecurityDisabled.code()).with_error_message(no_authorizer());
    CreateAclsResponse::default().with_results(vec![refused; request.creations.len()])
}

/// Answers a DeleteAcls request (`AclApis`).
pub fn delete_acls(_: &mut Broker, _: &Call, request: DeleteAclsRequest) -> DeleteAclsResponse {
    let refused =
        DeleteAclsFilterResult::default().with_error_code(ResponseError::SecurityDisabled.code()).with_error_message(no_authorizer());
    DeleteAclsResponse::default().with_filter_results(vec![refused; request.filters.len()])
}

#[allow(clippy::unnecessary_wraps, reason = "the codec's type of a message")]
fn no_authorizer() -> Option<StrBytes> {
    Some(StrBytes::from_static_str("No Authorizer is configured."))
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::create_acls_request::AclCreation;
    use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;

    use super::*;
    use crate::sandbox::topics::testing::{broker, call, said};

    #[test]
    fn operations_are_the_bits_of_their_codes() {
        let bits = |codes: &[i32]| codes.iter().map(|code| 1 << code).sum::<i32>();
        assert_eq!(OPERATIONS, bits(&[5, 7, 8, 9, 10, 11, 12]));
        assert_eq!(crate::sandbox::topics::OPERATIONS, bits(&[3, 4, 5, 6, 7, 8, 10, 11]));
    }

    #[test]
    fn a_broker_is_no_controller() {
        let mut broker = broker();
        let mut asked = |version, endpoint| {
            let response = describe(&mut broker, &call(version), DescribeClusterRequest::default().with_endpoint_type(endpoint));
            (response.error_code, said(response.error_message))
        };
        assert_eq!(asked(1, 1), (0, None));
        let words = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
        assert_eq!(asked(1, 2), (114, Some(words.into())));
        assert_eq!(asked(0, 2).0, 42);
        assert_eq!(asked(2, 9), (115, Some("Unsupported endpoint type 9".into())));
    }

    #[test]
    fn without_an_authorizer_there_are_no_rules() {
        let mut broker = broker();
        let described = describe_acls(&mut broker, &call(3), DescribeAclsRequest::default());
        assert_eq!(described.error_code, 54);
        assert_eq!(said(described.error_message), Some("No Authorizer is configured on the broker".into()));
        let request = CreateAclsRequest::default().with_creations(vec![AclCreation::default(), AclCreation::default()]);
        let created = create_acls(&mut broker, &call(3), request);
        assert_eq!(created.results.len(), 2);
        assert_eq!(said(created.results[0].error_message.clone()), Some("No Authorizer is configured.".into()));
        let request = DeleteAclsRequest::default().with_filters(vec![DeleteAclsFilter::default()]);
        let deleted = delete_acls(&mut broker, &call(3), request);
        assert_eq!((deleted.filter_results.len(), deleted.filter_results[0].error_code), (1, 54));
    }
}
