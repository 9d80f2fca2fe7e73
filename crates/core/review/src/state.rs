//! How far the review of a call is, folded from its events.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    Event, Finding, FindingDecided, FindingRule, QuarantineLifted, ReviewAction, Verdict, Verified,
};

/// One finding and what was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reviewed {
    /// What a check found.
    pub finding: Finding,
    /// Every decision, in order.
    pub decisions: Vec<FindingDecided>,
}

impl Reviewed {
    /// What was decided for good.
    #[must_use]
    pub fn settled(&self) -> Option<ReviewAction> {
        self.decisions.iter().rev().find(|decided| decided.settled).map(|decided| decided.action)
    }

    /// The last that each person said.
    pub(crate) fn votes(&self) -> BTreeMap<&str, ReviewAction> {
        self.decisions.iter().map(|decided| (decided.by.as_str(), decided.action)).collect()
    }
}

/// The review of one call. Grows with its log, and only with that.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewState {
    verified: Option<Verified>,
    quarantined: bool,
    findings: BTreeMap<String, Reviewed>,
    lifted: Option<QuarantineLifted>,
}

impl ReviewState {
    /// The state after some events.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut this = Self::default();
        for event in events {
            this.apply(event);
        }
        this
    }

    /// Takes the call's next event in.
    pub fn apply(&mut self, event: &Event) {
        if let Event::CallVerified(verified) = event {
            self.verify(verified);
        } else if let Event::FindingDecided(decided) = event {
            if let Some(reviewed) = self.findings.get_mut(&decided.finding) {
                reviewed.decisions.push(decided.clone());
            }
        } else if let Event::QuarantineLifted(lifted) = event {
            self.quarantined = false;
            self.lifted = Some(lifted.clone());
        }
    }

    /// The newest verification counts; what was said of a finding that it makes again stays said.
    fn verify(&mut self, verified: &Verified) {
        let mut before = std::mem::take(&mut self.findings);
        for finding in &verified.findings {
            let decisions = before.remove(&finding.id).map(|known| known.decisions).unwrap_or_default();
            self.findings.insert(finding.id.clone(), Reviewed { finding: finding.clone(), decisions });
        }
        // What was settled is kept: it is why nobody asks again.
        self.findings.extend(before.into_iter().filter(|(_, known)| known.settled().is_some()));
        self.quarantined = verified.verdict == Verdict::Quarantined;
        self.verified = Some(verified.clone());
    }

    /// The newest verification.
    #[must_use]
    pub const fn verified(&self) -> Option<&Verified> {
        self.verified.as_ref()
    }

    /// The call is hidden from everyone but reviewers.
    #[must_use]
    pub const fn is_quarantined(&self) -> bool {
        self.quarantined
    }

    /// Who lifted the last quarantine.
    #[must_use]
    pub const fn lifted(&self) -> Option<&QuarantineLifted> {
        self.lifted.as_ref()
    }

    /// A finding of a name.
    #[must_use]
    pub fn finding(&self, id: &str) -> Option<&Reviewed> {
        self.findings.get(id)
    }

    /// Every finding, by name.
    pub fn findings(&self) -> impl Iterator<Item = &Reviewed> {
        self.findings.values()
    }

    /// Findings that wait for a decision; those that a check could not be made only if `unchecked_too`.
    pub fn open(&self, unchecked_too: bool) -> impl Iterator<Item = &Reviewed> {
        self.findings.values().filter(move |known| {
            !known.finding.repaired
                && known.settled().is_none()
                && (unchecked_too || known.finding.rule != FindingRule::NotChecked)
        })
    }

    /// The names of findings that were decided for good.
    #[must_use]
    pub fn settled(&self) -> BTreeSet<String> {
        let settled = self.findings.values().filter(|known| known.settled().is_some());
        settled.map(|known| known.finding.id.clone()).collect()
    }
}
