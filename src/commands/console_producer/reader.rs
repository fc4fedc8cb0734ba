//! Records out of lines: the rules of Java's `LineMessageReader`, over bytes.

use std::collections::BTreeMap;

use memchr::memmem::Finder;

use super::form::shown;
use crate::cli;
use crate::java::pattern::Separator;
use crate::kafka::producer::{Record, RecordHeader};

/// How lines become records.
#[derive(Debug)]
pub(super) struct LineReader {
    parse_key: bool,
    key_separator: Literal,
    parse_headers: bool,
    headers_delimiter: Literal,
    headers_separator: Separator,
    headers_key_separator: Literal,
    ignore_error: bool,
    null_marker: Option<Vec<u8>>,
}

impl LineReader {
    /// A reader with these properties; those that it does not know do not matter.
    ///
    /// # Errors
    /// Java's sentence for properties that do not go together.
    pub fn configure(properties: &BTreeMap<String, String>) -> Result<Self, String> {
        let text = |name: &str, default: &'static str| properties.get(name).map_or(default, String::as_str);
        let flag = |name: &str| properties.get(name).is_some_and(|value| java_trim(value).eq_ignore_ascii_case("true"));
        let key_separator = ("key.separator", text("key.separator", "\t"));
        let delimiter = ("headers.delimiter", text("headers.delimiter", "\t"));
        let separator = ("headers.separator", text("headers.separator", ","));
        let header_key_separator = ("headers.key.separator", text("headers.key.separator", ":"));
        let null_marker = properties.get("null.marker").map(String::as_str);
        let headers_separator = Separator::compile(separator.1)
            .ok_or_else(|| format!("headers.separator '{}' is not a valid regular expression", separator.1))?;
        for (one, other) in [(delimiter, separator), (delimiter, header_key_separator), (separator, header_key_separator)] {
            if one.1 == other.1 {
                return Err(format!("{} and {} may not be equal", one.0, other.0));
            }
        }
        for (name, value) in [key_separator, separator, delimiter, header_key_separator] {
            if null_marker == Some(value) {
                return Err(format!("null.marker and {name} may not be equal"));
            }
        }
        Ok(Self {
            parse_key: flag("parse.key"),
            key_separator: Literal::new(key_separator.1),
            parse_headers: flag("parse.headers"),
            headers_delimiter: Literal::new(delimiter.1),
            headers_separator,
            headers_key_separator: Literal::new(header_key_separator.1),
            ignore_error: flag("ignore.error"),
            null_marker: null_marker.map(|marker| marker.as_bytes().to_vec()),
        })
    }

    /// The record in line `number`.
    ///
    /// # Errors
    /// Java's sentence for a line that has not the wanted form. It ends the run.
    pub fn parse<'a>(&self, line: &'a [u8], number: usize) -> Result<Record<'a>, String> {
        let mut rest = line;
        let mut field = |wanted: bool, separator: &Literal, name: &str| {
            if !wanted {
                return Ok(None);
            }
            match separator.cut(rest) {
                Some((field, after)) => {
                    rest = after;
                    Ok(Some(field))
                }
                None if self.ignore_error => Ok(None),
                None => Err(format!("No {name} found on line number {number}: '{}'", shown(line))),
            }
        };
        let headers = field(self.parse_headers, &self.headers_delimiter, "headers delimiter")?;
        let key = field(self.parse_key, &self.key_separator, "key separator")?;
        let headers = match headers.and_then(|headers| self.unless_null(headers)) {
            Some(headers) => self.headers(headers, number)?,
            None => Vec::new(),
        };
        let key = key.and_then(|key| self.unless_null(key));
        Ok(Record { key, value: self.unless_null(rest), headers, tag: number, ..Record::default() })
    }

    fn headers<'a>(&self, field: &'a [u8], number: usize) -> Result<Vec<RecordHeader<'a>>, String> {
        let header = |pair: &'a [u8]| match self.headers_key_separator.cut(pair) {
            Some((key, _)) if self.is_null(key) => {
                let marker = shown(key);
                Err(format!("Header keys should not be equal to the null marker '{marker}' as they can't be null (line number {number})"))
            }
            Some((key, value)) => Ok(RecordHeader { key, value: self.unless_null(value) }),
            None if self.ignore_error => Ok(RecordHeader { key: pair, value: None }),
            None => {
                let pair = shown(pair);
                Err(format!("No header key separator found in pair '{pair}' on line number {number}"))
            }
        };
        self.headers_separator.split(field).into_iter().map(header).collect()
    }

    fn is_null(&self, field: &[u8]) -> bool {
        self.null_marker.as_deref() == Some(field)
    }

    fn unless_null<'a>(&self, field: &'a [u8]) -> Option<&'a [u8]> {
        Some(field).filter(|field| !self.is_null(field))
    }
}

