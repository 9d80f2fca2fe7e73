//! When something is to happen.

use events::EntityKind;

use crate::{Pattern, Phrase, Span};

/// Whose words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq)]
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
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// All were met by utterances, or began to hold, within this time of each other, in any order.
    Within(Within),
    /// One after the other, in order.
    Sequence(Sequence),
}

/// Words or a pattern. At least one of `any_of`, `all_of` and `pattern`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SaysTest {
    /// Whose words.
    pub who: Speaker,
    /// Phrases of which one is enough.
    pub any_of: Vec<Phrase>,
    /// Phrases that must all be in one utterance.
    pub all_of: Vec<Phrase>,
    /// Phrases that must not be in it.
    pub none_of: Vec<Phrase>,
    /// A regular expression over the utterance's text in small letters.
    pub pattern: Option<Pattern>,
    /// Whether words in the making count.
    pub on: Heard,
}

/// A meaning, by its name in `meanings`.
#[derive(Clone, Debug, PartialEq)]
pub struct MeansTest {
    /// Whose words.
    pub who: Speaker,
    /// Its name.
    pub meaning: String,
}

/// What a sentence can mean, by examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// Sentences that mean it; at least one, a handful is better.
    pub examples: Vec<String>,
    /// Sentences that sound alike and do not mean it.
    pub counter_examples: Vec<String>,
    /// The cosine to the nearest example that is enough, 0 to 1.
    pub threshold: f32,
    /// How much nearer the nearest example must be than the nearest counter-example.
    pub margin: f32,
}

/// Kinds of masked words.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskedTest {
    /// Whose words.
    pub who: Speaker,
    /// Kinds, such as `card`; one is enough.
    pub kinds: Vec<EntityKind>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Debug, PartialEq)]
pub struct MetricTest {
    /// Which.
    pub name: MetricName,
    /// Whose, for those that are one speaker's.
    pub who: Speaker,
    /// Over the last so long; the whole call without it. For `talk_over`, `talk_ratio`, `words_per_minute`, `interruptions`.
    pub over: Option<Span>,
    /// Greater than this, or the same.
    pub at_least: Option<f64>,
    /// Less than this, or the same.
    pub at_most: Option<f64>,
}

/// Something that is known of the call. One of `is` and `matches`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FactTest {
    /// `queue`, `profile`, `agent`, `language`, or the name of a flow attribute that the tenant's configuration shows.
    pub name: String,
    /// One of these, without regard to case.
    pub is: Vec<String>,
    /// A regular expression that is found in it.
    pub matches: Option<Pattern>,
}

/// All within a time of each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Within {
    /// The time.
    pub time: Span,
    /// What.
    pub of: Vec<Condition>,
}

/// One after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// From the first to the last, at the most.
    pub time: Option<Span>,
    /// What, in order.
    pub of: Vec<Condition>,
}

impl Meaning {
    /// The threshold where the file does not say one.
    pub const THRESHOLD: f32 = 0.6;
}
