//! What two playbooks made of the same calls.

use std::collections::BTreeMap;

use assist::{Again, Fired};
use events::{Event, ItemState};
use model::CallId;
use playbook::Playbook;
use serde::Serialize;

/// As many firings of a rule are named, added and removed ones each.
const MAX_NAMED: usize = 100;
/// Two firings without an utterance are the same one when they are no farther apart.
const SAME_WITHIN_MS: u64 = 3_000;

/// What became of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RuleChange {
    /// The rule.
    pub rule: String,
    /// How often it fires with the live playbook.
    pub before: u64,
    /// How often it fires with the changed one.
    pub after: u64,
    /// Where it fires now and did not; the first hundred.
    pub added: Vec<Firing>,
    /// Where it fired and does no more; the first hundred.
    pub removed: Vec<Firing>,
}

/// A rule fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Firing {
    /// In which call.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub call_id: CallId,
    /// When, in milliseconds since the call's first sample.
    pub at_ms: u64,
    /// The utterance that called for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utterance: Option<String>,
}

/// What became of an item of the checklist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ItemChange {
    /// The item.
    pub item: String,
    /// With the live playbook.
    pub before: ItemCounts,
    /// With the changed one.
    pub after: ItemCounts,
}

/// In how many calls an item was done, and missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ItemCounts {
    /// Done.
    pub done: u64,
    /// Missed.
    pub missed: u64,
}

/// Gathers what two playbooks made of calls.
#[derive(Debug)]
pub(super) struct Comparison {
    playbook: String,
    rules: Vec<RuleChange>,
    items: Vec<ItemChange>,
}

impl Comparison {
    pub(super) fn new(candidate: &Playbook, live: Option<&Playbook>) -> Self {
        let both = || [Some(candidate), live].into_iter().flatten();
        let mut rules: Vec<RuleChange> = Vec::new();
        for rule in both().flat_map(|playbook| &playbook.rules) {
            if rules.iter().all(|known| known.rule != rule.id) {
                rules.push(RuleChange { rule: rule.id.clone(), ..RuleChange::default() });
            }
        }
        let mut items: Vec<ItemChange> = Vec::new();
        for item in both().flat_map(|playbook| &playbook.checklist) {
            if items.iter().all(|known| known.item != item.id) {
                items.push(ItemChange { item: item.id.clone(), ..ItemChange::default() });
            }
        }
        Self { playbook: candidate.id.clone(), rules, items }
    }

    pub(super) fn add(&mut self, call: &CallId, before: &Again, after: &Again) {
        for change in &mut self.rules {
            let of = |again: &Again| -> Vec<Fired> {
                let own = |fired: &&Fired| fired.playbook == self.playbook && fired.rule == change.rule;
                again.fired.iter().filter(own).cloned().collect()
            };
            change.add(call, of(before), of(after));
        }
        let (before, after) = (self.items_of(before), self.items_of(after));
        for change in &mut self.items {
            change.before.add(before.get(&change.item));
            change.after.add(after.get(&change.item));
        }
    }

    pub(super) fn finish(self) -> (Vec<RuleChange>, Vec<ItemChange>) {
        (self.rules, self.items)
    }

    /// How each item stood at the call's end.
    fn items_of(&self, again: &Again) -> BTreeMap<String, ItemState> {
        let mut states = BTreeMap::new();
        for (_, event) in &again.events {
            if let Event::ChecklistChanged(changed) = &event.event
                && changed.playbook == self.playbook
            {
                states.insert(changed.item.clone(), changed.state);
            }
        }
        states
    }
}

impl RuleChange {
    fn add(&mut self, call: &CallId, mut before: Vec<Fired>, after: Vec<Fired>) {
        self.before += before.len() as u64;
        self.after += after.len() as u64;
        for fired in after {
            match before.iter().position(|other| is_same(other, &fired)) {
                Some(same) => {
                    before.remove(same);
                }
                None => name(&mut self.added, call, &fired),
            }
        }
        for fired in before {
            name(&mut self.removed, call, &fired);
        }
    }
}

impl ItemCounts {
    fn add(&mut self, state: Option<&ItemState>) {
        match state {
            Some(ItemState::Done) => self.done += 1,
            Some(ItemState::Missed) => self.missed += 1,
            Some(ItemState::Open) | None => {}
        }
    }
}

fn is_same(one: &Fired, other: &Fired) -> bool {
    match (&one.utterance, &other.utterance) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.at_ms.abs_diff(other.at_ms) <= SAME_WITHIN_MS,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn name(firings: &mut Vec<Firing>, call: &CallId, fired: &Fired) {
    if firings.len() < MAX_NAMED {
        firings.push(Firing {
            call_id: call.clone(),
            at_ms: fired.at_ms,
            utterance: fired.utterance.map(|id| id.to_string()),
        });
    }
}
