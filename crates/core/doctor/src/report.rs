//! All that was found, in order.

use std::cmp::Reverse;

use serde::Serialize;

use crate::{Finding, Severity};

/// The version of the JSON form. Keys are only ever added to one version.
const VERSION: u32 = 1;

/// All that was found: by area, and the worst of an area first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    findings: Vec<Finding>,
}

/// How many findings of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Errors.
    pub error: usize,
    /// Warnings.
    pub warning: usize,
    /// Notes.
    pub note: usize,
    /// Checks that found nothing wrong.
    pub ok: usize,
}

impl Report {
    /// Puts findings in order. Those that are alike in area and severity stay as they came.
    #[must_use]
    pub fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| (finding.check.area, Reverse(finding.severity)));
        Self { findings }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How bad the worst of it is.
    #[must_use]
    pub fn worst(&self) -> Severity {
        self.findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok)
    }

    /// What a program ends with: 0 when nothing is worse than a note, 1 with warnings, 2 with errors.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.worst() {
            Severity::Ok | Severity::Note => 0,
            Severity::Warning => 1,
            Severity::Error => 2,
        }
    }

    /// How many findings of each kind there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        Counts {
            error: of(Severity::Error),
            warning: of(Severity::Warning),
            note: of(Severity::Note),
            ok: of(Severity::Ok),
        }
    }

    /// The form for machines: `version`, `worst`, `exit_code`, `counts` and `findings`, each with `area`, `check`,
    /// `severity`, `subject`, `what` and `fix`, the last three texts or null as it fits.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "version": VERSION,
            "worst": self.worst(),
            "exit_code": self.exit_code(),
            "counts": self.counts(),
            "findings": self.findings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    fn some() -> Report {
        Report::new(vec![
            checks::STORE_CONNECT.error("not reached").about("db").fix("start it"),
            checks::CONFIG_HOSTS.ok("as it should be"),
            checks::HOST_DISK.note("90 GiB are free"),
            checks::CONFIG_HOSTS.warning("half"),
        ])
    }

    #[test]
    fn areas_come_in_order_and_the_worst_of_one_first() {
        let report = some();
        let order: Vec<_> = report.findings().iter().map(|one| (one.check.id, one.severity)).collect();
        assert_eq!(
            order,
            [
                ("config.hosts", Severity::Warning),
                ("config.hosts", Severity::Ok),
                ("host.disk", Severity::Note),
                ("store.connect", Severity::Error),
            ]
        );
    }

    #[test]
    fn the_exit_code_follows_the_worst_finding() {
        let of = |finding| Report::new(vec![checks::CONFIG_HOSTS.ok("x"), finding]).exit_code();
        assert_eq!(Report::default().exit_code(), 0);
        assert_eq!(of(checks::HOST_DISK.ok("x")), 0);
        assert_eq!(of(checks::HOST_DISK.note("x")), 0);
        assert_eq!(of(checks::HOST_DISK.warning("x")), 1);
        assert_eq!(of(checks::HOST_DISK.error("x")), 2);
    }

    #[test]
    fn machines_get_a_stable_shape() {
        insta::assert_json_snapshot!(some().to_json());
    }
}
