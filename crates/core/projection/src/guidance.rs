//! What a call's desk shows beside the transcript.

use std::collections::VecDeque;

use events::{
    AlertRaised, CallMetrics, Envelope, Event, HintChanged, HintOutcome, HintShown, MessageSent,
    PlaybookOutline, SummaryWritten, WorkflowChanged, WorkflowState,
};
use serde::{Deserialize, Serialize};

use crate::checklist::{Checklist, ChecklistEntry};

/// How many cards are kept, the newest.
const MAX_HINTS: usize = 50;
/// How many outcomes of one card are kept.
const MAX_OUTCOMES: usize = 8;
/// How many samples of the metrics are kept, the newest.
const MAX_SAMPLES: usize = 120;
/// How many open alerts are kept, the newest.
const MAX_ALERTS: usize = 50;
/// How many messages are kept, the newest.
const MAX_MESSAGES: usize = 50;
/// How many workflows are kept.
const MAX_WORKFLOWS: usize = 50;

/// What became of a card, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OutcomeView {
    /// What became of it.
    pub outcome: HintOutcome,
    /// When, in milliseconds since the call's first sample.
    pub at_ms: u64,
    /// Who did it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A card and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HintView {
    /// The card.
    #[serde(flatten)]
    pub hint: HintShown,
    /// What became of it, in order.
    pub outcomes: Vec<OutcomeView>,
}

/// How a workflow stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WorkflowView {
    /// The playbook.
    pub playbook: String,
    /// The workflow.
    pub workflow: String,
    /// How it stands.
    pub state: WorkflowState,
    /// The step that is next, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// What a call's desk shows beside the transcript.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GuidanceView {
    /// The playbooks that guide it; none when nothing does.
    pub playbooks: Vec<PlaybookOutline>,
    /// The card on show.
    pub hint: Option<HintShown>,
    /// The last cards, the oldest first, with what became of them.
    pub hints: Vec<HintView>,
    /// Whether cards are held back.
    pub muted: bool,
    /// What is to be said or done, and how it stands.
    pub checklist: Vec<ChecklistEntry>,
    /// The workflows that began.
    pub workflows: Vec<WorkflowView>,
    /// Open alerts, the oldest first.
    pub alerts: Vec<AlertRaised>,
    /// How the call goes, as last measured.
    pub metrics: Option<CallMetrics>,
    /// The last measurements, the oldest first.
    pub series: Vec<CallMetrics>,
    /// The newest summary.
    pub summary: Option<SummaryWritten>,
    /// What supervisors said to the agent, the oldest first.
    pub messages: Vec<MessageSent>,
}

/// One call's events of guidance, folded. Bounded, however long the call.
#[derive(Clone, Debug, Default)]
pub struct GuidanceProjection {
    playbooks: Vec<PlaybookOutline>,
    checklist: Checklist,
    hints: VecDeque<HintView>,
    on_show: Option<String>,
    muted: bool,
    workflows: Vec<WorkflowView>,
    alerts: VecDeque<AlertRaised>,
    series: VecDeque<CallMetrics>,
    summary: Option<SummaryWritten>,
    messages: VecDeque<MessageSent>,
    seq: u64,
}

impl GuidanceProjection {
    /// The projection of no events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the call's next event in. One that was taken in before, and a partial, change nothing.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these are of guidance")]
    pub fn apply(&mut self, envelope: &Envelope) {
        if envelope.seq <= self.seq {
            return;
        }
        self.seq = envelope.seq;
        match &envelope.event {
            Event::GuidanceStarted(started) => {
                self.playbooks.clone_from(&started.playbooks);
                self.checklist.start(&started.playbooks);
            }
            Event::HintShown(hint) => self.show(hint),
            Event::HintChanged(changed) => self.change(changed),
            Event::GuidanceMuted(muted) => self.muted = muted.muted,
            Event::ChecklistChanged(changed) => self.checklist.change(changed),
            Event::WorkflowChanged(changed) => self.step(changed),
            Event::AlertRaised(alert) => self.raise(alert),
            Event::AlertCleared(cleared) => self.alerts.retain(|alert| alert.id != cleared.id),
            Event::MetricsSampled(metrics) => push(&mut self.series, *metrics, MAX_SAMPLES),
            Event::SummaryWritten(summary) => self.summary = Some(summary.clone()),
            Event::MessageSent(message) => self.say(message),
            Event::CallEnded(_) => self.on_show = None,
            _ => {}
        }
    }

    /// The call's last seq that was taken in.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// What a desk shows.
    #[must_use]
    pub fn view(&self) -> GuidanceView {
        GuidanceView {
            playbooks: self.playbooks.clone(),
            hint: self.on_show.as_deref().and_then(|id| self.hint(id)).map(|view| view.hint.clone()),
            hints: self.hints.iter().cloned().collect(),
            muted: self.muted,
            checklist: self.checklist.entries().to_vec(),
            workflows: self.workflows.clone(),
            alerts: self.alerts.iter().cloned().collect(),
            metrics: self.series.back().copied(),
            series: self.series.iter().copied().collect(),
            summary: self.summary.clone(),
            messages: self.messages.iter().cloned().collect(),
        }
    }

    fn hint(&self, id: &str) -> Option<&HintView> {
        self.hints.iter().rev().find(|view| view.hint.id == id)
    }

    /// A card that is shown twice is one card.
    fn show(&mut self, hint: &HintShown) {
        if self.hint(&hint.id).is_some() {
            return;
        }
        self.on_show = Some(hint.id.clone());
        push(&mut self.hints, HintView { hint: hint.clone(), outcomes: Vec::new() }, MAX_HINTS);
    }

    fn change(&mut self, changed: &HintChanged) {
        let HintChanged { outcome, at_ms, .. } = *changed;
        if outcome != HintOutcome::Expanded && self.on_show.as_ref() == Some(&changed.id) {
            self.on_show = None;
        }
        let Some(view) = self.hints.iter_mut().rev().find(|view| view.hint.id == changed.id) else { return };
        let known = view.outcomes.iter().any(|known| known.outcome == outcome && known.by == changed.by);
        if !known && view.outcomes.len() < MAX_OUTCOMES {
            view.outcomes.push(OutcomeView { outcome, at_ms, by: changed.by.clone() });
        }
    }

    fn step(&mut self, changed: &WorkflowChanged) {
        let view = WorkflowView {
            playbook: changed.playbook.clone(),
            workflow: changed.workflow.clone(),
            state: changed.state,
            step: changed.step.clone(),
        };
        let is_it =
            |known: &WorkflowView| known.playbook == changed.playbook && known.workflow == changed.workflow;
        let place = self.workflows.iter().position(is_it).unwrap_or(self.workflows.len());
        if let Some(known) = self.workflows.get_mut(place) {
            *known = view;
        } else if place < MAX_WORKFLOWS {
            self.workflows.push(view);
        }
    }

    fn raise(&mut self, alert: &AlertRaised) {
        self.alerts.retain(|known| known.id != alert.id);
        push(&mut self.alerts, alert.clone(), MAX_ALERTS);
    }

    fn say(&mut self, message: &MessageSent) {
        if self.messages.iter().all(|known| known.id != message.id) {
            push(&mut self.messages, message.clone(), MAX_MESSAGES);
        }
    }
}

/// The newest are kept.
fn push<T>(kept: &mut VecDeque<T>, new: T, most: usize) {
    if kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back(new);
}

#[cfg(test)]
mod tests;
