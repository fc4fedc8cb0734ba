//! A pattern of `java.util.regex` in the words of the engine used here.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

/// What Java's names for classes mean.
const CLASSES: [(&str, &str); 24] = [
    ("Lower", "a-z"),
    ("Upper", "A-Z"),
    ("ASCII", r"\x00-\x7F"),
    ("Alpha", "a-zA-Z"),
    ("Digit", "0-9"),
    ("Alnum", "a-zA-Z0-9"),
    ("Punct", "[:punct:]"),
    ("Graph", "[:graph:]"),
    ("Print", "[:print:]"),
    ("Blank", r" \t"),
    ("Cntrl", "[:cntrl:]"),
    ("XDigit", "0-9a-fA-F"),
    ("Space", r" \t\n\x0B\f\r"),
    ("javaLowerCase", r"\p{Lowercase}"),
    ("javaUpperCase", r"\p{Uppercase}"),
    ("javaAlphabetic", r"\p{Alphabetic}"),
    ("javaLetter", r"\p{L}"),
    ("javaDigit", r"\p{Nd}"),
    ("javaLetterOrDigit", r"\p{L}\p{Nd}"),
    ("javaWhitespace", r"\s\x1C-\x1F"),
    ("InBasicLatin", r"\x00-\x7F"),
    ("InBASIC_LATIN", r"\x00-\x7F"),
    ("blk=BasicLatin", r"\x00-\x7F"),
    ("block=BasicLatin", r"\x00-\x7F"),
];

const HORIZONTAL: &str = r"[ \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]";
const NOT_HORIZONTAL: &str = r"[^ \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]";
const VERTICAL: &str = r"[\n\x0B\f\r\x{85}\x{2028}\x{2029}]";
const NOT_VERTICAL: &str = r"[^\n\x0B\f\r\x{85}\x{2028}\x{2029}]";

/// The pattern as the engine takes it; `None` for what Java refuses and the engine would read in its own way.
pub(super) fn translate(pattern: &str) -> Option<String> {
    let mut translator = Translator { rest: pattern.chars().peekable(), out: String::with_capacity(pattern.len()), groups: 0 };
    let mut last = Last::Nothing;
    while let Some(next) = translator.rest.next() {
        last = translator.outside(next, last)?;
    }
    Some(translator.out)
}

/// What a quantifier would belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing that can be repeated.
    Nothing,
    Atom,
    /// An atom with its quantifier, which may get one more sign: lazy or possessive.
    Repeated,
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    /// How many capturing groups have been opened.
    groups: u32,
}

