//! Plays a written call, and compares what came of it with what is expected.

use std::sync::Arc;

use assist::{Again, CompiledPlaybook, MeaningVector, guide_again};
use events::{Event, HintOutcome, ItemState};
use model::Timestamp;
use playbook::{Expectation, Outcome, Rehearsal, Span};

use crate::compile::lacks_meaning;

/// Something that guidance did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Span,
    /// What.
    pub outcome: Outcome,
    /// What was shown: the card's suggestion or title, the alert's title.
    pub shown: String,
}

/// How an expectation came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected, at this time where it has one.
    Met(Option<Span>),
    /// It did not happen, or not in time.
    NotMet {
        /// When it happened, where it did at another time.
        nearest: Option<Span>,
    },
    /// It happened, and must not.
    Unwanted(Span),
    /// It rests on a meaning, and there is no embedding model.
    NotRun,
}

/// What is expected, how it came out, and whether it must not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is expected.
    pub expected: Expectation,
    /// Whether it must not happen.
    pub never: bool,
    /// How it came out.
    pub verdict: Verdict,
}

/// How a rehearsal came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What was expected, in the order of the file.
    pub rows: Vec<Row>,
    /// All that happened, in order.
    pub happened: Vec<Happened>,
    /// Whether a meaning could not be told, for want of a model.
    pub without_meaning: bool,
}

impl Verdict {
    /// Whether it is against what is expected.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::NotMet { .. } | Self::Unwanted(_))
    }
}

impl Report {
    /// Whether nothing is against what is expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.rows.iter().all(|row| !row.verdict.is_failure())
    }
}

/// Plays a rehearsal with a playbook. `embed` gives the vectors of sentences, or none where there is no model.
pub fn rehearse(
    rehearsal: &Rehearsal,
    playbook: Arc<CompiledPlaybook>,
    embed: &mut dyn FnMut(&[String]) -> Option<Vec<MeaningVector>>,
) -> Report {
    let again = guide_again(&rehearsal.events(), &[Arc::clone(&playbook)], embed);
    let without_meaning = again.without_meaning || lacks_meaning(&playbook);
    let happened = happened(rehearsal, &playbook.playbook().id, &again);
    let mut taken = vec![false; happened.len()];
    let expected = rehearsal.expect.iter().map(|expected| {
        let verdict = if expected.by_meaning && without_meaning {
            Verdict::NotRun
        } else {
            find(expected, &happened, &mut taken)
        };
        Row { expected: expected.clone(), never: false, verdict }
    });
    let never = rehearsal.never.iter().map(|never| Row {
        expected: never.clone(),
        never: true,
        verdict: happened
            .iter()
            .find(|happened| fits(never, happened) && in_time(never, happened))
            .map_or(Verdict::Met(None), |happened| Verdict::Unwanted(happened.at)),
    });
    let rows = expected.chain(never).collect();
    Report { rows, happened: happened.clone(), without_meaning }
}

/// The first that fits and that answers no other expectation.
fn find(expected: &Expectation, happened: &[Happened], taken: &mut [bool]) -> Verdict {
    let fitting = happened.iter().zip(taken).filter(|(happened, taken)| !**taken && fits(expected, happened));
    let mut nearest: Option<Span> = None;
    for (happened, taken) in fitting {
        if in_time(expected, happened) {
            *taken = true;
            return Verdict::Met(Some(happened.at));
        }
        let distance = |at: Span| expected.at.map(|wanted| wanted.0.abs_diff(at.0));
        if nearest.is_none_or(|other| distance(happened.at) < distance(other)) {
            nearest = Some(happened.at);
        }
    }
    Verdict::NotMet { nearest }
}

fn fits(expected: &Expectation, happened: &Happened) -> bool {
    match (&expected.outcome, &happened.outcome) {
        (Outcome::Workflow(wanted, None), Outcome::Workflow(begun, _)) => wanted == begun,
        (wanted, other) => wanted == other,
    }
}

fn in_time(expected: &Expectation, happened: &Happened) -> bool {
    expected.at.is_none_or(|at| at.0.abs_diff(happened.at.0) <= expected.tolerance.0)
}

fn happened(rehearsal: &Rehearsal, playbook: &str, again: &Again) -> Vec<Happened> {
    let fired = again.fired.iter().filter(|fired| fired.playbook == playbook).map(|fired| Happened {
        at: Span(std::time::Duration::from_millis(fired.at_ms)),
        outcome: Outcome::Fired(fired.rule.clone()),
        shown: String::new(),
    });
    let events = again.events.iter().flat_map(|(at, event)| of_event(rehearsal, playbook, *at, &event.event));
    let mut all: Vec<Happened> = fired.chain(events).collect();
    all.sort_by_key(|happened| happened.at);
    all
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not listed is nothing that guidance does")]
fn of_event(rehearsal: &Rehearsal, playbook: &str, at: Timestamp, event: &Event) -> Option<Happened> {
    let at = rehearsal.place(at);
    let (outcome, shown) = match event {
        Event::HintShown(card) if card.playbook == playbook => {
            (Outcome::Card(card.rule.clone()), card.suggestion.clone().unwrap_or_else(|| card.title.clone()))
        }
        Event::HintChanged(changed) if changed.outcome == HintOutcome::Said => {
            (Outcome::Said(changed.rule.clone()), String::new())
        }
        Event::HintChanged(changed) if changed.outcome == HintOutcome::Withdrawn => {
            (Outcome::Withdrawn(changed.rule.clone()), String::new())
        }
        Event::AlertRaised(alert) if alert.playbook == playbook => {
            (Outcome::Alert(alert.rule.clone()), alert.title.clone())
        }
        Event::ChecklistChanged(item) if item.playbook == playbook => match item.state {
            ItemState::Done => (Outcome::Ticked(item.item.clone()), String::new()),
            ItemState::Missed => (Outcome::Missed(item.item.clone()), String::new()),
            ItemState::Open => return None,
        },
        Event::WorkflowChanged(flow) if flow.playbook == playbook => {
            (Outcome::Workflow(flow.workflow.clone(), flow.step.clone()), String::new())
        }
        Event::SummaryWritten(summary) if summary.complete => {
            let wrap = summary.disposition.as_ref()?;
            (Outcome::Disposition(wrap.code.clone()), wrap.title.clone())
        }
        _ => return None,
    };
    Some(Happened { at, outcome, shown })
}
