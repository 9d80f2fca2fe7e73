//! A session's steps in the order of time.

use events::{
    AlertCleared, AlertRaised, CallMetrics, ChecklistChanged, Event, Hold, ItemState, MessageSent,
    SummaryPoint, SummarySection, SummarySource, SummaryWritten, WorkflowChanged, WorkflowState,
};
use model::UtteranceId;

use crate::{
    scenario::{Card, Length, Session, Step},
    words::{Voice, WORD_MS, so_far, utterance},
};

/// The pause between two steps that give no time.
const PAUSE_MS: u64 = 400;
/// A line grows by so many words at a time.
const WORDS_AT_ONCE: usize = 2;

/// What is to be done at a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Turn {
    /// Add an event to the log.
    Log(Event),
    /// Show words in the making.
    Show(Event),
    /// Give the agent a card.
    Card(Card, Option<UtteranceId>),
    /// End the call.
    End,
}

/// What happens in a session, each with its time in milliseconds after the call's begin, in order.
pub(crate) fn turns(session: &Session) -> Vec<(u64, Turn)> {
    let mut script = Script { session, at: 0, said: None, turns: Vec::new() };
    let connects = session.steps.iter().any(|step| step.connect.is_some());
    if !connects {
        script.connect(true);
    }
    for step in &session.steps {
        script.at = step.at.map_or(script.at, Length::as_millis);
        script.step(step);
    }
    if !script.turns.iter().any(|(_, turn)| matches!(turn, Turn::End)) {
        script.turns.push((script.at, Turn::End));
    }
    // A line that is still being said when the next thing happens goes on beside it.
    script.turns.sort_by_key(|(at, _)| *at);
    script.turns
}

struct Script<'a> {
    session: &'a Session,
    at: u64,
    said: Option<UtteranceId>,
    turns: Vec<(u64, Turn)>,
}

