//! The CSV that `--export` writes and `--from-file` reads. Pure functions.
//!
//! One line per partition, `topic,partition,offset`; with `group,` in front when the plan is not about exactly one group.

use std::collections::HashMap;

use crate::kafka::model::TopicPartition;

/// The offsets of each group.
pub(super) type Plans = HashMap<String, HashMap<TopicPartition, i64>>;

/// Texts that are longer are quoted without a look, as Jackson does.
const LOOKED_AT: usize = 24;

/// Reads a plan; `only` is the group of the command line, if it is one.
///
/// # Errors
/// The first line that cannot be read, with its number.
pub(super) fn parse(text: &str, only: Option<&str>) -> Result<Plans, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut plans = Plans::new();
    let mut without_group = None;
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let number = record.position().map_or(0, csv::Position::line);
        // The first line decides, as in Java.
        let without_group = *without_group.get_or_insert(only.is_some() && record.len() == 3);
        let fields: Vec<&str> = record.iter().collect();
        let (group, topic, partition, offset) = match (fields[..].as_ref(), only) {
            ([topic, partition, offset], Some(only)) if without_group => (only, *topic, *partition, *offset),
            ([group, topic, partition, offset], _) if !without_group => (*group, *topic, *partition, *offset),
            _ => {
                let wanted =
                    if only.is_some() { "topic,partition,offset or group,topic,partition,offset" } else { "group,topic,partition,offset" };
                return Err(format!("line {number} has {} fields, and {wanted} is expected", fields.len()));
            }
        };
        let invalid = |what: &str, text: &str| format!("line {number}: the {what} '{text}' is no number");
        let at = TopicPartition::new(topic, partition.trim().parse().map_err(|_| invalid("partition", partition))?);
        let offset = offset.trim().parse().map_err(|_| invalid("offset", offset))?;
        plans.entry(group.to_owned()).or_default().insert(at, offset);
    }
    if plans.is_empty() { Err("it has no lines".to_owned()) } else { Ok(plans) }
}

/// One line of a plan, with its end.
pub(super) fn line(group: Option<&str>, partition: &TopicPartition, offset: i64) -> String {
    let group = group.map_or_else(String::new, |group| quoted(group) + ",");
    format!("{group}{},{},{offset}\n", quoted(&partition.topic), partition.partition)
}

/// A text as Jackson's CSV writes it: in quotes when it is long, or has a character before `-` in it.
fn quoted(text: &str) -> String {
    if text.encode_utf16().count() <= LOOKED_AT && !text.contains(|character| character < '-') {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(plans: &Plans, group: &str, topic: &str, partition: i32) -> Option<i64> {
        plans.get(group)?.get(&TopicPartition::new(topic, partition)).copied()
    }

    #[test]
    fn plans_with_and_without_a_group() {
        let one = parse("t,0,2\r\n\"a,b\",1, 3\n", Some("g")).unwrap();
        assert_eq!((offset(&one, "g", "t", 0), offset(&one, "g", "a,b", 1)), (Some(2), Some(3)));
        let many = parse("g,t,0,2\nh,t,0,4\ng,t,0,5", None).unwrap();
        assert_eq!((offset(&many, "g", "t", 0), offset(&many, "h", "t", 0)), (Some(5), Some(4)));
        let other = parse("h,t,0,4\n", Some("g")).unwrap();
        assert_eq!(offset(&other, "h", "t", 0), Some(4));
    }

    #[test]
    fn lines_that_cannot_be_read_are_named() {
        assert_eq!(parse("t,0,x", Some("g")).unwrap_err(), "line 1: the offset 'x' is no number");
        assert_eq!(parse("g,t,0,1\ng,t,y,1", None).unwrap_err(), "line 2: the partition 'y' is no number");
        assert_eq!(parse("t,0,1", None).unwrap_err(), "line 1 has 3 fields, and group,topic,partition,offset is expected");
        assert!(parse("t,0,1\ng,t,0,1", Some("g")).unwrap_err().starts_with("line 2 has 4 fields"));
        assert_eq!(parse("", Some("g")).unwrap_err(), "it has no lines");
    }

    #[test]
    fn texts_are_quoted_as_jackson_does() {
        let line = |group: &str, topic: &str| line(Some(group), &TopicPartition::new(topic, 1), 7);
        assert_eq!(line("g", "t.-_x"), "g,t.-_x,1,7\n");
        assert_eq!(line("a b", "t"), "\"a b\",t,1,7\n");
        assert_eq!(line("a\"b", "t"), "\"a\"\"b\",t,1,7\n");
        assert_eq!(line("g", "abcdefghijklmnopqrstuvwx"), "g,abcdefghijklmnopqrstuvwx,1,7\n");
        assert_eq!(line("g", "abcdefghijklmnopqrstuvwxy"), "g,\"abcdefghijklmnopqrstuvwxy\",1,7\n");
    }
}
