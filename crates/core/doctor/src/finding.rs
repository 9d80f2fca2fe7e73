//! One thing that was found.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::Check;

/// The most characters of one text of a finding. What services and files say may be long; the rest is cut.
const MAX_TEXT_CHARS: usize = 600;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is as it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Note,
    /// Calls are carried, and something of them is in danger or lost.
    Warning,
    /// Calls are not carried, or without what was configured.
    Error,
}

impl Severity {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing that was found. Its texts are single lines without control characters, whatever they quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check found it.
    pub check: &'static Check,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: a tenant, a stream, a file and block.
    pub subject: Option<String>,
    /// What was found.
    pub what: String,
    /// How to mend it.
    pub fix: Option<String>,
}

impl Finding {
    /// One of this check, which is never worse than the catalogue says of it.
    pub(crate) fn new(check: &'static Check, severity: Severity, what: impl AsRef<str>) -> Self {
        let severity = severity.min(check.worst);
        Self { check, severity, subject: None, what: one_line(what.as_ref()), fix: None }
    }

    /// Names what it is about.
    #[must_use]
    pub fn about(mut self, subject: impl fmt::Display) -> Self {
        self.subject = Some(one_line(&subject.to_string()));
        self
    }

    /// Says how to mend it; without it the check's own advice is given for warnings and errors.
    #[must_use]
    pub fn fix(mut self, fix: impl AsRef<str>) -> Self {
        self.fix = Some(one_line(fix.as_ref()));
        self
    }

    /// How to mend it, where anything has to be.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        let by_check = || (self.severity >= Severity::Warning).then_some(self.check.fix);
        self.fix.as_deref().or_else(by_check).filter(|fix| !fix.is_empty())
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut out = to.serialize_struct("Finding", 6)?;
        out.serialize_field("area", &self.check.area)?;
        out.serialize_field("check", self.check.id)?;
        out.serialize_field("severity", &self.severity)?;
        out.serialize_field("subject", &self.subject)?;
        out.serialize_field("what", &self.what)?;
        out.serialize_field("fix", &self.advice())?;
        out.end()
    }
}

/// One line of bounded length: what a service or a file says must not move a terminal's cursor.
fn one_line(text: &str) -> String {
    let mut out = String::new();
    let mut chars = 0;
    for part in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in part.chars() {
            chars += 1;
            if chars > MAX_TEXT_CHARS {
                out.push('…');
                return out;
            }
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    #[test]
    fn texts_are_bounded_lines_without_control_characters() {
        let hostile = format!("a\u{1b}[31m\nb\t\r c {}", "x".repeat(10_000));
        let finding = checks::STORE_CONNECT.error(&hostile).about(&hostile).fix(&hostile);
        for text in [&finding.what, finding.subject.as_ref().unwrap(), finding.fix.as_ref().unwrap()] {
            assert!(text.starts_with("a [31m b c x"), "{text}");
            assert!(text.chars().count() < MAX_TEXT_CHARS + 10 && !text.contains(char::is_control));
        }
    }

    #[test]
    fn a_finding_is_never_worse_than_its_check() {
        assert_eq!(checks::QUEUE_REDRIVE.error("x").severity, Severity::Warning);
        assert_eq!(checks::STORE_CONNECT.error("x").severity, Severity::Error);
        assert_eq!(checks::FLOW_STOP.warning("x").severity, Severity::Note);
    }

    #[test]
    fn what_is_bad_always_says_how_to_mend_it() {
        assert_eq!(checks::STORE_CONNECT.error("x").advice(), Some(checks::STORE_CONNECT.fix));
        assert_eq!(checks::STORE_CONNECT.ok("x").advice(), None);
        assert_eq!(checks::STORE_CONNECT.warning("x").fix("y").advice(), Some("y"));
    }
}
