//! One call, guided.

mod acts;
mod cards;
mod hear;
mod moves;
mod outline;
mod restore;
mod start;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use events::{Envelope, Event};
use model::{Timestamp, UtteranceId};

use crate::{
    Command, CompiledPlaybook, FoundPassage, MeaningVector, Output, QuestionId, WrittenSummary,
    budget::Budget,
    course::{Course, within_call},
    guide::Guide,
    outbox::{Outbox, Said},
    summary::{self, Writer},
    truth::sooner,
};
use cards::Questions;
use hear::Ear;

/// As often as playbooks are looked at after one thing happened: a rule can wait for another to fire.
const MAX_ROUNDS: usize = 8;
/// As many moments are looked at between two events; what lies between them in an empty call is passed over.
const MAX_MOMENTS: usize = 20_000;
/// The call's course is measured at least so often while it changes.
const SAMPLE_MS: u64 = 5_000;
/// As many firings are remembered for whoever asks.
const MAX_FIRED: usize = 4_096;

/// How a call is guided.
#[derive(Clone, Debug, Default)]
pub struct SessionConfig {
    /// The tenant's playbooks; those that apply to the call guide it.
    pub playbooks: Vec<Arc<CompiledPlaybook>>,
    /// Whether a language model can be asked for the summary.
    pub summaries_by_model: bool,
    /// Whether every call is watched for long silence, long holds, an unhappy customer, and talking over each other.
    pub built_in_alerts: bool,
    /// Whether old words count as if they were just spoken, since the call is guided again from its log.
    pub again: bool,
}

/// A rule fired, whether or not the agent was shown anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// The playbook.
    pub playbook: String,
    /// The rule.
    pub rule: String,
    /// When, in milliseconds since the call's first sample.
    pub at_ms: u64,
    /// The utterance that called for it.
    pub utterance: Option<UtteranceId>,
}

/// One call, guided.
///
/// It is fed the call's log from its first event, guidance's own events included, and told by
/// [`Session::handle_caught_up`] where the log ends: until then it says nothing. Time between events comes from
/// [`Session::handle_timeout`]; the call's own time is that of its words, so that a call that is heard late is guided as
/// one that is heard in time.
#[derive(Debug)]
pub struct Session {
    config: SessionConfig,
    course: Course,
    /// A moment of wall time, and where the call was then.
    base: Option<(Timestamp, u64)>,
    begun: bool,
    ended: bool,
    muted: bool,
    guides: Vec<Guide>,
    budget: Budget,
    ear: Ear,
    questions: Questions,
    writer: Writer,
    outbox: Outbox,
    /// Open alerts by playbook and rule, or item.
    alerts: BTreeMap<(usize, Source), Alert>,
    /// How often each step of a workflow gave a card, or each item an alert.
    counts: BTreeMap<String, u32>,
    acts: BTreeSet<String>,
    sampled_ms: Option<u64>,
    /// The call's course was measured at its end.
    measured: bool,
    fired: Vec<Fired>,
    wake_ms: Option<u64>,
}

/// What an alert comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Rule(usize),
    Item(usize),
}

#[derive(Clone, Debug)]
struct Alert {
    id: String,
    /// Whether the log has it.
    logged: bool,
}

