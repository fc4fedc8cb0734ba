//! `java.util.Properties.load`: the syntax of every client properties file.

use std::collections::BTreeSet;

/// What a properties file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Keys with their values in the order of the file. A key may come twice: the last one counts.
    pub entries: Vec<(String, String)>,
    /// What Java takes without a word, and what its author probably did not mean. Never shows a value.
    pub warnings: Vec<String>,
}

/// Reads the bytes of a properties file as Java does: they are Latin-1, whatever the editor wrote.
///
/// Java keeps a byte order mark as part of the first key; here it is dropped, with a warning.
///
/// # Errors
/// A `\u` without four hexadecimal digits, in Java's words, and half a surrogate pair, which no Rust string can hold.
pub fn parse(bytes: &[u8]) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map_or(bytes, |rest| {
        parsed.warnings.push("begins with a byte order mark, which Java would make a part of the first key; it is left out".to_owned());
        rest
    });
    if !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok() {
        parsed.warnings.push("holds UTF-8, but properties files are Latin-1: write what is not ASCII as \\uXXXX".to_owned());
    }
    let characters: Vec<char> = bytes.iter().copied().map(char::from).collect();
    read(&characters, &mut parsed)?;
    Ok(parsed)
}

/// Reads a file that Java opens with a reader, as UTF-8.
///
/// # Errors
/// As for [`parse`].
pub fn parse_utf8(text: &str) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    read(&text.chars().collect::<Vec<char>>(), &mut parsed)?;
    Ok(parsed)
}

fn read(text: &[char], parsed: &mut Parsed) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut lines = Lines { text, at: 0 };
    while let Some(line) = lines.next() {
        let (key, value) = split(&line.text);
        let context = |error| format!("line {}: {error}", line.number(text));
        let key = unescape(key).map_err(context)?;
        let value = unescape(value).map_err(context)?;
        if !seen.insert(key.clone()) {
            parsed.warnings.push(format!("{key} is set more than once; the last one counts"));
        }
        parsed.warnings.extend(suspicion(&key, &value));
        parsed.entries.push((key, value));
    }
    Ok(())
}

/// What an entry looks like when a backslash did not do what its author thought.
fn suspicion(key: &str, value: &str) -> Option<String> {
    if value.starts_with('"') && !key.contains('.') {
        return Some(format!(
            "{key} looks like the rest of the setting above it: a backslash that continues a line must be the line's last character"
        ));
    }
    if key.ends_with(".location") && value.contains(|c: char| c.is_ascii_control()) {
        return Some(format!("{key} holds a control character: a backslash in a path must be written twice"));
    }
    None
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\x0c')
}

/// Cuts a logical line into the raw key and the raw value.
fn split(line: &[char]) -> (&[char], &[char]) {
    let mut escaped = false;
    let end = line.iter().position(|&c| {
        let ends = !escaped && (matches!(c, '=' | ':') || is_blank(c));
        escaped = c == '\\' && !escaped;
        ends
    });
    let (key, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = skip_blanks(rest);
    // One separator belongs to neither side; a second one belongs to the value.
    (key, rest.strip_prefix(&['=']).or_else(|| rest.strip_prefix(&[':'])).map_or(rest, skip_blanks))
}

fn skip_blanks(text: &[char]) -> &[char] {
    &text[text.iter().take_while(|&&c| is_blank(c)).count()..]
}

/// Replaces the escapes of a raw key or value.
fn unescape(raw: &[char]) -> Result<String, String> {
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut characters = raw.iter();
    while let Some(&c) = characters.next() {
        if c != '\\' {
            push(&mut units, c);
            continue;
        }
        match characters.next() {
            Some('u') => {
                let digits: Option<String> = characters.as_slice().get(..4).map(|digits| digits.iter().collect());
                let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                let unit = digits.and_then(|digits| u16::from_str_radix(&digits, 16).ok()).ok_or("Malformed \\uxxxx encoding.")?;
                units.push(unit);
                characters.nth(3);
            }
            Some('t') => push(&mut units, '\t'),
            Some('n') => push(&mut units, '\n'),
            Some('r') => push(&mut units, '\r'),
            Some('f') => push(&mut units, '\x0c'),
            Some(&other) => push(&mut units, other),
            None => {}
        }
    }
    String::from_utf16(&units).map_err(|_| "\\uD800 to \\uDFFF must come in pairs".to_owned())
}

fn push(units: &mut Vec<u16>, c: char) {
    units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
}

/// A logical line: comments and blank lines are gone, continued lines are joined.
struct Line {
    text: Vec<char>,
    start: usize,
}

impl Line {
    /// The number of the line in the file, from 1.
    fn number(&self, text: &[char]) -> usize {
        let before = &text[..self.start];
        let lone_returns = before.windows(2).filter(|pair| pair[0] == '\r' && pair[1] != '\n').count();
        // A carriage return right before the line is not seen by the windows.
        1 + before.iter().filter(|&&c| c == '\n').count() + lone_returns + usize::from(before.ends_with(&['\r']))
    }
}

struct Lines<'a> {
    text: &'a [char],
    at: usize,
}

