//! Names of findings, and what they add up to.

use std::collections::BTreeSet;

use events::{EntityKind, Finding, FindingRule, Verdict};
use model::Channel;

/// The name of a finding: the same for the same rule at the same place.
#[must_use]
pub fn finding_id(rule: FindingRule, channel: Channel, from_ms: u64, to_ms: u64) -> String {
    let side = match channel {
        Channel::Customer => "c",
        Channel::ToCustomer => "t",
    };
    format!("{}-{side}-{from_ms}-{to_ms}", short(rule))
}

/// The finding that a check of a channel could not be made.
#[must_use]
pub fn not_checked(channel: Channel, to_ms: u64, reason: &str) -> Finding {
    Finding {
        id: finding_id(FindingRule::NotChecked, channel, 0, to_ms),
        rule: FindingRule::NotChecked,
        entity: EntityKind::Number,
        channel,
        from_ms: 0,
        to_ms,
        utterance: None,
        confidence: 0.0,
        repaired: false,
        reason: reason.to_owned(),
    }
}

/// What findings come to. Those that reviewers have `settled` count no more; one that a check could not be made hides
/// the call only if `hide_unchecked`.
#[must_use]
pub fn verdict(findings: &[Finding], settled: &BTreeSet<String>, hide_unchecked: bool) -> Verdict {
    let counts = |finding: &&Finding| finding.rule != FindingRule::NotChecked || hide_unchecked;
    let open = |finding: &Finding| !finding.repaired && !settled.contains(&finding.id);
    if findings.iter().filter(counts).any(open) {
        Verdict::Quarantined
    } else if findings.iter().any(|finding| finding.repaired) {
        Verdict::Repaired
    } else {
        Verdict::Clean
    }
}

const fn short(rule: FindingRule) -> &'static str {
    match rule {
        FindingRule::Unaccounted => "unaccounted",
        FindingRule::SecondPass => "words",
        FindingRule::HeardAgain => "heard",
        FindingRule::SoundInMask => "sound",
        FindingRule::NotChecked => "unchecked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: FindingRule, repaired: bool) -> Finding {
        Finding { rule, repaired, ..not_checked(Channel::Customer, 5, "why") }
    }

    #[test]
    fn what_is_not_repaired_hides_the_call_and_what_is_does_not() {
        let none = BTreeSet::new();
        let of = |findings: &[Finding]| verdict(findings, &none, false);
        assert_eq!(of(&[]), Verdict::Clean);
        assert_eq!(of(&[finding(FindingRule::SecondPass, true)]), Verdict::Repaired);
        let both = [finding(FindingRule::SecondPass, true), finding(FindingRule::HeardAgain, false)];
        assert_eq!(of(&both), Verdict::Quarantined);
    }

    #[test]
    fn a_check_that_could_not_be_made_hides_only_where_the_tenant_says_so() {
        let findings = [finding(FindingRule::NotChecked, false)];
        assert_eq!(verdict(&findings, &BTreeSet::new(), false), Verdict::Clean);
        assert_eq!(verdict(&findings, &BTreeSet::new(), true), Verdict::Quarantined);
    }

    #[test]
    fn what_reviewers_settled_stays_settled() {
        let findings = [finding(FindingRule::SecondPass, false)];
        let settled = findings.iter().map(|finding| finding.id.clone()).collect();
        assert_eq!(verdict(&findings, &settled, false), Verdict::Clean);
    }

    #[test]
    fn a_finding_is_named_by_its_rule_and_place() {
        assert_eq!(finding_id(FindingRule::SecondPass, Channel::ToCustomer, 5, 7), "words-t-5-7");
    }
}
