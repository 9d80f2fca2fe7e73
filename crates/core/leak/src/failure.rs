//! What went wrong, to look at.

use dialogues::Secret;

/// How a redactor failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// The last version shows some of a secret.
    Leak,
    /// The last version shows some of a secret that the other side repeated.
    Echo,
    /// A partial showed some of a secret that is masked in the end.
    Partial,
    /// A final showed some of a secret until it was revised.
    Late,
    /// A number that harms nobody is masked.
    Harmless,
    /// Words that say nothing of anybody are masked.
    Over,
}

impl What {
    /// Its name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Echo => "echo",
            Self::Partial => "partial",
            Self::Late => "late",
            Self::Harmless => "harmless",
            Self::Over => "over",
        }
    }
}

/// One failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How.
    pub what: What,
    /// The secret, unless it is about words that hold none.
    pub secret: Option<Secret>,
    /// The document.
    pub document: String,
    /// The turn.
    pub turn: usize,
}
