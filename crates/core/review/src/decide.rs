//! Reviewers' decisions.

use events::{Finding, FindingDecided, QuarantineLifted, ReviewAction};
use thiserror::Error;

use crate::ReviewState;

/// The longest name of a reviewer.
pub const MAX_NAME_CHARS: usize = 200;

/// How many different people must say the same, and what keeps a call hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewRules {
    /// To mask what was found.
    pub approve: u8,
    /// To mask more.
    pub mask: u8,
    /// To show what was found.
    pub release: u8,
    /// A check that could not be made keeps a call hidden until someone decides.
    pub hide_unchecked: bool,
}

impl Default for ReviewRules {
    /// One person can hide more, two must agree to show.
    fn default() -> Self {
        Self { approve: 1, mask: 1, release: 2, hide_unchecked: false }
    }
}

impl ReviewRules {
    const fn people(&self, action: ReviewAction) -> usize {
        let people = match action {
            ReviewAction::Approve => self.approve,
            ReviewAction::Mask => self.mask,
            ReviewAction::Release => self.release,
        };
        if people == 0 { 1 } else { people as usize }
    }
}

/// Why a decision is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The call has no such finding.
    #[error("the call has no finding {0}")]
    NoSuchFinding(String),
    /// It was decided for good.
    #[error("it is decided already")]
    Settled,
    /// The same person has said the same.
    #[error("the same person has said so before: somebody else has to agree")]
    SamePerson,
    /// Nobody, or no name.
    #[error("a reviewer has a name of at most {MAX_NAME_CHARS} characters")]
    NoName,
}

/// What a decision comes to: events to append, in this order, and what to mask before that.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The decision itself.
    pub decided: FindingDecided,
    /// What was found must be masked before the decision is told.
    pub mask: Option<Finding>,
    /// It was the last that kept the call hidden.
    pub lifted: Option<QuarantineLifted>,
}

/// Takes a reviewer's decision on a finding.
///
/// # Errors
/// When there is nothing to decide, or this person has said the same before.
pub fn decide(
    state: &ReviewState,
    finding: &str,
    action: ReviewAction,
    by: &str,
    at_ms: i64,
    rules: &ReviewRules,
) -> Result<Decision, DecideError> {
    let named = !by.trim().is_empty() && !by.chars().any(char::is_control);
    if !named || by.chars().count() > MAX_NAME_CHARS {
        return Err(DecideError::NoName);
    }
    let known = state.finding(finding).ok_or_else(|| DecideError::NoSuchFinding(finding.to_owned()))?;
    if known.settled().is_some() || known.finding.repaired {
        return Err(DecideError::Settled);
    }
    let votes = known.votes();
    if votes.get(by) == Some(&action) {
        return Err(DecideError::SamePerson);
    }
    let others = votes.iter().filter(|(name, said)| **name != by && **said == action).count();
    let settled = others + 1 >= rules.people(action);
    let decided = FindingDecided { finding: finding.to_owned(), action, by: by.to_owned(), at_ms, settled };
    let mask = (settled && action != ReviewAction::Release).then(|| known.finding.clone());
    let others_open = state.open(rules.hide_unchecked).any(|open| open.finding.id != finding);
    let lifts = settled && state.is_quarantined() && !others_open;
    Ok(Decision { decided, mask, lifted: lifts.then(|| QuarantineLifted { by: by.to_owned(), at_ms }) })
}

#[cfg(test)]
mod tests {
    use events::{EntityKind, Event, FindingRule, Verdict, Verified};
    use model::Channel;

    use super::*;
    use crate::not_checked;

    fn found(id: &str, rule: FindingRule) -> Finding {
        Finding {
            id: id.to_owned(),
            rule,
            entity: EntityKind::Card,
            confidence: 0.5,
            ..not_checked(Channel::Customer, 900, "three digits")
        }
    }

    fn state(ids: &[&str]) -> ReviewState {
        let findings = ids.iter().map(|id| found(id, FindingRule::SecondPass)).collect();
        let verified = Verified { verdict: Verdict::Quarantined, findings, report: None };
        ReviewState::of([&Event::CallVerified(verified)])
    }

