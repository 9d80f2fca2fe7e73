//! How useful each rule's cards were.

use std::collections::BTreeMap;

use events::{Envelope, Event, HintKind, HintOutcome};
use serde::Serialize;

/// How useful the cards of calls were, rule by rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Usefulness {
    /// Calls that began from then on are counted, in milliseconds since the epoch.
    pub from_ms: i64,
    /// Calls that began before then are.
    pub to_ms: i64,
    /// How many calls were counted.
    pub calls: u64,
    /// There are more than were counted: these are the newest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// The rules, those that were shown most first.
    pub rules: Vec<RuleUse>,
}

/// How useful the cards of one rule were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RuleUse {
    /// The playbook.
    pub playbook: String,
    /// Its version.
    pub version: u32,
    /// The rule.
    pub rule: String,
    /// What its cards are for.
    pub kind: HintKind,
    /// How many were shown.
    pub shown: u64,
    /// How many an agent looked at closer.
    pub expanded: u64,
    /// How many an agent took up.
    pub accepted: u64,
    /// How many an agent put away.
    pub dismissed: u64,
    /// Of how many the suggestion was said.
    pub said: u64,
    /// How many were there to their end.
    pub expired: u64,
    /// How many went because they did not fit any more.
    pub withdrawn: u64,
    /// How many were taken up, and not said.
    pub accepted_not_said: u64,
}

/// Whose cards: playbook, version, rule, kind.
type Whose = (String, u32, String, HintKind);

/// What became of cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    shown: u64,
    expanded: u64,
    accepted: u64,
    dismissed: u64,
    said: u64,
    expired: u64,
    withdrawn: u64,
    accepted_not_said: u64,
}

/// A card, and what became of it.
#[derive(Debug)]
struct Card {
    whose: Whose,
    outcomes: Vec<HintOutcome>,
}

/// The cards of one call, by their ids.
#[derive(Debug, Default)]
pub(crate) struct CardsOfCall(BTreeMap<String, Card>);

/// What became of the cards of calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(BTreeMap<Whose, Counts>);

impl CardsOfCall {
    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        if let Event::HintShown(shown) = &envelope.event {
            let whose = (shown.playbook.clone(), shown.version, shown.rule.clone(), shown.kind);
            self.0.entry(shown.id.clone()).or_insert_with(|| Card { whose, outcomes: Vec::new() });
        }
        if let Event::HintChanged(changed) = &envelope.event
            && let Some(card) = self.0.get_mut(&changed.id)
            && !card.outcomes.contains(&changed.outcome)
        {
            card.outcomes.push(changed.outcome);
        }
    }

    pub(crate) fn tally(self) -> Tally {
        let mut tally = Tally::default();
        for card in self.0.into_values() {
            tally.0.entry(card.whose).or_default().add(&card.outcomes);
        }
        tally
    }
}

impl Counts {
    fn add(&mut self, outcomes: &[HintOutcome]) {
        let one = |outcome| u64::from(outcomes.contains(&outcome));
        let (accepted, said) = (one(HintOutcome::Accepted), one(HintOutcome::Said));
        *self = Self {
            shown: self.shown + 1,
            expanded: self.expanded + one(HintOutcome::Expanded),
            accepted: self.accepted + accepted,
            dismissed: self.dismissed + one(HintOutcome::Dismissed),
            said: self.said + said,
            expired: self.expired + one(HintOutcome::Expired),
            withdrawn: self.withdrawn + one(HintOutcome::Withdrawn),
            accepted_not_said: self.accepted_not_said + u64::from(accepted > said),
        };
    }

    const fn merge(&mut self, other: &Self) {
        self.shown += other.shown;
        self.expanded += other.expanded;
        self.accepted += other.accepted;
        self.dismissed += other.dismissed;
        self.said += other.said;
        self.expired += other.expired;
        self.withdrawn += other.withdrawn;
        self.accepted_not_said += other.accepted_not_said;
    }
}

impl Tally {
    pub(crate) fn merge(&mut self, other: &Self) {
        for (whose, counts) in &other.0 {
            self.0.entry(whose.clone()).or_default().merge(counts);
        }
    }

    /// The rules, those that were shown most first.
    pub(crate) fn rules(self) -> Vec<RuleUse> {
        let of = |((playbook, version, rule, kind), counts): (Whose, Counts)| RuleUse {
            playbook,
            version,
            rule,
            kind,
            shown: counts.shown,
            expanded: counts.expanded,
            accepted: counts.accepted,
            dismissed: counts.dismissed,
            said: counts.said,
            expired: counts.expired,
            withdrawn: counts.withdrawn,
            accepted_not_said: counts.accepted_not_said,
        };
        let mut rules: Vec<RuleUse> = self.0.into_iter().map(of).collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.shown));
        rules
    }
}
