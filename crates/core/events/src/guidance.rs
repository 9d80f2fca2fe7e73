//! What guidance says during a call, and what agents and supervisors do with it.
//!
//! Times `at_ms` are on the call's timeline: milliseconds since its first sample. Callers' words are named by their
//! utterance, not copied, so that what later evidence masks is masked here, too.

use model::UtteranceId;
use serde::{Deserialize, Serialize};

/// The playbooks by which the call is guided, from here to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GuidanceStarted {
    /// The playbooks that apply, as far as a desk shows them.
    pub playbooks: Vec<PlaybookOutline>,
}

/// A playbook as far as a desk shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PlaybookOutline {
    /// Its id.
    pub id: String,
    /// Its version, as its file says.
    pub version: u32,
    /// The first twelve hexadecimal digits of the SHA-256 of its file.
    pub digest: String,
    /// Its title.
    pub title: String,
    /// What is to be said or done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<ChecklistItem>,
    /// The workflows that may begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workflows: Vec<WorkflowOutline>,
    /// How the call can be wrapped up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dispositions: Vec<Disposition>,
}

/// Something that is to be said or done in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChecklistItem {
    /// Its id within the playbook.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Whether a call without it is one that a supervisor has to know of.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// By when, where there is a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_ms: Option<u64>,
}

/// A guided workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WorkflowOutline {
    /// Its id within the playbook.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// Its steps, in order.
    pub steps: Vec<WorkflowStep>,
}

/// One step of a guided workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WorkflowStep {
    /// Its id within the workflow.
    pub id: String,
    /// What to do.
    pub title: String,
    /// What to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
}

/// How a call can be wrapped up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Disposition {
    /// The code.
    pub code: String,
    /// What it means.
    pub title: String,
}

/// What a card is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HintKind {
    /// Something good to say.
    Standard,
    /// An answer from the documents, with its source.
    Knowledge,
    /// The next step of a workflow.
    Workflow,
    /// Something that must be said.
    Compliance,
}

/// Where a card's text comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HintSource {
    /// The document, as its path within the tenant's documents.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The heading under which the passage stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// The passage, word for word.
    pub passage: String,
}

/// A card was given to the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HintShown {
    /// Names it within the call.
    pub id: String,
    /// The playbook.
    pub playbook: String,
    /// Its version.
    pub version: u32,
    /// The rule that gave it.
    pub rule: String,
    /// What it is for.
    pub kind: HintKind,
    /// A few words that say what to do.
    pub title: String,
    /// Why it is shown.
    pub why: String,
    /// What to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// Where the text comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<HintSource>,
    /// The utterance that called for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub utterance: Option<UtteranceId>,
    /// What it is about: it goes when another topic's card comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Higher goes first, 0 to 100.
    pub priority: u8,
    /// The model that wrote it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// When.
    pub at_ms: u64,
    /// How long it stays.
    pub life_ms: u64,
}

/// What became of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HintOutcome {
    /// The agent looked closer; it stays.
    Expanded,
    /// The agent took it up.
    Accepted,
    /// The agent put it away.
    Dismissed,
    /// The agent said what it suggests; it was there or had been.
    Said,
    /// Its life is over.
    Expired,
    /// It does not fit any more: the topic passed, or what it asks for was done.
    Withdrawn,
}

/// Something became of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HintChanged {
    /// The card.
    pub id: String,
    /// The rule that gave it.
    pub rule: String,
    /// What became of it.
    pub outcome: HintOutcome,
    /// Who did it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The utterance that said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub utterance: Option<UtteranceId>,
    /// When.
    pub at_ms: u64,
}

/// The agent wants no cards, or wants them again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GuidanceMuted {
    /// Whether cards are held back.
    pub muted: bool,
    /// Who said so.
    pub by: String,
    /// When.
    pub at_ms: u64,
}

/// How an item of the checklist stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// To be done. So begins every item.
    Open,
    /// Done.
    Done,
    /// Not done in time. It may still be done.
    Missed,
}

/// An item of the checklist changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChecklistChanged {
    /// The playbook.
    pub playbook: String,
    /// The item.
    pub item: String,
    /// How it stands.
    pub state: ItemState,
    /// The utterance that ticked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub utterance: Option<UtteranceId>,
    /// Who ticked it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub at_ms: u64,
}

/// How a workflow stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkflowState {
    /// At the step that is named.
    Running,
    /// Its last step is done.
    Done,
    /// The agent left it.
    Left,
}

/// A workflow began, moved on or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WorkflowChanged {
    /// The playbook.
    pub playbook: String,
    /// The workflow.
    pub workflow: String,
    /// How it stands.
    pub state: WorkflowState,
    /// The step that is next, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The utterance that moved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub utterance: Option<UtteranceId>,
    /// When.
    pub at_ms: u64,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Something required was not said, or something forbidden was.
    Compliance,
    /// The customer is getting unhappy.
    Sentiment,
    /// Nobody speaks.
    Silence,
    /// Both speak at once.
    TalkOver,
    /// The customer is on hold for long.
    Hold,
    /// Another thing that a rule found.
    Other,
}

