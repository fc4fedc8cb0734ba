use std::ffi::OsString;

use super::*;
use crate::cli;
use crate::kafka::settings::Role;

fn read(words: &str) -> Result<Args, String> {
    let words = format!("--bootstrap-server h:1 {words}");
    let command = cli::applet(command());
    let parsed = cli::parse(&command, words.split_whitespace().map(OsString::from)).map_err(|refusal| complaint(&refusal.failure))?;
    Args::read(&parsed.matches).map_err(|failure| complaint(&failure))
}

fn complaint(failure: &Failure) -> String {
    failure.complaint().unwrap().message.clone()
}

fn settings(properties: &[(&str, &str)]) -> ClientSettings {
    let mut settings = ClientSettings::new(Role::Consumer, "h:1").unwrap();
    settings.properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    settings
}

#[test]
fn options_that_do_not_go_together() {
    let refused = [
        ("--from-beginning", "Exactly one of the following arguments is required: [topic], [include]"),
        ("--topic t --include x", "Exactly one of the following arguments is required: [topic], [include]"),
        ("--partition 0", "Exactly one of the following arguments is required: [topic], [include]"),
        ("--include t --partition 0", "The topic is required when partition is specified."),
        ("--topic t --offset 10", "The partition is required when offset is specified."),
        ("--topic t --partition 0 --offset 10 --from-beginning", "Options from-beginning and offset cannot be specified together."),
        (
            "--topic t --consumer-property a=b --command-property c=d",
            "Options --consumer-property and --command-property cannot be specified together.",
        ),
        (
            "--topic t --consumer.config a --command-config b",
            "Options --consumer.config and --command-config cannot be specified together.",
        ),
        ("--topic t --partition zero", "Cannot parse argument 'zero' of option partition"),
        ("--topic t --max-messages ten", "Cannot parse argument 'ten' of option max-messages"),
        ("--topic t --timeout-ms 1s", "Cannot parse argument '1s' of option timeout-ms"),
    ];
    for (words, message) in refused {
        assert_eq!(read(words).unwrap_err(), message, "{words}");
    }
    let args = read("--topic t --property a=b --formatter-property c=d").unwrap();
    assert_eq!(
        complaint(&args.formatter_class().unwrap_err()),
        "Options --property and --formatter-property cannot be specified together."
    );
}

#[test]
fn group_ids_have_to_agree() {
    let group = |words: &str, file: Option<&str>| read(words).unwrap().check_group(file).map_err(|failure| complaint(&failure));
    assert_eq!(group("--topic t", None), Ok(false));
    assert_eq!(group("--topic t --group g", Some("g")), Ok(true));
    assert_eq!(group("--topic t --command-property group.id=p", None), Ok(true));
    assert_eq!(
        group("--topic t --group g --consumer-property group.id=p", Some("f")).unwrap_err(),
        "The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do \
         not match. Detected group ids: 'g', 'f', 'p'"
    );
    assert_eq!(group("--topic t --partition 0 --group g", None).unwrap_err(), "Options group and partition cannot be specified together.");
}

#[test]
fn sources_name_the_tools_defaults() {
    let sources = read("--topic t --group g --command-property a=b --isolation-level read_committed").unwrap().sources();
    assert_eq!(sources.arguments, ["a=b"]);
    assert_eq!(sources.flags, [("isolation.level", "read_committed".to_owned()), ("group.id", "g".to_owned())]);
    assert!(sources.defaults.contains(&("auto.offset.reset", "latest".to_owned())));
    assert!(read("--topic t --from-beginning").unwrap().sources().defaults.contains(&("auto.offset.reset", "earliest".to_owned())));
}

#[test]
fn the_properties_may_not_say_the_opposite_of_from_beginning() {
    let args = read("--topic t --from-beginning").unwrap();
    assert!(args.check_reset(&settings(&[("auto.offset.reset", "earliest")])).is_ok());
    assert_eq!(
        complaint(&args.check_reset(&settings(&[("auto.offset.reset", "none")])).unwrap_err()),
        "Can't simultaneously specify --from-beginning and 'auto.offset.reset=none', please remove one option"
    );
}

