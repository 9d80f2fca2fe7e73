//! Guides a call again from its log, in the call's own time: what would these playbooks have said?

use std::{sync::Arc, time::Duration};

use events::{Envelope, Event, Stages, TranscriptUtterance};
use model::Timestamp;

use crate::{
    Command, CompiledPlaybook, Fired, GuidanceEvent, MeaningVector, Output, Session, SessionConfig,
    session::started_at,
};

/// Words in the making are told about as often as a recogniser does.
const PARTIAL_EVERY_MS: u64 = 1_000;

/// What guiding a call again came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Again {
    /// What would have been said, and when.
    pub events: Vec<(Timestamp, GuidanceEvent)>,
    /// Each time that a rule would have fired, whether or not the agent would have been shown anything.
    pub fired: Vec<Fired>,
    /// Whether a meaning could not be looked at, for want of vectors.
    pub without_meaning: bool,
}

/// Guides a stored call again. What guidance said then is passed over, as is what people did; the playbooks are those
/// given, as far as they apply to the call. `embed` gives the vectors of sentences, in order, or none where there is no
/// model. Nobody is asked for answers: a rule that asks the model shows its own card.
pub fn guide_again(
    stored: &[Envelope],
    playbooks: &[Arc<CompiledPlaybook>],
    embed: &mut dyn FnMut(&[String]) -> Option<Vec<MeaningVector>>,
) -> Again {
    let session = Session::new(SessionConfig {
        playbooks: playbooks.to_vec(),
        summaries_by_model: false,
        built_in_alerts: true,
        again: true,
    });
    let mut run = Run { session, start: Timestamp::default(), embed, again: Again::default() };
    if let Some(start) = stored.iter().find_map(|envelope| started_at(&envelope.event)) {
        run.start = start;
    }
    run.session.handle_caught_up(run.start);
    run.drain();
    for (at_ms, envelope) in in_time(stored) {
        run.feed(at_ms, envelope);
    }
    run.again.fired.extend(run.session.take_fired());
    run.again
}

struct Run<'a> {
    session: Session,
    start: Timestamp,
    embed: &'a mut dyn FnMut(&[String]) -> Option<Vec<MeaningVector>>,
    again: Again,
}

impl Run<'_> {
    fn feed(&mut self, at_ms: u64, mut envelope: Envelope) {
        let now = self.start + Duration::from_millis(at_ms);
        while let Some(due) = self.session.due().filter(|due| *due <= now) {
            self.session.handle_timeout(due);
            self.drain();
        }
        // The call's own time, whenever its words were stored.
        envelope.stages = Stages { redacted_us: Some(now), ..Stages::default() };
        self.session.handle_event(&envelope);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Event(event) => {
                    let now = self.start + Duration::from_millis(self.session.now_ms());
                    self.again.events.push((now, event));
                }
                Output::Command(Command::Embed { id, sentences, .. }) => {
                    let vectors = (self.embed)(&sentences);
                    self.again.without_meaning |= vectors.is_none();
                    let now = self.start + Duration::from_millis(self.session.now_ms());
                    self.session.handle_vectors(now, id, &vectors.unwrap_or_default());
                }
                Output::Command(Command::Ask(asked)) => {
                    let now = self.start + Duration::from_millis(self.session.now_ms());
                    self.session.handle_answer(now, asked.id, Err("guided_again"));
                }
                Output::Command(Command::Summarise { .. }) => {}
                Output::Timeout(_) => return,
            }
        }
    }
}

/// The events of a stored call that guidance is made from, in the call's own time, with words in the making before those
/// that stay.
fn in_time(stored: &[Envelope]) -> Vec<(u64, Envelope)> {
    let mut all: Vec<(u64, Envelope)> = Vec::with_capacity(stored.len() * 2);
    let mut last_ms = 0;
    for envelope in stored {
        let at_ms = match &envelope.event {
            Event::UtteranceCompleted(said) => {
                all.extend(partials(said).map(|(at_ms, partial)| {
                    let event = Event::UtteranceUpdated(partial);
                    (at_ms, Envelope { seq: 0, position: 0, event, ..envelope.clone() })
                }));
                said.end_ms
            }
            Event::AgentConnected(agent) | Event::AgentDisconnected(agent) => agent.at_ms,
            Event::HoldStarted(hold) | Event::HoldEnded(hold) => hold.at_ms,
            Event::CallStarted(_) | Event::TranscriptionStatus(_) => last_ms,
            // What came to light about words says nothing of when: after them.
            Event::UtteranceRevised(revised) => last_ms.max(revised.utterance.end_ms),
            Event::CallEnded(ended) => last_ms.max(ended.duration_ms),
            // The rest says nothing of what was said and done: guidance's own events of then are passed over, too.
            Event::MediaStatus(_) | Event::UtteranceUpdated(_) | _ => continue,
        };
        last_ms = last_ms.max(at_ms);
        all.push((at_ms, envelope.clone()));
    }
    // Stable: what happened at one moment stays in the log's order.
    all.sort_by_key(|(at_ms, envelope)| (is_end(&envelope.event), *at_ms));
    all
}

const fn is_end(event: &Event) -> bool {
    matches!(event, Event::CallEnded(_))
}

/// The words in the making that came before a final.
fn partials(said: &TranscriptUtterance) -> impl Iterator<Item = (u64, TranscriptUtterance)> {
    let mut told_ms = said.start_ms;
    let cuts: Vec<(u64, usize)> = said
        .words
        .iter()
        .enumerate()
        .filter_map(|(index, word)| {
            let is_due = index == 0 || word.end_ms >= told_ms + PARTIAL_EVERY_MS;
            let is_within = word.end_ms < said.end_ms && index + 1 < said.words.len();
            (is_due && is_within).then(|| {
                told_ms = word.end_ms;
                (word.end_ms, index + 1)
            })
        })
        .collect();
    cuts.into_iter().enumerate().map(|(revision, (end_ms, words))| {
        let words = said.words.iter().take(words).cloned().collect();
        let revision = u32::try_from(revision + 1).unwrap_or(u32::MAX);
        (end_ms, TranscriptUtterance { revision, end_ms, words, ..said.clone() })
    })
}
