//! One simulation from its seed to its verdict.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use contacts::{Agent, AttributeNames, ContactSignal, MediaTrigger, SignalKind, read_trigger};
use engine::Engine;
use events::Envelope;
use model::Pii;
use ports::{CallFilter, CallState, CallSummary, EventLog};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::{
    hosts::{Host, PATIENCE, World},
    judge,
    kvs::Streams,
    rng::Rng,
    scenario::{BEGIN_MS, Call, Fault, Scenario},
};

/// How a simulation is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many calls.
    pub calls: usize,
    /// Print what happens.
    pub trace: bool,
    /// Keep recordings, and compare them sample by sample. Their spools are written by threads of the system, which know
    /// no virtual time: such a run is not the same every time, and a slow disk looks like minutes of absence.
    pub recordings: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { calls: 8, trace: false, recordings: false }
    }
}

/// What was counted over a simulation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Calls that were carried.
    pub calls: usize,
    /// Hosts that were killed.
    pub kills: usize,
    /// All faults.
    pub faults: usize,
    /// Finals in the logs.
    pub finals: usize,
    /// Events in the logs.
    pub events: usize,
    /// Recordings that were compared, sample by sample.
    pub recordings: usize,
}

/// What came of a seed.
#[derive(Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Everything that was lost, said twice, or is another call's; empty when all held.
    pub wrong: Vec<String>,
    /// All events, as text: the same for the same seed.
    pub log: String,
    /// What was counted.
    pub totals: Totals,
}

/// Runs the simulation of a seed in virtual time.
///
/// # Errors
/// When the simulation itself cannot be set up.
pub fn run(seed: u64, options: Options) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(Simulation::play(seed, options))
}

/// The engines that answer now, by place.
type Answering = Arc<Mutex<Vec<Option<Arc<Engine>>>>>;

/// Who tells something waits for an answer this long, and then tells another host.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

struct Simulation {
    world: World,
    scenario: Scenario,
    hosts: Vec<Option<Host>>,
    /// The engines that answer now, by place.
    answering: Answering,
    begin: Instant,
    trace: bool,
}

impl Simulation {
    async fn play(seed: u64, options: Options) -> anyhow::Result<Outcome> {
        let mut rng = Rng::new(seed ^ 0x5EED);
        let scenario = Scenario::new(seed, options.calls, options.recordings);
        let begin = Instant::now();
        let streams = Arc::new(Streams::new(&scenario.calls, rng.split(), begin));
        let mut world = World::new(streams, rng.split(), begin, scenario.keeps_recordings)?;
        let hosts =
            (0..scenario.hosts).map(|place| world.start(place).map(Some)).collect::<Result<_, _>>()?;
        let mut this =
            Self { world, scenario, hosts, answering: Arc::default(), begin, trace: options.trace };
        this.answer();
        for call in &this.scenario.calls {
            let (from, to) = (call.start_ms - BEGIN_MS, call.end_ms() - BEGIN_MS);
            let Call { contact, transfer, stream, first_number, told_end, named_late, .. } = call;
            this.say(&format!(
                "{contact} on {stream} from {from} to {to} ms, fragments from {first_number}, then {transfer:?}; end told: {told_end}, named late: {named_late}"
            ));
        }
        let told = this.connect(&mut rng);
        this.strike(told).await?;
        let ended = this.until_ended().await?;
        let mut outcome = this.judge(seed).await?;
        if !ended {
            outcome.wrong.push("not every call came to its end".to_owned());
        }
        Ok(outcome)
    }

    fn say(&self, what: &str) {
        if self.trace {
            let at = self.begin.elapsed().as_secs_f64();
            #[expect(clippy::print_stderr, reason = "a trace is asked for on the command line")]
            {
                eprintln!("{at:9.3} {what}");
            }
        }
    }

