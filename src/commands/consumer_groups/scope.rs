//! What `--topic` names: whole topics, and partitions of topics. Pure functions.

use indexmap::IndexSet;

use crate::java::split::split;
use crate::kafka::model::TopicPartition;

/// The values of `--topic`, apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TopicArgs {
    /// Topics of which all partitions are meant.
    pub whole: IndexSet<String>,
    /// Partitions that were named.
    pub partitions: IndexSet<TopicPartition>,
}

impl TopicArgs {
    /// Reads `topic` and `topic:0,1`. What is named twice counts once.
    ///
    /// # Errors
    /// Java's sentence for a value that cannot be read.
    pub fn parse(values: &[String]) -> Result<Self, String> {
        let mut parsed = Self::default();
        for value in values {
            if !value.contains(':') {
                parsed.whole.insert(value.clone());
                continue;
            }
            let [topic, numbers] = split(value, ":")[..] else {
                return Err(format!("Invalid topic arg '{value}', expected topic name and partitions"));
            };
            for number in split(numbers, ",") {
                let invalid = || format!("Invalid partition '{number}' specified in topic arg '{value}''");
                parsed.partitions.insert(TopicPartition::new(topic, number.parse().map_err(|_| invalid())?));
            }
        }
        Ok(parsed)
    }

    /// The topics that are named in either way.
    pub fn topics(&self) -> impl Iterator<Item = &String> {
        self.whole.iter().chain(self.partitions.iter().map(|partition| &partition.topic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(values: &[&str]) -> Result<TopicArgs, String> {
        TopicArgs::parse(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn topics_and_partitions_are_told_apart() {
        let args = parse(&["t", "u:0,2", "u:2", "t"]).unwrap();
        assert!(args.whole.iter().eq(["t"]));
        assert!(args.partitions.iter().eq(&[TopicPartition::new("u", 0), TopicPartition::new("u", 2)]));
        assert_eq!(args.topics().collect::<Vec<_>>(), ["t", "u", "u"]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_javas_words() {
        assert_eq!(parse(&["t:a"]).unwrap_err(), "Invalid partition 'a' specified in topic arg 't:a''");
        assert_eq!(parse(&["t:0,,1"]).unwrap_err(), "Invalid partition '' specified in topic arg 't:0,,1''");
        assert_eq!(parse(&["t:0:1"]).unwrap_err(), "Invalid topic arg 't:0:1', expected topic name and partitions");
        assert_eq!(parse(&["t:"]).unwrap_err(), "Invalid topic arg 't:', expected topic name and partitions");
    }
}
