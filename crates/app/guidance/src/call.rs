//! One call's guidance: drives its session by the call's events, by acts, answers and time.

use std::{sync::Arc, time::Duration};

use assist::{Output, Session, SessionConfig};
use engine::{AsideError, CarriedCall, Delivery, Subscription, Topic};
use events::{DoneBy, Envelope, Event, HintKind, HintShown, SummarySource, SummaryWritten};
use metrics::{counter, histogram};
use model::Timestamp;
use ports::{EventLogError, NewEvent};
use tokio::{sync::mpsc, time};

use crate::{
    after::{self, Added},
    errands::{Brought, Errands},
    guide::Parts,
    names,
};

/// How long after a call's end its summary is waited for, and what else its session still has to say.
const GRACE: Duration = Duration::from_secs(45);
/// The first and the longest wait before the log is read again.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// How the guidance of a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is said.
    Done,
    /// The call is carried elsewhere, or nobody's any more.
    Elsewhere,
    /// The log failed: it is to be begun again from it.
    Failed,
}

enum Wake {
    Delivered(Result<Delivery, EventLogError>),
    Act(Option<DoneBy>),
    Brought(Brought),
    Timer,
    Over,
    Lost,
}

/// One call, guided here.
pub(crate) struct CallGuide {
    parts: Arc<Parts>,
    call: CarriedCall,
    acts: mpsc::Receiver<DoneBy>,
    acts_open: bool,
    subscription: Subscription,
    session: Session,
    errands: Errands,
    /// The seq of the last event that was taken in.
    seq: u64,
    is_caught_up: bool,
    wake_at: Option<Timestamp>,
    /// When nothing more is waited for, once the call is over.
    over_at: Option<(Timestamp, Timestamp)>,
    retry: Duration,
}

impl CallGuide {
    pub(crate) async fn new(parts: Arc<Parts>, call: CarriedCall, acts: mpsc::Receiver<DoneBy>) -> Self {
        let tenant = call.key.tenant.clone();
        let session = Session::new(config(&parts, &call).await);
        let topic = Topic::Call(call.key.call.clone());
        let subscription =
            Subscription::new(Arc::clone(&parts.log), parts.engine.fanout(), tenant.clone(), topic, 0);
        Self {
            errands: Errands::new(tenant, Arc::clone(&parts.sources)),
            parts,
            call,
            acts,
            acts_open: true,
            subscription,
            session,
            seq: 0,
            is_caught_up: false,
            wake_at: None,
            over_at: None,
            retry: RETRY_FIRST,
        }
    }

    pub(crate) async fn run(mut self) -> Outcome {
        loop {
            let wake = self.wait().await;
            if let Some(outcome) = self.handle(wake).await {
                return outcome;
            }
            if let Err(outcome) = self.drain().await {
                return outcome;
            }
            if self.over_at.is_some()
                && self.is_caught_up
                && self.session.is_done()
                && self.errands.is_empty()
            {
                return Outcome::Done;
            }
        }
    }

    async fn wait(&mut self) -> Wake {
        let now = self.parts.engine.now();
        let timer = sleep_until(self.wake_at, now);
        let grace = sleep_until(self.over_at.map(|(_, until)| until), now);
        tokio::select! {
            biased;
            () = self.call.lost(), if self.over_at.is_none() => Wake::Lost,
            delivered = self.subscription.next() => Wake::Delivered(delivered),
            act = self.acts.recv(), if self.acts_open && self.is_caught_up => Wake::Act(act),
            brought = self.errands.next() => Wake::Brought(brought),
            () = timer => Wake::Timer,
            () = grace => Wake::Over,
        }
    }

    /// Takes in what happened; an outcome ends the guidance.
    async fn handle(&mut self, wake: Wake) -> Option<Outcome> {
        let now = self.parts.engine.now();
        match wake {
            Wake::Delivered(Ok(Delivery::Event(event))) => self.take(event.envelope()),
            Wake::Delivered(Ok(Delivery::CaughtUp(_))) => {
                self.is_caught_up = true;
                self.session.handle_caught_up(now);
            }
            Wake::Delivered(Err(EventLogError::NoSuchCall(_) | EventLogError::Fenced(_))) => {
                return Some(Outcome::Elsewhere);
            }
            Wake::Delivered(Err(error)) => {
                tracing::warn!(call.id = %self.call.key.call, error = &error as &dyn std::error::Error,
                    "the log of a guided call cannot be read; it is tried again");
                time::sleep(self.retry).await;
                self.retry = (self.retry * 2).min(RETRY_MAX);
            }
            Wake::Act(Some(done)) => self.session.handle_act(now, &done),
            Wake::Act(None) => self.acts_open = false,
            Wake::Brought(Brought::Vectors(id, vectors)) => self.session.handle_vectors(now, id, &vectors),
            Wake::Brought(Brought::Answer(id, answer)) => self.session.handle_answer(now, id, answer),
            Wake::Brought(Brought::Summary(id, summary)) => self.session.handle_summary(now, id, summary),
            Wake::Timer => self.session.handle_timeout(now),
            Wake::Over => return Some(Outcome::Done),
            Wake::Lost => return Some(Outcome::Elsewhere),
        }
        None
    }

