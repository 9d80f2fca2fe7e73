//! The playbooks of a running server: the folder that holds them, read again when it changes; what they would have done
//! in stored and in written calls; and how useful their rules were.
//!
//! A file with a mistake changes nothing: the last version of it that was good stays live, and what is wrong with it is
//! told. What a playbook does in a call is `assist`'s.

mod backtest;
mod compile;
mod folder;
mod library;
mod rehearse;
mod samples;
mod shipped;
mod statistics;
mod usefulness;

pub use backtest::{
    Backtest, BacktestMessage, BacktestResult, CALLS, Firing, ItemChange, ItemCounts, MAX_CALLS, MaySee,
    RuleChange, days_before,
};
pub use compile::{compile, embed};
pub use library::{Changes, FileProblem, Library, Live, Loaded, OpenError};
pub use rehearse::{Happened, Report, Row, Verdict, rehearse};
pub use samples::{SAMPLE_DOCUMENTS, SampleDocument, write_sample_documents};
pub use shipped::{SHIPPED, Shipped};
pub use statistics::{MAX_COUNTED_CALLS, Statistics};
pub use usefulness::{RuleUse, Usefulness};
