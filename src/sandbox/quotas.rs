//! Client quotas: stored and told again, enforced on nobody (`ClientQuotaControlManager`, `ClientQuotasImage`). Entities are
//! told in an order of their own, not in that of Java's hashes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::ToSocketAddrs;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::alter_client_quotas_request::{EntryData as Alteration, OpData};
use kafka_protocol::messages::alter_client_quotas_response::{EntityData as AlteredEntity, EntryData as Altered};
use kafka_protocol::messages::describe_client_quotas_request::ComponentData;
use kafka_protocol::messages::describe_client_quotas_response::{EntityData, EntryData, ValueData};
use kafka_protocol::messages::{
    AlterClientQuotasRequest, AlterClientQuotasResponse, DescribeClientQuotasRequest, DescribeClientQuotasResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::broker::{Broker, Call};
use super::configs::java_order;
use super::error::{Refusal, code_of};

const USER: &str = "user";
const CLIENT_ID: &str = "client-id";
const IP: &str = "ip";

/// How many entities may have quotas; Kafka knows no such limit.
const MAX_ENTITIES: usize = 10_000;

/// Whom quotas are for: the types, and for each a name, or none for the default.
type Entity = BTreeMap<String, Option<String>>;

/// All quotas.
#[derive(Debug, Default)]
pub struct Quotas {
    by_entity: BTreeMap<Entity, BTreeMap<String, f64>>,
}

/// What a quota's value has to be (`QuotaConfig`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Long,
    Double,
}

const OF_USERS_AND_CLIENTS: [(&str, Kind); 4] = [
    ("producer_byte_rate", Kind::Long),
    ("consumer_byte_rate", Kind::Long),
    ("request_percentage", Kind::Double),
    ("controller_mutation_rate", Kind::Double),
];

const OF_ADDRESSES: [(&str, Kind); 1] = [("connection_creation_rate", Kind::Int)];

/// Answers a DescribeClientQuotas request.
pub fn describe(broker: &mut Broker, _: &Call, request: DescribeClientQuotasRequest) -> DescribeClientQuotasResponse {
    match Filter::of(request.components) {
        Err(refusal) => {
            DescribeClientQuotasResponse::default().with_error_code(refusal.code).with_error_message(refusal.text()).with_entries(None)
        }
        Ok(filter) => {
            let found = broker.quotas.by_entity.iter().filter(|(entity, _)| filter.takes(entity, request.strict));
            DescribeClientQuotasResponse::default().with_entries(Some(found.map(|(entity, values)| told(entity, values)).collect()))
        }
    }
}

/// Answers an AlterClientQuotas request.
pub fn alter(broker: &mut Broker, _: &Call, request: AlterClientQuotasRequest) -> AlterClientQuotasResponse {
    // An entity that is named twice has one answer, the second one's, though the first change was made.
    let mut answered: HashMap<Entity, usize> = HashMap::new();
    let mut answers: Vec<Altered> = Vec::new();
    for alteration in request.entries {
        let name = |name: &StrBytes| name.to_string();
        let parts = alteration.entity.iter();
        let entity: Entity = parts.map(|part| (name(&part.entity_type), part.entity_name.as_ref().map(name))).collect();
        let before = answered.get(&entity).copied();
        let outcome = match before {
            None => broker.quotas.alter(&entity, &alteration, request.validate_only),
            Some(_) => Err(invalid(format!("Ignoring duplicate entity {}", in_java(&entity)))),
        };
        let part = |kind: &str| {
            let name = entity.get(kind).cloned().flatten().map(StrBytes::from_string);
            AlteredEntity::default().with_entity_type(StrBytes::from_string(kind.to_owned())).with_entity_name(name)
        };
        let answer =
            Altered::default().with_error_code(code_of(&outcome)).with_entity(in_order(entity.keys()).into_iter().map(part).collect());
        let answer = answer.with_error_message(outcome.err().and_then(|refusal| refusal.text()));
        match before.and_then(|before| answers.get_mut(before)) {
            Some(place) => *place = answer,
            None => {
                answered.insert(entity, answers.len());
                answers.push(answer);
            }
        }
    }
    AlterClientQuotasResponse::default().with_entries(answers)
}