/// What is to be said of a reader's property that has no effect, or another one than it seems. Java says nothing.
pub(super) fn odd_property(name: &str, value: &str) -> Option<String> {
    const FLAGS: [&str; 3] = ["parse.key", "parse.headers", "ignore.error"];
    const OTHERS: [&str; 6] = ["topic", "key.separator", "headers.delimiter", "headers.separator", "headers.key.separator", "null.marker"];
    if FLAGS.contains(&name) {
        let odd = !["true", "false"].iter().any(|word| java_trim(value).eq_ignore_ascii_case(word));
        return odd.then(|| format!("{name}={value} means false: it is neither true nor false"));
    }
    if OTHERS.contains(&name) {
        return None;
    }
    let near = cli::nearest(name, FLAGS.iter().chain(&OTHERS).copied());
    let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    Some(format!("the line reader has no property {name}{hint}"))
}

/// A separator that stands for itself.
#[derive(Debug)]
struct Literal(Finder<'static>);

impl Literal {
    fn new(text: &str) -> Self {
        Self(Finder::new(text).into_owned())
    }

    /// What is before and after the first separator. An empty one is found at once.
    fn cut<'a>(&self, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let start = self.0.find(bytes)?;
        Some((&bytes[..start], &bytes[start + self.0.needle().len()..]))
    }
}

