//! Whole calls through a session, by the events that it takes and gives.

mod call;
mod cards;
mod checklist;
