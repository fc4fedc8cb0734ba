//! Keeping secrets out of what is said: what names one, which texts are secrets by that, and what stands in their place.

use std::fmt;

/// What stands where a secret stood.
pub const HIDDEN: &str = "[hidden]";

/// What names of secrets have in them: the settings of type `PASSWORD` in Java's `KafkaConfig`, SCRAM credentials, and names
/// that a plug-in may have chosen for such.
const SECRET_NAMES: [&str; 11] = [
    "password",
    "passphrase",
    "secret",
    "jaas.config",
    "keystore.key",
    "certificate.chain",
    "truststore.certificates",
    "token",
    "credential",
    "api.key",
    "scram-sha",
];

/// Whether a text names something that is likely to be a secret, be it a setting or a word with the setting in it.
pub fn names_secret(text: &str) -> bool {
    let text = text.to_lowercase();
    SECRET_NAMES.iter().any(|part| text.contains(part))
}

/// Texts that must not be repeated: they stood behind the name of a secret. Printed for debugging they are kept back, too.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.0.len()).finish()
    }
}

impl Secrets {
    /// Notes the settings of a file, in its order. The lines of a PEM text that lack the backslash at their ends are settings
    /// of their own to a properties file; none of them is one to its author.
    pub fn note_settings<'a>(&mut self, settings: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let mut in_pem = false;
        for (name, value) in settings {
            self.note_setting(name, value);
            if in_pem {
                self.add(name);
                self.add(value);
            }
            // The same happens to a JAAS configuration.
            if name.starts_with(['"', '\'']) {
                self.add(name.trim_matches(['"', '\'', ';']));
            }
            in_pem = !name.contains("-----END") && !value.contains("-----END") && (in_pem || value.contains("-----BEGIN"));
        }
    }

    /// Notes a setting.
    pub fn note_setting(&mut self, name: &str, value: &str) {
        self.note(&format!("{name}={value}"));
    }

    /// Notes what stands behind the names of secrets in a text: a word of a command line, however malformed.
    pub fn note(&mut self, text: &str) {
        for (at, _) in text.match_indices('=') {
            let name = text[..at].rsplit([',', '=', '[', ']', ';', '"', '\'', ' ', '\t']).next().unwrap_or_default();
            if names_secret(name) {
                self.note_value(&text[at + 1..], name);
            }
        }
    }

    /// Notes a text that is a secret, whatever its name.
    pub fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        // Punctuation is everywhere, and a variable says where a secret is.
        let is_secret = secret.contains(char::is_alphanumeric) && !(secret.starts_with("${") && secret.ends_with('}'));
        if is_secret && !self.0.iter().any(|known| known == secret) {
            self.0.push(secret.to_owned());
            // The whole before its parts.
            self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// Notes all that is behind a secret's name: nobody knows where its author meant the secret to end.
    fn note_value(&mut self, rest: &str, name: &str) {
        self.add(rest);
        let inner = rest.trim_start_matches('[');
        self.add(inner);
        for end in ["],", "]", ",", ";"] {
            self.add(inner.split_once(end).map_or(inner, |(value, _)| value));
        }
        if name.to_lowercase().contains("jaas.config") {
            for part in parts(rest).iter().filter(|part| part.may_be_secret()) {
                self.add(part.value);
            }
        } else {
            if let Some(part) = parts(&format!("={rest}")).first().filter(|part| part.quoted) {
                self.add(part.value);
            }
            // Without brackets a value ends at its first comma, wherever its author meant it to.
            for piece in inner.split(']').next().unwrap_or_default().split(',').skip(1) {
                let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
                if !looks_like_setting(name) {
                    self.add(name);
                    self.add(value);
                }
            }
        }
        // Where brackets are not in pairs around values, what looks like the next setting may belong to the secret.
        let strays = inner.match_indices(']').any(|(at, _)| !matches!(inner[at + 1..].chars().next(), None | Some(',')));
        if strays {
            for piece in inner.split([',', '=', '[', ']']) {
                self.add(piece);
            }
        }
    }

    /// `message` with every secret in it hidden.
    #[must_use]
    pub fn hide(&self, message: &str) -> String {
        self.0.iter().fold(message.to_owned(), |message, secret| hide(&message, secret))
    }
}

