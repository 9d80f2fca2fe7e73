//! What stands on the desk of an emulated call, and what acts make of it.

use std::collections::BTreeSet;

use events::{
    Act, ChecklistChanged, DoneBy, Event, GuidanceMuted, HintChanged, HintKind, HintOutcome, HintShown,
    ItemState, MessageSent, PlaybookOutline, SummarySource, SummaryWritten, WorkflowChanged, WorkflowState,
};
use model::UtteranceId;

use crate::scenario::{Card, Length};

/// How long a card stays that does not say.
const LIFE_MS: u64 = 30_000;
/// Acts that are remembered, so that one that comes again is done once. The oldest by name go first.
const MAX_ACTS: usize = 10_000;

/// What stands on the desk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    playbook: PlaybookOutline,
    cards: u32,
    on_show: Option<Shown>,
    /// Cards that were shown: their outcome may still come.
    known: Vec<(String, String)>,
    muted: bool,
    acts: BTreeSet<String>,
    over: bool,
}

#[derive(Clone, Debug)]
struct Shown {
    id: String,
    rule: String,
    until_ms: u64,
}

impl Desk {
    pub(crate) fn new(playbook: Option<PlaybookOutline>) -> Self {
        Self { playbook: playbook.unwrap_or_default(), ..Self::default() }
    }

    /// The call is over: the card on show goes.
    pub(crate) fn end(&mut self, at_ms: u64) -> Vec<Event> {
        self.over = true;
        self.take_away(HintOutcome::Withdrawn, at_ms).into_iter().collect()
    }

    /// When the card on show has lived its time.
    pub(crate) fn due(&self) -> Option<u64> {
        self.on_show.as_ref().map(|shown| shown.until_ms)
    }

    /// Takes away the card that has lived its time.
    pub(crate) fn expire(&mut self, at_ms: u64) -> Option<Event> {
        if self.due().is_none_or(|due| due > at_ms) {
            return None;
        }
        self.take_away(HintOutcome::Expired, at_ms)
    }

    /// Shows a card in place of the one on show, unless the agent wants none.
    pub(crate) fn show(&mut self, card: Card, said: Option<UtteranceId>, at_ms: u64) -> Vec<Event> {
        if self.muted {
            return Vec::new();
        }
        let mut events: Vec<Event> = self.take_away(HintOutcome::Withdrawn, at_ms).into_iter().collect();
        self.cards += 1;
        let life_ms = card.life.map_or(LIFE_MS, Length::as_millis);
        let rule = card.rule.unwrap_or_else(|| "scenario".to_owned());
        let shown = Shown { id: format!("h-{}", self.cards), rule, until_ms: at_ms.saturating_add(life_ms) };
        self.known.push((shown.id.clone(), shown.rule.clone()));
        events.push(Event::HintShown(HintShown {
            id: shown.id.clone(),
            playbook: self.playbook.id.clone(),
            version: self.playbook.version,
            rule: shown.rule.clone(),
            kind: card.kind.unwrap_or(HintKind::Standard),
            title: card.title,
            why: card.why.unwrap_or_default(),
            suggestion: card.say,
            source: card.source,
            utterance: said,
            topic: None,
            priority: card.priority.unwrap_or(50),
            model: None,
            at_ms,
            life_ms,
        }));
        self.on_show = Some(shown);
        events
    }

    /// What comes of an act: nothing when it was done before, or names what is not there; none at all when the call is
    /// over and the act is none for then.
    pub(crate) fn act(&mut self, done: DoneBy, at_ms: u64) -> Option<Vec<Event>> {
        let DoneBy { id, by, act } = done;
        let after_end = matches!(act, Act::Summary { .. } | Act::Hint { .. });
        if self.over && !after_end {
            return None;
        }
        if self.acts.contains(&id) {
            return Some(Vec::new());
        }
        let event = self.event(&id, by, act, at_ms);
        if self.acts.len() >= MAX_ACTS {
            self.acts.pop_first();
        }
        self.acts.insert(id);
        Some(event.into_iter().collect())
    }