impl Quotas {
    fn alter(&mut self, entity: &Entity, alteration: &Alteration, validate_only: bool) -> Result<(), Refusal> {
        let mut ops: BTreeMap<&str, &OpData> = BTreeMap::new();
        for op in &alteration.ops {
            if ops.insert(&op.key, op).is_some() {
                // The sentence about the key itself is lost: the entity's second refusal takes its place.
                return Err(invalid(format!("Ignoring duplicate entity {}", in_java(entity))));
            }
        }
        let keys = keys_for(entity)?;
        let mut values = self.by_entity.get(entity).cloned().unwrap_or_default();
        for (key, op) in ops {
            if op.remove {
                values.remove(key);
            } else {
                check(keys, key, op.value)?;
                values.insert(key.to_owned(), op.value);
            }
        }
        if validate_only {
            return Ok(());
        }
        if values.is_empty() {
            self.by_entity.remove(entity);
        } else if self.by_entity.len() >= MAX_ENTITIES && !self.by_entity.contains_key(entity) {
            let message = format!("The sandbox keeps quotas of up to {MAX_ENTITIES} entities.");
            return Err(Refusal::saying(ResponseError::PolicyViolation, message));
        } else {
            self.by_entity.insert(entity.clone(), values);
        }
        Ok(())
    }
}

/// The quotas that such an entity can have.
fn keys_for(entity: &Entity) -> Result<&'static [(&'static str, Kind)], Refusal> {
    for (kind, name) in entity {
        if ![USER, CLIENT_ID, IP].contains(&kind.as_str()) {
            return Err(invalid(format!("Unhandled client quota entity type: {kind}")));
        }
        if name.as_deref() == Some("") {
            return Err(invalid(format!("Empty {kind} not supported")));
        }
    }
    match entity.get(IP) {
        _ if entity.is_empty() => Err(invalid("Invalid empty client quota entity".to_owned())),
        None => Ok(&OF_USERS_AND_CLIENTS),
        Some(_) if entity.len() > 1 => {
            // The missing blank is the broker's.
            Err(invalid("Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId".to_owned()))
        }
        Some(Some(address)) if !is_address(address) => Err(invalid(format!("{address} is not a valid IP or resolvable host."))),
        Some(_) => Ok(&OF_ADDRESSES),
    }
}

fn check(keys: &[(&str, Kind)], key: &str, value: f64) -> Result<(), Refusal> {
    let Some((_, kind)) = keys.iter().find(|(known, _)| *known == key) else {
        return Err(invalid(format!("Invalid configuration key {key}")));
    };
    if value <= 0.0 {
        return Err(invalid(format!("Quota {key} must be greater than 0")));
    }
    // What is no number is neither too large nor a fraction, as in Java.
    match kind {
        Kind::Int if value > f64::from(i32::MAX) => Err(invalid(format!("Proposed value for {key} is too large for an INT."))),
        Kind::Long if value > 9_223_372_036_854_775_807.0 => Err(invalid(format!("Proposed value for {key} is too large for a LONG."))),
        Kind::Int | Kind::Long if (value % 1.0).abs() > 1e-6 => Err(invalid(format!("{key} cannot be a fractional value."))),
        Kind::Int | Kind::Long | Kind::Double => Ok(()),
    }
}

/// An address, or a name of this machine; no other name is looked up, because that would hold up everybody.
fn is_address(address: &str) -> bool {
    address.parse::<std::net::IpAddr>().is_ok() || (address == "localhost" && (address, 0).to_socket_addrs().is_ok())
}

/// Which entities are asked for: types with a name or the default, and types with any name.
#[derive(Debug, Default)]
struct Filter {
    exactly: BTreeMap<String, Option<String>>,
    any: BTreeSet<String>,
}