    /// What Connect says, when, and to which place first.
    fn connect(&self, rng: &mut Rng) -> Vec<Told> {
        let mut told = Vec::new();
        for call in &self.scenario.calls {
            let mut tell = |rng: &mut Rng, after_ms: u64, what: What| {
                let at = Duration::from_millis(call.start_ms + after_ms - BEGIN_MS);
                let copies = 1 + u64::from(rng.percent(20));
                for copy in 0..copies {
                    let late = Duration::from_millis(rng.within(0, 1_500) + copy * 2_000);
                    let place = usize::try_from(rng.next() % 64).unwrap_or(0);
                    told.push(Told { at: at + late, place, what: what.clone() });
                }
            };
            if call.named_late {
                tell(rng, 100, What::Trigger(trigger(call, false)));
                if !call.never_named {
                    tell(rng, 4_000, What::Trigger(trigger(call, true)));
                }
            } else {
                tell(rng, 500, What::Trigger(trigger(call, true)));
            }
            let signal = |after_ms: u64, kind: SignalKind| {
                What::Signal(ContactSignal { contact_id: call.contact.clone(), at: call.at(after_ms), kind })
            };
            let agent = Agent { arn: "arn:agent".to_owned(), name: Some(Pii::new("Dana".to_owned())) };
            tell(rng, 1_500, signal(1_500, SignalKind::AgentConnected(agent)));
            if rng.percent(30) {
                tell(rng, 3_000, signal(3_000, SignalKind::HoldStarted));
                tell(rng, 4_500, signal(4_500, SignalKind::HoldEnded));
            }
            let mut last = call.contact.clone();
            if let Some((next, after)) = &call.transfer {
                let at = after * crate::scenario::FRAGMENT_MS;
                tell(rng, at.saturating_sub(1_600), signal(at, SignalKind::Transferred(next.clone())));
                last = next.clone();
            }
            if call.told_end {
                let over = ContactSignal {
                    contact_id: last,
                    at: call.at(call.length_ms()),
                    kind: SignalKind::Disconnected,
                };
                tell(rng, call.length_ms(), What::Signal(over));
            }
        }
        told.sort_by_key(|told| told.at);
        told
    }

    /// Lets everything happen at its time.
    async fn strike(&mut self, told: Vec<Told>) -> anyhow::Result<()> {
        let mut faults = self.scenario.faults.clone().into_iter().peekable();
        let mut told = told.into_iter().peekable();
        let mut back: Vec<(Instant, usize)> = Vec::new();
        loop {
            let next_fault = faults.peek().map(|(at, _)| self.begin + *at);
            let next_told = told.peek().map(|told| self.begin + told.at);
            let next_back = back.iter().map(|(at, _)| *at).min();
            let Some(at) = [next_fault, next_told, next_back].into_iter().flatten().min() else {
                return Ok(());
            };
            sleep_until(at).await;
            if next_back == Some(at) {
                let (due, waits): (Vec<_>, Vec<_>) =
                    back.into_iter().partition(|(back_at, _)| *back_at <= at);
                back = waits;
                for (_, place) in due {
                    self.say(&format!("a new host in place {place}"));
                    self.hosts[place] = Some(self.world.start(place)?);
                    self.answer();
                }
            } else if next_fault == Some(at) {
                let Some((_, fault)) = faults.next() else { continue };
                self.say(&format!("{fault:?}"));
                if let Some(place) = self.inflict(fault).await {
                    back.push((Instant::now() + place.1, place.0));
                }
            } else if let Some(told) = told.next() {
                self.tell(told);
            }
        }
    }

    /// Does what goes wrong; gives the place that is empty now, and for how long.
    async fn inflict(&mut self, fault: Fault) -> Option<(usize, Duration)> {
        match fault {
            Fault::Kill { host, back_after } => {
                let killed = self.hosts.get_mut(host)?.take()?;
                self.answer();
                killed.engine.abort();
                Some((host, back_after))
            }
            Fault::Stop { host, back_after } => {
                let stopped = self.hosts.get_mut(host)?.take()?;
                self.answer();
                let before = Instant::now();
                stopped.engine.shutdown().await;
                let took = before.elapsed();
                assert!(took <= Duration::from_secs(2), "a stop took {took:?}");
                Some((host, back_after))
            }
            Fault::Pause { host, lasts } => {
                self.world.network.pause(host, lasts);
                None
            }
            Fault::Cut { host, store, lasts } => {
                self.world.network.cut(Some(host), store, lasts);
                None
            }
            Fault::Away { store, lasts } => {
                self.world.network.cut(None, store, lasts);
                None
            }
        }
    }

    /// Who answers has changed.
    fn answer(&self) {
        let engines = self.hosts.iter().map(|host| host.as_ref().map(|host| Arc::clone(&host.engine)));
        *self.answering.lock().unwrap_or_else(PoisonError::into_inner) = engines.collect();
    }

