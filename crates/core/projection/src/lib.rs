//! What a call's events add up to: its row in the list of calls, its transcript, and what its desk shows.
//!
//! Every reader of the log uses this one rule: the stores while they append, the fakes, and the replay that
//! proves a stored projection right. Applying an event a second time changes nothing, so a reader that
//! resumes a little early is not wrong. It must not know where events come from or go to.

mod call;
mod checklist;
mod guidance;
mod need;
mod review;
mod view;

pub use call::{CallProjection, Change, is_same_event, replace_words};
pub use checklist::ChecklistEntry;
pub use guidance::{GuidanceProjection, GuidanceView, HintView, OutcomeView, WorkflowView};
pub use need::{Need, OpenAlert};
pub use view::{CallState, CallSummary, TranscriptView};