impl Lines<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, unwanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&unwanted) {
            self.at += 1;
        }
    }

    /// Takes one natural line: the text, and the number of characters that ended it.
    fn natural(&mut self) -> (&[char], usize) {
        let start = self.at;
        self.skip(|c| !matches!(c, '\n' | '\r'));
        let end = self.at;
        self.at += match &self.text[end..] {
            [] => 0,
            ['\r', '\n', ..] => 2,
            _ => 1,
        };
        (&self.text[start..end], self.at - end)
    }

    fn next(&mut self) -> Option<Line> {
        let mut text = Vec::new();
        let mut start = self.at;
        let mut continued = false;
        loop {
            if continued {
                self.skip(is_blank);
            } else {
                self.skip(|c| is_blank(c) || matches!(c, '\n' | '\r'));
            }
            if text.is_empty() {
                start = self.at;
                match self.peek() {
                    None => return None,
                    Some('#' | '!') => {
                        self.natural();
                        continued = false;
                        continue;
                    }
                    Some(_) => {}
                }
            }
            let (natural, end) = self.natural();
            let backslashes = natural.iter().rev().take_while(|&&c| c == '\\').count();
            continued = backslashes % 2 == 1;
            text.extend_from_slice(&natural[..natural.len() - usize::from(continued)]);
            // Java makes a lone backslash at the end of the file an entry without a name, unless two characters end its line.
            let last = end == 0 || end == 1 && self.peek().is_none();
            if continued && !last || text.is_empty() && !continued {
                continue;
            }
            return Some(Line { text, start });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(String, String)> {
        parse(text.as_bytes()).unwrap().entries
    }

    fn pairs(text: &str) -> Vec<String> {
        entries(text).into_iter().map(|(key, value)| format!("{key}|{value}")).collect()
    }

    #[test]
    fn a_key_ends_at_the_first_separator_and_one_separator_is_eaten() {
        assert_eq!(pairs("a=b\nc:d\ne f\ng\th\ni = j\nk  :  l"), ["a|b", "c|d", "e|f", "g|h", "i|j", "k|l"]);
        assert_eq!(pairs("a==b\na=:b\na : = b\nkey\n=v\n:\n"), ["a|=b", "a|:b", "a|= b", "key|", "|v", "|"]);
        assert_eq!(pairs("a=b  \n a \x0c= \tc\t"), ["a|b  ", "a|c\t"]);
        assert_eq!(pairs("a\\=b=c\nx\\ y z\nq\\:r:s"), ["a=b|c", "x y|z", "q:r|s"]);
    }

    #[test]
    fn comments_and_blank_lines_are_no_entries_and_nothing_after_a_value_is_a_comment() {
        assert_eq!(pairs("# a=1\n  ! b=2\n\n \t\nc=3 # d\n"), ["c|3 # d"]);
        assert_eq!(pairs("# continued? \\\na=1"), ["a|1"]);
        assert_eq!(pairs("a=1\\\n#2"), ["a|1#2"]);
    }

    #[test]
    fn lines_end_in_three_ways_and_a_backslash_joins_them() {
        assert_eq!(pairs("a=1\rb=2\r\nc=3\n\rd=4"), ["a|1", "b|2", "c|3", "d|4"]);
        assert_eq!(pairs("a=1\\\n   2\\\r\n\t3\\\r4"), ["a|1234"]);
        assert_eq!(pairs("a=1\\\\\nb=2\\\\\\\n3"), ["a|1\\", "b|2\\3"]);
        assert_eq!(pairs("a=1\\ \nb=2"), ["a|1 ", "b|2"]);
        assert_eq!(pairs("a=1\\\n\nb=2"), ["a|1", "b|2"]);
        assert_eq!(pairs("a=1\\\n\\\n2"), ["a|12"]);
    }

    #[test]
    fn a_backslash_at_the_very_end_is_dropped() {
        assert_eq!(pairs("a=b\\"), ["a|b"]);
        assert_eq!(pairs("a=b\\\n"), ["a|b"]);
        assert_eq!(pairs("\\"), ["|"]);
        assert_eq!(pairs("\\\n"), ["|"]);
        assert_eq!(pairs("\\\r\n"), [""; 0]);
        assert_eq!(pairs("\\\n# a comment\nx=1"), ["x|1"]);
        assert_eq!(pairs("\\\n  y=1"), ["y|1"]);
    }

    #[test]
    fn escapes() {
        assert_eq!(pairs(r"a=\t\n\r\f\\\u0041\x\q"), ["a|\t\n\r\x0c\\Axq"]);
        assert_eq!(pairs(r"p=C:\certs\keys.jks"), ["p|C:certskeys.jks"]);
        assert_eq!(pairs(r"e=\ud83d\ude00"), ["e|😀"]);
        assert_eq!(parse(br"a=\u00g0").unwrap_err(), "line 1: Malformed \\uxxxx encoding.");
        assert_eq!(parse(b"# c\r\nb=1\rc=2\na=\\u00").unwrap_err(), "line 4: Malformed \\uxxxx encoding.");
        assert_eq!(parse(br"a=\ud83d").unwrap_err(), "line 1: \\uD800 to \\uDFFF must come in pairs");
    }

    #[test]
    fn bytes_are_latin_1() {
        assert_eq!(parse(b"a=\xe9\x80").unwrap(), Parsed { entries: vec![("a".into(), "é\u{80}".into())], warnings: vec![] });
        let utf8 = parse("a=é".as_bytes()).unwrap();
        assert_eq!(utf8.entries, [("a".to_owned(), "Ã©".to_owned())]);
        assert_eq!(utf8.warnings, ["holds UTF-8, but properties files are Latin-1: write what is not ASCII as \\uXXXX"]);
    }

    #[test]
    fn a_file_that_java_reads_as_text_is_utf_8() {
        let parsed = parse_utf8("a=é\\é😀\\ud83d\\ude00\n").unwrap();
        assert_eq!(parsed, Parsed { entries: vec![("a".into(), "éé😀😀".into())], warnings: vec![] });
    }

    #[test]
    fn what_java_takes_in_silence_is_warned_about() {
        let marked = parse(b"\xef\xbb\xbfa=1").unwrap();
        assert_eq!(marked.entries, [("a".to_owned(), "1".to_owned())]);
        assert!(marked.warnings[0].starts_with("begins with a byte order mark"));
        assert_eq!(parse(b"a=1\nb=2\na=3").unwrap().warnings, ["a is set more than once; the last one counts"]);
        let jaas = parse(b"sasl.jaas.config=x.Y required \\ \n  username=\"bob\" \\ \n  password=\"pw\";\n").unwrap();
        assert_eq!(jaas.entries[1], ("username".to_owned(), "\"bob\"  ".to_owned()));
        assert_eq!(jaas.warnings.len(), 2);
        assert!(!jaas.warnings.concat().contains("pw"));
        assert!(parse(b"ssl.keystore.location=C:\\new.jks").unwrap().warnings[0].contains("must be written twice"));
    }
}
