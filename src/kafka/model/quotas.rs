//! Client quotas (KIP-546): who is limited, and to how much.

/// What sort of client a quota is for (Java's `ClientQuotaEntity` constants). Ordered as the tools name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QuotaEntityType {
    User,
    ClientId,
    Ip,
}

impl QuotaEntityType {
    /// The name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::ClientId => "client-id",
            Self::Ip => "ip",
        }
    }

    /// The type of this name in the protocol.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::User, Self::ClientId, Self::Ip].into_iter().find(|known| known.name() == name)
    }
}

/// The clients that one set of quotas is for: each type with a name, or `None` for all that have no quotas of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaEntity(pub Vec<(QuotaEntityType, Option<String>)>);

impl QuotaEntity {
    /// The name for this type, where it is part of the entity; the inner `None` is the default.
    pub fn name(&self, entity_type: QuotaEntityType) -> Option<Option<&str>> {
        self.0.iter().find(|(known, _)| *known == entity_type).map(|(_, name)| name.as_deref())
    }
}

/// The quotas of one entity, in the broker's order.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientQuotas {
    pub entity: QuotaEntity,
    /// The name of each quota, and its value in the quota's own unit (bytes per second, percent, ...).
    pub values: Vec<(String, f64)>,
}

/// Which entities a question is about: those that have this type, with a fitting name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaFilter {
    pub entity_type: QuotaEntityType,
    pub name: QuotaMatch,
}

/// Which names of a type fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuotaMatch {
    Exact(String),
    Default,
    /// Every name, and the default.
    Any,
}

/// A quota to set, or with `None` to remove.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotaChange {
    pub name: String,
    pub value: Option<f64>,
}
