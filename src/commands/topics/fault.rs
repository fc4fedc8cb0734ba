//! Failures, with what kafka-topics.sh prints on stdout for them.

use crate::commands::connect::ClusterArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::kafka::admin::Admin;
use crate::kafka::error::Error;

/// What kafka-topics.sh prints on stdout for a failure.
pub(in crate::commands) fn java_error(message: &str) -> String {
    format!("Error while executing topic command : {message}\n")
}

/// A failure for which Java has words on stdout.
pub(super) fn refused(message: impl Into<String>) -> Failure {
    Failure::failed(message).java_stdout(java_error)
}

/// Connects. Java says on stdout that a controller answers; for most other reasons it waits in vain, and words differ.
pub(super) async fn connect(context: &Context, cluster: &ClusterArgs) -> Result<Admin, Failure> {
    match Admin::connect(cluster.settings(context)?).await {
        Err(error @ Error::Controller { .. }) => {
            Err(Failure::from(error).java_stdout(|_| java_error("The node does not support METADATA")))
        }
        outcome => Ok(outcome?),
    }
}
