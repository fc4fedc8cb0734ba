//! SCRAM credentials of users (KIP-554). A broker never tells more of them than how they were made.

/// A mechanism that Kafka knows (Java's `ScramMechanism`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScramMechanism {
    Sha256,
    Sha512,
}

impl ScramMechanism {
    /// The fewest iterations that Kafka accepts.
    pub const MIN_ITERATIONS: i32 = 4096;

    /// The most iterations that a controller accepts (Java's `ScramControlManager`).
    pub const MAX_ITERATIONS: i32 = 16384;

    /// The SASL name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SCRAM-SHA-256",
            Self::Sha512 => "SCRAM-SHA-512",
        }
    }

    /// The name of Java's constant.
    pub fn constant(self) -> &'static str {
        match self {
            Self::Sha256 => "SCRAM_SHA_256",
            Self::Sha512 => "SCRAM_SHA_512",
        }
    }

    /// The mechanism of this SASL name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha512].into_iter().find(|known| known.name() == name)
    }

    /// The number in the protocol.
    pub fn code(self) -> i8 {
        match self {
            Self::Sha256 => 1,
            Self::Sha512 => 2,
        }
    }

    /// The mechanism with this number in the protocol.
    pub fn from_code(code: i8) -> Option<Self> {
        [Self::Sha256, Self::Sha512].into_iter().find(|known| known.code() == code)
    }
}

/// One credential of a user, as far as a broker tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScramCredential {
    /// `None` for one that this version does not know (Java's `UNKNOWN`).
    pub mechanism: Option<ScramMechanism>,
    pub iterations: i32,
}

/// The credentials of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCredentials {
    pub user: String,
    pub credentials: Vec<ScramCredential>,
}
