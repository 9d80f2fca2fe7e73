//! Guides the calls that this process carries: one task per call drives a session of `assist`, appends what it says to
//! the call's log as its owner, and asks models what it wants to know.
//!
//! A call never depends on it: a task that fails is begun again from the log, and the call goes on meanwhile. It holds
//! no rule about when something is said to an agent; those are `assist`'s.

mod acts;
mod advice;
mod after;
mod call;
mod errands;
mod guide;
mod names;
mod shelf;

pub use acts::{ActRefused, DeskActs};
pub use advice::{Advice, ToSummarise};
pub use guide::{Guide, GuideParts, GuideStatus};
pub use shelf::{Books, Meaning, Shelf};
