//! The CSV that `--export` writes and `--from-file` reads. Pure functions.
//!
//! One line per partition, `topic,partition,offset`; with `group,` in front when the plan is not about exactly one group.

use std::collections::HashMap;

use crate::kafka::model::TopicPartition;

/// The offsets of each group.
pub(super) type Plans = HashMap<String, Plan>;

/// The offsets of one group, in the order of the lines. Of two lines for a partition, the second has the offset and the
/// first the place, as in Java's maps.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    lines: Vec<(TopicPartition, i64)>,
    places: HashMap<TopicPartition, usize>,
}

impl Plan {
    pub fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.lines.iter().map(|(partition, _)| partition)
    }

    pub fn offset(&self, partition: &TopicPartition) -> Option<i64> {
        self.places.get(partition).map(|place| self.lines[*place].1)
    }

    fn put(&mut self, partition: TopicPartition, offset: i64) {
        match self.places.get(&partition) {
            Some(place) => self.lines[*place].1 = offset,
            None => {
                self.places.insert(partition.clone(), self.lines.len());
                self.lines.push((partition, offset));
            }
        }
    }
}

impl FromIterator<(TopicPartition, i64)> for Plan {
    fn from_iter<I: IntoIterator<Item = (TopicPartition, i64)>>(lines: I) -> Self {
        let mut plan = Self::default();
        lines.into_iter().for_each(|(partition, offset)| plan.put(partition, offset));
        plan
    }
}

/// Texts that are longer are quoted without a look, as Jackson does.
const LOOKED_AT: usize = 24;

/// Why a text is no plan.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoPlan {
    pub message: String,
    /// What Jackson says of it, where it does not take it all the same.
    pub java: Option<String>,
}

/// Jackson's words for a line without anything in it.
const NO_CONTENT: &str = "com.fasterxml.jackson.databind.exc.MismatchedInputException: No content to map due to end-of-input\n \
                          at [Source: (StringReader); line: UNKNOWN, column: UNKNOWN]";