impl Translator<'_> {
    /// One element outside of classes.
    fn outside(&mut self, next: char, last: Last) -> Option<Last> {
        match next {
            '\\' => {
                self.escape(false)?;
                return Some(Last::Atom);
            }
            '[' => {
                self.class()?;
                return Some(Last::Atom);
            }
            '(' => {
                self.out.push('(');
                match self.rest.next_if_eq(&'?') {
                    Some(_) => self.group()?,
                    None => self.groups += 1,
                }
                return Some(Last::Nothing);
            }
            '{' => return (last != Last::Nothing).then(|| self.repetition()).flatten(),
            '*' | '+' | '?' => {
                if last == Last::Nothing || last == Last::Repeated {
                    return None;
                }
                self.out.push(next);
                if let Some(kind) = self.rest.next_if(|c| matches!(c, '?' | '+')) {
                    self.out.push(kind);
                }
                return Some(Last::Repeated);
            }
            '|' => self.out.push('|'),
            '}' | ']' => {
                self.out.extend(['\\', next]);
                return Some(Last::Atom);
            }
            other => {
                self.out.push(other);
                return Some(Last::Atom);
            }
        }
        Some(Last::Nothing)
    }

    /// `{n}`, `{n,}` or `{n,m}`, and what may come after it.
    fn repetition(&mut self) -> Option<Last> {
        let mut inner = String::new();
        loop {
            match self.rest.next()? {
                '}' => break,
                c if c.is_ascii_digit() || c == ',' => inner.push(c),
                _ => return None,
            }
        }
        let (least, most) = inner.split_once(',').unwrap_or((&inner, ""));
        if least.is_empty() || most.contains(',') {
            return None;
        }
        write!(self.out, "{{{inner}}}").ok()?;
        if let Some(kind) = self.rest.next_if(|c| matches!(c, '?' | '+')) {
            self.out.push(kind);
        }
        Some(Last::Repeated)
    }

    /// What stands after `(?`.
    fn group(&mut self) -> Option<()> {
        self.out.push('?');
        match *self.rest.peek()? {
            ':' | '=' | '!' | '>' => {}
            '<' => {
                self.out.extend(self.rest.next());
                let named = self.rest.peek()?.is_ascii_alphabetic();
                self.groups += u32::from(named);
                return (named || matches!(self.rest.peek()?, '=' | '!')).then_some(());
            }
            // The engine has no Unix lines: only a line's end could tell the difference.
            _ => {
                while let Some(flag) = self.rest.next_if(|c| matches!(c, 'i' | 'm' | 's' | 'u' | 'x' | 'd' | 'U' | '-')) {
                    match flag {
                        // A flag that changes nothing for the engine.
                        'd' | 'u' | 'U' => {}
                        flag => self.out.push(flag),
                    }
                }
                match *self.rest.peek()? {
                    // No flags at all are not allowed before a bare end.
                    ')' if self.out.ends_with('?') => {
                        self.out.push(':');
                    }
                    ')' | ':' => {}
                    _ => return None,
                }
            }
        }
        Some(())
    }

    /// A class, from after its opening bracket.
    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        // Whether the item before was a class of its own, after which a dash is no range.
        let mut after_class = false;
        loop {
            let item = self.rest.next()?;
            let mut is_class = false;
            match item {
                ']' if !first => break,
                ']' => self.out.push_str(r"\]"),
                '[' => {
                    self.class()?;
                    is_class = true;
                }
                '\\' => is_class = self.escape(true)?,
                '&' if self.rest.next_if_eq(&'&').is_some() => {
                    // An intersection with nothing is none.
                    if first || self.rest.peek() == Some(&']') {
                        first = false;
                        continue;
                    }
                    self.out.push_str("&&");
                }
                '-' if after_class || self.out.ends_with('-') && !self.out.ends_with(r"\-") => self.out.push_str(r"\-"),
                // Twice is as good as once, and does not begin a class of the engine's own like [:alpha:].
                ':' if first => self.out.push_str("::"),
                '~' | '&' => self.out.extend(['\\', item]),
                other => self.out.push(other),
            }
            first = false;
            after_class = is_class;
        }
        self.out.push(']');
        Some(())
    }

    /// What stands after a backslash; says whether it is a class of its own.
    fn escape(&mut self, in_class: bool) -> Option<bool> {
        let next = self.rest.next()?;
        let class = match next {
            'Q' => {
                self.quotation();
                false
            }
            'p' | 'P' => {
                self.property(next == 'P')?;
                true
            }
            'h' => self.put(HORIZONTAL, true),
            'H' => self.put(NOT_HORIZONTAL, true),
            'v' => self.put(VERTICAL, true),
            'V' => self.put(NOT_VERTICAL, true),
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                self.out.extend(['\\', next]);
                true
            }
            '0' => {
                let code = self.octal()?;
                write!(self.out, r"\x{{{code:X}}}").ok()?;
                false
            }
            'c' => {
                let control = u32::from(self.rest.next()?) ^ 64;
                write!(self.out, r"\x{{{control:X}}}").ok()?;
                false
            }
            'Z' if !in_class => self.put(r"\n?\z", false),
            'X' if !in_class => self.put(r"(?:\P{M}\p{M}*)", false),
            'R' if !in_class => self.put(r"(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])", false),
            // A group that is not there yet has matched nothing, which no text is like.
            '1'..='9' if !in_class && next.to_digit(10)? > self.groups => self.put("(?!)", false),
            'A' | 'B' | 'b' | 'G' | 'k' | 'z' | '1'..='9' if !in_class => {
                self.out.extend(['\\', next]);
                false
            }
            'a' | 'e' | 'f' | 'n' | 'r' | 't' | 'u' | 'x' => {
                self.out.extend(['\\', next]);
                false
            }
            other if other.is_ascii_alphanumeric() => return None,
            // The engine has words of its own for these two.
            '<' | '>' => {
                self.out.push(next);
                false
            }
            other => {
                self.out.extend(['\\', other]);
                false
            }
        };
        Some(class)
    }

    fn put(&mut self, text: &str, class: bool) -> bool {
        self.out.push_str(text);
        class
    }

    /// `\Q` up to `\E`, or to the end: every character means itself.
    fn quotation(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
                self.out.push('\\');
            }
            self.out.push(c);
        }
    }

    /// `{Name}`, or a name of one letter.
    fn property(&mut self, negated: bool) -> Option<()> {
        let name: String = match self.rest.next()? {
            '{' => {
                let mut name = String::new();
                loop {
                    match self.rest.next()? {
                        '}' => break name,
                        c => name.push(c),
                    }
                }
            }
            c => c.into(),
        };
        let written = match CLASSES.iter().find(|(java, _)| *java == name) {
            Some((_, class)) => write!(self.out, "[{}{class}]", if negated { "^" } else { "" }),
            // Java's prefix for what Unicode itself names.
            None => write!(self.out, r"\{}{{{}}}", if negated { 'P' } else { 'p' }, name.strip_prefix("Is").unwrap_or(&name)),
        };
        written.ok()
    }

    /// Up to three octal digits, and no more than 0377.
    fn octal(&mut self) -> Option<u32> {
        let mut code = self.rest.next()?.to_digit(8)?;
        for _ in 0..2 {
            let digit = self.rest.peek().and_then(|c| c.to_digit(8));
            match digit {
                Some(digit) if code * 8 + digit <= 0o377 => {
                    code = code * 8 + digit;
                    self.rest.next();
                }
                _ => break,
            }
        }
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pattern;

    const NAMES: [&str; 12] = ["t", "t-1", "t.1", "a", "b", "aa", "a-b", "a.b", "12", "AB", "__t", "orders-eu"];

    fn matching(pattern: &str) -> String {
        let Some(pattern) = Pattern::compile(pattern) else { return "INVALID".to_owned() };
        NAMES.into_iter().filter(|name| pattern.matches(name).unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn patterns_mean_what_they_mean_in_java() {
        // Printed by String.matches of JDK 17.
        for (pattern, names) in [
            (r"\Qa.b\E", "a.b"),
            (r"\Qa.b", "a.b"),
            (r"\Qt-1\E|b", "t-1 b"),
            (r"\p{javaLowerCase}+", "t a b aa"),
            (r"\P{Alpha}+", "12"),
            (r"\p{IsAlphabetic}+", "t a b aa AB"),
            (r"\p{InBasicLatin}{2}", "aa 12 AB"),
            (r"\0141", "a"),
            (r"\h", ""),
            (r"(?d)a", "a"),
            ("[[:alpha:]]+", "a aa"),
            ("[&&a]", "a"),
            ("[a&&]", "a"),
            (r"[\d-z]+", "12"),
            ("[]a]", "a"),
            ("[.]", ""),
            (r"\1", ""),
            (r"(a)\1", "aa"),
            (r"\<a\>", ""),
            ("a{2}", "aa"),
            (r"\w+-\w{2}", "orders-eu"),
        ] {
            assert_eq!(matching(pattern), names, "{pattern}");
        }
    }

    #[test]
    fn what_java_refuses_is_refused() {
        // A comma of the command line has become a bar.
        for pattern in [
            "a{1|2}",
            "a{",
            "{a",
            "a**",
            "*a",
            "a|*",
            "(*a)",
            "[a--b]",
            "(?P<n>a)",
            "(?#c)a",
            "(?(1)a)",
            "(?<1>a)",
            r"\y",
            r"\K",
            r"\p{Nope}",
            "a{|2}",
        ] {
            assert_eq!(matching(pattern), "INVALID", "{pattern}");
        }
    }
}