#[test]
fn offsets_are_numbers_or_one_of_two_words() {
    let start = |words: &str| read(&format!("--topic t --partition 0 {words}")).unwrap().start().map_err(|failure| complaint(&failure));
    assert_eq!(start(""), Ok(Start::Latest));
    assert_eq!(start("--from-beginning"), Ok(Start::Earliest));
    assert_eq!(start("--offset Earliest"), Ok(Start::Earliest));
    assert_eq!(start("--offset LATEST"), Ok(Start::Latest));
    assert_eq!(start("--offset +7"), Ok(Start::Offset(7)));
    assert_eq!(start("--offset @5"), Ok(Start::Time(5)));
    assert_eq!(start("--tail 5"), Ok(Start::Tail(5)));
    for bad in ["-1", "x", "", "9223372036854775808"] {
        assert_eq!(
            start(&format!("--offset={bad}")).unwrap_err(),
            format!("The provided offset value '{bad}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.")
        );
    }
}

#[test]
fn without_a_partition_only_a_time_or_the_group_says_where_to_start() {
    let start = |words: &str| read(&format!("--topic t {words}")).unwrap().start().map_err(|failure| complaint(&failure));
    assert_eq!(start(""), Ok(Start::Reset));
    assert_eq!(start("--from-beginning"), Ok(Start::Reset));
    assert_eq!(start("--offset @1763632800000"), Ok(Start::Time(1_763_632_800_000)));
    assert!(start("--offset @soon").unwrap_err().starts_with("'@soon' is no point in time"));
    for (words, message) in [
        ("--offset @5 --from-beginning", "Options from-beginning and offset cannot be specified together."),
        ("--offset @5 --tail 1", "Options tail and offset cannot be specified together."),
        ("--tail 1 --from-beginning", "Options tail and from-beginning cannot be specified together."),
        ("--tail -1", "Cannot parse argument '-1' of option tail"),
    ] {
        assert_eq!(read(&format!("--topic t {words}")).unwrap_err(), message, "{words}");
    }
    for option in ["offset @5", "tail 5"] {
        let args = read(&format!("--topic t --group g --{option}")).unwrap();
        let name = option.split(' ').next().unwrap();
        assert_eq!(complaint(&args.check_group(None).unwrap_err()), format!("Options group and {name} cannot be specified together."));
    }
}

#[test]
fn other_formats_show_records_as_they_are() {
    let check = |words: &str| read(&format!("--topic t {words}")).unwrap().check_output().map_err(|failure| complaint(&failure));
    assert_eq!(check("--skip-message-on-error --max-messages 1"), Ok(()));
    assert_eq!(
        check("--formatter-property print.key=true").unwrap_err(),
        "--formatter-property goes with --output text alone: other formats show records as they are"
    );
    assert!(check("--value-deserializer X").unwrap_err().starts_with("--value-deserializer goes"));
}

#[test]
fn limits_as_java_reads_them() {
    let limits = |words: &str| read(&format!("--topic t {words}")).unwrap().limits();
    assert_eq!(limits(""), Limits { records: None, silence: None });
    assert_eq!(limits("--max-messages -1 --timeout-ms -5"), Limits { records: None, silence: None });
    assert_eq!(limits("--max-messages -2 --timeout-ms 0"), Limits { records: Some(0), silence: Some(Duration::ZERO) });
    assert_eq!(limits("--max-messages 3").records, Some(3));
}

#[test]
fn old_spellings_are_taken_with_javas_words() {
    let args = read("--topic t --consumer.config f --consumer-property a=b --property print.key=true").unwrap();
    assert_eq!(
        args.client_deprecations(),
        [
            "Option --consumer-property is deprecated and will be removed in a future version. Use --command-property instead.",
            "Option --consumer.config is deprecated and will be removed in a future version. Use --command-config instead.",
        ]
    );
    assert_eq!(
        args.formatter_deprecation().unwrap(),
        "Option --property is deprecated and will be removed in a future version. Use --formatter-property instead."
    );
    assert!(
        matches!(read("--whitelist a|b --new-consumer").unwrap().wanted(), Ok(Wanted::Matching(matches)) if matches("b") == Ok(true) && matches("ab") == Ok(false))
    );
    assert!(read("--topic t --formatter kafka.tools.NoOpMessageFormatter").unwrap().formatter_class().is_ok());
}

#[test]
fn a_property_wins_over_the_option_of_its_deserializer() {
    let words = "--topic t --value-deserializer com.example.X --formatter-property \
                 value.deserializer=org.apache.kafka.common.serialization.LongDeserializer";
    let args = read(words).unwrap();
    assert!(args.configured_formatter(args.formatter_class().unwrap()).is_ok());
    let args = read("--topic t --value-deserializer com.example.X").unwrap();
    let failure = args.configured_formatter(args.formatter_class().unwrap()).unwrap_err();
    assert_eq!(complaint(&failure), "com.example.X is no deserializer that is known here");
}
