//! Regular expressions that clients send.
//!
//! A broker reads those of groups and of transactions with RE2/J; what that has no place for is refused in its words.

mod re2;

use fancy_regex::{CompileError, Error, Regex, RegexBuilder};

/// The longest expression that is taken, in bytes. A broker has no such limit.
const MAX_LENGTH: usize = 4096;

/// How many bytes of memory an expression may need, and as many again while it is used. A short one can need any number:
/// `(\w{100}){100}`.
const MAX_SIZE: usize = 512 << 10;

const TOO_LARGE: &str = "it is larger than the sandbox takes";

/// Reads an expression in the syntax of RE2. It has to match the whole of a text.
///
/// # Errors
/// What is wrong with it, in the words of RE2/J.
pub fn read(expression: &str) -> Result<Regex, &'static str> {
    if expression.len() > MAX_LENGTH {
        return Err(TOO_LARGE);
    }
    if let Some(why) = re2::objection(expression) {
        return Err(why);
    }
    let whole = format!(r"\A(?:{expression})\z");
    // What is left are characters and classes that there are none of, if it is no matter of size.
    build(&whole).map_err(|error| if is_size(&error) { TOO_LARGE } else { "invalid character class range" })
}

/// Whether it is an expression at all, in a syntax that is as rich as Java's.
pub fn is_expression(expression: &str) -> bool {
    expression.len() <= MAX_LENGTH && build(expression).is_ok()
}

fn build(expression: &str) -> Result<Regex, Error> {
    RegexBuilder::new(expression).delegate_size_limit(MAX_SIZE).delegate_dfa_size_limit(MAX_SIZE).build()
}

fn is_size(error: &Error) -> bool {
    match error {
        Error::CompileError(error) => matches!(&**error, CompileError::InnerError(inner) if inner.size_limit().is_some()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_has_to_match() {
        let is_match = |expression: &str, text: &str| read(expression).unwrap().is_match(text).unwrap();
        assert!(is_match("orders.*", "orders-eu") && is_match("orders|payments", "payments"));
        assert!(!is_match("orders", "orders-eu") && !is_match("orders|payments", "my-orders"));
        assert!(is_match(r"\w+-\w+-\d{3}", "orders-eu-001"));
    }

    #[test]
    fn what_is_too_large_is_not_called_wrong() {
        for large in [&"a".repeat(4097), r"(\w{100}){10}", r"(a{1000}){100}"] {
            assert_eq!(read(large).err(), Some(TOO_LARGE), "{large:.20}");
            assert!(!is_expression(large));
        }
        assert_eq!(read("[b-a]").err(), Some("invalid character class range"));
        assert_eq!(read("a)|(b").err(), Some("regexp/syntax: internal error"));
    }

    #[test]
    fn java_has_more_expressions() {
        assert!(is_expression("a(?=b)") && is_expression("b-[012]+") && is_expression(""));
        for wrong in ["[b-a]", "(", "*a", "a)", "[a"] {
            assert!(!is_expression(wrong), "{wrong}");
        }
    }
}
