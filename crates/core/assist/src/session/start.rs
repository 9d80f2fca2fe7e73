//! How a call begins, and how it ends.

use std::sync::Arc;

use events::{CallStarted, ChecklistChanged, Event, GuidanceStarted, ItemState};
use model::Timestamp;

use super::{Session, Source, outline::outline};
use crate::{CompiledPlaybook, budget::Budget, builtin, guide::Guide};

/// Cards a minute where no playbook says it.
const USUAL_CARDS: u32 = 4;

impl Session {
    pub(super) fn start(&mut self, started: &CallStarted) {
        self.course.started = Some(Timestamp::from_millis(started.started_at_ms));
        self.course.facts.started(started);
        if !started.provisional {
            self.begin();
        }
    }

    /// Chooses the playbooks that apply, once.
    pub(super) fn begin(&mut self) {
        if self.begun {
            return;
        }
        self.begun = true;
        let facts = &self.course.facts;
        let fit: Vec<Arc<CompiledPlaybook>> = self
            .config
            .playbooks
            .iter()
            .filter(|book| facts.applies(&book.playbook.applies))
            .map(Arc::clone)
            .collect();
        self.guide_by(fit);
        let playbooks = self.guides.iter().filter(|guide| !guide.book.built_in);
        let started = GuidanceStarted { playbooks: playbooks.map(|guide| outline(&guide.book)).collect() };
        self.emit(None, Event::GuidanceStarted(started));
    }

    /// Guides the call by these playbooks from here on; what those of them did so far that guided it already stays.
    pub(super) fn guide_by(&mut self, books: Vec<Arc<CompiledPlaybook>>) {
        let mut before = std::mem::take(&mut self.guides);
        let built_in = self.config.built_in_alerts.then(builtin::shared);
        for book in books.into_iter().chain(built_in) {
            let known = before.iter().position(|guide| guide.book.playbook.id == book.playbook.id);
            self.guides.push(known.map_or_else(|| Guide::new(book), |known| before.remove(known)));
        }
        let limits = self.guides.iter().filter(|guide| !guide.book.built_in);
        let per_minute = limits.map(|guide| guide.book.playbook.budget.cards_per_minute).min();
        self.budget = Budget::new(per_minute.unwrap_or(USUAL_CARDS));
    }

    pub(super) fn end(&mut self) {
        if self.ended {
            return;
        }
        self.begin();
        // The last words may still tick something.
        self.look_at_guides();
        for index in 0..self.guides.len() {
            self.close_checklist(index);
        }
        self.course.line.ended(self.course.now_ms);
        self.ended = true;
        self.budget.clear();
        // What somebody should have looked at while it lasted is over; what was not said stays.
        let passing: Vec<(usize, Source)> =
            self.alerts.keys().copied().filter(|(guide, source)| self.is_passing(*guide, *source)).collect();
        for (guide, source) in passing {
            self.clear_alert(guide, source);
        }
    }

    fn close_checklist(&mut self, index: usize) {
        let Some(guide) = self.guides.get_mut(index) else { return };
        let missed = guide.close_items(&self.course);
        let book = Arc::clone(&guide.book);
        for item in missed.into_iter().filter_map(|item| book.playbook.checklist.get(item)) {
            let changed = ChecklistChanged {
                playbook: book.playbook.id.clone(),
                item: item.id.clone(),
                state: ItemState::Missed,
                utterance: None,
                by: None,
                at_ms: self.course.now_ms,
            };
            self.emit(None, Event::ChecklistChanged(changed));
        }
    }

    /// Whether an alert is about a state that the call's end ends.
    fn is_passing(&self, guide: usize, source: Source) -> bool {
        let Source::Rule(rule) = source else { return false };
        self.guides
            .get(guide)
            .and_then(|guide| guide.book.rules.get(rule))
            .is_some_and(|rule| rule.rests_on_state)
    }
}
