//! Command lines to requests.

use super::*;
use crate::cli;

fn read(words: &str) -> Result<Request, String> {
    cli::request_of(command(), words, request)
}

fn entities(words: &str) -> String {
    let entities = read(&format!("--describe {words}")).unwrap().entities;
    let pair = |(entity_type, name): (EntityType, Option<&str>)| match name {
        Some(name) => format!("{}={name}", entity_type.name()),
        None => entity_type.name().to_owned(),
    };
    entities.pairs().map(pair).collect::<Vec<_>>().join(" ")
}

#[test]
fn exactly_one_action_and_describe_does_not_change() {
    let one = "Command must include exactly one action: --describe, --alter";
    assert_eq!(read("--topic t").unwrap_err(), one);
    assert_eq!(read("--topic t --alter --describe").unwrap_err(), one);
    assert_eq!(
        read("--describe --topic t --delete-config a").unwrap_err(),
        "Option \"[describe]\" can't be used with option \"[delete-config]\""
    );
}

#[test]
fn long_forms_pair_types_and_names_by_position() {
    assert_eq!(entities("--entity-type topics --entity-name t"), "topics=t");
    assert_eq!(entities("--entity-type users --entity-name u --entity-type clients --entity-name c"), "users=u clients=c");
    assert_eq!(entities("--entity-type clients --entity-type users --entity-name c --entity-default"), "clients=c users=");
    assert_eq!(entities("--entity-type clients --entity-type users --entity-default --entity-name u"), "clients= users=u");
    assert_eq!(entities("--entity-type users --entity-default --entity-type clients --entity-default"), "users= clients=");
    assert_eq!(entities("--entity-type users --entity-type clients --entity-name u"), "users=u clients");
    assert_eq!(entities("--entity-type brokers"), "brokers");
}

#[test]
fn short_forms_come_in_javas_order() {
    assert_eq!(entities("--user u --client c"), "clients=c users=u");
    assert_eq!(entities("--client-defaults --user u"), "users=u clients=");
    assert_eq!(entities("--user-defaults --client-defaults"), "clients= users=");
    assert_eq!(entities("--broker-logger 1"), "broker-loggers=1");
}

#[test]
fn which_entities_there_can_be() {
    let refused = [
        ("--describe", "At least one entity type must be specified"),
        ("--describe --entity-name t", "At least one entity type must be specified"),
        (
            "--describe --entity-type topic",
            "Invalid entity type topic, the entity type must be one of topics, clients, users, brokers, ips, client-metrics, groups, \
             broker-loggers with a --bootstrap-server or --bootstrap-controller argument",
        ),
        ("--describe --entity-type topics --entity-type topics", "Duplicate entity type(s) specified: topics"),
        ("--describe --topic t --group g", "Only 'users' and 'clients' entity types may be specified together"),
        (
            "--describe --topic t --entity-name u",
            "--entity-{type,name,default} should not be used in conjunction with specific entity flags",
        ),
        ("--describe --broker x", "The entity name for brokers must be a valid integer broker id, but it is: x"),
        (
            "--describe --entity-type brokers --entity-name 1 --entity-name 2",
            "Found multiple arguments for option entity-name, but you asked for only one",
        ),
        ("--describe --entity-type topics --entity-default", "--entity-default must not be specified with --describe of topics"),
        ("--describe --entity-type broker-loggers", "An entity name must be specified with --describe of broker-loggers"),
        ("--describe --entity-type users --entity-name a --entity-name b", "More entity names specified than entity types"),
        ("--bootstrap-controller h:2 --describe --topic t", "Only one of --bootstrap-server or --bootstrap-controller can be specified"),
    ];
    for (words, message) in refused {
        assert_eq!(read(words).unwrap_err(), message, "{words}");
    }
}

#[test]
fn an_alteration_names_its_entities_and_its_changes() {
    let refused = [
        ("--entity-type topics --add-config a=b", "An entity name must be specified with --alter of topics"),
        ("--entity-type topics --entity-default --add-config a=b", "An entity name must be specified with --alter of topics"),
        (
            "--entity-type ips --add-config a=b",
            "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips",
        ),
        ("--entity-type topics --entity-name a --entity-name b --add-config a=b", "An entity name must be specified for every entity type"),
        ("--topic t --add-config a=b --add-config-file f", "Only one of --add-config or --add-config-file must be specified"),
        ("--topic t", "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter"),
    ];
    for (words, message) in refused {
        assert_eq!(read(&format!("--alter {words}")).unwrap_err(), message, "{words}");
    }
}

#[test]
fn changes_come_from_the_file_and_the_command_line() {
    let request = read("--alter --topic t --add-config a=[1,2],b= --delete-config c,d --delete-config e").unwrap();
    let Action::Alter { wanted, dry_run: false } = request.action else { panic!("{:?}", request.action) };
    assert_eq!(wanted.delete, ["c", "d", "e"]);
    let wanted = wanted.with_file(vec![("z".into(), "0".into()), ("a".into(), "0".into())]).unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(wanted.add, [pair("z", "0"), pair("a", "1,2"), pair("b", "")]);
    let error = wanted.with_file(vec![("a b".into(), "0".into())]).unwrap_err();
    assert_eq!(error, "Invalid character found for config key: a b");
}

#[test]
fn a_dry_run_is_one_of_changes() {
    assert_eq!(read("--describe --topic t --dry-run").unwrap_err(), "Option \"[dry-run]\" can't be used with option \"[describe]\"");
    assert!(read("--alter --topic t --delete-config a --dry-run").is_ok());
}

#[test]
fn what_changes_nothing_gets_a_word() {
    assert_eq!(read("--alter --all --topic t --delete-config a").unwrap().warnings, ["--all has no effect with --alter"]);
    assert_eq!(
        read("--describe --entity-type topics --entity-name a --entity-name b").unwrap().warnings,
        ["only the first --entity-name is described"]
    );
    assert_eq!(read("--describe --topic t --add-config-file f").unwrap().warnings, ["--add-config-file has no effect with --describe"]);
    assert_eq!(read("--alter --topic t --add-config a=[b]c").unwrap().warnings, ["[ and ] inside a value are left out"]);
}