/// Reads a plan; `only` is the group of the command line, if it is one.
///
/// # Errors
/// The first line that cannot be read, with its number.
pub(super) fn parse(text: &str, only: Option<&str>) -> Result<Plans, NoPlan> {
    let lines = text.trim_end_matches('\n');
    if let Some(index) = lines.split('\n').position(str::is_empty) {
        let message = if lines.is_empty() { "it has no lines".to_owned() } else { format!("line {} is empty", index + 1) };
        return Err(NoPlan { message, java: Some(NO_CONTENT.to_owned()) });
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut plans = Plans::new();
    let mut without_group = None;
    for record in reader.records() {
        let record = record.map_err(|error| NoPlan { message: error.to_string(), java: None })?;
        let number = record.position().map_or(0, csv::Position::line);
        let first = without_group.is_none();
        // The first line decides, as in Java.
        let without_group = *without_group.get_or_insert(only.is_some() && record.len() == 3);
        let fields: Vec<&str> = record.iter().collect();
        let (group, at) = match (fields.len(), only) {
            (3, Some(only)) if without_group => (only, 0),
            (4, _) if !without_group => (fields[0], 1),
            (count, _) => {
                let wanted =
                    if only.is_some() { "topic,partition,offset or group,topic,partition,offset" } else { "group,topic,partition,offset" };
                let message = format!("line {number} has {count} fields, and {wanted} is expected");
                return Err(NoPlan { message, java: None });
            }
        };
        let invalid = |what: &str, index: usize| NoPlan {
            message: format!("line {number}: the {what} '{}' is no number", fields[index]),
            // A first line that does not fit is looked at anew, as one with a group.
            java: if without_group && first { java_misfit(&fields, 2, true) } else { java_misfit(&fields, index, !without_group) },
        };
        let partition = fields[at + 1].trim().parse().map_err(|_| invalid("partition", at + 1))?;
        let offset = fields[at + 2].trim().parse().map_err(|_| invalid("offset", at + 2))?;
        if offset < 0 {
            return Err(NoPlan { message: format!("line {number}: Invalid negative offset"), java: None });
        }
        plans.entry(group.to_owned()).or_default().put(TopicPartition::new(fields[at], partition), offset);
    }
    Ok(plans)
}

/// What Jackson says of the field with this index, unless it is a number.
fn java_misfit(fields: &[&str], index: usize, with_group: bool) -> Option<String> {
    let (class, partition) = if with_group { ("CsvRecordWithGroup", 2) } else { ("CsvRecordNoGroup", 1) };
    let (kind, name) = if index == partition { ("int", "partition") } else { ("long", "offset") };
    let text = fields[index];
    let fits = if index == partition { text.trim().parse::<i32>().is_ok() } else { text.trim().parse::<i64>().is_ok() };
    let column = fields[..index].iter().map(|field| field.encode_utf16().count() + 1).sum::<usize>() + 1;
    (!fits).then(|| {
        format!(
            "com.fasterxml.jackson.databind.exc.InvalidFormatException: Cannot deserialize value of type `{kind}` from String \"{text}\": \
             not a valid `{kind}` value\n at [Source: (StringReader); line: 1, column: {column}] (through reference chain: \
             org.apache.kafka.tools.consumer.group.CsvUtils${class}[\"{name}\"])"
        )
    })
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
        plans.get(group)?.offset(&TopicPartition::new(topic, partition))
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
    fn a_plan_keeps_the_order_of_its_lines() {
        let plans = parse("t,9,1\nt,2,1\nt,5,1\nt,9,4", Some("g")).unwrap();
        let numbers: Vec<i32> = plans["g"].partitions().map(|partition| partition.partition).collect();
        assert_eq!((numbers, offset(&plans, "g", "t", 9)), (vec![9, 2, 5], Some(4)));
    }

    #[test]
    fn lines_that_cannot_be_read_are_named() {
        let refused = |text: &str, only| parse(text, only).unwrap_err().message;
        assert_eq!(refused("t,0,x", Some("g")), "line 1: the offset 'x' is no number");
        assert_eq!(refused("g,t,0,1\ng,t,y,1", None), "line 2: the partition 'y' is no number");
        assert_eq!(refused("t,0,1", None), "line 1 has 3 fields, and group,topic,partition,offset is expected");
        assert!(refused("t,0,1\ng,t,0,1", Some("g")).starts_with("line 2 has 4 fields"));
        assert_eq!(refused("", Some("g")), "it has no lines");
        assert_eq!(refused("t,0,1\n\nt,1,1\n", Some("g")), "line 2 is empty");
        assert_eq!(refused("t,0,-1\n", Some("g")), "line 1: Invalid negative offset");
        // What `--export` writes ends with an empty line.
        assert!(parse("t,0,1\n\n", Some("g")).is_ok());
    }

    #[test]
    fn jackson_names_the_field_and_its_column() {
        let java = |text: &str, only| parse(text, only).unwrap_err().java;
        let misfit = |kind: &str, text: &str, column: usize, field: &str| {
            Some(format!(
                "com.fasterxml.jackson.databind.exc.InvalidFormatException: Cannot deserialize value of type `{kind}` from String \
                 \"{text}\": not a valid `{kind}` value\n at [Source: (StringReader); line: 1, column: {column}] (through reference \
                 chain: org.apache.kafka.tools.consumer.group.CsvUtils${field})"
            ))
        };
        assert_eq!(java("a.b,0,1.5", Some("g")), misfit("int", "1.5", 7, "CsvRecordWithGroup[\"partition\"]"));
        assert_eq!(java("topic,partition,offset", Some("g")), misfit("int", "offset", 17, "CsvRecordWithGroup[\"partition\"]"));
        assert_eq!(java("t,0,1\nt,0,x", Some("g")), misfit("long", "x", 5, "CsvRecordNoGroup[\"offset\"]"));
        assert_eq!(java("g,t,0,x", None), misfit("long", "x", 7, "CsvRecordWithGroup[\"offset\"]"));
        // Java takes the 1 for the partition, and the missing offset for 0.
        assert_eq!(java("t,x,1", Some("g")), None);
        assert_eq!(java("", None).as_deref(), Some(NO_CONTENT));
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
