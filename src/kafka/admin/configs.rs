//! Configurations: describe, and change key by key (KIP-339). The older request that resets every key not named is never sent.

use futures_util::future::join_all;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResourceResult;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::{DescribeConfigsRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest, ListGroupsRequest};
use kafka_protocol::protocol::StrBytes;

use super::{Admin, ItemResult, in_order};
use crate::kafka::error::{BrokerError, Result};
use crate::kafka::model::{ConfigEntry, ConfigResource, ConfigSource, ConfigSynonym, ResourceKind};
use crate::kafka::wire::{Peers, Target, ensure_fits};

/// How many resources go into one request: the answer has some ten kilobytes for each.
const RESOURCES_PER_REQUEST: usize = 500;

/// What is done to a key (Java's `AlterConfigOp.OpType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlterOp {
    Set,
    Delete,
}

/// One change of one key. The value is ignored for a deletion. Printed for debugging it is left out: it may be a password.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigChange {
    pub name: String,
    pub op: AlterOp,
    pub value: Option<String>,
}

impl std::fmt::Debug for ConfigChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigChange").field("name", &self.name).field("op", &self.op).finish_non_exhaustive()
    }
}

impl Admin {
    /// The configurations of `resources`, in their order; the entries in the broker's order.
    ///
    /// # Errors
    /// The first of the requests'; a refusal is that resource's result.
    pub async fn describe_configs(&self, resources: &[ConfigResource], synonyms: bool) -> Result<Vec<ItemResult<Vec<ConfigEntry>>>> {
        self.describe_each_config(resources, synonyms).await.into_iter().collect()
    }

    /// As [`describe_configs`](Self::describe_configs), except that a broker which does not answer leaves the others their
    /// answers: its failure is the result of its resources alone.
    pub async fn describe_each_config(&self, resources: &[ConfigResource], synonyms: bool) -> Vec<Result<ItemResult<Vec<ConfigEntry>>>> {
        self.per_target("DescribeConfigs", resources, target_of, async |target, resources| {
            resources.iter().try_for_each(|resource| ensure_fits("a name", &resource.name))?;
            let wanted = |resource: &ConfigResource| {
                DescribeConfigsResource::default()
                    .with_resource_type(resource.kind.code())
                    .with_resource_name(StrBytes::from_string(resource.name.clone()))
                    .with_configuration_keys(None)
            };
            let request =
                DescribeConfigsRequest::default().with_resources(resources.iter().map(wanted).collect()).with_include_synonyms(synonyms);
            let response = self.cluster.send(&target, &request).await?;
            let answered = response.results.iter().map(|result| {
                let outcome = BrokerError::check(result.error_code, result.error_message.as_deref());
                let entries = || result.configs.iter().map(entry).collect::<Vec<_>>();
                ((result.resource_type, result.resource_name.to_string()), outcome.map(|()| entries()))
            });
            Ok(in_order(resources.iter().map(key), answered))
        })
        .await
    }

    /// Changes keys of `resources`, or with `validate_only` has the broker tell whether it would. Keys that are not named
    /// keep their value.
    ///
    /// # Errors
    /// Those of the request; a refusal is that resource's result.
    pub async fn incremental_alter_configs(
        &self,
        changes: &[(ConfigResource, Vec<ConfigChange>)],
        validate_only: bool,
    ) -> Result<Vec<ItemResult<()>>> {
        self.per_target(
            "IncrementalAlterConfigs",
            changes,
            |(resource, _)| match resource.kind {
                // A controller changes what belongs to any broker.
                ResourceKind::Broker if self.cluster.peers() == Peers::Controllers => Target::Any,
                _ => target_of(resource),
            },
            async |target, changes| {
                changes.iter().try_for_each(|(resource, changes)| ensure_change_fits(resource, changes))?;
                let wanted = |(resource, changes): &(ConfigResource, Vec<ConfigChange>)| {
                    AlterConfigsResource::default()
                        .with_resource_type(resource.kind.code())
                        .with_resource_name(StrBytes::from_string(resource.name.clone()))
                        .with_configs(changes.iter().map(alterable).collect())
                };
                let request = IncrementalAlterConfigsRequest::default()
                    .with_resources(changes.iter().map(wanted).collect())
                    .with_validate_only(validate_only);
                let response = self.cluster.send_or_rehearse(&target, &request, validate_only).await?;
                let answered = response.responses.iter().map(|result| {
                    let outcome = BrokerError::check(result.error_code, result.error_message.as_deref());
                    ((result.resource_type, result.resource_name.to_string()), outcome)
                });
                Ok(in_order(changes.iter().map(|(resource, _)| key(resource)), answered))
            },
        )
        .await
        .into_iter()
        .collect()
    }

