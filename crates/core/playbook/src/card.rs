//! What happens when a rule fires.

use events::{AlertKind, HintKind, Severity};

use crate::{Condition, Span};

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Gives the agent a card.
    Card(Card),
    /// Calls a supervisor.
    Alert(Alert),
    /// Starts a workflow, by its id.
    Workflow(String),
    /// Looks the customer's words up in the documents, and gives the agent a card with what is found.
    Answer(Ask),
    /// Asks the language model for a card. Without one, or when it fails, the rule's `card` is given if there is one.
    Model(Ask),
}

/// A card.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// What it is for.
    pub kind: HintKind,
    /// A few words that say what to do.
    pub title: String,
    /// What to say; at most 25 words, that it is taken in at a glance.
    pub say: Option<String>,
    /// Why it is shown; the rule's title without it.
    pub why: Option<String>,
    /// What it is about: a card of another topic takes its place, one of the same waits.
    pub topic: Option<String>,
    /// Higher goes first, 0 to 100; 50 without it.
    pub priority: u8,
    /// How long it stays; the budget's without it.
    pub life: Option<Span>,
    /// It goes when this holds, such as when the thing was said.
    pub until: Option<Condition>,
}

/// A call for a supervisor.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// What it is about.
    pub kind: AlertKind,
    /// How soon.
    pub severity: Severity,
    /// A few words.
    pub title: String,
}

/// A question for the documents or the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The title of the card.
    pub title: String,
    /// For the model: a prompt of the tenant by its file's name; the built-in one without it.
    pub prompt: Option<String>,
    /// How well a passage must fit, 0 to 1; nothing is shown when none does.
    pub score: f32,
    /// Higher goes first, 0 to 100; 50 without it.
    pub priority: u8,
    /// What it is about.
    pub topic: Option<String>,
}

impl Card {
    /// The priority of a card that names none.
    pub const PRIORITY: u8 = 50;
}

impl Ask {
    /// How well a passage must fit where the file does not say.
    pub const SCORE: f32 = 0.5;
}
