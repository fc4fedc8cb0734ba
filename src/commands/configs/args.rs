//! The options of kafka-configs.sh, and its cross-checks.

use std::fmt;
use std::path::PathBuf;

use clap::{ArgAction, ArgMatches, Args as _, Command, FromArgMatches};

use super::entity::{Class, Entities, EntityType};
use super::words::{Settings, check_name, loses_brackets, parse_added, parse_deleted, put};
use crate::cli::excludes;
use crate::commands::connect::ClusterArgs;
use crate::failure::Failure;
use crate::kafka::model::{QuotaEntityType, ResourceKind};

#[derive(clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "one per option of the Java tool")]
struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// The controllers to connect to instead of brokers, HOST:PORT, several separated by commas
    #[arg(long, value_name = "SERVERS")]
    bootstrap_controller: Option<String>,
    /// Change the configuration of an entity
    #[arg(long)]
    alter: bool,
    /// List the configuration of entities
    #[arg(long)]
    describe: bool,
    /// With --describe, list every value, not only those set for the entity
    #[arg(long)]
    all: bool,
    /// The type of entity: topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups
    #[arg(long, value_name = "TYPE", action = ArgAction::Append)]
    entity_type: Vec<String>,
    /// The name of the entity
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    entity_name: Vec<String>,
    /// The default of clients, users, brokers or ips, in place of a name
    #[arg(long, action = ArgAction::Count)]
    entity_default: u8,
    /// Values to set, NAME=VALUE separated by commas; [] around a value that contains commas. A SCRAM password may be ${env:NAME}, ${file:PATH}, ${file:PATH:KEY} or ${directory:PATH:FILE}
    #[arg(long, value_name = "NAME=VALUE,...")]
    add_config: Option<String>,
    /// A properties file of values to set
    #[arg(long, value_name = "FILE")]
    add_config_file: Option<PathBuf>,
    /// Names of values to remove, separated by commas
    #[arg(long, value_name = "NAME,...", action = ArgAction::Append)]
    delete_config: Vec<String>,
    /// Show what --alter would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// The client id
    #[arg(long, value_name = "CLIENT-ID")]
    client: Option<String>,
    /// The default of all clients
    #[arg(long)]
    client_defaults: bool,
    /// The user's principal name
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// The default of all users
    #[arg(long)]
    user_defaults: bool,
    /// The broker's id
    #[arg(long, value_name = "ID")]
    broker: Option<String>,
    /// The default of all brokers
    #[arg(long)]
    broker_defaults: bool,
    /// The id of the broker whose loggers are meant
    #[arg(long, value_name = "ID")]
    broker_logger: Option<String>,
    /// The IP address
    #[arg(long, value_name = "IP")]
    ip: Option<String>,
    /// The default of all IP addresses
    #[arg(long)]
    ip_defaults: bool,
    /// The group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// The name of the client metrics subscription
    #[arg(long, value_name = "NAME")]
    client_metrics: Option<String>,
}

/// The definition of the command line.
pub(in crate::commands) fn command() -> Command {
    Args::augment_args(Command::new("configs"))
        .about("This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group")
}

/// What is to be done, and where.
#[derive(Debug)]
pub(super) struct Request {
    pub cluster: ClusterArgs,
    /// Controllers to talk to instead of brokers.
    pub controllers: Option<String>,
    pub entities: Entities,
    pub action: Action,
    /// What was given and changes nothing.
    pub warnings: Vec<&'static str>,
}

/// One of the two things that kafka-configs.sh does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    Describe { all: bool },
    Alter { wanted: Wanted, dry_run: bool },
}

/// The changes that the command line asks for. Printed for debugging it keeps the values to itself: some are passwords.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Values from this file come before those in `add`.
    pub file: Option<PathBuf>,
    pub add: Settings,
    pub delete: Vec<String>,
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.add.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Wanted").field("file", &self.file).field("add", &names).field("delete", &self.delete).finish()
    }
}

impl Wanted {
    /// All values to set, now that the file has been read.
    ///
    /// # Errors
    /// Java's sentence for a name that cannot be.
    pub fn with_file(mut self, file: Settings) -> Result<Self, String> {
        let mut add = Settings::new();
        for (name, value) in file.into_iter().chain(self.add) {
            check_name(&name)?;
            put(&mut add, name, value);
        }
        self.add = add;
        Ok(self)
    }
}

