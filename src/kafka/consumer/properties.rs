//! What a consumer sets beside the user's own settings.

use crate::kafka::settings::ClientSettings;

/// Settings that have no counterpart in Java, or that Java's users leave alone.
const OWN: [(&str, &str); 7] = [
    // What may be committed is said record by record, after it has been printed.
    ("enable.auto.offset.store", "false"),
    ("enable.partition.eof", "true"),
    // By default a fast reader of a full queue waits for a second.
    ("fetch.queue.backoff.ms", "2"),
    // What waits for a slow reader, of all partitions together: a small record takes several times its bytes.
    ("queued.min.messages", "40000"),
    ("queued.max.messages.kbytes", "24576"),
    ("topic.metadata.refresh.interval.ms", "10000"),
    ("enable.metrics.push", "false"),
];

/// Java's name, librdkafka's name, and the value where the user gives none.
const DEFAULTS: [(&str, &str, &str); 2] = [
    // While a broker holds back its answer about one partition, another one is not asked for.
    ("fetch.max.wait.ms", "fetch.wait.max.ms", "50"),
    // Half of this passes between the first connection and the one that fetches.
    ("reconnect.backoff.ms", "reconnect.backoff.ms", "20"),
];

/// The configuration of a consumer, in a group or not.
pub(super) fn librdkafka(settings: &ClientSettings, group: bool) -> Vec<(String, String)> {
    let mut configuration = settings.librdkafka();
    // Without a group nothing is joined: what is said about one does not matter.
    configuration.retain(|(name, _)| group || !name.starts_with("group."));
    if !settings.properties.contains_key("allow.auto.create.topics") {
        // Who mistypes a name wants to be told, and not to have such a topic.
        configuration.push(("allow.auto.create.topics".to_owned(), "false".to_owned()));
    }
    if !group {
        // An offset that is out of range is told, and then followed up as the user's policy says.
        configuration.push(("auto.offset.reset".to_owned(), "error".to_owned()));
    }
    configuration.extend(OWN.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for (java, name, value) in DEFAULTS {
        if !settings.properties.contains_key(java) {
            configuration.push((name.to_owned(), value.to_owned()));
        }
    }
    configuration
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::settings::{Role, Sources};

    fn value(arguments: &[&str], group: bool, name: &str) -> Option<String> {
        let sources = Sources {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            bootstrap_servers: Some("a:1,b:2".to_owned()),
            ..Sources::default()
        };
        let settings = ClientSettings::resolve(Role::Consumer, &sources).unwrap().settings;
        librdkafka(&settings, group).into_iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    #[test]
    fn a_group_is_named_only_where_one_is_joined() {
        let arguments = ["group.id=g", "group.instance.id=i"];
        assert_eq!(value(&arguments, true, "group.id").as_deref(), Some("g"));
        assert_eq!(value(&arguments, false, "group.id"), None);
        assert_eq!(value(&arguments, false, "group.instance.id"), None);
        assert_eq!(value(&arguments, true, "bootstrap.servers").as_deref(), Some("a:1,b:2"));
    }

    #[test]
    fn reading_creates_no_topic_unless_that_is_asked_for() {
        assert_eq!(value(&[], false, "allow.auto.create.topics").as_deref(), Some("false"));
        assert_eq!(value(&["allow.auto.create.topics=true"], false, "allow.auto.create.topics").as_deref(), Some("true"));
    }

    #[test]
    fn without_a_group_the_library_resets_no_offset() {
        let arguments = ["auto.offset.reset=earliest"];
        assert_eq!(value(&arguments, false, "auto.offset.reset").as_deref(), Some("error"));
        assert_eq!(value(&arguments, true, "auto.offset.reset").as_deref(), Some("earliest"));
    }

    #[test]
    fn the_users_wait_wins_over_ours() {
        assert_eq!(value(&[], false, "fetch.wait.max.ms").as_deref(), Some("50"));
        assert_eq!(value(&["fetch.max.wait.ms=7"], false, "fetch.wait.max.ms").as_deref(), Some("7"));
    }

    #[test]
    fn nothing_is_stored_but_what_is_noted() {
        assert_eq!(value(&["group.id=g", "enable.auto.commit=true"], true, "enable.auto.offset.store").as_deref(), Some("false"));
    }
}