/// Whether a text is so much like the name of a setting that it belongs to no secret: several words as in `flush.ms` or
/// `a_rate`, or what a SCRAM credential is made of.
fn looks_like_setting(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let name = name.trim();
    let words = || name.split(['.', '_']);
    matches!(name, "iterations" | "password") || name.starts_with("SCRAM-SHA-") || words().count() > 1 && words().all(is_word)
}

/// One setting of a text that consists of settings itself.
struct Part<'a> {
    name: &'a str,
    value: &'a str,
    quoted: bool,
}

impl Part<'_> {
    /// Whether a JAAS configuration may keep this to itself. A login module of somebody's own may call it anything, but has
    /// it in quotes; `user_NAME` is a password of Kafka's `PlainLoginModule`.
    fn may_be_secret(&self) -> bool {
        const OPEN: [&str; 5] = ["username", "principal", "servicename", "keytab", "ticketcache"];
        let name = self.name.to_lowercase();
        let is_flag = matches!(self.value.to_lowercase().as_str(), "true" | "false");
        !is_flag && (names_secret(&name) || name.starts_with("user_") || self.quoted && !OPEN.contains(&name.as_str()))
    }
}

/// The settings of a text that consists of settings itself, as a JAAS configuration does.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.split_whitespace().next_back().unwrap_or_default();
        let after = after.trim_start();
        // A quoted value may have anything in it, and ends at a quote that no backslash precedes.
        let quoted = after.strip_prefix('"').map(|inner| (inner, '"')).or_else(|| after.strip_prefix('\'').map(|inner| (inner, '\'')));
        let (text, end) = match quoted {
            Some((inner, quote)) => {
                let closes = |at: &usize| !inner[..*at].ends_with('\\');
                (inner, inner.match_indices(quote).map(|(at, _)| at).find(closes))
            }
            None => (after, after.find(|c: char| c.is_whitespace() || c == ';')),
        };
        let (value, left) = text.split_at(end.unwrap_or(text.len()));
        parts.push(Part { name, value, quoted: quoted.is_some() });
        rest = left;
    }
    parts
}

fn hide(message: &str, secret: &str) -> String {
    let mut hidden = String::with_capacity(message.len());
    let mut end = 0;
    for (at, _) in message.match_indices(secret) {
        let after = at + secret.len();
        if at >= end && repeats(secret, &message[..at], &message[after..]) {
            hidden.push_str(&message[end..at]);
            hidden.push_str(HIDDEN);
            end = after;
        }
    }
    hidden.push_str(&message[end..]);
    hidden
}

