//! Guidance of one call: rules, checklists, workflows, cards within a budget, metrics and summaries.
//!
//! A session takes the call's redacted events in and gives guidance's own events out. It knows no clock, no model and
//! no store: time and what models say come in as inputs, so that a call can be guided again from its log.

mod io;

pub use io::{
    Asked, Command, FoundPassage, GuidanceEvent, MeaningVector, Output, QuestionId, Wanted, WrittenSummary,
};
