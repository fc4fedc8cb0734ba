//! `configs`: mirrors kafka-configs.sh (`kafka.admin.ConfigCommand`).

mod alter;
mod args;
mod changes;
mod describe;
mod entity;
mod plan;
mod run;
mod secret;
mod text;
mod words;

pub(super) use args::command;
pub(super) use run::run;

use crate::failure::Failure;
use crate::kafka::error::Error;

/// The releases that brought the requests which older brokers lack.
const SINCE: [(&str, &str); 6] = [
    ("IncrementalAlterConfigs", "2.3"),
    ("DescribeClientQuotas", "2.6"),
    ("AlterClientQuotas", "2.6"),
    ("DescribeUserScramCredentials", "2.7 (3.5 with KRaft)"),
    ("AlterUserScramCredentials", "2.7 (3.5 with KRaft)"),
    ("ListConfigResources", "3.7"),
];

/// A failed request as a failure of the command; of one that the broker does not have, with the release that does.
fn too_old(error: Error) -> Failure {
    let Error::Unsupported { target, request } = &error else { return error.into() };
    let Some((_, release)) = SINCE.iter().find(|(known, _)| known == request) else { return error.into() };
    let failure = Failure::failed(format!("{target} does not support {request}, which came with Kafka {release}"));
    if request == "IncrementalAlterConfigs" {
        return failure.hinted("nothing was changed: AlterConfigs would reset every setting that is not named, so it is never sent");
    }
    failure
}