impl Filter {
    fn of(components: Vec<ComponentData>) -> Result<Self, Refusal> {
        let mut filter = Self::default();
        for component in components {
            let kind = component.entity_type.to_string();
            let name = component._match.as_ref().map(ToString::to_string);
            if kind.is_empty() {
                return Err(invalid("Invalid empty entity type.".to_owned()));
            }
            if filter.names(&kind) {
                return Err(invalid(format!("Entity type {kind} cannot appear more than once in the filter.")));
            }
            if ![USER, CLIENT_ID, IP].contains(&kind.as_str()) {
                return Err(Refusal::saying(ResponseError::UnsupportedVersion, format!("Unsupported entity type {kind}")));
            }
            match (component.match_type, name) {
                (0, Some(name)) => drop(filter.exactly.insert(kind, Some(name))),
                (0, None) => return Err(invalid("Request specified MATCH_TYPE_EXACT, but set match string to null.".to_owned())),
                (1, None) => drop(filter.exactly.insert(kind, None)),
                (1, Some(_)) => {
                    return Err(invalid("Request specified MATCH_TYPE_DEFAULT, but also specified a match string.".to_owned()));
                }
                (2, None) => drop(filter.any.insert(kind)),
                (2, Some(_)) => {
                    return Err(invalid("Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.".to_owned()));
                }
                (other, _) => return Err(invalid(format!("Unknown match type {other}"))),
            }
        }
        if filter.names(IP) && (filter.names(USER) || filter.names(CLIENT_ID)) {
            let message = "Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.";
            return Err(invalid(message.to_owned()));
        }
        Ok(filter)
    }

    fn names(&self, kind: &str) -> bool {
        self.exactly.contains_key(kind) || self.any.contains(kind)
    }

    fn takes(&self, entity: &Entity, strict: bool) -> bool {
        (!strict || entity.len() == self.exactly.len() + self.any.len())
            && self.exactly.iter().all(|(kind, name)| entity.get(kind) == Some(name))
            && self.any.iter().all(|kind| entity.contains_key(kind))
    }
}

fn told(entity: &Entity, values: &BTreeMap<String, f64>) -> EntryData {
    let part = |kind: &str| {
        let name = entity.get(kind).cloned().flatten().map(StrBytes::from_string);
        EntityData::default().with_entity_type(StrBytes::from_string(kind.to_owned())).with_entity_name(name)
    };
    let value = |key: &str| {
        let key = StrBytes::from_string(key.to_owned());
        ValueData::default().with_value(values.get(&*key).copied().unwrap_or_default()).with_key(key)
    };
    let keys = in_order(values.keys());
    let parts = in_order(entity.keys()).into_iter().map(part);
    EntryData::default().with_entity(parts.collect()).with_values(keys.into_iter().map(value).collect())
}

/// The keys in the order in which a broker tells them: that of a small map that was filled from a larger one.
fn in_order<'a>(keys: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    java_order::sorted_in_little(java_order::sorted(keys.map(String::as_str)).into_iter())
}

/// An entity as Java prints it.
fn in_java(entity: &Entity) -> String {
    let parts = in_order(entity.keys()).into_iter().map(|kind| {
        let name = entity.get(kind).and_then(Option::as_deref);
        format!("{kind}={}", name.unwrap_or("null"))
    });
    format!("ClientQuotaEntity(entries={{{}}})", parts.collect::<Vec<_>>().join(", "))
}

