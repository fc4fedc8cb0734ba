//! From entities and wanted changes to what has to be asked of the cluster. Pure; everything that can be refused without
//! the cluster is refused here.

use super::entity::{Class, Entities, EntityType};
use crate::java::double;
use crate::kafka::admin::{AlterOp, ConfigChange, CredentialChange, Upsertion};
use crate::kafka::model::{
    ConfigResource, QuotaChange, QuotaEntity, QuotaEntityType, QuotaFilter, QuotaMatch, ResourceKind, ScramMechanism,
};
use crate::secrets::HIDDEN;

use super::args::Wanted;

/// The quotas of users and clients (Java's `QuotaConfig`).
const CLIENT_QUOTAS: [&str; 4] = ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"];

/// The quotas of IP addresses.
const IP_QUOTAS: [&str; 1] = ["connection_creation_rate"];

/// The iterations of a credential that names none.
const DEFAULT_ITERATIONS: i32 = 4096;

/// What `--describe` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Description {
    /// Configurations: of the named resource, or of all of the kind.
    Resources { kind: ResourceKind, name: Option<String> },
    /// Quotas, and with them the SCRAM credentials of some users.
    Quotas { filter: Vec<QuotaFilter>, credentials: Credentials },
}

/// Whose SCRAM credentials are shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    Nobodys,
    Everybodys,
    Of(Vec<String>),
}

/// What `--alter` changes.
#[derive(Debug, PartialEq)]
pub(super) enum Alteration {
    Resource { resource: ConfigResource, changes: Vec<ConfigChange> },
    Quotas { entity: QuotaEntity, changes: Vec<QuotaChange> },
    Credentials { user: String, changes: Vec<CredentialChange> },
}

/// What to ask for to describe `entities`.
pub(super) fn describe(entities: &Entities) -> Description {
    if let Class::Resource(kind) = entities.types[0].class() {
        return Description::Resources { kind, name: entities.names.first().cloned() };
    }
    let with_credentials = entities.types == [EntityType::Users] && !entities.has_default();
    let credentials = match with_credentials {
        false => Credentials::Nobodys,
        true if entities.names.is_empty() => Credentials::Everybodys,
        true => Credentials::Of(entities.names.clone()),
    };
    Description::Quotas { filter: filter(entities), credentials }
}

/// The filter for exactly these entities.
fn filter(entities: &Entities) -> Vec<QuotaFilter> {
    let name = |name: Option<&str>| match name {
        None => QuotaMatch::Any,
        Some("") => QuotaMatch::Default,
        Some(name) => QuotaMatch::Exact(name.to_owned()),
    };
    clients(entities).map(|(entity_type, known)| QuotaFilter { entity_type, name: name(known) }).collect()
}

fn clients(entities: &Entities) -> impl Iterator<Item = (QuotaEntityType, Option<&str>)> {
    entities.pairs().filter_map(|(entity_type, name)| match entity_type.class() {
        Class::Client(entity_type) => Some((entity_type, name)),
        Class::Resource(_) => None,
    })
}

/// The filter for the quotas that `entity` has of its own.
pub(super) fn exactly(entity: &QuotaEntity) -> Vec<QuotaFilter> {
    let name = |name: &Option<String>| name.clone().map_or(QuotaMatch::Default, QuotaMatch::Exact);
    entity.0.iter().map(|(entity_type, known)| QuotaFilter { entity_type: *entity_type, name: name(known) }).collect()
}