    /// Connect tells a host, and another one when that refuses or does not answer, until one has taken it.
    fn tell(&self, told: Told) {
        let answering = Arc::clone(&self.answering);
        let tenant = self.world.tenant.clone();
        tokio::spawn(async move {
            // EventBridge and the queue try again for hours.
            for attempt in 0..600 {
                let engine = {
                    let engines = answering.lock().unwrap_or_else(PoisonError::into_inner);
                    engines.get((told.place + attempt) % engines.len()).cloned().flatten()
                };
                if let Some(engine) = engine {
                    let taken = async {
                        match &told.what {
                            What::Trigger(trigger) => {
                                engine.trigger(Some(tenant.clone()), trigger).await.map(drop)
                            }
                            What::Signal(signal) => engine.signal(&tenant, signal.clone()).await,
                        }
                    };
                    if matches!(timeout(ANSWER_WITHIN, taken).await, Ok(Ok(()))) {
                        return;
                    }
                }
                sleep(Duration::from_secs(1)).await;
            }
        });
    }

    /// Waits until every call has its end in the log; false when that does not come.
    async fn until_ended(&mut self) -> anyhow::Result<bool> {
        let last = self.scenario.calls.iter().map(Call::end_ms).max().unwrap_or(BEGIN_MS) - BEGIN_MS;
        let deadline = self.begin + Duration::from_millis(last) + PATIENCE;
        for place in 0..self.hosts.len() {
            if self.hosts.get(place).is_some_and(Option::is_none) {
                self.hosts[place] = Some(self.world.start(place)?);
            }
        }
        self.answer();
        loop {
            let ended = self.calls().await?;
            let over = ended.iter().all(|call| call.state == CallState::Ended);
            let is_carried = |call: &Call| ended.iter().any(|carried| call.is_of(&carried.contact_id));
            let expected = self.scenario.calls.iter().filter(|call| !call.never_named).all(is_carried);
            let placed = Instant::now() > self.begin + Duration::from_millis(last);
            if over && placed && expected {
                return Ok(true);
            }
            if Instant::now() > deadline {
                for host in self.hosts.iter().flatten() {
                    self.say(&format!("{:?}", host.engine.status()));
                }
                return Ok(false);
            }
            sleep(Duration::from_secs(5)).await;
        }
    }

    async fn calls(&self) -> anyhow::Result<Vec<CallSummary>> {
        let filter = CallFilter { limit: 500, ..CallFilter::default() };
        let page = self.world.log.calls(&self.world.tenant, &filter).await?;
        Ok(page.calls)
    }

    async fn judge(&self, seed: u64) -> anyhow::Result<Outcome> {
        let mut totals = Totals {
            calls: self.scenario.calls.len(),
            kills: self.scenario.faults.iter().filter(|(_, f)| matches!(f, Fault::Kill { .. })).count(),
            faults: self.scenario.faults.len(),
            ..Totals::default()
        };
        let mut logs: Vec<Vec<Envelope>> = Vec::new();
        for call in self.calls().await? {
            logs.push(self.world.log.events(&self.world.tenant, &call.call_id));
        }
        logs.sort_by_key(|log| log.first().map(|event| event.call_id.clone()));
        let mut wrong = Vec::new();
        for log in &logs {
            totals.events += log.len();
            judge::one(log, &self.scenario, &self.world.blobs, &mut totals, &mut wrong);
        }
        judge::all(&logs, &self.scenario, &mut wrong);
        Ok(Outcome { seed, wrong, log: judge::text(&logs), totals })
    }
}

#[derive(Clone)]
enum What {
    Trigger(MediaTrigger),
    Signal(ContactSignal),
}

struct Told {
    at: Duration,
    place: usize,
    what: What,
}

/// A flow's Lambda event.
fn trigger(call: &Call, with_stream: bool) -> MediaTrigger {
    let number = format!("91343852333181432392682062622220590765191{:06}", call.first_number);
    let audio = format!(
        r#"{{"StreamARN":"arn:aws:kinesisvideo:us-east-1:1:stream/{}/1","StartTimestamp":"{}","StartFragmentNumber":"{number}"}}"#,
        call.stream, call.start_ms
    );
    let audio = if with_stream { audio.as_str() } else { "null" };
    let json = format!(
        r#"{{"Details":{{"ContactData":{{"ContactId":"{}","Channel":"VOICE","Attributes":{{"trunkline_tenant":"acme",
        "trunkline_profile":"sim","trunkline_session":"s"}},"MediaStreams":{{"Customer":{{"Audio":{audio}}}}}}}}}}}"#,
        call.contact
    );
    read_trigger(json.as_bytes(), &AttributeNames::default()).expect("the event is well formed")
}
