//! What became of a call after its end.

use std::collections::BTreeSet;

use events::{FindingDecided, FindingRule, Verdict, Verified};

/// What verification found, what was decided, and for which matters the call must be kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Review {
    verdict: Option<Verdict>,
    quarantined: bool,
    /// Findings of the last verification that somebody has to decide on.
    found: BTreeSet<String>,
    /// Findings that were decided on. A later verification finds the same by the same names.
    settled: BTreeSet<String>,
    matters: BTreeSet<String>,
}

impl Review {
    /// The last verification counts. What could not be checked is for somebody to decide on only where it hides the call.
    pub(crate) fn verified(&mut self, verified: &Verified) {
        self.verdict = Some(verified.verdict);
        self.quarantined = verified.verdict == Verdict::Quarantined;
        let counts = |rule| rule != FindingRule::NotChecked || self.quarantined;
        let open = verified.findings.iter().filter(|finding| !finding.repaired && counts(finding.rule));
        self.found = open.map(|finding| finding.id.clone()).collect();
    }

    pub(crate) fn decided(&mut self, decided: &FindingDecided) {
        if decided.settled {
            self.settled.insert(decided.finding.clone());
        } else {
            // The last word counts: one that needs a second person opens the finding again.
            self.settled.remove(&decided.finding);
        }
    }

    pub(crate) const fn lifted(&mut self) {
        self.quarantined = false;
    }

    /// A matter that is named twice is one matter.
    pub(crate) fn held(&mut self, matter: &str) {
        self.matters.insert(matter.to_owned());
    }

    pub(crate) fn released(&mut self, matter: &str) {
        self.matters.remove(matter);
    }

    pub(crate) const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    pub(crate) const fn is_quarantined(&self) -> bool {
        self.quarantined
    }

    pub(crate) fn open_findings(&self) -> u32 {
        u32::try_from(self.found.difference(&self.settled).count()).unwrap_or(u32::MAX)
    }

    pub(crate) fn is_held(&self) -> bool {
        !self.matters.is_empty()
    }
}