/// How soon somebody has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// When there is time.
    Warning,
    /// Now.
    Critical,
}

/// A call needs a supervisor's eye.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AlertRaised {
    /// Names it within the call.
    pub id: String,
    /// The playbook.
    pub playbook: String,
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub kind: AlertKind,
    /// How soon.
    pub severity: Severity,
    /// A few words.
    pub title: String,
    /// The utterance that called for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub utterance: Option<UtteranceId>,
    /// When.
    pub at_ms: u64,
}

/// What an alert was about has passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AlertCleared {
    /// The alert.
    pub id: String,
    /// When.
    pub at_ms: u64,
}

/// One speaker's part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SpeakerMetrics {
    /// How long they spoke, in milliseconds.
    pub talk_ms: u64,
    /// Words per minute of their speech; none before they said enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words_per_minute: Option<u32>,
    /// How often they began while the other spoke.
    pub interruptions: u32,
    /// How content they sound by their words, -1 to 1, the latest counting most; none before they said enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<f32>,
}

/// How the call goes so far. Prompts, music and bots have no part in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CallMetrics {
    /// When.
    pub at_ms: u64,
    /// The agent's part.
    pub agent: SpeakerMetrics,
    /// The customer's part.
    pub customer: SpeakerMetrics,
    /// How long both spoke at once, in milliseconds.
    pub talk_over_ms: u64,
    /// How long nobody spoke while agent and customer were connected and not on hold.
    pub silence_ms: u64,
    /// How long nobody has spoken now.
    pub current_silence_ms: u64,
    /// How long the customer was on hold.
    pub hold_ms: u64,
    /// How long the longest hold was, the present one included.
    pub longest_hold_ms: u64,
}

/// Who wrote a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SummarySource {
    /// Sentences of the call, chosen without a language model.
    Extracted,
    /// A language model, from the redacted transcript.
    Model,
    /// A person.
    Person,
}

/// One point of a summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SummaryPoint {
    /// What a model or a person wrote; none for a sentence of the call, which `utterance` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The utterance that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub utterance: Option<UtteranceId>,
}

/// A section of a summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SummarySection {
    /// Its id, as the playbook names it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub points: Vec<SummaryPoint>,
}

/// A summary of the call so far, or of all of it. Replaces the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SummaryWritten {
    /// Whether it takes in the whole call.
    pub complete: bool,
    /// Who wrote it.
    pub source: SummarySource,
    /// The model, or the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why it is no model's, where one was asked: such as `model_timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// The sections, in the playbook's order.
    pub sections: Vec<SummarySection>,
    /// What somebody has to do.
    pub actions: Vec<SummaryPoint>,
    /// How the call is to be wrapped up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
    /// When.
    pub at_ms: u64,
}

/// A supervisor said something to the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MessageSent {
    /// Names it within the call.
    pub id: String,
    /// Who.
    pub from: String,
    /// What, redacted.
    pub text: String,
    /// When.
    pub at_ms: u64,
}

/// What a person does at a desk. Sent by clients; what comes of it is an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Act {
    /// Something was done with a card. Only [`HintOutcome::Expanded`], `Accepted` and `Dismissed` are a person's.
    Hint {
        /// The card.
        id: String,
        /// What was done.
        outcome: HintOutcome,
    },
    /// Cards are to be held back, or to come again.
    Mute {
        /// Whether they are held back.
        muted: bool,
    },
    /// An item of the checklist was ticked, or a tick was taken back.
    Check {
        /// The playbook.
        playbook: String,
        /// The item.
        item: String,
        /// Whether it is done.
        done: bool,
    },
    /// A workflow is to go to a step, or to be left.
    Workflow {
        /// The playbook.
        playbook: String,
        /// The workflow.
        workflow: String,
        /// The step to go to; none leaves the workflow.
        step: Option<String>,
    },
    /// Words of a supervisor for the agent, redacted by whoever takes them in.
    Message {
        /// What.
        text: String,
    },
    /// The summary as a person corrected it, redacted by whoever takes it in.
    Summary {
        /// The sections.
        sections: Vec<SummarySection>,
        /// What somebody has to do.
        actions: Vec<SummaryPoint>,
        /// How the call is wrapped up.
        disposition: Option<Disposition>,
    },
}

/// An act with whose it is. The same id is done once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DoneBy {
    /// Names the act; made by the client, 8 to 64 letters, digits and dashes.
    pub id: String,
    /// Who did it.
    pub by: String,
    /// What was done.
    #[serde(flatten)]
    pub act: Act,
}
