//! What is answered, and what goes wrong.

use serde::{Deserialize, Serialize};

/// What one request is answered with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What is said; what the last user message tells to say, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    /// What goes wrong meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

impl Reply {
    /// Says this.
    #[must_use]
    pub fn say(text: impl Into<String>) -> Self {
        Self { say: Some(text.into()), fault: None }
    }

    /// Goes wrong.
    #[must_use]
    pub const fn fault(fault: Fault) -> Self {
        Self { say: None, fault: Some(fault) }
    }

    /// Goes wrong while saying this.
    #[must_use]
    pub fn broken(text: impl Into<String>, fault: Fault) -> Self {
        Self { say: Some(text.into()), fault: Some(fault) }
    }
}

/// What goes wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Fault {
    /// It is refused with this HTTP status.
    Status {
        /// 401, 403, 404, 429, 500, 503 ...
        status: u16,
        /// When to come again, in seconds.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Nothing comes, not even a status.
    Hang,
    /// The words come late.
    Slow {
        /// How late the first one does.
        first_ms: u64,
        /// And each after it.
        each_ms: u64,
    },
    /// After half of it nothing more comes.
    HangMidway,
    /// After half of it the connection breaks.
    Break,
    /// It ends after half, as if that were all.
    CutShort,
    /// In the middle something comes that is of no shape.
    Garbage,
    /// After half of it an error comes, in the stream.
    ErrorMidway,
    /// It never ends.
    Endless,
    /// It comes in one piece although a stream was asked for.
    NotStreamed,
    /// It ran out of tokens.
    TooLong,
    /// A filter took it back.
    Filtered,
}

/// What a reply comes to for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) fault: Option<Fault>,
}

/// What an obedient model says to these words.
pub(crate) fn obey(words: &str) -> Said {
    let (word, rest) = words.split_once(' ').unwrap_or((words, ""));
    let failed = |fault| Said { text: String::new(), fault: Some(fault) };
    let status = |status| failed(Fault::Status { status, retry_after: None });
    match word {
        "say" => Said { text: rest.to_owned(), fault: None },
        "hang" => failed(Fault::Hang),
        "busy" => status(429),
        "refuse" => status(403),
        "fail" => status(500),
        _ => Said { text: "I was not told what to say.".to_owned(), fault: None },
    }
}