    fn event(&mut self, act_id: &str, by: String, act: Act, at_ms: u64) -> Option<Event> {
        Some(match act {
            Act::Hint { id, outcome } => self.outcome(&id, outcome, by, at_ms)?,
            Act::Mute { muted } => {
                self.muted = muted;
                Event::GuidanceMuted(GuidanceMuted { muted, by, at_ms })
            }
            Act::Check { playbook, item, done } => {
                if !self.playbook.checklist.iter().any(|known| known.id == item) {
                    return None;
                }
                let state = if done { ItemState::Done } else { ItemState::Open };
                let by = Some(by);
                Event::ChecklistChanged(ChecklistChanged {
                    playbook,
                    item,
                    state,
                    utterance: None,
                    by,
                    at_ms,
                })
            }
            Act::Workflow { playbook, workflow, step } => {
                let known = self.playbook.workflows.iter().find(|known| known.id == workflow);
                let known = known?;
                if step.as_ref().is_some_and(|step| !known.steps.iter().any(|other| other.id == *step)) {
                    return None;
                }
                let state = if step.is_some() { WorkflowState::Running } else { WorkflowState::Left };
                Event::WorkflowChanged(WorkflowChanged {
                    playbook,
                    workflow,
                    state,
                    step,
                    utterance: None,
                    at_ms,
                })
            }
            Act::Message { text } => {
                Event::MessageSent(MessageSent { id: act_id.to_owned(), from: by, text, at_ms })
            }
            Act::Summary { sections, actions, disposition } => Event::SummaryWritten(SummaryWritten {
                complete: self.over,
                source: SummarySource::Person,
                by: Some(by),
                fallback: None,
                sections,
                actions,
                disposition,
                at_ms,
            }),
        })
    }

    fn outcome(&mut self, id: &str, outcome: HintOutcome, by: String, at_ms: u64) -> Option<Event> {
        match outcome {
            HintOutcome::Expanded | HintOutcome::Accepted | HintOutcome::Dismissed => {}
            HintOutcome::Said | HintOutcome::Expired | HintOutcome::Withdrawn => return None,
        }
        let rule = self.known.iter().find(|(known, _)| known == id).map(|(_, rule)| rule.clone())?;
        let stays = outcome == HintOutcome::Expanded;
        if !stays && self.on_show.as_ref().is_some_and(|shown| shown.id == id) {
            self.on_show = None;
        }
        let id = id.to_owned();
        Some(Event::HintChanged(HintChanged { id, rule, outcome, by: Some(by), utterance: None, at_ms }))
    }

    fn take_away(&mut self, outcome: HintOutcome, at_ms: u64) -> Option<Event> {
        let Shown { id, rule, .. } = self.on_show.take()?;
        Some(Event::HintChanged(HintChanged { id, rule, outcome, by: None, utterance: None, at_ms }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(title: &str) -> Card {
        Card {
            title: title.to_owned(),
            say: None,
            why: None,
            kind: None,
            rule: None,
            source: None,
            life: None,
            priority: None,
        }
    }

    fn accept(act: &str, card: &str) -> DoneBy {
        let act_of = Act::Hint { id: card.to_owned(), outcome: HintOutcome::Accepted };
        DoneBy { id: act.to_owned(), by: "ann".to_owned(), act: act_of }
    }

    #[test]
    fn one_card_is_on_show_at_a_time_and_goes_when_its_life_is_over() {
        let mut desk = Desk::new(None);
        assert_eq!(desk.show(card("one"), None, 0).len(), 1);
        let second = desk.show(card("two"), None, 1_000);
        assert!(
            matches!(&second[0], Event::HintChanged(change) if change.outcome == HintOutcome::Withdrawn && change.id == "h-1")
        );
        assert_eq!(desk.expire(30_999), None);
        assert!(
            matches!(desk.expire(31_000), Some(Event::HintChanged(change)) if change.outcome == HintOutcome::Expired)
        );
    }

    #[test]
    fn an_act_that_comes_again_is_done_once() {
        let mut desk = Desk::new(None);
        desk.show(card("one"), None, 0);
        assert_eq!(desk.act(accept("act-0001", "h-1"), 10).unwrap().len(), 1);
        assert_eq!(desk.act(accept("act-0001", "h-1"), 20).unwrap().len(), 0);
        assert_eq!(desk.due(), None);
        assert_eq!(desk.act(accept("act-0002", "h-9"), 20), Some(Vec::new()));
    }

    #[test]
    fn a_muted_desk_gets_no_card() {
        let mut desk = Desk::new(None);
        let mute = DoneBy { id: "act-0001".into(), by: "ann".into(), act: Act::Mute { muted: true } };
        desk.act(mute, 0).unwrap();
        assert!(desk.show(card("one"), None, 0).is_empty());
    }

    #[test]
    fn after_the_end_only_the_summary_and_outcomes_are_taken() {
        let mut desk = Desk::new(None);
        desk.end(0);
        let mute = DoneBy { id: "act-0001".into(), by: "ann".into(), act: Act::Mute { muted: true } };
        assert_eq!(desk.act(mute, 0), None);
    }
}