    fn say(
        state: &mut ReviewState,
        id: &str,
        action: ReviewAction,
        by: &str,
    ) -> Result<Decision, DecideError> {
        let decision = decide(state, id, action, by, 7, &ReviewRules::default())?;
        state.apply(&Event::FindingDecided(decision.decided.clone()));
        if let Some(lifted) = &decision.lifted {
            state.apply(&Event::QuarantineLifted(lifted.clone()));
        }
        Ok(decision)
    }

    #[test]
    fn one_person_masks_and_the_last_decision_lifts_the_quarantine() {
        let mut call = state(&["a", "b"]);
        let first = say(&mut call, "a", ReviewAction::Approve, "ann").unwrap();
        assert!(first.decided.settled && first.mask.is_some() && first.lifted.is_none());
        assert!(call.is_quarantined());
        let last = say(&mut call, "b", ReviewAction::Mask, "ann").unwrap();
        assert_eq!(last.lifted.map(|lifted| lifted.by).as_deref(), Some("ann"));
        assert!(!call.is_quarantined());
    }

    #[test]
    fn two_different_people_release() {
        let mut call = state(&["a"]);
        let first = say(&mut call, "a", ReviewAction::Release, "ann").unwrap();
        assert!(!first.decided.settled && first.lifted.is_none());
        assert_eq!(say(&mut call, "a", ReviewAction::Release, "ann"), Err(DecideError::SamePerson));
        let second = say(&mut call, "a", ReviewAction::Release, "ben").unwrap();
        assert!(second.decided.settled && second.mask.is_none() && second.lifted.is_some());
        assert_eq!(say(&mut call, "a", ReviewAction::Mask, "eve"), Err(DecideError::Settled));
    }

    #[test]
    fn who_changes_their_mind_no_longer_counts_for_the_first() {
        let rules = ReviewRules { approve: 2, ..ReviewRules::default() };
        let mut call = state(&["a"]);
        for (action, by) in [(ReviewAction::Release, "ann"), (ReviewAction::Approve, "ann")] {
            let decision = decide(&call, "a", action, by, 1, &rules).unwrap();
            assert!(!decision.decided.settled);
            call.apply(&Event::FindingDecided(decision.decided));
        }
        assert!(!decide(&call, "a", ReviewAction::Release, "ben", 2, &rules).unwrap().decided.settled);
        assert!(decide(&call, "a", ReviewAction::Approve, "ben", 2, &rules).unwrap().decided.settled);
    }

    #[test]
    fn what_is_not_there_and_who_has_no_name_is_refused() {
        let call = state(&["a"]);
        let say = |id: &str, by: &str| {
            decide(&call, id, ReviewAction::Mask, by, 1, &ReviewRules::default()).unwrap_err()
        };
        assert_eq!(say("z", "ann"), DecideError::NoSuchFinding("z".to_owned()));
        for nobody in ["", " ", "a\nb", &"x".repeat(201)] {
            assert_eq!(say("a", nobody), DecideError::NoName);
        }
    }

    #[test]
    fn a_check_that_was_not_made_keeps_the_call_hidden_only_if_the_rules_say_so() {
        let findings = vec![found("a", FindingRule::SecondPass), found("u", FindingRule::NotChecked)];
        let verified = Verified { verdict: Verdict::Quarantined, findings, report: None };
        let call = ReviewState::of([&Event::CallVerified(verified)]);
        let lifts = |hide_unchecked| {
            let rules = ReviewRules { hide_unchecked, ..ReviewRules::default() };
            decide(&call, "a", ReviewAction::Mask, "ann", 1, &rules).unwrap().lifted.is_some()
        };
        assert_eq!((lifts(false), lifts(true)), (true, false));
    }

    #[test]
    fn verifying_again_keeps_what_was_decided() {
        let mut call = state(&["a", "b"]);
        say(&mut call, "a", ReviewAction::Mask, "ann").unwrap();
        let again = Verified {
            verdict: Verdict::Quarantined,
            findings: vec![found("a", FindingRule::SecondPass), found("c", FindingRule::HeardAgain)],
            report: None,
        };
        call.apply(&Event::CallVerified(again));
        let open: Vec<&str> = call.open(false).map(|known| known.finding.id.as_str()).collect();
        assert_eq!(open, ["c"]);
        assert!(call.settled().contains("a"));
    }
}
