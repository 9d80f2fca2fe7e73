//! A made-up call, and what guidance says of it.

use std::{sync::Arc, time::Duration};

use assist::{
    Asked, Command, CompiledPlaybook, GuidanceEvent, MeaningVector, Output, Session, SessionConfig,
};
use events::{
    Act, AgentRef, CallEndReason, CallEnded, CallStarted, DoneBy, Envelope, Event, Hold, Stages,
    TranscriptUtterance, TranscriptWord, UtteranceRevised,
};
use model::{CallId, Channel, ContactId, MediaTime, Participant, TenantId, Timestamp, UtteranceId};
use playbook::Playbook;

pub(crate) const START_MS: i64 = 1_700_000_000_000;

pub(crate) fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(START_MS) + Duration::from_millis(ms)
}

pub(crate) fn book(yaml: &str) -> Arc<CompiledPlaybook> {
    let playbook = Playbook::read(yaml).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(CompiledPlaybook::new(playbook, "0123456789ab".to_owned(), &vector).unwrap())
}

/// A made-up meaning: sentences with "money" point one way, with "sun" another, all else a third.
pub(crate) fn vector(sentence: &str) -> Option<MeaningVector> {
    let small = sentence.to_lowercase();
    Some(Arc::from(if small.contains("money") || small.contains("pay") {
        [1.0, 0.0, 0.0]
    } else if small.contains("sun") {
        [0.0, 1.0, 0.0]
    } else {
        [0.0, 0.0, 1.0]
    }))
}

pub(crate) fn words(text: &str, start_ms: u64, end_ms: u64) -> Vec<TranscriptWord> {
    let all: Vec<&str> = text.split_whitespace().collect();
    let each = (end_ms - start_ms) / (all.len() as u64).max(1);
    all.iter()
        .enumerate()
        .map(|(index, word)| TranscriptWord {
            text: (*word).to_owned(),
            start_ms: start_ms + index as u64 * each,
            end_ms: start_ms + (index as u64 + 1) * each,
            confidence: 0.9,
            masked: word.starts_with("[card]").then_some(events::EntityKind::Card),
        })
        .collect()
}

pub(crate) fn utterance(who: Participant, start_ms: u64, end_ms: u64, text: &str) -> TranscriptUtterance {
    let channel = if who == Participant::Customer { Channel::Customer } else { Channel::ToCustomer };
    TranscriptUtterance {
        id: UtteranceId::new(channel, MediaTime::from_millis(start_ms)),
        revision: 1,
        channel,
        participant: who,
        start_ms,
        end_ms,
        words: words(text, start_ms, end_ms),
    }
}

pub(crate) fn started() -> Event {
    Event::CallStarted(CallStarted {
        contact_id: ContactId::new("contact").unwrap(),
        initial_contact_id: None,
        stream: "stream".into(),
        customer: None,
        customer_keys: Vec::new(),
        queue: Some("Billing".into()),
        started_at_ms: START_MS,
        sample_rate_hz: 8_000,
        profile: None,
        session: None,
        language: Some("en-US".into()),
        provisional: false,
        attributes: [("tier".to_owned(), "Gold".to_owned())].into(),
    })
}

pub(crate) fn agent(at_ms: u64) -> Event {
    Event::AgentConnected(AgentRef { id: "ann".into(), name: None, at_ms })
}

pub(crate) fn customer(start_ms: u64, end_ms: u64, text: &str) -> Event {
    Event::UtteranceCompleted(utterance(Participant::Customer, start_ms, end_ms, text))
}

pub(crate) fn agent_says(start_ms: u64, end_ms: u64, text: &str) -> Event {
    Event::UtteranceCompleted(utterance(Participant::Agent, start_ms, end_ms, text))
}

pub(crate) fn partial(who: Participant, start_ms: u64, end_ms: u64, text: &str) -> Event {
    Event::UtteranceUpdated(utterance(who, start_ms, end_ms, text))
}

pub(crate) fn revised(who: Participant, start_ms: u64, end_ms: u64, text: &str) -> Event {
    let utterance = TranscriptUtterance { revision: 2, ..utterance(who, start_ms, end_ms, text) };
    Event::UtteranceRevised(UtteranceRevised { utterance, reason: "rule".into() })
}

pub(crate) fn hold(at_ms: u64) -> Event {
    Event::HoldStarted(Hold { at_ms })
}

pub(crate) fn unhold(at_ms: u64) -> Event {
    Event::HoldEnded(Hold { at_ms })
}

pub(crate) fn ended(duration_ms: u64) -> Event {
    Event::CallEnded(CallEnded { reason: CallEndReason::Disconnected, duration_ms })
}

/// A session, and all that it said.
pub(crate) struct Call {
    pub(crate) session: Session,
    pub(crate) said: Vec<GuidanceEvent>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) summarise: Vec<(assist::QuestionId, String)>,
    /// The call's log, with what was said.
    pub(crate) log: Vec<Envelope>,
    pub(crate) embeds: bool,
    pub(crate) now_ms: u64,
    /// How often time alone woke the session.
    pub(crate) wakes: u64,
    due: Option<Timestamp>,
}

