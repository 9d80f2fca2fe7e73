//! Guidance of one call: rules, checklists, workflows, cards within a budget, metrics and summaries.
//!
//! A session takes the call's redacted events in and gives guidance's own events out. It knows no clock, no model and
//! no store: time and what models say come in as inputs, so that a call can be guided again from its log.

mod again;
mod budget;
mod builtin;
mod compiled;
mod course;
mod cues;
mod facts;
mod guide;
mod hits;
mod io;
mod line;
mod meaning;
mod meter;
mod outbox;
mod said;
mod sentiment;
mod session;
mod summary;
mod transcript;
mod truth;

pub use again::{Again, guide_again};
pub use builtin::BUILT_IN;
pub use compiled::{CompileError, CompiledPlaybook};
pub use io::{
    Asked, Command, FoundPassage, GuidanceEvent, MeaningVector, Output, QuestionId, Wanted, WrittenSummary,
};
pub use session::{Fired, Session, SessionConfig};