fn invalid(message: String) -> Refusal {
    Refusal::saying(ResponseError::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::alter_client_quotas_request::EntityData as Part;

    use super::*;

    fn text(text: &str) -> StrBytes {
        StrBytes::from_string(text.to_owned())
    }

    fn entity(parts: &[(&str, Option<&str>)]) -> Entity {
        parts.iter().map(|(kind, name)| ((*kind).to_owned(), name.map(str::to_owned))).collect()
    }

    fn alter(quotas: &mut Quotas, parts: &[(&str, Option<&str>)], ops: &[(&str, Option<f64>)]) -> Result<(), String> {
        let part = |(kind, name): &(&str, Option<&str>)| Part::default().with_entity_type(text(kind)).with_entity_name(name.map(text));
        let op = |(key, value): &(&str, Option<f64>)| {
            OpData::default().with_key(text(key)).with_value(value.unwrap_or_default()).with_remove(value.is_none())
        };
        let alteration = Alteration::default().with_entity(parts.iter().map(part).collect()).with_ops(ops.iter().map(op).collect());
        quotas.alter(&entity(parts), &alteration, false).map_err(|refusal| refusal.message.unwrap())
    }

    fn component(kind: &str, match_type: i8, name: Option<&str>) -> ComponentData {
        ComponentData::default().with_entity_type(text(kind)).with_match_type(match_type).with_match(name.map(text))
    }

    #[test]
    fn quotas_are_set_and_taken_back() {
        let mut quotas = Quotas::default();
        let alice = [(USER, Some("alice"))];
        assert_eq!(alter(&mut quotas, &alice, &[("producer_byte_rate", Some(10.0)), ("request_percentage", Some(0.5))]), Ok(()));
        assert_eq!(alter(&mut quotas, &alice, &[("producer_byte_rate", None)]), Ok(()));
        assert_eq!(quotas.by_entity.get(&entity(&alice)), Some(&BTreeMap::from([("request_percentage".to_owned(), 0.5)])));
        assert_eq!(alter(&mut quotas, &alice, &[("request_percentage", None), ("consumer_byte_rate", None)]), Ok(()));
        assert!(quotas.by_entity.is_empty());
    }

    #[test]
    fn keys_come_in_the_brokers_order() {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(in_order(keys(&["producer_byte_rate", "request_percentage"]).iter()), ["request_percentage", "producer_byte_rate"]);
        assert_eq!(in_order(keys(&["ip", "user"]).iter()), ["user", "ip"]);
        assert_eq!(in_order(keys(&["client-id", "user"]).iter()), ["client-id", "user"]);
    }

    #[test]
    fn wrong_quotas_are_refused_in_the_brokers_words() {
        let mut quotas = Quotas::default();
        let mut refused = |parts: &[(&str, Option<&str>)], ops: &[(&str, Option<f64>)], why: &str| {
            assert_eq!(alter(&mut quotas, parts, ops), Err(why.to_owned()));
        };
        let user = [(USER, Some("u"))];
        refused(&[], &[], "Invalid empty client quota entity");
        refused(&[("group", None)], &[], "Unhandled client quota entity type: group");
        refused(&[(USER, Some(""))], &[], "Empty user not supported");
        refused(
            &[(IP, None), (USER, None)],
            &[],
            "Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId",
        );
        refused(&[(IP, Some("no such host"))], &[], "no such host is not a valid IP or resolvable host.");
        refused(&user, &[("nope", Some(1.0))], "Invalid configuration key nope");
        refused(&user, &[("connection_creation_rate", Some(1.0))], "Invalid configuration key connection_creation_rate");
        refused(&user, &[("producer_byte_rate", Some(0.0))], "Quota producer_byte_rate must be greater than 0");
        refused(&user, &[("producer_byte_rate", Some(1.5))], "producer_byte_rate cannot be a fractional value.");
        refused(&user, &[("producer_byte_rate", Some(1e19))], "Proposed value for producer_byte_rate is too large for a LONG.");
        let address = [(IP, Some("127.0.0.1"))];
        refused(
            &address,
            &[("connection_creation_rate", Some(3e9))],
            "Proposed value for connection_creation_rate is too large for an INT.",
        );
        refused(
            &user,
            &[("producer_byte_rate", Some(1.0)), ("producer_byte_rate", Some(2.0))],
            "Ignoring duplicate entity ClientQuotaEntity(entries={user=u})",
        );
    }

    #[test]
    fn a_filter_takes_names_defaults_and_anything() {
        let both = entity(&[(USER, Some("u")), (CLIENT_ID, None)]);
        let takes = |components: &[ComponentData], strict| Filter::of(components.to_vec()).unwrap().takes(&both, strict);
        assert!(takes(&[], false));
        assert!(!takes(&[], true));
        assert!(takes(&[component(USER, 0, Some("u"))], false));
        assert!(!takes(&[component(USER, 0, Some("u"))], true));
        assert!(!takes(&[component(USER, 0, Some("v"))], false));
        assert!(takes(&[component(USER, 2, None), component(CLIENT_ID, 1, None)], true));
        assert!(!takes(&[component(USER, 1, None)], false));
        assert!(!takes(&[component(IP, 2, None)], false));
    }

    #[test]
    fn wrong_filters_are_refused_in_the_brokers_words() {
        let refused = |components: &[ComponentData]| Filter::of(components.to_vec()).unwrap_err().message.unwrap();
        assert_eq!(refused(&[component("", 0, None)]), "Invalid empty entity type.");
        assert_eq!(
            refused(&[component(USER, 2, None), component(USER, 1, None)]),
            "Entity type user cannot appear more than once in the filter."
        );
        assert_eq!(refused(&[component("x", 2, None)]), "Unsupported entity type x");
        assert_eq!(refused(&[component(USER, 0, None)]), "Request specified MATCH_TYPE_EXACT, but set match string to null.");
        assert_eq!(refused(&[component(USER, 9, None)]), "Unknown match type 9");
        assert_eq!(
            refused(&[component(USER, 2, None), component(IP, 2, None)]),
            "Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component."
        );
    }
}
