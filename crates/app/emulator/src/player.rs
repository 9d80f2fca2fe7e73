//! Plays a scenario as time passes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as SyncMutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use events::{
    CallEndReason, CallEnded, CallStarted, DoneBy, Envelope, Event, GuidanceStarted, Stages,
    TranscriptionState, TranscriptionStatus, VERSION,
};
use guidance::{ActRefused, DeskActs};
use model::{CallId, CallKey, ContactId, Epoch, InvalidId, TenantId, Timestamp};
use ports::{Append, EventLog, EventLogError, Knowledge, KnowledgeError, NewEvent, Passage};
use thiserror::Error;
use tokio::{
    sync::Mutex,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    desk::Desk,
    scenario::{Answer, Scenario, Session},
    script::{Turn, turns},
};

/// The time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Hands an event to followers.
pub type Publish = Arc<dyn Fn(Envelope) + Send + Sync>;

/// The sample rate that emulated calls say they have.
const SAMPLE_RATE_HZ: u32 = 8_000;
/// Calls whose desks still take acts; of more one is forgotten.
const MAX_CALLS: usize = 500;

/// Why a scenario stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlayError {
    /// An id that it gives is none.
    #[error("an id of the scenario")]
    Id(#[from] InvalidId),
    /// The log does not take its events.
    #[error("the log of the emulated calls")]
    Log(#[from] EventLogError),
    /// A call's task broke.
    #[error("a call stopped")]
    Task(#[from] tokio::task::JoinError),
}

/// Where scenarios are played.
#[derive(Clone)]
pub struct Stage {
    /// Keeps what happens.
    pub log: Arc<dyn EventLog>,
    /// Hands it to followers.
    pub publish: Publish,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

/// Plays scenarios, and stands for whoever guides their calls.
pub struct Player {
    tenant: TenantId,
    clock: Clock,
    /// How many times faster than it says.
    speed: f64,
    calls: SyncMutex<BTreeMap<CallId, Arc<Mutex<Call>>>>,
    answers: SyncMutex<Vec<Answer>>,
}

impl std::fmt::Debug for Player {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Player").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Player {
    /// Plays for a tenant, `speed` times as fast as the scenario says.
    #[must_use]
    pub fn new(tenant: TenantId, clock: Clock, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self { tenant, clock, speed, calls: SyncMutex::default(), answers: SyncMutex::default() }
    }

    /// The ids of a scenario's calls in a round.
    ///
    /// # Errors
    /// When an id is none.
    pub fn calls(scenario: &Scenario, round: &str) -> Result<Vec<CallId>, InvalidId> {
        scenario.sessions.iter().map(|session| call_id(session, round)).collect()
    }

    /// Plays all calls of a scenario once, in their own time. `round` makes the ids of calls those of no other round.
    ///
    /// # Errors
    /// When an id is none, or the log fails.
    pub async fn play(&self, stage: &Stage, scenario: &Scenario, round: &str) -> Result<(), PlayError> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&scenario.answers);
        let begin = Instant::now();
        let mut tasks = JoinSet::new();
        for session in &scenario.sessions {
            let call = self.call(stage, session, round)?;
            let start = begin + self.real(Duration::from_millis(session.start.as_millis()));
            tasks.spawn(run(call, session.clone(), start, self.speed));
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(())
    }

    fn real(&self, scripted: Duration) -> Duration {
        scripted.div_f64(self.speed)
    }

    fn call(&self, stage: &Stage, session: &Session, round: &str) -> Result<Arc<Mutex<Call>>, InvalidId> {
        let id = call_id(session, round)?;
        let contact = match &session.contact {
            Some(contact) => ContactId::new(contact.clone())?,
            None => ContactId::new(format!("contact-{}-{round}", session.id))?,
        };
        let call = Call {
            key: CallKey::new(self.tenant.clone(), id.clone()),
            contact,
            stage: stage.clone(),
            clock: Arc::clone(&self.clock),
            speed: self.speed,
            began: None,
            last: 0,
            desk: Desk::new(session.playbook.clone()),
        };
        let call = Arc::new(Mutex::new(call));
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        while calls.len() >= MAX_CALLS {
            calls.pop_first();
        }
        calls.insert(id, Arc::clone(&call));
        Ok(call)
    }
}

#[async_trait]
impl DeskActs for Player {
    async fn take(&self, key: &CallKey, done: DoneBy) -> Result<(), ActRefused> {
        let call = self.calls.lock().unwrap_or_else(PoisonError::into_inner).get(&key.call).cloned();
        let call = call.filter(|_| key.tenant == self.tenant);
        let call = call.ok_or_else(|| ActRefused::NoSuchCall(key.clone()))?;
        let mut call = call.lock().await;
        let at_ms = call.at_ms();
        let Some(events) = call.desk.act(done, at_ms) else { return Err(ActRefused::CallEnded) };
        Ok(call.log_all(events).await?)
    }
}

#[async_trait]
impl Knowledge for Player {
    /// What the scenario has to say to a question: answers that share a word with it.
    async fn search(
        &self,
        _tenant: &TenantId,
        question: &str,
        limit: usize,
    ) -> Result<Vec<Passage>, KnowledgeError> {
        let question = question.to_lowercase();
        let fits = |answer: &&Answer| {
            answer.words.is_empty() || answer.words.iter().any(|word| question.contains(&word.to_lowercase()))
        };
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let passage = |answer: &Answer| Passage {
            document: answer.document.clone(),
            title: answer.title.clone(),
            heading: answer.heading.clone(),
            text: answer.text.clone(),
            score: 1.0,
            meaning: None,
        };
        Ok(answers.iter().filter(fits).take(limit).map(passage).collect())
    }
}

/// One emulated call.
struct Call {
    key: CallKey,
    contact: ContactId,
    stage: Stage,
    clock: Clock,
    speed: f64,
    began: Option<Timestamp>,
    last: u64,
    desk: Desk,
}

impl Call {
    /// Where the call is by its script's time.
    fn at_ms(&self) -> u64 {
        let real = self.began.map_or(Duration::ZERO, |began| (self.clock)().since(began));
        u64::try_from(real.mul_f64(self.speed).as_millis()).unwrap_or(u64::MAX)
    }

    fn stages(&self) -> Stages {
        let now = Some((self.clock)());
        Stages {
            captured_us: now,
            received_us: now,
            recognised_us: now,
            redacted_us: now,
            ..Stages::default()
        }
    }

    async fn begin(&mut self, session: &Session) -> Result<(), EventLogError> {
        let now = (self.clock)();
        self.began = Some(now);
        self.last = self.stage.log.claim(&self.key, Epoch::new(1)).await?;
        let started = CallStarted {
            contact_id: self.contact.clone(),
            initial_contact_id: None,
            stream: "emulated".to_owned(),
            customer: session.customer.clone(),
            customer_keys: Vec::new(),
            queue: session.queue.clone(),
            started_at_ms: now.as_millis(),
            sample_rate_hz: SAMPLE_RATE_HZ,
            profile: session.profile.clone(),
            session: None,
            language: None,
            provisional: false,
            attributes: BTreeMap::new(),
        };
        let status = TranscriptionStatus {
            state: TranscriptionState::Running,
            recogniser: Some("emulator".to_owned()),
            language: None,
            detail: None,
        };
        let playbooks = session.playbook.iter().cloned().collect();
        self.log_all(vec![
            Event::CallStarted(started),
            Event::TranscriptionStatus(status),
            Event::GuidanceStarted(GuidanceStarted { playbooks }),
        ])
        .await
    }

    async fn turn(&mut self, turn: Turn, at_ms: u64) -> Result<(), EventLogError> {
        let events = match turn {
            Turn::Log(event) => vec![event],
            Turn::Card(card, said) => self.desk.show(card, said, at_ms),
            Turn::End => {
                let mut events = self.desk.end(at_ms);
                let ended = CallEnded { reason: CallEndReason::Disconnected, duration_ms: at_ms };
                events.push(Event::CallEnded(ended));
                events
            }
            Turn::Show(event) => {
                let CallKey { tenant, call } = self.key.clone();
                let stages = self.stages();
                let envelope =
                    Envelope { v: VERSION, tenant, call_id: call, seq: 0, position: 0, stages, event };
                (self.stage.publish)(envelope);
                return Ok(());
            }
        };
        self.log_all(events).await
    }

    async fn log_all(&mut self, events: Vec<Event>) -> Result<(), EventLogError> {
        if events.is_empty() {
            return Ok(());
        }
        let stages = self.stages();
        let append = Append {
            key: self.key.clone(),
            epoch: Epoch::new(1),
            after: self.last,
            now: (self.clock)(),
            events: events.into_iter().map(|event| NewEvent { stages, event }).collect(),
        };
        for envelope in self.stage.log.append(append).await? {
            self.last = envelope.seq;
            (self.stage.publish)(envelope);
        }
        Ok(())
    }
}

fn call_id(session: &Session, round: &str) -> Result<CallId, InvalidId> {
    CallId::new(format!("{}-{round}", session.id))
}

/// Plays one call from its begin to its end.
async fn run(call: Arc<Mutex<Call>>, session: Session, start: Instant, speed: f64) -> Result<(), PlayError> {
    sleep_until(start).await;
    call.lock().await.begin(&session).await?;
    let when = |at_ms: u64| start + Duration::from_millis(at_ms).div_f64(speed);
    for (at_ms, turn) in turns(&session) {
        loop {
            let due = call.lock().await.desk.due();
            let Some(due) = due.filter(|due| *due < at_ms) else { break };
            sleep_until(when(due)).await;
            let mut call = call.lock().await;
            let expired = call.desk.expire(due);
            call.log_all(expired.into_iter().collect()).await?;
        }
        sleep_until(when(at_ms)).await;
        call.lock().await.turn(turn, at_ms).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use events::{Act, HintOutcome};
    use ports::testing::MemoryEventLog;

    use super::*;

    fn player(log: &Arc<MemoryEventLog>) -> (Arc<Player>, Stage, TenantId) {
        let tenant = TenantId::new("acme").unwrap();
        let begin = Instant::now();
        let clock: Clock = Arc::new(move || {
            Timestamp::from_micros(1_000_000 + i64::try_from(begin.elapsed().as_micros()).unwrap())
        });
        let stage = Stage { log: Arc::clone(log) as Arc<dyn EventLog>, publish: Arc::new(|_| ()) };
        (Arc::new(Player::new(tenant.clone(), clock, 1.0)), stage, tenant)
    }

    async fn names(log: &MemoryEventLog, tenant: &TenantId, call: &str) -> Vec<&'static str> {
        let call = CallId::new(call).unwrap();
        let events = log.read_call(tenant, &call, 0, 500).await.unwrap();
        events.iter().map(|envelope| envelope.event.type_name()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_card_that_nobody_takes_expires_and_the_call_ends() {
        let log = Arc::new(MemoryEventLog::default());
        let (player, stage, tenant) = player(&log);
        let scenario = "sessions: [{id: a, steps: [{card: {title: Look, life: 5s}}, {at: 20s, end: true}]}]";
        player.play(&stage, &Scenario::read(scenario).unwrap(), "1").await.unwrap();
        assert_eq!(
            names(&log, &tenant, "a-1").await,
            [
                "call_started",
                "transcription_status",
                "guidance_started",
                "hint_shown",
                "hint_changed",
                "call_ended"
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_accepted_card_does_not_expire() {
        let log = Arc::new(MemoryEventLog::default());
        let (player, stage, tenant) = player(&log);
        let scenario = "sessions: [{id: a, steps: [{card: {title: Look, life: 5s}}, {at: 20s, end: true}]}]";
        let scenario = Scenario::read(scenario).unwrap();
        let playing = tokio::spawn({
            let player = Arc::clone(&player);
            async move { player.play(&stage, &scenario, "1").await }
        });
        sleep_until(Instant::now() + Duration::from_secs(2)).await;
        let key = CallKey::new(tenant.clone(), CallId::new("a-1").unwrap());
        let act = Act::Hint { id: "h-1".into(), outcome: HintOutcome::Accepted };
        player.take(&key, DoneBy { id: "act-0001".into(), by: "ann".into(), act }).await.unwrap();
        playing.await.unwrap().unwrap();
        let names = names(&log, &tenant, "a-1").await;
        assert_eq!(names.iter().filter(|name| **name == "hint_changed").count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_built_in_scenario_plays_to_its_end() {
        let log = Arc::new(MemoryEventLog::default());
        let (player, stage, tenant) = player(&log);
        player.play(&stage, &Scenario::read(Scenario::built_in()).unwrap(), "1").await.unwrap();
        for call in ["leaving-1", "order-1"] {
            assert_eq!(names(&log, &tenant, call).await.last(), Some(&"call_ended"));
        }
        assert_eq!(player.search(&tenant, "a refund?", 5).await.unwrap().len(), 1);
        assert_eq!(player.search(&tenant, "the weather", 5).await.unwrap().len(), 0);
    }
}
