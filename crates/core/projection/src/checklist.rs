//! How the checklist of a call stands.

use events::{ChecklistChanged, ItemState, PlaybookOutline};
use model::UtteranceId;
use serde::{Deserialize, Serialize};

/// The most items that are kept of a call; a playbook has far fewer.
const MAX_ITEMS: usize = 200;

/// An item of the checklist and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChecklistEntry {
    /// The playbook.
    pub playbook: String,
    /// The item.
    pub item: String,
    /// What it is.
    pub title: String,
    /// Whether a call without it is one that a supervisor has to know of.
    pub required: bool,
    /// By when, counted from when the agent was connected, where there is a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_ms: Option<u64>,
    /// How it stands.
    pub state: ItemState,
    /// The utterance that ticked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub utterance: Option<UtteranceId>,
    /// Who ticked it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
}

/// The items of all playbooks, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checklist {
    entries: Vec<ChecklistEntry>,
}

impl Checklist {
    /// The items are those of these playbooks. What was done of them before stays done.
    pub(crate) fn start(&mut self, playbooks: &[PlaybookOutline]) {
        let known = std::mem::take(&mut self.entries);
        let wanted = playbooks.iter().flat_map(|playbook| {
            playbook.checklist.iter().map(|item| ChecklistEntry {
                playbook: playbook.id.clone(),
                item: item.id.clone(),
                title: item.title.clone(),
                required: item.required,
                by_ms: item.by_ms,
                state: ItemState::Open,
                utterance: None,
                by: None,
                at_ms: None,
            })
        });
        self.entries.extend(wanted.take(MAX_ITEMS));
        for old in known {
            if let Some(entry) = self.entry(&old.playbook, &old.item) {
                (entry.state, entry.utterance, entry.by, entry.at_ms) =
                    (old.state, old.utterance, old.by, old.at_ms);
            }
        }
    }

    /// The last word on an item counts. One that no playbook names is nobody's.
    pub(crate) fn change(&mut self, changed: &ChecklistChanged) {
        if let Some(entry) = self.entry(&changed.playbook, &changed.item) {
            entry.state = changed.state;
            entry.utterance = changed.utterance;
            entry.by.clone_from(&changed.by);
            entry.at_ms = Some(changed.at_ms);
        }
    }

    pub(crate) fn entries(&self) -> &[ChecklistEntry] {
        &self.entries
    }

    /// The titles of what is required and was not done in time.
    pub(crate) fn unmet(&self) -> Vec<String> {
        let missed = |entry: &&ChecklistEntry| entry.required && entry.state == ItemState::Missed;
        self.entries.iter().filter(missed).map(|entry| entry.title.clone()).collect()
    }

    pub(crate) fn done(&self) -> u32 {
        crate::call::count(self.entries.iter().filter(|entry| entry.state == ItemState::Done).count())
    }

    pub(crate) fn total(&self) -> u32 {
        crate::call::count(self.entries.len())
    }

    fn entry(&mut self, playbook: &str, item: &str) -> Option<&mut ChecklistEntry> {
        self.entries.iter_mut().find(|entry| entry.playbook == playbook && entry.item == item)
    }
}