impl Call {
    /// A call that is guided by these from its start, with an agent from 1 s on.
    pub(crate) fn new(playbooks: &[Arc<CompiledPlaybook>]) -> Self {
        let mut call = Self::unstarted(SessionConfig {
            playbooks: playbooks.to_vec(),
            summaries_by_model: false,
            built_in_alerts: false,
            again: false,
        });
        call.live(0);
        call.feed(started());
        call.feed(agent(1_000));
        call
    }

    pub(crate) fn unstarted(config: SessionConfig) -> Self {
        Self {
            session: Session::new(config),
            said: Vec::new(),
            asked: Vec::new(),
            summarise: Vec::new(),
            log: Vec::new(),
            embeds: true,
            now_ms: 0,
            wakes: 0,
            due: None,
        }
    }

    pub(crate) fn live(&mut self, now_ms: u64) {
        self.session.handle_caught_up(at(now_ms));
        self.drain();
    }

    /// Feeds an event at the time that it says.
    pub(crate) fn feed(&mut self, event: Event) -> &mut Self {
        let ms = match &event {
            Event::CallStarted(_) => 0,
            Event::AgentConnected(agent) | Event::AgentDisconnected(agent) => agent.at_ms,
            Event::HoldStarted(hold) | Event::HoldEnded(hold) => hold.at_ms,
            Event::UtteranceUpdated(said) | Event::UtteranceCompleted(said) => said.end_ms,
            Event::UtteranceRevised(revised) => revised.utterance.end_ms,
            Event::CallEnded(ended) => ended.duration_ms,
            Event::MediaStatus(_) | _ => self.now_ms,
        };
        let ms = ms.max(self.now_ms);
        self.until(ms);
        let logged = event.is_logged();
        let stages = Stages {
            captured_us: Some(at(ms)),
            appended_us: logged.then(|| at(ms)),
            redacted_us: Some(at(ms)),
            ..Stages::default()
        };
        self.push(event, stages);
        self
    }

    fn push(&mut self, event: Event, stages: Stages) {
        let envelope = envelope(self.log.len() as u64 + 1, event, stages);
        if envelope.event.is_logged() {
            self.log.push(envelope.clone());
        }
        self.session.handle_event(&envelope);
        self.drain();
    }

    /// Lets the time pass.
    pub(crate) fn until(&mut self, ms: u64) -> &mut Self {
        while let Some(due) = self.due.filter(|due| *due <= at(ms)) {
            self.now_ms = u64::try_from(due.as_millis() - START_MS).unwrap();
            self.wakes += 1;
            self.session.handle_timeout(due);
            self.drain();
        }
        self.now_ms = ms;
        self.session.handle_timeout(at(ms));
        self.drain();
        self
    }

    pub(crate) fn act(&mut self, id: &str, act: Act) -> &mut Self {
        let done = DoneBy { id: id.to_owned(), by: "ann".to_owned(), act };
        self.session.handle_act(at(self.now_ms), &done);
        self.drain();
        self
    }

    pub(crate) fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Event(said) => {
                    let stages = Stages { appended_us: Some(at(self.now_ms)), ..said.stages };
                    self.log.push(envelope(self.log.len() as u64 + 1, said.event.clone(), stages));
                    self.said.push(said);
                }
                Output::Command(Command::Embed { id, sentences, .. }) => {
                    if self.embeds {
                        let vectors: Vec<_> = sentences.iter().filter_map(|one| vector(one)).collect();
                        self.session.handle_vectors(at(self.now_ms), id, &vectors);
                    }
                }
                Output::Command(Command::Ask(asked)) => self.asked.push(asked),
                Output::Command(Command::Summarise { id, transcript, .. }) => {
                    self.summarise.push((id, transcript));
                }
                Output::Timeout(due) => {
                    self.due = due;
                    return;
                }
            }
        }
    }

    /// What was said since this was last asked, in few words.
    pub(crate) fn news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said).iter().filter_map(|said| short(&said.event)).collect()
    }
}

pub(crate) fn envelope(seq: u64, event: Event, stages: Stages) -> Envelope {
    let seq = if event.is_logged() { seq } else { 0 };
    Envelope {
        v: 1,
        tenant: TenantId::new("acme").unwrap(),
        call_id: CallId::new("call").unwrap(),
        seq,
        position: seq,
        stages,
        event,
    }
}

/// An event in few words; measures and summaries have none.
pub(crate) fn short(event: &Event) -> Option<String> {
    Some(match event {
        Event::HintShown(hint) => format!("show {}", hint.id),
        Event::HintChanged(changed) => format!("{:?} {}", changed.outcome, changed.id).to_lowercase(),
        Event::GuidanceMuted(muted) => format!("muted {}", muted.muted),
        Event::ChecklistChanged(changed) => {
            let by = changed.utterance.map(|id| format!(" by {id}")).unwrap_or_default();
            format!("{:?} {}{by}", changed.state, changed.item).to_lowercase()
        }
        Event::WorkflowChanged(changed) => {
            let step = changed.step.clone().unwrap_or_else(|| format!("{:?}", changed.state).to_lowercase());
            format!("{} -> {step}", changed.workflow)
        }
        Event::AlertRaised(raised) => format!("alert {}", raised.id),
        Event::AlertCleared(cleared) => format!("clear {}", cleared.id),
        Event::MessageSent(sent) => format!("message {}", sent.id),
        Event::MetricsSampled(_) | _ => return None,
    })
}