/// Reads the command line.
///
/// # Errors
/// Java's cross-checks, in Java's words.
pub(super) fn request(matches: &ArgMatches) -> Result<Request, Failure> {
    let args = Args::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    args.check_action()?;
    let entities = Entities { types: args.types()?, names: args.names(matches) };
    args.check_cluster()?;
    args.check_entities(&entities)?;
    if args.alter {
        args.check_alter(&entities)?;
    } else {
        args.check_describe(&entities)?;
    }
    let warnings = args.idle(&entities);
    let action = if args.describe {
        Action::Describe { all: args.all }
    } else {
        let add = args.add_config.as_deref().map(parse_added).transpose().map_err(Failure::usage)?.unwrap_or_default();
        let delete = parse_deleted(args.delete_config.iter().map(String::as_str)).map_err(Failure::usage)?;
        Action::Alter { wanted: Wanted { file: args.add_config_file, add, delete }, dry_run: args.dry_run }
    };
    Ok(Request { cluster: args.cluster, controllers: args.bootstrap_controller, entities, action, warnings })
}

impl Args {
    /// The options that name an entity of one type, in Java's order.
    fn flags(&self) -> Vec<(EntityType, String)> {
        let named = [
            (EntityType::Topics, &self.topic),
            (EntityType::Clients, &self.client),
            (EntityType::Users, &self.user),
            (EntityType::Brokers, &self.broker),
            (EntityType::BrokerLoggers, &self.broker_logger),
            (EntityType::Ips, &self.ip),
            (EntityType::ClientMetrics, &self.client_metrics),
            (EntityType::Groups, &self.group),
        ];
        let defaults = [
            (EntityType::Clients, self.client_defaults),
            (EntityType::Users, self.user_defaults),
            (EntityType::Brokers, self.broker_defaults),
            (EntityType::Ips, self.ip_defaults),
        ];
        let named = named.into_iter().filter_map(|(entity_type, name)| Some((entity_type, name.clone()?)));
        let defaults = defaults.into_iter().filter(|(_, given)| *given).map(|(entity_type, _)| (entity_type, String::new()));
        named.chain(defaults).collect()
    }

    fn types(&self) -> Result<Vec<EntityType>, Failure> {
        let known = |name: &String| {
            EntityType::parse(name).ok_or_else(|| {
                let all = EntityType::ALL.map(EntityType::name).join(", ");
                Failure::usage(format!(
                    "Invalid entity type {name}, the entity type must be one of {all} with a --bootstrap-server or \
                     --bootstrap-controller argument"
                ))
            })
        };
        let mut types = self.entity_type.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        types.extend(self.flags().into_iter().map(|(entity_type, _)| entity_type));
        Ok(types)
    }

    /// The names in the order of the command line, `--entity-default` standing for an empty one; then those of the flags.
    fn names(&self, matches: &ArgMatches) -> Vec<String> {
        let name_places = matches.indices_of("entity_name").into_iter().flatten();
        let mut words: Vec<(usize, &str)> = name_places.zip(self.entity_name.iter().map(String::as_str)).collect();
        if self.entity_default > 0 {
            // Only the last place of a repeated flag is known; an entity has two names at most, so that is enough.
            let place = matches.index_of("entity_default").unwrap_or_default();
            words.extend(std::iter::repeat_n((place, ""), usize::from(self.entity_default)));
        }
        words.sort_by_key(|(place, _)| *place);
        words.into_iter().map(|(_, name)| name.to_owned()).chain(self.flags().into_iter().map(|(_, name)| name)).collect()
    }

    fn check_action(&self) -> Result<(), Failure> {
        if self.alter == self.describe {
            return Err(Failure::usage("Command must include exactly one action: --describe, --alter"));
        }
        let changes = [("add-config", self.add_config.is_some()), ("delete-config", !self.delete_config.is_empty())];
        match changes.iter().find(|(_, given)| *given) {
            Some((option, _)) if self.describe => Err(excludes("describe", option)),
            _ if self.describe && self.dry_run => Err(excludes("dry-run", "describe")),
            _ => Ok(()),
        }
    }

    fn check_cluster(&self) -> Result<(), Failure> {
        if self.bootstrap_controller.is_some() && self.cluster.bootstrap_server.is_some() {
            return Err(Failure::usage("Only one of --bootstrap-server or --bootstrap-controller can be specified"));
        }
        if self.bootstrap_controller.is_none() && self.cluster.servers().is_none() {
            return Err(Failure::usage("Either --bootstrap-server or --bootstrap-controller must be specified."));
        }
        Ok(())
    }

