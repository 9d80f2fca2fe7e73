//! What is wrong with a deployment, and how to mend it: the judgement behind `trunkline doctor`.
//!
//! Whoever asks the services hands over plain facts; [`judge`] says what they mean, [`flow`] reads exported contact
//! flows, and a [`Report`] puts the findings in order, as a table for people and as JSON for machines. Every
//! finding belongs to a [`Check`] of the catalogue, which is also what the manual's page lists.
//!
//! It must not ask anybody anything: no clock, no network, no files.

mod area;
mod catalogue;
mod finding;
pub mod flow;
pub mod judge;
mod report;
mod table;

pub use area::{Area, UnknownArea};
pub use catalogue::{CHECKS, Check, checks, page};
pub use finding::{Finding, Severity};
pub use report::{Counts, Report};
pub use table::Style;
