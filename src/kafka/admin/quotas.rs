//! Client quotas: describe, and change quota by quota (KIP-546).

use kafka_protocol::messages::alter_client_quotas_request::{EntityData, EntryData, OpData};
use kafka_protocol::messages::describe_client_quotas_request::ComponentData;
use kafka_protocol::messages::{AlterClientQuotasRequest, DescribeClientQuotasRequest};
use kafka_protocol::protocol::StrBytes;

use super::{Admin, ItemResult};
use crate::kafka::error::{BrokerError, ErrorCode, Result};
use crate::kafka::model::{ClientQuotas, QuotaChange, QuotaEntity, QuotaEntityType, QuotaFilter, QuotaMatch};
use crate::kafka::wire::{Target, ensure_fits};

impl Admin {
    /// The quotas of the entities that consist of exactly the types in `filter` (Java's `ClientQuotaFilter.containsOnly`),
    /// in the broker's order.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn describe_client_quotas(&self, filter: &[QuotaFilter]) -> Result<Vec<ClientQuotas>> {
        filter.iter().try_for_each(ensure_filter_fits)?;
        let request = DescribeClientQuotasRequest::default().with_components(filter.iter().map(component).collect()).with_strict(true);
        let response = self
            .cluster
            .retrying("DescribeClientQuotas", async || {
                let response = self.cluster.send(&Target::Any, &request).await?;
                BrokerError::check(response.error_code, response.error_message.as_deref())?;
                Ok(response)
            })
            .await?;
        let quotas = response.entries.unwrap_or_default().into_iter().map(|entry| {
            // A type that this version does not know cannot have been asked for.
            let part = |part: &kafka_protocol::messages::describe_client_quotas_response::EntityData| {
                let entity_type = QuotaEntityType::from_name(&part.entity_type)?;
                Some((entity_type, part.entity_name.as_ref().map(ToString::to_string)))
            };
            ClientQuotas {
                entity: QuotaEntity(entry.entity.iter().filter_map(part).collect()),
                values: entry.values.iter().map(|value| (value.key.to_string(), value.value)).collect(),
            }
        });
        Ok(quotas.collect())
    }

    /// Changes quotas of one entity, or with `validate_only` has the broker tell whether it would. Quotas that are not named
    /// keep their value.
    ///
    /// # Errors
    /// Those of the request; the broker's refusal is the inner error.
    pub async fn alter_client_quotas(&self, entity: &QuotaEntity, changes: &[QuotaChange], validate_only: bool) -> Result<ItemResult<()>> {
        entity.0.iter().filter_map(|(_, name)| name.as_deref()).try_for_each(|name| ensure_fits("a name", name))?;
        let outcomes = self.per_item("AlterClientQuotas", std::slice::from_ref(entity), async |_| {
            let entry =
                EntryData::default().with_entity(entity.0.iter().map(named).collect()).with_ops(changes.iter().map(operation).collect());
            let request = AlterClientQuotasRequest::default().with_entries(vec![entry]).with_validate_only(validate_only);
            let response = self.cluster.send_or_rehearse(&Target::Any, &request, validate_only).await?;
            let outcome = response.entries.first().map_or_else(
                || Err(ErrorCode::UNKNOWN_SERVER_ERROR.into()),
                |entry| BrokerError::check(entry.error_code, entry.error_message.as_deref()),
            );
            Ok(vec![outcome])
        });
        Ok(outcomes.await?.remove(0))
    }
}

fn ensure_filter_fits(filter: &QuotaFilter) -> Result<()> {
    match &filter.name {
        QuotaMatch::Exact(name) => ensure_fits("a name", name),
        QuotaMatch::Default | QuotaMatch::Any => Ok(()),
    }
}

fn component(filter: &QuotaFilter) -> ComponentData {
    let (match_type, name) = match &filter.name {
        QuotaMatch::Exact(name) => (0, Some(name)),
        QuotaMatch::Default => (1, None),
        QuotaMatch::Any => (2, None),
    };
    ComponentData::default()
        .with_entity_type(StrBytes::from_static_str(filter.entity_type.name()))
        .with_match_type(match_type)
        .with_match(name.cloned().map(StrBytes::from_string))
}

fn named((entity_type, name): &(QuotaEntityType, Option<String>)) -> EntityData {
    EntityData::default()
        .with_entity_type(StrBytes::from_static_str(entity_type.name()))
        .with_entity_name(name.clone().map(StrBytes::from_string))
}

fn operation(change: &QuotaChange) -> OpData {
    OpData::default()
        .with_key(StrBytes::from_string(change.name.clone()))
        .with_value(change.value.unwrap_or_default())
        .with_remove(change.value.is_none())
}
