//! What goes into a session and comes out of it.

use std::sync::Arc;

use events::{Event, HintSource, Stages, SummaryPoint, SummarySection};
use model::{Timestamp, UtteranceId};

/// A sentence's vector, of length 1.
pub type MeaningVector = Arc<[f32]>;

/// Names a question that a session asked, within its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(pub u64);

/// An event that guidance adds to the call's log.
#[derive(Clone, Debug, PartialEq)]
pub struct GuidanceEvent {
    /// The stage times of the words that called for it, so that its latency is seen.
    pub stages: Stages,
    /// The event.
    pub event: Event,
}

/// What a session wants done. Each is answered once, or never; a session waits for none of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Give the vectors of these sentences: answer with `handle_vectors`.
    Embed {
        /// Which question it is.
        id: QuestionId,
        /// The utterance that they are of.
        utterance: UtteranceId,
        /// The sentences, redacted.
        sentences: Vec<String>,
    },
    /// Look for something, and answer with `handle_answer`.
    Ask(Asked),
    /// Have the summary written by the model, and answer with `handle_summary`. The extracted one is out already.
    Summarise {
        /// Which question it is.
        id: QuestionId,
        /// The redacted transcript, one line for each utterance: `[c-12340] Customer: words`.
        transcript: String,
        /// The sections: id, title, and what the model is told of it.
        sections: Vec<(String, String, Option<String>)>,
        /// The codes and titles of dispositions to choose from.
        dispositions: Vec<(String, String)>,
    },
}

/// A question that a rule asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Which question it is.
    pub id: QuestionId,
    /// Whom it is for.
    pub wanted: Wanted,
    /// The customer's words, redacted.
    pub question: String,
    /// The last utterances, redacted, one line each; for the model only.
    pub context: String,
    /// How well a passage must fit, 0 to 1.
    pub score: f32,
}

/// Who is to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The documents.
    Passage,
    /// The language model, from the documents, by this prompt of the tenant or the built-in one.
    Model {
        /// The prompt's name.
        prompt: Option<String>,
        /// Whether a passage may speak for itself when no model answers: not where the rule has a card of its own.
        may_quote: bool,
    },
}

/// The answer to a question: what the card says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPassage {
    /// What to say.
    pub suggestion: String,
    /// The passage that bears it.
    pub source: HintSource,
    /// The model that wrote it, where one did.
    pub model: Option<String>,
}

/// A summary by the model. Its points name the utterances that bear them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenSummary {
    /// The model.
    pub model: String,
    /// The sections.
    pub sections: Vec<SummarySection>,
    /// What somebody has to do.
    pub actions: Vec<SummaryPoint>,
    /// The code of the disposition.
    pub disposition: Option<String>,
}

/// What comes out of a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Nothing more until this time, or the next input.
    Timeout(Option<Timestamp>),
    /// An event for the call's log.
    Event(GuidanceEvent),
    /// Something to be done.
    Command(Command),
}
