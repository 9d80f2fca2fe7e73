//! Whole calls through a session, by the events that it takes and gives.

#![expect(clippy::unwrap_used, reason = "a call that is made up wrongly fails the test")]

mod call;
mod cards;
mod checklist;
mod restore;
