//! A session that is restored: what the call's log says stands.

use std::sync::Arc;

use events::{
    AlertRaised, CallMetrics, ChecklistChanged, Event, GuidanceStarted, HintShown, WorkflowChanged,
    WorkflowState,
};
use playbook::Action;

use super::{Alert, Session, Source, cards::vector_of};
use crate::{
    CompiledPlaybook,
    budget::{Card, Origin, Part},
    course::within_call,
    guide::Moved,
};

impl Session {
    /// Takes one of guidance's own events in. Once restored, they are what this session said, so that they change
    /// nothing.
    pub(super) fn adopt(&mut self, event: &Event) {
        if !self.outbox.is_restoring() {
            return;
        }
        let was_held = self.outbox.settle(event);
        match event {
            Event::GuidanceStarted(started) => self.adopt_start(started),
            Event::HintShown(hint) if !was_held => self.adopt_hint(hint),
            Event::HintChanged(changed) => self.budget.adopt_changed(changed),
            Event::GuidanceMuted(muted) => {
                self.muted = muted.muted;
                if self.muted {
                    self.budget.clear();
                }
            }
            Event::ChecklistChanged(changed) => self.adopt_item(changed),
            Event::WorkflowChanged(changed) => self.adopt_flow(changed),
            Event::AlertRaised(raised) => self.adopt_alert(raised),
            Event::AlertCleared(cleared) => {
                let open = self.alerts.iter().find(|(_, alert)| alert.id == cleared.id).map(|(of, _)| *of);
                if let Some(of) = open {
                    self.alerts.remove(&of);
                }
            }
            Event::MetricsSampled(metrics) => self.adopt_metrics(metrics),
            Event::SummaryWritten(written) => self.writer.adopt(written, self.course.now_ms),
            Event::MessageSent(sent) => self.remember_act(&sent.id),
            Event::HintShown(_) | _ => {}
        }
    }

    fn adopt_start(&mut self, started: &GuidanceStarted) {
        self.begun = true;
        let id = |guide: &CompiledPlaybook| guide.playbook.id.clone();
        let named: Vec<Arc<CompiledPlaybook>> = started
            .playbooks
            .iter()
            .filter_map(|outline| self.config.playbooks.iter().find(|book| id(book) == outline.id))
            .map(Arc::clone)
            .collect();
        let now: Vec<String> =
            self.guides.iter().filter(|guide| !guide.book.built_in).map(|guide| id(&guide.book)).collect();
        if named.iter().map(|book| id(book)).ne(now) {
            self.guide_by(named);
        }
    }

    fn adopt_hint(&mut self, hint: &HintShown) {
        let Some(guide) = self.guide(&hint.playbook) else { return };
        let Some(book) = self.book(guide) else { return };
        let origin = match book.playbook.rules.iter().position(|rule| rule.id == hint.rule) {
            Some(rule) => {
                let (count, action) = counted(&hint.id);
                if self.adopt_firing(guide, rule, count, within_call(hint.at_ms)) {
                    self.offer_rest(guide, rule, count, hint.utterance);
                }
                self.forget_question(guide, rule, action, count);
                Origin { guide, part: Part::Rule { rule, action } }
            }
            None => match self.step_of(guide, hint) {
                Some(origin) => origin,
                None => return,
            },
        };
        let vector = vector_of(&self.guides, origin);
        let hint =
            HintShown { at_ms: within_call(hint.at_ms), life_ms: within_call(hint.life_ms), ..hint.clone() };
        let card = Card { offered_ms: hint.at_ms, hint: hint.clone(), origin, age_ms: 0, vector };
        let outbox = &self.outbox;
        let unshown = self.budget.adopt_shown(card, &hint, &|id| !outbox.holds_card(id));
        if let Some(id) = unshown {
            self.outbox.drop_card(&id);
        }
    }

    fn adopt_firing(&mut self, guide: usize, rule: usize, count: u32, at_ms: u64) -> bool {
        let state = self.guides.get_mut(guide).and_then(|guide| guide.rules.get_mut(rule));
        state.is_some_and(|state| state.adopt(count, at_ms))
    }

    fn step_of(&mut self, guide: usize, hint: &HintShown) -> Option<Origin> {
        let (_, workflow) = self.workflow(&hint.playbook, &hint.rule)?;
        let book = self.book(guide)?;
        let flow = book.playbook.workflows.get(workflow)?;
        let step = flow.steps.iter().position(|step| step.title == hint.title)?;
        let place = format!("h-{}.{}.{}", hint.playbook, hint.rule, flow.steps.get(step)?.id);
        let (count, _) = counted(&hint.id);
        let known = self.counts.entry(place).or_default();
        *known = count.max(*known);
        Some(Origin { guide, part: Part::Step { workflow, step } })
    }

    fn adopt_item(&mut self, changed: &ChecklistChanged) {
        let Some((guide, at)) = self.item(&changed.playbook, &changed.item) else { return };
        if let Some(status) = self.guides.get_mut(guide).and_then(|guide| guide.items.get_mut(at)) {
            status.set(changed.state, within_call(changed.at_ms));
        }
        if changed.state == events::ItemState::Done {
            self.clear_alert(guide, Source::Item(at));
        }
    }

