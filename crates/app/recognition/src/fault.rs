//! How a stream can fail, and what that says of its recogniser.

use ports::TranscriberError;

/// Why a stream was refused or given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing will help until someone has done something.
    Unavailable,
    /// A quota is used up.
    Busy,
    /// The answer was not understood, or cannot be true.
    Garbled,
    /// It failed while it worked, or ended before the call.
    Failed,
    /// It did not open, or owes an answer for too long.
    Hung,
}

impl Fault {
    pub(crate) const fn of(error: &TranscriberError) -> Self {
        match error {
            TranscriberError::Unavailable(_) => Self::Unavailable,
            TranscriberError::Busy(_) => Self::Busy,
            TranscriberError::Garbled(_) => Self::Garbled,
            // The enum may grow: what is not known has failed.
            TranscriberError::Failed(_) | _ => Self::Failed,
        }
    }

    /// A short name for metrics.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Busy => "busy",
            Self::Garbled => "garbled",
            Self::Failed => "failed",
            Self::Hung => "hung",
        }
    }

    /// How often the same recogniser is asked again before the next one is.
    pub(crate) const fn repeats(self) -> u32 {
        match self {
            Self::Failed => 2,
            Self::Garbled => 1,
            Self::Unavailable | Self::Busy | Self::Hung => 0,
        }
    }
}

/// An error with its causes, on one line.
pub(crate) fn explain(error: &TranscriberError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