/// What to change of `entities`, which have as many names as types.
///
/// # Errors
/// Java's sentence for changes that these entities cannot have.
pub(super) fn alter(entities: &Entities, wanted: Wanted) -> Result<Alteration, String> {
    let head = entities.types[0];
    if let Class::Resource(kind) = head.class() {
        let delete = wanted.delete.into_iter().map(|name| ConfigChange { name, op: AlterOp::Delete, value: None });
        let add = wanted.add.into_iter().map(|(name, value)| ConfigChange { name, op: AlterOp::Set, value: Some(value) });
        let resource = ConfigResource::new(kind, entities.names[0].as_str());
        return Ok(Alteration::Resource { resource, changes: delete.chain(add).collect() });
    }
    if head == EntityType::Ips {
        let unknown: Vec<&str> = names(&wanted).filter(|name| !IP_QUOTAS.contains(name)).collect();
        if !unknown.is_empty() {
            return Err(format!(
                "Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: {}",
                unknown.join(",")
            ));
        }
        return quotas(entities, &wanted);
    }
    let users = entities.types == [EntityType::Users];
    check_client_names(&wanted, users)?;
    let credentials = names(&wanted).any(is_scram);
    let quota = names(&wanted).any(|name| CLIENT_QUOTAS.contains(&name));
    if !credentials {
        return quotas(entities, &wanted);
    }
    if entities.has_default() {
        return Err("The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server."
            .to_owned());
    }
    if quota {
        return Err("Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.".to_owned());
    }
    Ok(Alteration::Credentials { user: entities.names[0].clone(), changes: credential_changes(&wanted)? })
}

fn names(wanted: &Wanted) -> impl Iterator<Item = &str> {
    wanted.add.iter().map(|(name, _)| name.as_str()).chain(wanted.delete.iter().map(String::as_str))
}

fn is_scram(name: &str) -> bool {
    ScramMechanism::from_name(name).is_some()
}

/// Only quotas for clients; for users SCRAM credentials, too.
fn check_client_names(wanted: &Wanted, users: bool) -> Result<(), String> {
    let unknown = |name: &&str| !(CLIENT_QUOTAS.contains(name) || users && is_scram(name));
    let added: Vec<&str> = wanted.add.iter().map(|(name, _)| name.as_str()).filter(unknown).collect();
    let deleted: Vec<&str> = wanted.delete.iter().map(String::as_str).filter(unknown).collect();
    let (what, whose) = if users { ("quota and SCRAM credential", "users") } else { ("quota", "clients") };
    for (unknown, verb) in [(added, "added"), (deleted, "deleted")] {
        if !unknown.is_empty() {
            return Err(format!(
                "Only {what} configs can be {verb} for '{whose}' using --bootstrap-server. Unexpected config names: {}",
                unknown.join(",")
            ));
        }
    }
    Ok(())
}

fn quotas(entities: &Entities, wanted: &Wanted) -> Result<Alteration, String> {
    let set = |(name, value): &(String, String)| match double::parse(value) {
        // The broker would take it, and then compare with what nothing is below or above: one of connections closes them all.
        Some(number) if number.is_nan() => Err(format!("{name} cannot be {value}: that is no number to hold a rate against")),
        Some(number) => Ok(QuotaChange { name: name.clone(), value: Some(number) }),
        None => Err(format!("Cannot parse quota configuration value for {name}: {value}")),
    };
    let mut changes = wanted.add.iter().map(set).collect::<Result<Vec<_>, _>>()?;
    changes.extend(wanted.delete.iter().map(|name| QuotaChange { name: name.clone(), value: None }));
    let named =
        |(entity_type, name): (QuotaEntityType, Option<&str>)| (entity_type, name.filter(|name| !name.is_empty()).map(str::to_owned));
    Ok(Alteration::Quotas { entity: QuotaEntity(clients(entities).map(named).collect()), changes })
}

fn credential_changes(wanted: &Wanted) -> Result<Vec<CredentialChange>, String> {
    let delete = wanted.delete.iter().filter_map(|name| ScramMechanism::from_name(name)).map(CredentialChange::Delete).map(Ok);
    let upserts: Vec<_> = upsertions(wanted).collect();
    delete.chain(upserts).collect()
}

fn upsertions(wanted: &Wanted) -> impl Iterator<Item = Result<CredentialChange, String>> {
    // In a properties file brackets have no meaning, so they would be a part of the value.
    let form =
        if wanted.file.is_some() { "iterations=N,password=TEXT, without brackets in a file" } else { "[iterations=N,password=TEXT]" };
    let mechanisms = wanted.add.iter().filter_map(|(name, value)| Some((ScramMechanism::from_name(name)?, value)));
    mechanisms.map(move |(mechanism, value)| upsertion(mechanism, value, form).map(CredentialChange::Upsert))
}

