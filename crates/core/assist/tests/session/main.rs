//! Whole calls through a session, by the events that it takes and gives.

#![expect(clippy::unwrap_used, reason = "a call that is made up wrongly fails the test")]

mod again;
mod call;
mod cards;
mod checklist;
mod conditions;
mod course;
mod hostile;
mod questions;
mod restore;
mod summary;