    /// The names of the resources of this kind that have a configuration of their own, in the broker's order (KIP-1142).
    ///
    /// # Errors
    /// Those of the request; [`Error::Unsupported`](crate::kafka::error::Error::Unsupported) where a broker cannot list
    /// this kind.
    pub async fn list_config_resources(&self, kind: ResourceKind) -> Result<Vec<String>> {
        let version = self.cluster.version::<ListConfigResourcesRequest>(&Target::Any).await?;
        // Version 0 lists client metrics, and has no field to say so.
        let implied = version == 0 && kind == ResourceKind::ClientMetrics;
        let request = ListConfigResourcesRequest::default().with_resource_types(if implied { Vec::new() } else { vec![kind.code()] });
        let response = self
            .cluster
            .retrying("ListConfigResources", async || {
                let response = self.cluster.send(&Target::Any, &request).await?;
                BrokerError::check(response.error_code, None)?;
                Ok(response)
            })
            .await?;
        Ok(response.config_resources.iter().map(|resource| resource.resource_name.to_string()).collect())
    }

    /// The ids of all groups, broker by broker, in each broker's order.
    ///
    /// # Errors
    /// Those of the requests.
    pub async fn group_ids(&self) -> Result<Vec<String>> {
        let ids_of = async |broker: i32| {
            let ask = async || {
                let response = self.cluster.send(&Target::Broker(broker), &ListGroupsRequest::default()).await?;
                BrokerError::check(response.error_code, None)?;
                Ok(response)
            };
            let response = self.cluster.retrying("ListGroups", ask).await?;
            Ok(response.groups.iter().map(|group| group.group_id.to_string()).collect::<Vec<_>>())
        };
        let answers = join_all(self.broker_ids().await?.into_iter().map(ids_of)).await;
        Ok(answers.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }

    /// Sends each resource to whoever answers for it: a broker's own configuration to that broker, the rest to any. All of
    /// them are asked at once, and each of them for as much as fits into one request at a time.
    ///
    /// A failed request is the result of each of its resources, and of those that the same broker would have been asked for
    /// next.
    async fn per_target<I: Clone, T>(
        &self,
        what: &str,
        items: &[I],
        target: impl Fn(&I) -> Target,
        send: impl AsyncFn(Target, &[I]) -> Result<Vec<ItemResult<T>>>,
    ) -> Vec<Result<ItemResult<T>>> {
        let mut settled: Vec<Option<Result<ItemResult<T>>>> = items.iter().map(|_| None).collect();
        let calls = by_target(items, target).into_iter().map(async |(target, members)| {
            let (mut outcomes, all) = (Vec::with_capacity(members.len()), members.len());
            for members in members.chunks(RESOURCES_PER_REQUEST) {
                let batch: Vec<I> = members.iter().map(|index| items[*index].clone()).collect();
                match self.per_item(what, &batch, async |batch| send(target.clone(), batch).await).await {
                    Ok(answers) => outcomes.extend(answers.into_iter().map(Ok)),
                    Err(error) => {
                        outcomes.resize_with(all, || Err(error.clone()));
                        break;
                    }
                }
            }
            (members, outcomes)
        });
        for (members, outcomes) in join_all(calls).await {
            for (index, outcome) in members.into_iter().zip(outcomes) {
                settled[index] = Some(outcome);
            }
        }
        settled.into_iter().flatten().collect()
    }
}

/// The places of the items of each target, in the order in which targets come up.
fn by_target<I>(items: &[I], target: impl Fn(&I) -> Target) -> Vec<(Target, Vec<usize>)> {
    let mut groups: Vec<(Target, Vec<usize>)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let target = target(item);
        match groups.iter_mut().find(|(known, _)| *known == target) {
            Some((_, members)) => members.push(index),
            None => groups.push((target, vec![index])),
        }
    }
    groups
}

fn target_of(resource: &ConfigResource) -> Target {
    match resource.kind {
        ResourceKind::Broker | ResourceKind::BrokerLogger => resource.name.parse().map_or(Target::Any, Target::Broker),
        _ => Target::Any,
    }
}

fn ensure_change_fits(resource: &ConfigResource, changes: &[ConfigChange]) -> Result<()> {
    ensure_fits("a name", &resource.name)?;
    changes.iter().try_for_each(|change| {
        ensure_fits("the name of a setting", &change.name)?;
        ensure_fits(&format!("the value of {}", change.name), change.value.as_deref().unwrap_or_default())
    })
}

fn key(resource: &ConfigResource) -> (i8, String) {
    (resource.kind.code(), resource.name.clone())
}

fn alterable(change: &ConfigChange) -> AlterableConfig {
    let operation = match change.op {
        AlterOp::Set => 0,
        AlterOp::Delete => 1,
    };
    AlterableConfig::default()
        .with_name(StrBytes::from_string(change.name.clone()))
        .with_config_operation(operation)
        .with_value(change.value.clone().map(StrBytes::from_string))
}

fn entry(config: &DescribeConfigsResourceResult) -> ConfigEntry {
    let text = |value: &Option<StrBytes>| value.as_ref().map(ToString::to_string);
    ConfigEntry {
        name: config.name.to_string(),
        value: text(&config.value),
        source: ConfigSource::from_code(config.config_source),
        sensitive: config.is_sensitive,
        read_only: config.read_only,
        synonyms: config
            .synonyms
            .iter()
            .map(|synonym| ConfigSynonym {
                name: synonym.name.to_string(),
                value: text(&synonym.value),
                source: ConfigSource::from_code(synonym.source),
            })
            .collect(),
    }
}
