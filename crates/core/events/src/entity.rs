//! Kinds of what is masked.

use serde::{Deserialize, Serialize};

/// What a masked stretch held. Says nothing of its length or content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntityKind {
    /// A payment card number.
    Card,
    /// A card's security code.
    Cvv,
    /// A government id number, such as a US social security number.
    GovernmentId,
    /// A telephone number.
    Phone,
    /// A run of digits of another or an unknown kind.
    Number,
}

impl EntityKind {
    /// The name as events, pills and metrics spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Cvv => "cvv",
            Self::GovernmentId => "government_id",
            Self::Phone => "phone",
            Self::Number => "number",
        }
    }
}
