//! When something is to happen.

use std::time::Duration;

use events::EntityKind;
use serde::{Deserialize, Serialize};

/// A length of time, written as `30s`, `1m30s` or `500ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

/// Whose words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The customer.
    Customer,
    /// An agent.
    Agent,
    /// Either. Prompts, music and bots are nobody's words.
    #[default]
    Anyone,
}

/// Which words count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// Words as they stay.
    #[default]
    Final,
    /// Words in the making, too: sooner, and sometimes wrong.
    Partial,
}

/// A condition. It holds at a moment; a rule fires when its condition begins to hold.
///
/// `says`, `means` and `masked` hold from the utterance that meets them to the end of the call: a thing that was said
/// stays said. `within` and `sequence` bind them in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Words or a pattern were said.
    Says(SaysTest),
    /// Something was said that means about the same as the examples of a meaning.
    Means(MeansTest),
    /// Something of a kind was said that is masked, such as a card number.
    Masked(MaskedTest),
    /// A number of the call's course.
    Metric(MetricTest),
    /// Something that is known of the call.
    Fact(FactTest),
    /// At least this long since the call began.
    Elapsed(Span),
    /// At least this long since an agent was connected.
    WithAgent(Span),
    /// The customer is on hold.
    OnHold(bool),
    /// An item of the checklist is done.
    Done(String),
    /// A rule of this playbook has fired.
    Fired(String),
    /// All hold.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// All were met by utterances, or began to hold, within this time of each other, in any order.
    Within(Within),
    /// One after the other, in order.
    Sequence(Sequence),
}

/// Words or a pattern. At least one of `any_of`, `all_of` and `pattern`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaysTest {
    /// Whose words.
    #[serde(default)]
    pub who: Speaker,
    /// Phrases of which one is enough. Case, punctuation and spelling of numbers do not count; `*` stands for up to three words,
    /// and a word that ends in `~` for any of its forms, such as `cancel~`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<String>,
    /// Phrases that must all be in one utterance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<String>,
    /// Phrases that must not be in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none_of: Vec<String>,
    /// A regular expression over the utterance's text in small letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Whether words in the making count.
    #[serde(default)]
    pub on: Heard,
}

/// A meaning, by its name in `meanings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeansTest {
    /// Whose words.
    #[serde(default)]
    pub who: Speaker,
    /// Its name.
    pub meaning: String,
}

/// What a sentence can mean, by examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// Sentences that mean it; at least one, a handful is better.
    pub examples: Vec<String>,
    /// Sentences that sound alike and do not mean it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counter_examples: Vec<String>,
    /// The cosine to the nearest example that is enough, 0 to 1.
    #[serde(default = "Meaning::default_threshold")]
    pub threshold: f32,
    /// How much nearer the nearest example must be than the nearest counter-example.
    #[serde(default)]
    pub margin: f32,
}

/// Kinds of masked words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedTest {
    /// Whose words.
    #[serde(default)]
    pub who: Speaker,
    /// Kinds, such as `card`; one is enough.
    pub kinds: Vec<EntityKind>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricName {
    /// Seconds since anybody spoke, while agent and customer are connected and not on hold.
    Silence,
    /// Seconds in which both spoke at once.
    TalkOver,
    /// The speaker's share of all speech, 0 to 1.
    TalkRatio,
    /// Words per minute of the speaker's speech.
    WordsPerMinute,
    /// How often the speaker began while the other spoke.
    Interruptions,
    /// Seconds of the present hold; 0 without one.
    Hold,
    /// Seconds of all holds.
    HoldTotal,
    /// How content the speaker sounds, -1 to 1.
    Sentiment,
}

/// A number of the call's course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricTest {
    /// Which.
    pub name: MetricName,
    /// Whose, for those that are one speaker's.
    #[serde(default)]
    pub who: Speaker,
    /// Over the last so long; the whole call without it. For `talk_over`, `talk_ratio`, `words_per_minute`, `interruptions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Span>,
    /// Greater than this, or the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Less than this, or the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}

/// Something that is known of the call. One of `is` and `matches`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactTest {
    /// `queue`, `profile`, `agent`, `language`, or the name of a flow attribute that the tenant's configuration shows.
    pub name: String,
    /// One of these, without regard to case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is: Vec<String>,
    /// A regular expression that is found in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
}

/// All within a time of each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// The time.
    pub time: Span,
    /// What.
    pub of: Vec<Condition>,
}

/// One after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// From the first to the last, at the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Span>,
    /// What, in order.
    pub of: Vec<Condition>,
}

impl Meaning {
    const fn default_threshold() -> f32 {
        0.6
    }
}

impl TryFrom<String> for Span {
    type Error = InvalidSpan;

    fn try_from(text: String) -> Result<Self, InvalidSpan> {
        let mut rest = text.trim();
        let mut whole = Duration::ZERO;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(InvalidSpan)?;
            let (number, unit) = rest.split_at(digits);
            let letters = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
            let (unit, left) = unit.split_at(letters);
            let number: u64 = number.parse().map_err(|_| InvalidSpan)?;
            let ms = match unit {
                "ms" => number,
                "s" => number.saturating_mul(1_000),
                "m" => number.saturating_mul(60_000),
                "h" => number.saturating_mul(3_600_000),
                _ => return Err(InvalidSpan),
            };
            whole = whole.saturating_add(Duration::from_millis(ms));
            rest = left;
        }
        if whole.is_zero() && !text.trim().starts_with('0') { Err(InvalidSpan) } else { Ok(Self(whole)) }
    }
}

impl From<Span> for String {
    fn from(Span(length): Span) -> Self {
        let ms = length.as_millis();
        if ms % 1_000 == 0 { format!("{}s", ms / 1_000) } else { format!("{ms}ms") }
    }
}

/// Text that is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no length of time: write it as 30s, 1m30s or 500ms")]
pub struct InvalidSpan;