    fn check_entities(&self, entities: &Entities) -> Result<(), Failure> {
        let types = &entities.types;
        let repeated: Vec<&str> =
            types.iter().enumerate().filter(|(index, found)| types[..*index].contains(found)).map(|(_, found)| found.name()).collect();
        if !repeated.is_empty() {
            return Err(Failure::usage(format!("Duplicate entity type(s) specified: {}", repeated.join(","))));
        }
        if types.is_empty() {
            return Err(Failure::usage("At least one entity type must be specified"));
        }
        let pair = types.len() == 2 && entities.has(EntityType::Users) && entities.has(EntityType::Clients);
        if types.len() > 1 && !pair {
            return Err(Failure::usage("Only 'users' and 'clients' entity types may be specified together"));
        }
        let generic = !self.entity_type.is_empty() || !self.entity_name.is_empty() || self.entity_default > 0;
        if generic && !self.flags().is_empty() {
            return Err(Failure::usage("--entity-{type,name,default} should not be used in conjunction with specific entity flags"));
        }
        let broker = matches!(types[0].class(), Class::Resource(ResourceKind::Broker | ResourceKind::BrokerLogger));
        if self.entity_name.len() > 1 && (broker || entities.has(EntityType::Ips)) {
            return Err(Failure::usage("Found multiple arguments for option entity-name, but you asked for only one"));
        }
        if broker {
            let no_id = |name: &&String| !name.is_empty() && name.parse::<i32>().is_err();
            if let Some(name) = entities.names.iter().find(no_id) {
                let message = format!("The entity name for {} must be a valid integer broker id, but it is: {name}", types[0].name());
                return Err(Failure::usage(message));
            }
        }
        Ok(())
    }

    fn check_describe(&self, entities: &Entities) -> Result<(), Failure> {
        let names = entities.type_names();
        if self.entity_default > 0 && !has_default_entity(entities) {
            return Err(Failure::usage(format!("--entity-default must not be specified with --describe of {names}")));
        }
        if entities.has(EntityType::BrokerLoggers) && !entities.has_name() {
            return Err(Failure::usage(format!("An entity name must be specified with --describe of {names}")));
        }
        let resource = matches!(entities.types[0].class(), Class::Resource(_));
        if !resource && entities.names.len() > entities.types.len() {
            return Err(Failure::usage("More entity names specified than entity types"));
        }
        Ok(())
    }

    fn check_alter(&self, entities: &Entities) -> Result<(), Failure> {
        if has_default_entity(entities) {
            if entities.names.is_empty() {
                return Err(Failure::usage(
                    "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips",
                ));
            }
        } else if !entities.has_name() {
            return Err(Failure::usage(format!("An entity name must be specified with --alter of {}", entities.type_names())));
        }
        if self.add_config.is_some() && self.add_config_file.is_some() {
            return Err(Failure::usage("Only one of --add-config or --add-config-file must be specified"));
        }
        if self.add_config.is_none() && self.add_config_file.is_none() && self.delete_config.is_empty() {
            return Err(Failure::usage(
                "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
            ));
        }
        if entities.types.len() != entities.names.len() {
            return Err(Failure::usage("An entity name must be specified for every entity type"));
        }
        Ok(())
    }

    /// What Java takes here without a word, and what has no effect.
    fn idle(&self, entities: &Entities) -> Vec<&'static str> {
        let mut idle = Vec::new();
        if self.alter && self.all {
            idle.push("--all has no effect with --alter");
        }
        if self.describe && self.add_config_file.is_some() {
            idle.push("--add-config-file has no effect with --describe");
        }
        if self.add_config.as_deref().is_some_and(loses_brackets) {
            idle.push("[ and ] inside a value are left out");
        }
        if self.describe && entities.names.len() > entities.types.len() {
            idle.push("only the first --entity-name is described");
        }
        idle
    }
}

/// Whether these entities have a default one.
fn has_default_entity(entities: &Entities) -> bool {
    entities.types.iter().any(|entity_type| {
        matches!(
            entity_type.class(),
            Class::Resource(ResourceKind::Broker) | Class::Client(QuotaEntityType::User | QuotaEntityType::ClientId | QuotaEntityType::Ip)
        )
    })
}

#[cfg(test)]
mod tests;
