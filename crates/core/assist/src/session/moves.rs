//! What follows when a playbook moved.

use std::sync::Arc;

use events::{
    AlertCleared, AlertKind, AlertRaised, ChecklistChanged, Event, ItemState, Severity, WorkflowChanged,
};
use model::UtteranceId;
use playbook::Action;

use super::{Alert, Fired, MAX_FIRED, Session, Source};
use crate::{
    CompiledPlaybook,
    guide::{Move, Moved},
};

impl Session {
    pub(super) fn follow(&mut self, guide: usize, one: Move) {
        match one {
            Move::Fired { rule, count, cause } => self.fire(guide, rule, count, cause),
            Move::Passed { rule } => self.clear_alert(guide, Source::Rule(rule)),
            Move::Ticked { item, cause } => self.item_changed(guide, item, ItemState::Done, cause, None),
            Move::Missed { item } => self.item_changed(guide, item, ItemState::Missed, None, None),
            Move::Moved { workflow, moved, cause } => self.flow_moved(guide, workflow, moved, cause),
        }
    }

    pub(super) fn book(&self, guide: usize) -> Option<Arc<CompiledPlaybook>> {
        self.guides.get(guide).map(|guide| Arc::clone(&guide.book))
    }

    fn fire(&mut self, index: usize, at: usize, count: u32, cause: Option<UtteranceId>) {
        let Some(book) = self.book(index) else { return };
        let Some(rule) = book.playbook.rules.get(at) else { return };
        if self.fired.len() < MAX_FIRED {
            self.fired.push(Fired {
                playbook: book.playbook.id.clone(),
                rule: rule.id.clone(),
                at_ms: self.course.now_ms,
                utterance: cause,
            });
        }
        // A card beside a question to the model is what is shown when the model has no answer.
        let asks_model = rule.then.iter().any(|action| matches!(action, Action::Model(_)));
        for (action, then) in rule.then.iter().enumerate() {
            match then {
                Action::Card(_) if asks_model => {}
                Action::Card(_) => self.offer_card(index, at, action, count, cause),
                Action::Alert(alert) => self.raise_for_rule(index, at, count, alert, cause),
                Action::Workflow(id) => {
                    let place = book.playbook.workflows.iter().position(|flow| flow.id == *id);
                    if let Some(workflow) = place {
                        self.begin_workflow(index, workflow, cause);
                    }
                }
                Action::Answer(_) | Action::Model(_) => self.ask(index, at, action, count, cause),
            }
        }
    }

    /// The log shows that a rule fired, by what is not known here: what else it asks for may still be to come.
    pub(super) fn offer_rest(&mut self, index: usize, at: usize, count: u32, cause: Option<UtteranceId>) {
        let Some(book) = self.book(index) else { return };
        let Some(rule) = book.playbook.rules.get(at) else { return };
        let asks_model = rule.then.iter().any(|action| matches!(action, Action::Model(_)));
        for (action, then) in rule.then.iter().enumerate() {
            match then {
                Action::Card(_) if !asks_model => self.offer_card(index, at, action, count, cause),
                Action::Answer(_) | Action::Model(_) => self.ask(index, at, action, count, cause),
                Action::Card(_) | Action::Alert(_) | Action::Workflow(_) => {}
            }
        }
    }

    fn raise_for_rule(
        &mut self,
        index: usize,
        at: usize,
        count: u32,
        alert: &playbook::Alert,
        cause: Option<UtteranceId>,
    ) {
        let Some(guide) = self.guides.get_mut(index) else { return };
        let Some(rule) = guide.book.playbook.rules.get(at) else { return };
        let id = format!("a-{}.{}-{count}", guide.book.playbook.id, rule.id);
        let raised = AlertRaised {
            id,
            playbook: guide.book.playbook.id.clone(),
            rule: rule.id.clone(),
            kind: alert.kind,
            severity: alert.severity,
            title: alert.title.clone(),
            utterance: cause,
            at_ms: self.course.now_ms,
        };
        if let Some(state) = guide.rules.get_mut(at) {
            state.alerting = true;
        }
        self.raise(index, Source::Rule(at), raised);
    }

    /// Raises an alert, unless one of its kind is open.
    fn raise(&mut self, guide: usize, source: Source, raised: AlertRaised) {
        if self.alerts.contains_key(&(guide, source)) {
            return;
        }
        self.alerts.insert((guide, source), Alert { id: raised.id.clone(), logged: false });
        self.emit(raised.utterance, Event::AlertRaised(raised));
    }

    pub(super) fn clear_alert(&mut self, guide: usize, source: Source) {
        let Some(alert) = self.alerts.remove(&(guide, source)) else { return };
        // While the session is restored: what neither began nor ended in the log was never there.
        if self.outbox.is_restoring() && !alert.logged {
            self.outbox.drop_alert(&alert.id);
            return;
        }
        self.emit(None, Event::AlertCleared(AlertCleared { id: alert.id, at_ms: self.course.now_ms }));
    }

    pub(super) fn item_changed(
        &mut self,
        guide: usize,
        at: usize,
        state: ItemState,
        utterance: Option<UtteranceId>,
        by: Option<&str>,
    ) {
        let Some(book) = self.book(guide) else { return };
        let Some(item) = book.playbook.checklist.get(at) else { return };
        let changed = ChecklistChanged {
            playbook: book.playbook.id.clone(),
            item: item.id.clone(),
            state,
            utterance,
            by: by.map(str::to_owned),
            at_ms: self.course.now_ms,
        };
        self.emit(utterance, Event::ChecklistChanged(changed));
        match state {
            ItemState::Missed if item.required => {
                let place = format!("a-{}.item.{}", book.playbook.id, item.id);
                let count = self.count(&place);
                let raised = AlertRaised {
                    id: format!("{place}-{count}"),
                    playbook: book.playbook.id.clone(),
                    rule: item.id.clone(),
                    kind: AlertKind::Compliance,
                    severity: Severity::Warning,
                    title: item.title.clone(),
                    utterance: None,
                    at_ms: self.course.now_ms,
                };
                self.raise(guide, Source::Item(at), raised);
            }
            ItemState::Done => self.clear_alert(guide, Source::Item(at)),
            ItemState::Missed | ItemState::Open => {}
        }
    }

    /// Counts what comes more than once from one place, so that each has its own id.
    pub(super) fn count(&mut self, place: &str) -> u32 {
        let count = self.counts.entry(place.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count
    }

    fn begin_workflow(&mut self, guide: usize, workflow: usize, cause: Option<UtteranceId>) {
        let Some(own) = self.guides.get_mut(guide) else { return };
        if own.begin_flow(&self.course, workflow, cause) {
            self.flow_moved(guide, workflow, Moved::To(0), cause);
        }
    }

    pub(super) fn flow_moved(
        &mut self,
        guide: usize,
        workflow: usize,
        moved: Moved,
        cause: Option<UtteranceId>,
    ) {
        let Some(book) = self.book(guide) else { return };
        let Some(flow) = book.playbook.workflows.get(workflow) else { return };
        let step = if let Moved::To(step) = moved { Some(step) } else { None };
        let changed = WorkflowChanged {
            playbook: book.playbook.id.clone(),
            workflow: flow.id.clone(),
            state: moved.state(),
            step: step.and_then(|step| flow.steps.get(step)).map(|step| step.id.clone()),
            utterance: cause,
            at_ms: self.course.now_ms,
        };
        self.emit(cause, Event::WorkflowChanged(changed));
        if let Some(step) = step {
            self.offer_step(guide, workflow, step, cause);
        }
    }
}
