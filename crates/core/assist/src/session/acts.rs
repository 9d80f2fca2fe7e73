//! What people do at a desk.

use std::sync::Arc;

use events::{Act, DoneBy, Event, GuidanceMuted, ItemState, MessageSent};

use super::Session;
use crate::{guide::Moved, transcript::one_line};

/// As many acts of a call are remembered, so that each is done once.
const MAX_ACTS: usize = 1_024;
/// As many characters a supervisor's message may have.
const MAX_MESSAGE_CHARS: usize = 1_000;

impl Session {
    pub(super) fn act(&mut self, done: &DoneBy) {
        if self.acts.contains(&done.id) {
            return;
        }
        self.remember_act(&done.id);
        let now_ms = self.course.now_ms;
        match &done.act {
            Act::Hint { id, outcome } => {
                if let Some(event) = self.budget.act(id, *outcome, &done.by, now_ms) {
                    self.emit(None, event);
                }
            }
            Act::Summary { sections, actions, disposition } => {
                let at = (&self.course, self.ended);
                let new = self.writer.corrected(&done.by, sections, actions, disposition.as_ref(), at);
                if let Some(summary) = new {
                    self.emit(None, Event::SummaryWritten(summary));
                }
            }
            // Nobody is guided any more.
            Act::Mute { .. } | Act::Check { .. } | Act::Workflow { .. } | Act::Message { .. }
                if self.ended => {}
            Act::Mute { muted } => self.mute(*muted, &done.by),
            Act::Check { playbook, item, done: is_done } => self.check(playbook, item, *is_done, &done.by),
            Act::Workflow { playbook, workflow, step } => self.go(playbook, workflow, step.as_deref()),
            Act::Message { text } => {
                let text = one_line(text).chars().take(MAX_MESSAGE_CHARS).collect::<String>();
                let sent = MessageSent { id: done.id.clone(), from: done.by.clone(), text, at_ms: now_ms };
                self.emit(None, Event::MessageSent(sent));
            }
        }
    }

    pub(super) fn remember_act(&mut self, id: &str) {
        if self.acts.len() < MAX_ACTS {
            self.acts.insert(id.to_owned());
        }
    }

    fn mute(&mut self, muted: bool, by: &str) {
        if self.muted == muted {
            return;
        }
        self.muted = muted;
        if muted {
            self.budget.clear();
        }
        let event = GuidanceMuted { muted, by: by.to_owned(), at_ms: self.course.now_ms };
        self.emit(None, Event::GuidanceMuted(event));
    }

    fn check(&mut self, playbook: &str, item: &str, is_done: bool, by: &str) {
        let Some((guide, at)) = self.item(playbook, item) else { return };
        let now_ms = self.course.now_ms;
        let Some(status) = self.guides.get_mut(guide).and_then(|guide| guide.items.get_mut(at)) else {
            return;
        };
        if status.is_done() == is_done {
            return;
        }
        let state = if is_done { ItemState::Done } else { ItemState::Open };
        status.set(state, now_ms);
        self.item_changed(guide, at, state, None, Some(by));
    }

    fn go(&mut self, playbook: &str, workflow: &str, step: Option<&str>) {
        let Some((guide, at)) = self.workflow(playbook, workflow) else { return };
        let Some(own) = self.guides.get_mut(guide) else { return };
        let book = Arc::clone(&own.book);
        let moved = match step {
            Some(id) => {
                let flow = book.playbook.workflows.get(at);
                let place = flow.and_then(|flow| flow.steps.iter().position(|step| step.id == id));
                let Some(place) = place else { return };
                Moved::To(place)
            }
            None => Moved::Left,
        };
        if own.is_at(at, moved) {
            return;
        }
        own.move_flow(at, moved, self.course.now_ms);
        self.flow_moved(guide, at, moved, None);
    }

    pub(super) fn item(&self, playbook: &str, item: &str) -> Option<(usize, usize)> {
        let guide = self.guide(playbook)?;
        let items = &self.guides.get(guide)?.book.playbook.checklist;
        Some((guide, items.iter().position(|known| known.id == item)?))
    }

    pub(super) fn workflow(&self, playbook: &str, workflow: &str) -> Option<(usize, usize)> {
        let guide = self.guide(playbook)?;
        let flows = &self.guides.get(guide)?.book.playbook.workflows;
        Some((guide, flows.iter().position(|known| known.id == workflow)?))
    }

    pub(super) fn guide(&self, playbook: &str) -> Option<usize> {
        self.guides.iter().position(|guide| guide.book.playbook.id == playbook)
    }
}
