//! The call's events, as they come.

use std::collections::{BTreeMap, VecDeque};

use events::{Envelope, Event, Hold, Stages, TranscriptUtterance};
use model::UtteranceId;
use playbook::Speaker;

use super::Session;
use crate::{
    Command, MeaningVector, QuestionId,
    course::{Taken, within_call},
    hits::{Occurrence, Said},
};

/// As many utterances wait for their vectors.
const MAX_UNEMBEDDED: usize = 64;
/// As many sentences of an utterance are embedded, the whole of it included.
const MAX_SENTENCES: usize = 6;
/// As many characters of a sentence are embedded.
const MAX_SENTENCE_CHARS: usize = 400;
/// As many utterances that were taken for words on hold are remembered, until the end of the hold is told.
const MAX_PASSED_OVER: usize = 8;

/// What is still to be heard of utterances.
#[derive(Debug, Default)]
pub(super) struct Ear {
    /// Those whose vectors were asked for.
    embedding: BTreeMap<QuestionId, UtteranceId>,
    /// Those whose vectors are not asked for while the session is restored.
    unembedded: VecDeque<UtteranceId>,
    passed_over: VecDeque<(TranscriptUtterance, Stages)>,
}

impl Session {
    pub(super) fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::CallStarted(started) => self.start(started),
            Event::TranscriptionStatus(status) => self.course.facts.language(status.language.as_deref()),
            Event::AgentConnected(agent) => {
                self.begin();
                self.course.facts.agent(agent);
                self.course.line.agent_connected(&agent.id, within_call(agent.at_ms));
                self.course.is_unsampled = true;
            }
            Event::AgentDisconnected(agent) => {
                self.course.line.agent_disconnected(&agent.id, within_call(agent.at_ms));
                self.course.is_unsampled = true;
            }
            Event::HoldStarted(Hold { at_ms }) => {
                self.course.line.held(within_call(*at_ms));
                self.course.is_unsampled = true;
            }
            Event::HoldEnded(Hold { at_ms }) => self.unhold(within_call(*at_ms)),
            Event::UtteranceUpdated(said) => self.hear_partial(said, envelope.stages),
            Event::UtteranceCompleted(said) => self.hear(said, envelope.stages),
            Event::UtteranceRevised(revised) => self.hear(&revised.utterance, envelope.stages),
            Event::CallEnded(_) => self.end(),
            // Guidance's own, and what says nothing of what was said.
            guidance @ (Event::HintShown(_) | _) => self.adopt(guidance),
        }
    }

    /// While a session is restored, the words in the making that told that somebody was speaking are gone. Their final
    /// tells so from its start.
    pub(super) fn speak_from_start(&mut self, envelope: &Envelope) {
        let Event::UtteranceCompleted(said) = &envelope.event else { return };
        self.advance(within_call(said.start_ms));
        if let Some(taken) = Taken::of(said).filter(|taken| !self.course.line.is_held_at(taken.start_ms)) {
            self.course.hear_partial(&taken);
        }
    }

    fn unhold(&mut self, at_ms: u64) {
        self.course.line.unheld(at_ms);
        self.course.is_unsampled = true;
        // What was said after it, and came before we knew.
        for (said, stages) in std::mem::take(&mut self.ear.passed_over) {
            self.hear(&said, stages);
        }
    }

    fn hear_partial(&mut self, said: &TranscriptUtterance, stages: Stages) {
        let Some(taken) = self.take(said) else { return };
        self.course.hear_partial(&taken);
        self.course.remember_stages(taken.id, stages);
        self.look_for(&taken, true);
    }

    fn hear(&mut self, said: &TranscriptUtterance, stages: Stages) {
        let Some(taken) = self.take(said) else {
            self.pass_over(said, stages);
            return;
        };
        if !self.ended {
            self.course.remember_stages(taken.id, stages);
        }
        let is_revision = self.course.transcript.get(taken.id).is_some();
        self.course.hear(&taken);
        self.look_for(&taken, false);
        if self.ended || taken.words.is_empty() {
            return;
        }
        self.want_vectors(taken.id);
        if taken.who == Speaker::Agent && !is_revision {
            self.listen_for_cards(&taken);
        }
    }

    /// An utterance that counts: of customer or agent, and not on hold.
    fn take(&mut self, said: &TranscriptUtterance) -> Option<Taken> {
        let taken = Taken::of(said)?;
        self.begin();
        if taken.who == Speaker::Agent && !self.course.line.had_agent() {
            self.course.line.agent_heard(taken.start_ms);
        }
        (!self.course.line.is_held_at(taken.start_ms)).then_some(taken)
    }

    fn pass_over(&mut self, said: &TranscriptUtterance, stages: Stages) {
        if !self.course.line.is_held_at(said.start_ms) {
            return;
        }
        self.ear.passed_over.push_back((said.clone(), stages));
        if self.ear.passed_over.len() > MAX_PASSED_OVER {
            self.ear.passed_over.pop_front();
        }
    }

    fn look_for(&mut self, taken: &Taken, partial: bool) {
        let small = taken.text.to_lowercase();
        let said = Said {
            id: taken.id,
            at_ms: taken.end_ms,
            who: taken.who,
            words: &taken.words,
            text: &small,
            masked: &taken.masked,
            partial,
        };
        for guide in &mut self.guides {
            if taken.words.is_empty() {
                guide.hits.forget(taken.id);
            } else {
                guide.hits.hear(&guide.book, &said);
            }
        }
    }

    fn listen_for_cards(&mut self, taken: &Taken) {
        let now_ms = self.course.now_ms;
        let events =
            self.budget.agent_said(taken.id, taken.end_ms, now_ms, &|watched| watched.hears(&taken.words));
        for event in events {
            self.emit(Some(taken.id), event);
        }
    }

    fn want_vectors(&mut self, id: UtteranceId) {
        if !self.guides.iter().any(|guide| guide.book.wants_vectors()) {
            return;
        }
        if self.outbox.is_restoring() {
            self.ear.unembedded.push_back(id);
            if self.ear.unembedded.len() > MAX_UNEMBEDDED {
                self.ear.unembedded.pop_front();
            }
            return;
        }
        // An answer about words that are masked by now is not waited for.
        self.ear.embedding.retain(|_, of| *of != id);
        let Some(sentences) = self.course.transcript.get(id).map(|said| sentences(&said.text)) else {
            return;
        };
        let question = self.questions.next_id();
        self.ear.embedding.insert(question, id);
        if self.ear.embedding.len() > MAX_UNEMBEDDED {
            self.ear.embedding.pop_first();
        }
        self.outbox.ask(Command::Embed { id: question, utterance: id, sentences });
    }

    /// Asks for the vectors that were not asked for while the session was restored.
    pub(super) fn want_unembedded(&mut self) {
        for id in std::mem::take(&mut self.ear.unembedded) {
            if !self.ended {
                self.want_vectors(id);
            }
        }
    }

    /// What an utterance means.
    pub(super) fn mean(&mut self, question: QuestionId, vectors: &[MeaningVector]) {
        let Some(id) = self.ear.embedding.remove(&question) else { return };
        let Some(said) = self.course.transcript.get(id) else { return };
        let (who, end_ms) = (said.who, said.end_ms);
        let occurrence = Occurrence { at_ms: end_ms, utterance: Some(id) };
        for guide in &mut self.guides {
            let book = std::sync::Arc::clone(&guide.book);
            let meant = |meaning: usize| {
                let meaning = book.meanings.get(meaning);
                meaning.is_some_and(|meaning| vectors.iter().any(|vector| meaning.is_met_by(vector)))
            };
            guide.hits.mean(&book, occurrence, who, &meant);
        }
        if who == Speaker::Agent {
            let now_ms = self.course.now_ms;
            let events = self.budget.agent_said(id, end_ms, now_ms, &|watched| watched.means(vectors));
            for event in events {
                self.emit(Some(id), event);
            }
        }
    }
}

/// An utterance whole, and its sentences where it has several.
fn sentences(text: &str) -> Vec<String> {
    let cut = |text: &str| text.trim().chars().take(MAX_SENTENCE_CHARS).collect::<String>();
    let parts: Vec<String> = text
        .split_inclusive(['.', '?', '!'])
        .map(cut)
        .filter(|part| part.split_whitespace().nth(1).is_some())
        .take(MAX_SENTENCES)
        .collect();
    let mut all = vec![cut(text)];
    if parts.len() > 1 {
        all.extend(parts);
    }
    all.truncate(MAX_SENTENCES);
    all
}
