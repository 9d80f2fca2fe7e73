//! Runs drills, and keeps what they show.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use e2e::{Carried, Fleet, Outcome, Placing, Row, Scripted, differences, judge, place_all, table};
use lab::Pace;
use model::Channel;

use crate::drills::{Drill, Struck, WORKERS, Wants};

/// Calls of the largest drill.
const CALLS: usize = 20;
/// The time between the starts of two calls.
const STAGGER: Duration = Duration::from_millis(250);
/// How much faster an undisturbed call is spoken.
const UNDISTURBED_PACE: f64 = 6.0;
/// How long after its last sample a call may end, on a busy machine.
const ENDS_WITHIN: Duration = Duration::from_secs(90);
/// Faults that are shown of one call.
const SHOWN_FAULTS: usize = 5;

pub(crate) struct Bench {
    fleet: Fleet,
    wants: Wants,
    scripts: Vec<Scripted>,
    undisturbed: BTreeMap<u64, Outcome>,
    rows: Vec<Row>,
    faults: Vec<String>,
    begun: Instant,
}

impl Bench {
    pub(crate) fn new(fleet: Fleet, wants: Wants) -> Self {
        let scripts = (1..=CALLS as u64).map(|seed| Scripted::new(seed, wants.seconds())).collect();
        Self {
            fleet,
            wants,
            scripts,
            undisturbed: BTreeMap::new(),
            rows: Vec::new(),
            faults: Vec::new(),
            begun: Instant::now(),
        }
    }

    /// The drills that are wanted.
    pub(crate) fn drills(&self) -> Vec<Drill> {
        Drill::ALL.into_iter().filter(|drill| self.wants.drill(*drill)).collect()
    }

    /// Places every call once, with nothing in its way.
    pub(crate) async fn undisturbed(&mut self) {
        let scripts = self.scripts.clone();
        let placing = place_all(&scripts, &self.fleet.target(), Pace::Times(UNDISTURBED_PACE), STAGGER);
        let outcomes = self.outcomes(placing, "undisturbed").await;
        let mut row = Row { fault: "none".to_owned(), calls: scripts.len(), ..Row::default() };
        for (script, outcome) in scripts.iter().zip(outcomes) {
            let Some(outcome) = outcome else { continue };
            self.judge(script, &outcome, "undisturbed", &mut row);
            self.undisturbed.insert(script.seed, outcome);
        }
        self.add(row);
    }

    /// Places calls, strikes, and looks what became of them.
    pub(crate) async fn run(&mut self, drill: Drill) {
        while self.fleet.workers.len() < WORKERS {
            self.fleet.start_worker().await;
        }
        let scripts: Vec<Scripted> = self.scripts.iter().take(drill.calls()).cloned().collect();
        let placing = place_all(&scripts, &self.fleet.target(), self.wants.pace(drill), STAGGER);
        let since = placing.since;
        let struck = drill.strike(&mut self.fleet, &placing, self.wants.outage()).await;
        let outcomes = self.outcomes(placing, drill.name()).await;
        let mut row = Row {
            fault: drill.title().to_owned(),
            calls: scripts.len(),
            hit: struck.hit.len(),
            note: struck.note.clone(),
            ..Row::default()
        };
        for (script, outcome) in scripts.iter().zip(outcomes) {
            let Some(outcome) = outcome else { continue };
            self.judge(script, &outcome, drill.name(), &mut row);
            if let Some(undisturbed) = self.undisturbed.get(&script.seed) {
                let found = differences(&outcome, undisturbed);
                self.note(drill.name(), script, found);
            }
        }
        if struck.moves {
            row.takeovers = self.takeovers(drill, &struck, &self.fleet.carried(since));
        }
        self.faults.extend(struck.faults.into_iter().map(|fault| format!("{}: {fault}", drill.name())));
        if struck.hit.is_empty() {
            self.faults.push(format!("{}: it hit no call", drill.name()));
        }
        self.add(row);
    }

    /// What became of each call.
    async fn outcomes(&mut self, placing: Placing, what: &str) -> Vec<Option<Outcome>> {
        let mut outcomes = Vec::new();
        for (script, placed) in self.scripts.clone().iter().zip(placing.finish().await) {
            let outcome = match placed {
                Ok(call) => Outcome::of(self.fleet.api(), &call, ENDS_WITHIN).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(outcome) => outcomes.push(Some(outcome)),
                Err(error) => {
                    self.note(what, script, vec![error]);
                    outcomes.push(None);
                }
            }
        }
        outcomes
    }

    fn judge(&mut self, script: &Scripted, outcome: &Outcome, what: &str, row: &mut Row) {
        let verdict = judge(script, outcome);
        row.lost += verdict.lost;
        row.repeated += verdict.repeated;
        row.gaps += verdict.gaps;
        self.note(what, script, verdict.faults);
    }

    fn note(&mut self, what: &str, script: &Scripted, mut faults: Vec<String>) {
        let more = faults.len().saturating_sub(SHOWN_FAULTS);
        faults.truncate(SHOWN_FAULTS);
        if more > 0 {
            faults.push(format!("and {more} more"));
        }
        self.faults.extend(faults.into_iter().map(|fault| format!("{what}: {}: {fault}", script.call.name)));
    }

    /// From the fault to the first line of another worker about each call that was hit.
    fn takeovers(&mut self, drill: Drill, struck: &Struck, carried: &[Carried]) -> Vec<Duration> {
        let mut takeovers = Vec::new();
        for call in &struck.hit {
            let again = carried.iter().find(|carried| carried.call == *call && carried.at >= struck.at);
            match again {
                Some(again) => takeovers.push(again.at.since(struck.at)),
                None => self.faults.push(format!("{}: nobody took {call} over", drill.name())),
            }
        }
        takeovers
    }

    #[expect(clippy::print_stderr, reason = "a long test says how far it is")]
    fn add(&mut self, row: Row) {
        eprintln!(
            "{:>4} s  {}: {} lost, {} repeated",
            self.begun.elapsed().as_secs(),
            row.fault,
            row.lost,
            row.repeated
        );
        self.rows.push(row);
    }

    /// Prints what was seen; gives everything that is wrong.
    #[expect(clippy::print_stderr, reason = "the table is what the test is for")]
    pub(crate) fn report(mut self) -> Vec<String> {
        eprintln!("\n{}", table(&self.rows));
        for (said, times) in self.fleet.complaints() {
            eprintln!("{times} x ERROR {said}");
            if said.contains("panicked") {
                self.faults.push(said);
            }
        }
        for script in &self.scripts {
            let card: Vec<_> = script.of(Channel::Customer).filter(|spoken| spoken.secret).collect();
            let words = card.iter().map(|spoken| spoken.word).collect::<Vec<_>>();
            if words.windows(6).any(|some| self.fleet.wrote(&some.join(" "))) {
                self.faults.push(format!("{}: a log shows its card number", script.call.name));
            }
        }
        self.faults
    }
}