/// Parses `[iterations=N,]password=TEXT`; `form` is how that has to be given.
///
/// Java repeats a text of another form, which is most often a password that lacks its `password=`.
fn upsertion(mechanism: ScramMechanism, text: &str, form: &str) -> Result<Upsertion, String> {
    // These words stand where Java's sentence has the text itself, and are the same whatever that was.
    let what = if text.is_empty() { String::new() } else { format!("secret {HIDDEN}") };
    let invalid = || format!("Invalid credential property {}={what}; it has the form {}={form}", mechanism.constant(), mechanism.name());
    let (iterations, rest) = match text.strip_prefix("iterations=") {
        Some(rest) => {
            let (number, rest) = rest.split_once(',').ok_or_else(invalid)?;
            let digits = number.strip_prefix('-').unwrap_or(number);
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(invalid());
            }
            (Some(number).filter(|number| *number != "-1"), rest)
        }
        None => (None, text),
    };
    let password = rest.strip_prefix("password=").ok_or_else(invalid)?;
    let iterations = match iterations {
        None => DEFAULT_ITERATIONS,
        Some(number) => {
            number.parse().map_err(|_| format!("Invalid iterations for {}: For input string: \"{number}\"", mechanism.name()))?
        }
    };
    if iterations < ScramMechanism::MIN_ITERATIONS {
        let (minimum, name) = (ScramMechanism::MIN_ITERATIONS, mechanism.name());
        return Err(format!("Iterations {iterations} is less than the minimum {minimum} required for {name}"));
    }
    if password.is_empty() {
        return Err("Password must not be empty".to_owned());
    }
    Ok(Upsertion { mechanism, iterations, password: password.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entities(pairs: &[(EntityType, &str)]) -> Entities {
        let (types, names) = pairs.iter().map(|(entity_type, name)| (*entity_type, (*name).to_owned())).unzip();
        Entities { types, names }
    }

    fn wanted(add: &[(&str, &str)], delete: &[&str]) -> Wanted {
        Wanted {
            file: None,
            add: add.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            delete: delete.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn user(add: &[(&str, &str)], delete: &[&str]) -> Result<Alteration, String> {
        alter(&entities(&[(EntityType::Users, "u")]), wanted(add, delete))
    }

    #[test]
    fn deletions_come_before_values_to_set() {
        let plan = alter(&entities(&[(EntityType::Topics, "t")]), wanted(&[("a", "1")], &["b"])).unwrap();
        let change = |name: &str, op, value: Option<&str>| ConfigChange { name: name.into(), op, value: value.map(Into::into) };
        let changes = vec![change("b", AlterOp::Delete, None), change("a", AlterOp::Set, Some("1"))];
        assert_eq!(plan, Alteration::Resource { resource: ConfigResource::new(ResourceKind::Topic, "t"), changes });
    }

    #[test]
    fn quotas_are_numbers() {
        let plan = alter(&entities(&[(EntityType::Clients, ""), (EntityType::Users, "u")]), wanted(&[("request_percentage", "1e2")], &[]));
        let entity = QuotaEntity(vec![(QuotaEntityType::ClientId, None), (QuotaEntityType::User, Some("u".into()))]);
        let changes = vec![QuotaChange { name: "request_percentage".into(), value: Some(100.0) }];
        assert_eq!(plan.unwrap(), Alteration::Quotas { entity, changes });
        assert_eq!(
            user(&[("producer_byte_rate", "fast")], &[]).unwrap_err(),
            "Cannot parse quota configuration value for producer_byte_rate: fast"
        );
        assert_eq!(
            user(&[("producer_byte_rate", "NaN")], &[]).unwrap_err(),
            "producer_byte_rate cannot be NaN: that is no number to hold a rate against"
        );
    }

    #[test]
    fn names_that_belong_to_nobody_here() {
        assert_eq!(
            user(&[("nosuch", "1")], &[]).unwrap_err(),
            "Only quota and SCRAM credential configs can be added for 'users' using --bootstrap-server. Unexpected config names: nosuch"
        );
        let client = entities(&[(EntityType::Clients, "c"), (EntityType::Users, "u")]);
        assert_eq!(
            alter(&client, wanted(&[], &["SCRAM-SHA-256", "x"])).unwrap_err(),
            "Only quota configs can be deleted for 'clients' using --bootstrap-server. Unexpected config names: SCRAM-SHA-256,x"
        );
        assert_eq!(
            alter(&entities(&[(EntityType::Ips, "1.1.1.1")]), wanted(&[("producer_byte_rate", "1")], &[])).unwrap_err(),
            "Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: producer_byte_rate"
        );
    }

    #[test]
    fn credentials_are_parsed_as_in_java() {
        let parsed = |text: &str| {
            upsertion(ScramMechanism::Sha256, text, "[iterations=N,password=TEXT]").map(|made| (made.iterations, made.password))
        };
        assert_eq!(parsed("password=se=cr,et").unwrap(), (4096, "se=cr,et".into()));
        assert_eq!(parsed("iterations=8192,password=x").unwrap(), (8192, "x".into()));
        assert_eq!(parsed("iterations=-1,password=x").unwrap(), (4096, "x".into()));
        let invalid = "Invalid credential property SCRAM_SHA_256=secret [hidden]; \
                       it has the form SCRAM-SHA-256=[iterations=N,password=TEXT]";
        assert_eq!(parsed("pa55").unwrap_err(), invalid);
        assert_eq!(parsed("iterations=abc,password=pa55").unwrap_err(), invalid);
        assert!(parsed("").unwrap_err().starts_with("Invalid credential property SCRAM_SHA_256=;"));
        assert_eq!(
            parsed("iterations=100,password=x").unwrap_err(),
            "Iterations 100 is less than the minimum 4096 required for SCRAM-SHA-256"
        );
        assert_eq!(parsed("iterations=,password=x").unwrap_err(), "Invalid iterations for SCRAM-SHA-256: For input string: \"\"");
        assert_eq!(parsed("password=").unwrap_err(), "Password must not be empty");
    }

    #[test]
    fn a_file_has_no_brackets() {
        let bracketed = Wanted { file: Some("f".into()), ..wanted(&[("SCRAM-SHA-256", "[password=x]")], &[]) };
        let refused = alter(&entities(&[(EntityType::Users, "u")]), bracketed).unwrap_err();
        assert!(refused.ends_with("it has the form SCRAM-SHA-256=iterations=N,password=TEXT, without brackets in a file"), "{refused}");
    }

    #[test]
    fn credentials_stand_alone_and_belong_to_one_user() {
        let scram = ("SCRAM-SHA-256", "password=x");
        assert!(user(&[scram, ("producer_byte_rate", "1")], &[]).unwrap_err().starts_with("Cannot alter both quota and SCRAM"));
        let everybody = entities(&[(EntityType::Users, "")]);
        assert!(alter(&everybody, wanted(&[scram], &[])).unwrap_err().starts_with("The use of --entity-default"));
        let Alteration::Credentials { user, changes } = user(&[scram], &["SCRAM-SHA-512"]).unwrap() else { panic!() };
        assert_eq!(user, "u");
        let upsertion = Upsertion { mechanism: ScramMechanism::Sha256, iterations: 4096, password: "x".into() };
        assert_eq!(changes, [CredentialChange::Delete(ScramMechanism::Sha512), CredentialChange::Upsert(upsertion)]);
    }

    #[test]
    fn credentials_are_described_for_users_only() {
        let credentials = |entities: &Entities| match describe(entities) {
            Description::Quotas { credentials, .. } => credentials,
            Description::Resources { .. } => panic!("no quotas"),
        };
        assert_eq!(credentials(&entities(&[(EntityType::Users, "u")])), Credentials::Of(vec!["u".into()]));
        assert_eq!(credentials(&entities(&[(EntityType::Users, "")])), Credentials::Nobodys);
        assert_eq!(credentials(&Entities { types: vec![EntityType::Users], names: vec![] }), Credentials::Everybodys);
        assert_eq!(credentials(&entities(&[(EntityType::Clients, "c"), (EntityType::Users, "u")])), Credentials::Nobodys);
        assert_eq!(credentials(&entities(&[(EntityType::Ips, "1.1.1.1")])), Credentials::Nobodys);
    }
}
