//! Playbooks: what a tenant wants its agents to be told, to say and to do, in one versioned YAML file each.
//!
//! This room knows the format, says what is wrong with a file, with line, key and what is allowed, and tells whether a
//! phrase is in words. What a playbook does in a call is `assist`'s.

mod card;
mod condition;
mod cursor;
mod forms;
mod pattern;
mod phrase;
mod playbook;
mod problem;
mod read;
mod rehearsal;
mod schema;
mod span;
mod words;
mod yaml;

pub use card::{Action, Alert, Ask, Card};
pub use condition::{
    Condition, FactTest, Heard, MaskedTest, Meaning, MeansTest, MetricName, MetricTest, SaysTest, Sequence,
    Speaker, Within,
};
pub use pattern::{MAX_PATTERN_BYTES, Pattern, PatternError};
pub use phrase::{MAX_GAP, MAX_PHRASE_WORDS, Phrase, PhraseError};
pub use playbook::{
    Applies, Branch, Budget, Item, Playbook, Rule, Section, SectionKind, Step, Summary, Workflow, Wrap,
};
pub use problem::{MAX_PROBLEMS, Problem, Problems};
pub use rehearsal::{CallFacts, Expectation, Line, Moment, Outcome, Rehearsal};
pub use schema::SCHEMA;
pub use span::{InvalidSpan, Span};
pub use words::{MAX_CHARS, MAX_WORDS, Words};
pub use yaml::MAX_PLAYBOOK_BYTES;
