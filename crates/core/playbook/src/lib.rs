//! Playbooks: what a tenant wants its agents to be told, to say and to do, in one versioned YAML file each.
//!
//! This room knows the format and says what is wrong with a file, with line, key and what is allowed. What a playbook
//! does in a call is `assist`'s.

mod card;
mod condition;
mod playbook;

pub use card::{Action, Alert, Ask, Card, Say};
pub use condition::{
    Condition, FactTest, Heard, InvalidSpan, MaskedTest, Meaning, MeansTest, MetricName, MetricTest,
    SaysTest, Sequence, Span, Speaker, Within,
};
pub use playbook::{
    Applies, Branch, Budget, Item, Playbook, Rule, Section, SectionKind, Step, Summary, Workflow, Wrap,
};