impl Session {
    /// A session that knows nothing yet.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        Self {
            config,
            course: Course::default(),
            base: None,
            begun: false,
            ended: false,
            muted: false,
            guides: Vec::new(),
            budget: Budget::new(0),
            ear: Ear::default(),
            questions: Questions::default(),
            writer: Writer::default(),
            outbox: Outbox::default(),
            alerts: BTreeMap::new(),
            counts: BTreeMap::new(),
            acts: BTreeSet::new(),
            sampled_ms: None,
            measured: false,
            fired: Vec::new(),
            wake_ms: None,
        }
    }

    /// Takes the call's next event in.
    pub fn handle_event(&mut self, envelope: &Envelope) {
        let (wall, at_ms) = self.when(envelope);
        if self.outbox.is_restoring() {
            self.speak_from_start(envelope);
        }
        self.advance(at_ms);
        // Hosts' clocks differ a little: the wall time does not go back.
        let wall = self.base.map_or(wall, |(before, _)| before.max(wall));
        self.base = Some((wall, self.course.now_ms));
        if let Some(captured) = envelope.stages.captured_us {
            self.course.late_ms = u64::try_from(wall.since(captured).as_millis()).unwrap_or(u64::MAX);
        }
        self.apply(envelope);
        self.settle();
    }

    /// The log is at its end: from here on what comes of the call is said. What the log lacks is said at once; a card of
    /// old words is not.
    pub fn handle_caught_up(&mut self, now: Timestamp) {
        self.turn_to(now);
        self.catch_up();
        self.settle();
    }

    /// It is this late.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.turn_to(now);
    }

    /// A person did something at a desk. The same act is done once; one that makes no sense is passed over.
    pub fn handle_act(&mut self, now: Timestamp, act: &events::DoneBy) {
        self.turn_to(now);
        self.act(act);
        self.settle();
    }

    /// The vectors of an utterance's sentences; none when there is no model, or it is busy.
    pub fn handle_vectors(&mut self, now: Timestamp, id: QuestionId, vectors: &[MeaningVector]) {
        self.turn_to(now);
        self.mean(id, vectors);
        self.settle();
    }

    /// The answer to a question, or a stable name of why there is none.
    pub fn handle_answer(
        &mut self,
        now: Timestamp,
        id: QuestionId,
        answer: Result<FoundPassage, &'static str>,
    ) {
        self.turn_to(now);
        self.answered(id, answer.ok());
        self.settle();
    }

    /// The model's summary, or a stable name of why there is none.
    pub fn handle_summary(
        &mut self,
        now: Timestamp,
        id: QuestionId,
        summary: Result<WrittenSummary, &'static str>,
    ) {
        self.turn_to(now);
        if self.writer.asked != Some(id) {
            return;
        }
        let written = match summary {
            Ok(written) => self.writer.written(written, &self.course, &self.guides),
            Err(code) => self.writer.failed(code, &self.course),
        };
        if let Some(written) = written {
            self.emit(None, Event::SummaryWritten(written));
        }
    }

    /// What is to be said or done next. Drain it after each input, until it says `Timeout`.
    pub fn poll_output(&mut self) -> Output {
        match self.outbox.pop() {
            Some(Said::Event(event)) => Output::Event(event),
            Some(Said::Command(command)) => Output::Command(command),
            None => Output::Timeout(self.next_timeout()),
        }
    }

    /// Whether nothing comes any more of itself: the call is over, summed up, and no question is open.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.ended && self.writer.is_complete() && self.writer.asked.is_none() && self.outbox.is_empty()
    }

    /// The rules that fired since this was last asked, shown or not.
    pub fn take_fired(&mut self) -> Vec<Fired> {
        std::mem::take(&mut self.fired)
    }

    /// When to call [`Self::handle_timeout`], as the last `Timeout` said.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.next_timeout()
    }

    /// Where the call is on its own timeline.
    pub(crate) const fn now_ms(&self) -> u64 {
        self.course.now_ms
    }

    fn next_timeout(&self) -> Option<Timestamp> {
        let (wall, base_ms) = self.base.filter(|_| !self.outbox.is_restoring())?;
        let ahead_ms = self.wake_ms?.saturating_sub(base_ms);
        Some(wall + std::time::Duration::from_millis(ahead_ms))
    }

    /// When an event happened, in wall time and on the call's timeline.
    fn when(&self, envelope: &Envelope) -> (Timestamp, u64) {
        let stages = &envelope.stages;
        let told = stages.appended_us.or(stages.published_us).or(stages.redacted_us).or(stages.recognised_us);
        let own_ms = content_ms(&envelope.event);
        let start = self.course.started.or_else(|| started_at(&envelope.event));
        let wall = told.unwrap_or_else(|| {
            let by_content =
                start.zip(own_ms).map(|(start, ms)| start + std::time::Duration::from_millis(ms));
            by_content.or_else(|| self.base.map(|(wall, _)| wall)).or(start).unwrap_or_default()
        });
        let by_wall_ms = self.ms_at(wall);
        (wall, own_ms.map_or(by_wall_ms, |own_ms| within_call(own_ms).max(by_wall_ms)))
    }

    /// Where the call is at a moment of wall time.
    fn ms_at(&self, wall: Timestamp) -> u64 {
        self.base.map_or(self.course.now_ms, |(base, base_ms)| {
            within_call(
                base_ms.saturating_add(u64::try_from(wall.since(base).as_millis()).unwrap_or(u64::MAX)),
            )
        })
    }

    fn turn_to(&mut self, now: Timestamp) {
        self.advance(self.ms_at(now));
    }

    /// Lets the time pass up to a moment, and happen what happens in between.
    fn advance(&mut self, to_ms: u64) {
        for _ in 0..MAX_MOMENTS {
            let Some(wake_ms) = self.wake_ms.filter(|wake_ms| *wake_ms <= to_ms) else { break };
            self.course.now_ms = self.course.now_ms.max(wake_ms);
            self.settle();
        }
        self.course.now_ms = self.course.now_ms.max(to_ms);
    }

    /// Lets everything that follows from what is known happen, and notes when to look again.
    fn settle(&mut self) {
        let mut wake = None;
        if self.begun && !self.ended {
            wake = self.look_at_guides();
        }
        // Before the budget: a question without an answer may offer a card.
        wake = sooner(wake, self.look_at_questions());
        wake = sooner(wake, self.look_at_budget());
        if self.begun && !self.outbox.is_restoring() {
            wake = sooner(wake, self.measure());
            wake = sooner(wake, self.sum_up());
        }
        self.wake_ms = wake.map(|wake_ms| wake_ms.max(self.course.now_ms + 1));
    }

    fn look_at_guides(&mut self) -> Option<u64> {
        let mut wake = None;
        for _ in 0..MAX_ROUNDS {
            let mut moved = false;
            wake = None;
            for index in 0..self.guides.len() {
                let Some(guide) = self.guides.get_mut(index) else { continue };
                let (moves, next) = guide.look(&self.course);
                wake = sooner(wake, next);
                moved |= !moves.is_empty();
                for one in moves {
                    self.follow(index, one);
                }
            }
            if !moved {
                break;
            }
        }
        wake
    }

    fn look_at_budget(&mut self) -> Option<u64> {
        let may_show = self.course.line.agent_since_ms().is_some() && !self.muted && !self.ended;
        let (guides, course) = (&self.guides, &self.course);
        let (events, wake) =
            self.budget.look(course.now_ms, may_show, &|card| cards::fulfilled(guides, course, card));
        for event in events {
            let cause = if let Event::HintShown(hint) = &event { hint.utterance } else { None };
            self.emit(cause, event);
        }
        wake
    }

    /// Measures the call's course, if it is time.
    fn measure(&mut self) -> Option<u64> {
        if self.ended {
            if !self.measured && self.course.line.had_agent() {
                self.measured = true;
                self.sample();
            }
            return None;
        }
        let grows =
            self.course.line.is_on_hold() || self.course.silence_ms().is_some_and(|ms| ms >= SAMPLE_MS);
        if !self.course.line.had_agent() || !(self.course.is_unsampled || grows) {
            // Silence begins to count when it has lasted as long as a sample.
            let quiet = self.course.silence_ms().map(|ms| SAMPLE_MS.saturating_sub(ms));
            return quiet.map(|ms| self.course.now_ms + ms.max(1));
        }
        let every_ms = if self.course.is_unsampled { SAMPLE_MS } else { 2 * SAMPLE_MS };
        let due_ms = self.sampled_ms.map_or(self.course.now_ms, |sampled_ms| sampled_ms + every_ms);
        if self.course.now_ms < due_ms {
            return Some(due_ms);
        }
        self.sample();
        Some(self.course.now_ms + SAMPLE_MS)
    }

    fn sample(&mut self) {
        self.course.is_unsampled = false;
        self.sampled_ms = Some(self.course.now_ms);
        let metrics = self.course.metrics();
        self.emit(None, Event::MetricsSampled(metrics));
    }

    /// Writes the summary, if it is time, and asks the model for it when it is whole.
    fn sum_up(&mut self) -> Option<u64> {
        let (written, wake) = self.writer.look(&self.course, &self.guides, self.ended);
        if let Some(written) = written {
            self.emit(None, Event::SummaryWritten(written));
        }
        let says_anything = self.course.transcript.iter().next().is_some();
        if self.config.summaries_by_model && says_anything && self.writer.wants_model() {
            let id = self.questions.next_id();
            self.writer.asked = Some(id);
            let (sections, dispositions) = summary::outline(&self.guides);
            self.outbox.ask(Command::Summarise {
                id,
                transcript: self.course.transcript.material(),
                sections: sections.into_iter().map(|of| (of.id, of.title, of.ask)).collect(),
                dispositions: dispositions.into_iter().map(|of| (of.code, of.title)).collect(),
            });
        }
        wake
    }

    /// Says something, with the stage times of the words that called for it.
    fn emit(&mut self, cause: Option<UtteranceId>, event: Event) {
        self.outbox.emit(self.course.stages(cause), event);
    }
}

/// Where an event stands on the call's timeline, where it says so.
fn content_ms(event: &Event) -> Option<u64> {
    match event {
        Event::AgentConnected(agent) | Event::AgentDisconnected(agent) => Some(agent.at_ms),
        Event::HoldStarted(hold) | Event::HoldEnded(hold) => Some(hold.at_ms),
        Event::UtteranceUpdated(said) | Event::UtteranceCompleted(said) => Some(said.end_ms),
        Event::CallEnded(ended) => Some(ended.duration_ms),
        Event::CallStarted(_) | _ => None,
    }
}

/// When the call began, if this is what says so.
pub(crate) fn started_at(event: &Event) -> Option<Timestamp> {
    if let Event::CallStarted(started) = event {
        Some(Timestamp::from_millis(started.started_at_ms))
    } else {
        None
    }
}
