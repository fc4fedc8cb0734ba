//! Which names a topic may have (`org.apache.kafka.common.internals.Topic`).

use kafka_protocol::error::ResponseError;

use crate::sandbox::error::Refusal;

/// The topics that a broker makes for itself.
const INTERNAL: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// The longest name, in characters.
const MAX_LENGTH: usize = 249;

/// Whether a broker makes that topic for itself.
pub fn is_internal(name: &str) -> bool {
    INTERNAL.contains(&name)
}

/// Refuses a name that no topic may have.
///
/// # Errors
/// What is wrong with it, in the broker's words.
pub fn check(name: &str) -> Result<(), Refusal> {
    let wrong = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." | ".." => format!("'{name}' is not allowed"),
        _ if name.encode_utf16().count() > MAX_LENGTH => {
            format!("the length of '{name}' is longer than the max allowed length {MAX_LENGTH}")
        }
        _ if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) => {
            format!("'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")
        }
        _ => return Ok(()),
    };
    Err(Refusal::saying(ResponseError::InvalidTopicException, format!("Topic name is invalid: {wrong}")))
}

/// What a name with a '.' or a '_' in it is in the names of metrics, where '.' is written '_'; none for other names, which
/// are the same nowhere but here.
pub fn unambiguous(name: &str) -> Option<String> {
    name.contains(['.', '_']).then(|| name.replace('.', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_refused_in_the_brokers_words() {
        let refused = |name: &str| check(name).map_err(|refusal| refusal.message.unwrap());
        assert_eq!(refused("a.b_c-D9"), Ok(()));
        assert_eq!(refused(&"x".repeat(249)), Ok(()));
        assert_eq!(refused(""), Err("Topic name is invalid: the empty string is not allowed".into()));
        assert_eq!(refused(".."), Err("Topic name is invalid: '..' is not allowed".into()));
        let umlaut = "Topic name is invalid: 'ü' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
        assert_eq!(refused("ü"), Err(umlaut.into()));
        let long = "x".repeat(250);
        assert_eq!(refused(&long), Err(format!("Topic name is invalid: the length of '{long}' is longer than the max allowed length 249")));
    }

    #[test]
    fn dots_and_underscores_are_one() {
        assert_eq!(unambiguous("a.b_c"), unambiguous("a_b.c"));
        assert_eq!(unambiguous("a-b"), None);
    }
}
