//! What came of the checks.

use std::fmt;

use serde::Serialize;

/// How a check came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "why", rename_all = "snake_case")]
pub enum Outcome {
    /// It held.
    Passed,
    /// It did not.
    Failed(String),
    /// It could not be made.
    Skipped(String),
}

/// A check and how it came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What must hold.
    pub rule: String,
    /// The transport, where it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<&'static str>,
    /// How it came out.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// All checks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order in which they were made.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether no check failed, and at least one passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        let count = |wanted: fn(&Outcome) -> bool| self.checks.iter().filter(|c| wanted(&c.outcome)).count();
        count(|outcome| matches!(outcome, Outcome::Failed(_))) == 0
            && count(|outcome| matches!(outcome, Outcome::Passed)) > 0
    }

    pub(crate) fn add(&mut self, rule: impl Into<String>, transport: Option<&'static str>, outcome: Outcome) {
        self.checks.push(Check { rule: rule.into(), transport, outcome });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Check { rule, transport, outcome } in &self.checks {
            let transport = transport.unwrap_or("");
            let (mark, why) = match outcome {
                Outcome::Passed => ("passed ", String::new()),
                Outcome::Failed(why) => ("FAILED ", format!("\n           {why}")),
                Outcome::Skipped(why) => ("skipped", format!("\n           {why}")),
            };
            writeln!(f, "{mark}  {transport:<9}  {rule}{why}")?;
        }
        let failed = self.checks.iter().filter(|check| matches!(check.outcome, Outcome::Failed(_))).count();
        let skipped = self.checks.iter().filter(|check| matches!(check.outcome, Outcome::Skipped(_))).count();
        write!(f, "{} checks: {failed} failed, {skipped} skipped", self.checks.len())
    }
}