/// Whether a secret's text between `before` and `after` is the secret, and not by chance a word of the sentence. A sentence
/// in which its own words were hidden would tell what they are.
fn repeats(secret: &str, before: &str, after: &str) -> bool {
    const LONG: usize = 8;
    if SECRET_NAMES.contains(&secret) {
        return before.ends_with(['=', '\'', '"', '[']) && !after.starts_with('=') && !after.trim_start().starts_with(HIDDEN);
    }
    let part_of_a_word = before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
    secret.chars().count() >= LONG || !part_of_a_word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str, message: &str) -> String {
        let mut secrets = Secrets::default();
        secrets.note(text);
        secrets.hide(message)
    }

    #[test]
    fn names_of_secrets() {
        for name in ["ssl.keystore.password", "listener.name.a.plain.sasl.jaas.config", "ssl.keystore.key", "my.Secret", "--x=api.key=1"] {
            assert!(names_secret(name), "{name}");
        }
        assert!(!names_secret("retention.ms") && !names_secret("ssl.keystore.location"));
    }

    #[test]
    fn a_word_is_repeated_without_its_secrets() {
        for (word, told) in [
            ("ssl.keystore.password=pa55", "ssl.keystore.password=[hidden]"),
            ("retention.ms=1,ssl.key.password=pa,55", "retention.ms=1,ssl.key.password=[hidden]"),
            ("--add-conifg=SCRAM-SHA-256=[iterations=1,password=pa55]", "--add-conifg=SCRAM-SHA-256=[hidden]"),
            ("password=\"pa 55\" rest", "password=[hidden]"),
            ("client.secret=secret", "client.secret=[hidden]"),
            ("/run/secrets/password", "/run/secrets/password"),
            ("retention.ms=900", "retention.ms=900"),
            ("client.secret=${env:PW}", "client.secret=${env:PW}"),
        ] {
            assert_eq!(hidden(word, word), told);
        }
    }

    #[test]
    fn parts_of_a_word_are_secrets_too() {
        for word in
            ["SCRAM-SHA-256=[iterations=1,password=pa55]", "SCRAM-SHA-256=pa55,x.y=1", "password=\"pa55\" x", "[password=pa55],x=[y]"]
        {
            assert_eq!(hidden(word, "Iterations 1, name x: pa55"), "Iterations 1, name x: [hidden]", "{word}");
        }
        assert_eq!(hidden("SCRAM-SHA-256=[password=pa]55,se cret=[y]", "key: se cret"), "key: [hidden]");
    }

    #[test]
    fn what_follows_a_comma_may_belong_to_a_password() {
        let names = "names: Geheim, w, retention.ms, producer_byte_rate, SCRAM-SHA-512, iterations";
        let told = "names: [hidden], [hidden], retention.ms, producer_byte_rate, SCRAM-SHA-512, iterations";
        let tail = "Geheim=w,retention.ms=1,producer_byte_rate=1,SCRAM-SHA-512=x,iterations=1";
        for before in ["SCRAM-SHA-256=pa", "SCRAM-SHA-256=password=pa", "ssl.key.password=pa"] {
            assert_eq!(hidden(&format!("{before},{tail}"), names), told, "{before}");
        }
        assert_eq!(hidden("SCRAM-SHA-256=[password=pa],Geheim=w", names), names);
    }

    #[test]
    fn a_sentence_keeps_its_own_words() {
        let sentence = "others can read a password: SCRAM-SHA-256=[password=${env:NAME}], =secret [hidden]";
        for secret in ["password", "secret", "x"] {
            assert_eq!(hidden(&format!("SCRAM-SHA-256=[password={secret}]"), sentence), sentence);
        }
        assert_eq!(hidden("my.password=x", "max is x, or x"), "max is [hidden], or [hidden]");
    }

    #[test]
    fn the_values_of_a_jaas_configuration() {
        let values = |text| parts(text).into_iter().map(|part| format!("{}: {}", part.name, part.value)).collect::<Vec<_>>();
        assert_eq!(values(r#"x.Y required user="bob" password="a b";"#), ["user: bob", "password: a b"]);
        assert_eq!(values(r#"x.Y required password = 'a;="b' k=v== l=w;"#), [r#"password: a;="b"#, "k: v==", "l: w"]);
        assert_eq!(values(r#"p="a\"b c" q="open end"#), [r#"p: a\"b c"#, "q: open end"]);
        assert!(parts("pa55").is_empty());
        let jaas = "org.X required user=\"bob\" password=\"pa55\";";
        assert_eq!(
            hidden(&format!("listener.name.a.sasl.jaas.config={jaas}"), &format!("Invalid value {jaas}, 'pa55' for bobby, 900900900")),
            "Invalid value [hidden], '[hidden]' for bobby, 900900900"
        );
    }

    #[test]
    fn a_jaas_configuration_has_more_than_secrets() {
        let jaas = "sasl.jaas.config=org.X required useKeyTab=true debug=\"false\" username=\"bob\" principal=\"bob@X\" \
                    password=pa55 storePin=\"4711\" user_ann=\"a77\";";
        let sentence = |password: &str, pin: &str, ann: &str| format!("true or false, bob, bob@X: {password}, {pin}, {ann}");
        assert_eq!(hidden(jaas, &sentence("pa55", "4711", "a77")), sentence(HIDDEN, HIDDEN, HIDDEN));
    }

    #[test]
    fn a_pem_text_without_backslashes() {
        let mut secrets = Secrets::default();
        let lines =
            [("ssl.keystore.key", "-----BEGIN KEY-----"), ("MIIEvQ", ""), ("abc", "="), ("-----END", "KEY-----"), ("acks", "MIIEvR")];
        secrets.note_settings(lines);
        assert_eq!(
            secrets.hide("\"MIIEvQ\" and \"abc\" are no properties, acks is MIIEvR"),
            "\"[hidden]\" and \"[hidden]\" are no properties, acks is MIIEvR"
        );
    }

    #[test]
    fn debugging_prints_none() {
        let mut secrets = Secrets::default();
        secrets.note("my.password=pa55");
        assert!(!format!("{secrets:?}").contains("pa55"));
    }
}