impl Script<'_> {
    fn step(&mut self, step: &Step) {
        for (voice, line) in
            [(Voice::Customer, &step.customer), (Voice::Agent, &step.agent), (Voice::System, &step.system)]
        {
            if let Some(line) = line {
                self.say(voice, line);
            }
        }
        if let Some(connected) = step.connect {
            self.connect(connected);
        }
        if let Some(card) = &step.card {
            self.turn(Turn::Card(card.clone(), self.said));
        }
        if step.end == Some(true) {
            self.turn(Turn::End);
        }
        if let Some(event) = self.event(step) {
            self.log(event);
        }
    }

    /// The event of a step that is one and no more.
    fn event(&self, step: &Step) -> Option<Event> {
        let at_ms = self.at;
        let held = step.hold.map(|on| match on {
            true => Event::HoldStarted(Hold { at_ms }),
            false => Event::HoldEnded(Hold { at_ms }),
        });
        held.or_else(|| step.tick.as_ref().map(|item| self.item(item, ItemState::Done)))
            .or_else(|| step.miss.as_ref().map(|item| self.item(item, ItemState::Missed)))
            .or_else(|| step.workflow.as_ref().map(|place| self.workflow(place)))
            .or_else(|| step.clear.clone().map(|id| Event::AlertCleared(AlertCleared { id, at_ms })))
            .or_else(|| step.metrics.map(|metrics| Event::MetricsSampled(CallMetrics { at_ms, ..metrics })))
            .or_else(|| step.message.clone().map(|message| self.message(message)))
            .or_else(|| step.summary.as_ref().map(|summary| self.summary(summary)))
            .or_else(|| step.alert.clone().map(|alert| self.alert(alert)))
    }

    fn turn(&mut self, turn: Turn) {
        self.turns.push((self.at, turn));
        self.at += PAUSE_MS;
    }

    fn log(&mut self, event: Event) {
        self.turns.push((self.at, Turn::Log(event)));
    }

    fn say(&mut self, voice: Voice, line: &str) {
        let whole = utterance(voice, line, self.at);
        let words = whole.words.len();
        for heard in (WORDS_AT_ONCE..words).step_by(WORDS_AT_ONCE) {
            let at = self.at + heard as u64 * WORD_MS;
            self.turns.push((at, Turn::Show(Event::UtteranceUpdated(so_far(&whole, heard)))));
        }
        self.said = Some(whole.id);
        self.at += words as u64 * WORD_MS;
        let last = so_far(&whole, words.max(1)).revision + 1;
        let whole = events::TranscriptUtterance { revision: last, ..whole };
        self.turn(Turn::Log(Event::UtteranceCompleted(whole)));
    }

    fn connect(&mut self, connected: bool) {
        let Some(agent) = &self.session.agent else { return };
        let agent = agent.at(self.at);
        self.log(if connected { Event::AgentConnected(agent) } else { Event::AgentDisconnected(agent) });
    }

    fn playbook(&self) -> String {
        self.session.playbook.as_ref().map(|playbook| playbook.id.clone()).unwrap_or_default()
    }

    fn item(&self, item: &str, state: ItemState) -> Event {
        let utterance = if state == ItemState::Done { self.said } else { None };
        Event::ChecklistChanged(ChecklistChanged {
            playbook: self.playbook(),
            item: item.to_owned(),
            state,
            utterance,
            by: None,
            at_ms: self.at,
        })
    }

    fn workflow(&self, place: &str) -> Event {
        let (workflow, step) = place.split_once('/').unwrap_or((place, "done"));
        let done = step == "done";
        Event::WorkflowChanged(WorkflowChanged {
            playbook: self.playbook(),
            workflow: workflow.to_owned(),
            state: if done { WorkflowState::Done } else { WorkflowState::Running },
            step: (!done).then(|| step.to_owned()),
            utterance: self.said,
            at_ms: self.at,
        })
    }

    fn alert(&self, alert: crate::scenario::Alert) -> Event {
        Event::AlertRaised(AlertRaised {
            id: alert.id,
            playbook: self.playbook(),
            rule: "scenario".to_owned(),
            kind: alert.kind,
            severity: alert.severity,
            title: alert.title,
            utterance: self.said,
            at_ms: self.at,
        })
    }

    fn message(&self, message: crate::scenario::Message) -> Event {
        Event::MessageSent(MessageSent {
            id: format!("m-{}", self.at),
            from: message.from,
            text: message.text,
            at_ms: self.at,
        })
    }

    fn summary(&self, summary: &crate::scenario::Summary) -> Event {
        let point = |text: &String| SummaryPoint { text: Some(text.clone()), utterance: None };
        let sections = summary.sections.iter().enumerate().map(|(index, section)| SummarySection {
            id: format!("section-{}", index + 1),
            title: section.title.clone(),
            points: section.points.iter().map(point).collect(),
        });
        Event::SummaryWritten(SummaryWritten {
            complete: false,
            source: SummarySource::Model,
            by: Some("scenario".to_owned()),
            fallback: None,
            sections: sections.collect(),
            actions: summary.actions.iter().map(point).collect(),
            disposition: summary.disposition.clone(),
            at_ms: self.at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scenario;

    fn turns_of(steps: &str) -> Vec<(u64, Turn)> {
        let yaml = format!("sessions:\n  - id: a\n    agent: {{id: ann}}\n    steps:\n{steps}");
        turns(&Scenario::read(&yaml).unwrap().sessions[0])
    }

    #[test]
    fn a_line_grows_and_then_stays() {
        let turns = turns_of("      - {at: 1s, customer: where is my order please}\n");
        let kinds: Vec<&str> = turns
            .iter()
            .map(|(_, turn)| match turn {
                Turn::Log(event) | Turn::Show(event) => event.type_name(),
                Turn::Card(..) => "card",
                Turn::End => "end",
            })
            .collect();
        assert_eq!(
            kinds,
            ["agent_connected", "utterance_updated", "utterance_updated", "utterance_completed", "end"]
        );
        assert!(turns.is_sorted_by_key(|(at, _)| *at));
    }

    #[test]
    fn every_revision_of_a_line_is_higher_than_the_one_before() {
        let turns = turns_of("      - {agent: one two three four five six}\n");
        let revisions: Vec<u32> = turns
            .iter()
            .filter_map(|(_, turn)| match turn {
                Turn::Log(event) | Turn::Show(event) => event.utterance().map(|said| said.revision),
                Turn::Card(..) | Turn::End => None,
            })
            .collect();
        assert!(revisions.is_sorted_by(|a, b| a < b), "{revisions:?}");
    }

    #[test]
    fn the_words_of_a_card_are_those_said_last() {
        let turns = turns_of("      - {customer: cancel it}\n      - {card: {title: Ask why}}\n");
        let card =
            turns.iter().find_map(|(_, turn)| if let Turn::Card(_, said) = turn { *said } else { None });
        assert_eq!(card.unwrap().to_string(), "c-0");
    }
}