    fn adopt_flow(&mut self, changed: &WorkflowChanged) {
        let Some((guide, at)) = self.workflow(&changed.playbook, &changed.workflow) else { return };
        let Some(book) = self.book(guide) else { return };
        let steps = book.playbook.workflows.get(at).map(|flow| &flow.steps);
        let step = changed.step.as_ref().and_then(|id| steps?.iter().position(|step| step.id == *id));
        let moved = match (changed.state, step) {
            (WorkflowState::Running, Some(step)) => Moved::To(step),
            (WorkflowState::Running | WorkflowState::Done, _) => Moved::Done,
            (WorkflowState::Left, _) => Moved::Left,
        };
        let said = changed.utterance.and_then(|id| self.course.transcript.get(id));
        let after_ms = said.map_or_else(|| within_call(changed.at_ms), |said| said.end_ms);
        if let Some(own) = self.guides.get_mut(guide)
            && !own.is_at(at, moved)
        {
            own.move_flow(at, moved, after_ms);
            if moved == Moved::To(0) && changed.utterance.is_some() {
                self.adopt_beginning(guide, changed);
            }
            if let Moved::To(step) = moved {
                self.offer_step(guide, at, step, changed.utterance);
            }
        }
    }

    /// A workflow that began by words was begun by a rule: that one has fired.
    fn adopt_beginning(&mut self, guide: usize, changed: &WorkflowChanged) {
        let Some(book) = self.book(guide) else { return };
        let begins = |then: &Action| matches!(then, Action::Workflow(id) if *id == changed.workflow);
        let rule = book.playbook.rules.iter().position(|rule| rule.then.iter().any(begins));
        if let Some(rule) = rule
            && self.adopt_firing(guide, rule, 1, within_call(changed.at_ms))
        {
            self.offer_rest(guide, rule, 1, changed.utterance);
        }
    }

    fn adopt_alert(&mut self, raised: &AlertRaised) {
        let Some(guide) = self.guide(&raised.playbook) else { return };
        let Some(book) = self.book(guide) else { return };
        let (count, _) = counted(&raised.id);
        let source = if let Some(rule) = book.playbook.rules.iter().position(|rule| rule.id == raised.rule) {
            if self.adopt_firing(guide, rule, count, within_call(raised.at_ms)) {
                self.offer_rest(guide, rule, count, raised.utterance);
            }
            if let Some(state) = self.guides.get_mut(guide).and_then(|guide| guide.rules.get_mut(rule)) {
                state.alerting = true;
            }
            Source::Rule(rule)
        } else if let Some((_, item)) = self.item(&raised.playbook, &raised.rule) {
            let place = format!("a-{}.item.{}", raised.playbook, raised.rule);
            let known = self.counts.entry(place).or_default();
            *known = count.max(*known);
            Source::Item(item)
        } else {
            return;
        };
        let logged = Alert { id: raised.id.clone(), logged: true };
        if let Some(before) = self.alerts.insert((guide, source), logged)
            && before.id != raised.id
        {
            self.outbox.drop_alert(&before.id);
        }
    }

    fn adopt_metrics(&mut self, metrics: &CallMetrics) {
        self.sampled_ms = Some(within_call(metrics.at_ms));
        self.course.is_unsampled = false;
        self.measured |= self.ended;
    }

    /// Says what the log lacks. A card is shown only while its words are young.
    pub(super) fn catch_up(&mut self) {
        if !self.outbox.is_restoring() {
            return;
        }
        let now_ms = self.course.now_ms;
        let lacking = self.outbox.caught_up();
        let stale: Vec<String> = lacking
            .iter()
            .filter_map(|held| if let Event::HintShown(hint) = &held.event { Some(hint) } else { None })
            .filter(|hint| {
                let said = hint.utterance.and_then(|id| self.course.transcript.get(id));
                let born_ms = said.map_or(hint.at_ms, |said| said.end_ms);
                self.ended || now_ms >= born_ms.saturating_add(hint.life_ms)
            })
            .map(|hint| hint.id.clone())
            .collect();
        for id in &stale {
            self.budget.never_shown(id);
        }
        for held in lacking {
            let is_stale = match &held.event {
                Event::HintShown(hint) => stale.contains(&hint.id),
                Event::HintChanged(changed) => stale.contains(&changed.id),
                Event::ChecklistChanged(_) | _ => false,
            };
            if !is_stale {
                self.outbox.emit(held.stages, held.event);
            }
        }
        self.send_unasked();
        self.want_unembedded();
    }
}

/// The count in an id, and the action's place after it: `h-save.cancel-2.1` is the second time, the action 1.
fn counted(id: &str) -> (u32, usize) {
    let last = id.rsplit('-').next().unwrap_or_default();
    let (count, action) = last.split_once('.').unwrap_or((last, "0"));
    (count.parse().unwrap_or(1), action.parse().unwrap_or(0))
}