    fn take(&mut self, envelope: &Envelope) {
        self.retry = RETRY_FIRST;
        self.seq = self.seq.max(envelope.seq);
        if matches!(envelope.event, Event::CallEnded(_)) && self.over_at.is_none() {
            let now = self.parts.engine.now();
            self.over_at = Some((envelope.stages.appended_us.unwrap_or(now), now + GRACE));
        }
        self.session.handle_event(envelope);
    }

    /// Says and asks what the session wants, until it wants nothing more.
    async fn drain(&mut self) -> Result<(), Outcome> {
        loop {
            let mut events = Vec::new();
            loop {
                match self.session.poll_output() {
                    Output::Event(said) => events.push(NewEvent { stages: said.stages, event: said.event }),
                    Output::Command(command) => self.errands.go(command),
                    Output::Timeout(at) => {
                        self.wake_at = at;
                        break;
                    }
                }
            }
            self.session.take_fired();
            if events.is_empty() {
                return Ok(());
            }
            self.say(events).await?;
        }
    }

    /// Appends what the session says: as the call's owner while it goes on, and by itself when it is over.
    async fn say(&self, events: Vec<NewEvent>) -> Result<(), Outcome> {
        let told = events.clone();
        let appended = match self.over_at {
            None => self.call.append(events.clone(), self.seq).await,
            Some(_) => Err(AsideError::Over),
        };
        match appended {
            Ok(()) => {}
            Err(AsideError::Over) => match after::add(&self.parts, &self.call.key, self.seq, events).await {
                Added::Logged => {}
                Added::NoMore => return Err(Outcome::Elsewhere),
                Added::Failed => return Err(Outcome::Failed),
            },
            Err(AsideError::Elsewhere) => return Err(Outcome::Elsewhere),
            Err(error) => {
                tracing::warn!(call.id = %self.call.key.call, error = &error as &dyn std::error::Error,
                    "guidance cannot be logged");
                return Err(Outcome::Failed);
            }
        }
        self.measure(&told);
        Ok(())
    }

    fn measure(&self, told: &[NewEvent]) {
        let now = self.parts.engine.now();
        for new in told {
            match &new.event {
                Event::HintShown(hint) => {
                    counter!(names::HINTS, "kind" => kind(hint)).increment(1);
                    if let Some(captured) = new.stages.captured_us {
                        histogram!(names::WORDS_TO_HINT).record(now.since(captured).as_secs_f64());
                    }
                }
                Event::SummaryWritten(SummaryWritten {
                    complete: true,
                    source: SummarySource::Extracted,
                    fallback: None,
                    ..
                }) => {
                    if let Some((ended, _)) = self.over_at {
                        histogram!(names::END_TO_SUMMARY).record(now.since(ended).as_secs_f64());
                    }
                }
                Event::SummaryWritten(_) | _ => {}
            }
        }
    }
}

/// How a call is guided.
pub(crate) async fn config(parts: &Parts, call: &CarriedCall) -> SessionConfig {
    config_of(parts, &call.key.tenant).await
}

pub(crate) async fn config_of(parts: &Parts, tenant: &model::TenantId) -> SessionConfig {
    SessionConfig {
        playbooks: parts.shelf.of(tenant).await,
        summaries_by_model: parts.sources.writes_summaries(tenant),
        built_in_alerts: parts.built_in_alerts,
        again: false,
    }
}

async fn sleep_until(at: Option<Timestamp>, now: Timestamp) {
    match at {
        Some(at) => time::sleep(at.since(now)).await,
        None => std::future::pending().await,
    }
}

const fn kind(hint: &HintShown) -> &'static str {
    match hint.kind {
        HintKind::Standard => "standard",
        HintKind::Knowledge => "knowledge",
        HintKind::Workflow => "workflow",
        HintKind::Compliance => "compliance",
    }
}
