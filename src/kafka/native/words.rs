//! The library's sentences without the names of its own parts.

use std::fmt;

/// What a sentence says, and of which broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct Words<'a> {
    /// `HOST:PORT`, if the sentence is about one.
    pub broker: Option<&'a str>,
    pub reason: &'a str,
}

impl<'a> Words<'a> {
    /// Takes `HOST:PORT/ID: Connect to ADDRESS failed: REASON (after ...)` apart.
    pub fn of(text: &'a str) -> Self {
        let text = text.split(" (after ").next().unwrap_or(text);
        let (broker, reason) = match text.split_once(": ") {
            Some((part, rest)) if part.contains('/') && !part.contains(' ') => (part.rsplit_once('/').map(|(address, _)| address), rest),
            _ => (None, text),
        };
        let attempt = ["Connect to ", "Failed to resolve "].iter().any(|start| reason.starts_with(start));
        Self { broker, reason: reason.split_once(": ").filter(|_| attempt).map_or(reason, |(_, why)| why) }
    }
}

impl fmt::Display for Words<'_> {
    /// `HOST:PORT: REASON`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.broker {
            Some(broker) => write!(f, "{broker}: {}", self.reason),
            None => f.write_str(self.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_without_the_librarys_decoration() {
        for (text, broker, reason) in [
            (
                "h:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)",
                Some("h:9092"),
                "Connection refused",
            ),
            (
                "nosuch:9092/bootstrap: Failed to resolve 'nosuch:9092': Name or service not known (after 3ms in state CONNECT)",
                Some("nosuch:9092"),
                "Name or service not known",
            ),
            ("h:9092/1: Disconnected (after 5ms in state UP)", Some("h:9092"), "Disconnected"),
            ("Broker: Group authorization failed", None, "Broker: Group authorization failed"),
            ("odd", None, "odd"),
        ] {
            assert_eq!(Words::of(text), Words { broker, reason });
            assert_eq!(Words::of(text).to_string(), broker.map(|broker| format!("{broker}: ")).unwrap_or_default() + reason);
        }
    }
}