/// `String.trim`: everything up to the blank.
fn java_trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(properties: &[&str]) -> Result<LineReader, String> {
        let pairs = properties.iter().map(|pair| pair.split_once('=').unwrap());
        LineReader::configure(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// `headers|key|value`, with `~` for null.
    fn parsed(properties: &[&str], line: &[u8]) -> Result<String, String> {
        let reader = configured(properties).unwrap();
        let record = reader.parse(line, 7)?;
        let show = |bytes: Option<&[u8]>| bytes.map_or("~".to_owned(), |bytes| bytes.escape_ascii().to_string());
        let headers: Vec<String> =
            record.headers.iter().map(|header| format!("{}={}", header.key.escape_ascii(), show(header.value))).collect();
        Ok(format!("{}|{}|{}", headers.join(";"), show(record.key), show(record.value)))
    }

    #[test]
    fn a_line_is_a_value() {
        assert_eq!(parsed(&[], b"a\tb").unwrap(), r"|~|a\tb");
        assert_eq!(parsed(&[], b"").unwrap(), "|~|");
        assert_eq!(parsed(&[], b"\xff\x00").unwrap(), r"|~|\xff\x00");
    }

    #[test]
    fn keys_end_at_the_first_separator() {
        assert_eq!(parsed(&["parse.key=true"], b"k\tv\tw").unwrap(), r"|k|v\tw");
        assert_eq!(parsed(&["parse.key= TRUE "], b"\t").unwrap(), "||");
        assert_eq!(parsed(&["parse.key=yes"], b"k\tv").unwrap(), r"|~|k\tv");
        assert_eq!(parsed(&["parse.key=true", "key.separator=::=>"], b"k::=2::=>v::=>2").unwrap(), "|k::=2|v::=>2");
        assert_eq!(parsed(&["parse.key=true", "key.separator="], b"abc").unwrap(), "||abc");
        assert_eq!(parsed(&["parse.key=true", "key.separator=\u{2192}"], "k\u{2192}v".as_bytes()).unwrap(), "|k|v");
    }

    #[test]
    fn headers_come_first() {
        let both = &["parse.key=true", "parse.headers=true"];
        assert_eq!(parsed(both, b"h1:v1,h2:v2,h1:\tk\tv").unwrap(), "h1=v1;h2=v2;h1=|k|v");
        assert_eq!(parsed(both, b":\t\t").unwrap(), "=||");
        assert_eq!(parsed(&["parse.headers=true"], b"h:a:b\tv\tw").unwrap(), r"h=a:b|~|v\tw");
        assert_eq!(parsed(&["parse.headers=true"], b"h:v,,\tv").unwrap(), "h=v|~|v");
        assert_eq!(parsed(&["parse.headers=true", "headers.separator=[;&]"], b"a:1;b:\xff&c:3\tv").unwrap(), r"a=1;b=\xff;c=3|~|v");
    }

    #[test]
    fn what_is_missing_is_told_in_javas_words() {
        let both = &["parse.key=true", "parse.headers=true"];
        assert_eq!(parsed(&["parse.key=true"], b"x").unwrap_err(), "No key separator found on line number 7: 'x'");
        assert_eq!(parsed(both, b"x").unwrap_err(), "No headers delimiter found on line number 7: 'x'");
        assert_eq!(parsed(both, b"a:b\tx").unwrap_err(), "No key separator found on line number 7: 'a:b\tx'");
        assert_eq!(parsed(both, b"\tk\tv").unwrap_err(), "No header key separator found in pair '' on line number 7");
        assert_eq!(
            parsed(&["parse.headers=true", "headers.separator=|"], b"a:1|b:2\tv").unwrap_err(),
            "No header key separator found in pair 'a' on line number 7"
        );
    }

    #[test]
    fn ignored_errors_leave_fields_out() {
        let ignoring = &["parse.key=true", "parse.headers=true", "ignore.error=true"];
        assert_eq!(parsed(ignoring, b"h1:v1,h2:v2[NONE]k\tv").unwrap(), "h1=v1;h2=v2[NONE]k|~|v");
        assert_eq!(parsed(ignoring, b"h:v\tk[NONE]v").unwrap(), "h=v|~|k[NONE]v");
        assert_eq!(parsed(ignoring, b"none at all").unwrap(), "|~|none at all");
        assert_eq!(parsed(ignoring, b"h5\tk\tv").unwrap(), "h5=~|k|v");
        assert_eq!(parsed(ignoring, b"\tk\tv").unwrap(), "=~|k|v");
    }

    #[test]
    fn the_null_marker_stands_for_null() {
        let marked = &["parse.key=true", "parse.headers=true", "null.marker=N"];
        assert_eq!(parsed(marked, b"N\tN\tN").unwrap(), "|~|~");
        assert_eq!(parsed(marked, b"a:N,b:\tk\tNN").unwrap(), "a=~;b=|k|NN");
        assert!(parsed(marked, b"N:a\tk\tv").unwrap_err().starts_with("Header keys should not be equal to the null marker 'N'"));
        assert_eq!(parsed(&["parse.key=true", "null.marker="], b"\t").unwrap(), "|~|~");
    }

    #[test]
    fn properties_that_do_nothing_are_told() {
        let told = |name, value| odd_property(name, value).unwrap_or_default();
        assert_eq!(told("pars.key", "true"), "the line reader has no property pars.key; did you mean parse.key?");
        assert_eq!(told("xyz", "1"), "the line reader has no property xyz");
        assert_eq!(told("parse.key", "yes"), "parse.key=yes means false: it is neither true nor false");
        assert_eq!(told("parse.key", "true\u{a0}"), "parse.key=true\u{a0} means false: it is neither true nor false");
        assert_eq!(told("parse.key", "\u{0}true ") + &told("ignore.error", "FALSE") + &told("null.marker", ""), "");
    }

    #[test]
    fn separators_must_differ() {
        let refusal = |properties: &[&str]| configured(properties).unwrap_err();
        assert_eq!(refusal(&["headers.delimiter=,"]), "headers.delimiter and headers.separator may not be equal");
        assert_eq!(refusal(&["headers.delimiter=:"]), "headers.delimiter and headers.key.separator may not be equal");
        assert_eq!(refusal(&["headers.separator=:"]), "headers.separator and headers.key.separator may not be equal");
        assert_eq!(refusal(&["null.marker=\t"]), "null.marker and key.separator may not be equal");
        assert_eq!(refusal(&["null.marker=\t", "key.separator=|"]), "null.marker and headers.delimiter may not be equal");
        assert_eq!(refusal(&["headers.separator=["]), "headers.separator '[' is not a valid regular expression");
    }
}
