//! When a model is left alone, and when it is asked again.

use std::time::Duration;

use ports::LanguageModelError;

/// So many failures in a row, and the model is left alone.
const TRIP_AFTER: u32 = 5;
/// Failures farther apart than this are no row.
const ROW_WITHIN: Duration = Duration::from_secs(60);
/// How long a model that failed is left alone, at first; twice as long each time it fails again at once.
const COOL_DOWN: Duration = Duration::from_secs(10);
/// And at the most.
const MAX_COOL_DOWN: Duration = Duration::from_secs(120);
/// How long one that is busy is left alone when it does not say for how long, and at the most when it does.
const BUSY_COOL_DOWN: Duration = Duration::from_secs(2);
const MAX_BUSY_COOL_DOWN: Duration = Duration::from_secs(60);
/// How long one that refuses is left alone: somebody has to mend something.
const REFUSED_COOL_DOWN: Duration = Duration::from_secs(60);

/// How a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelState {
    /// It is asked.
    Well,
    /// It said that it takes no more for now.
    Busy,
    /// It failed several times in a row and is left alone for a while.
    Failing,
    /// It refuses what it is asked, such as for its key; it is asked again from time to time.
    Refusing,
    /// It was left alone; one question tries it.
    Tried,
}

impl ModelState {
    /// The name as status and metrics spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Busy => "busy",
            Self::Failing => "failing",
            Self::Refusing => "refusing",
            Self::Tried => "tried",
        }
    }

    /// The value of the gauge.
    pub(crate) const fn gauge(self) -> f64 {
        match self {
            Self::Well => 0.0,
            Self::Tried => 1.0,
            Self::Busy | Self::Failing | Self::Refusing => 2.0,
        }
    }
}

/// Whether a model may be asked. Times are counted from when it was made.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    gate: Gate,
    row: u32,
    row_at: Duration,
    trips: u32,
    since: Duration,
    cause: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gate {
    #[default]
    Closed,
    Open {
        until: Duration,
        state: ModelState,
    },
    HalfOpen,
}

impl Breaker {
    /// Whether a question may go, and whether it is the one that tries the model.
    pub(crate) fn admit(&mut self, now: Duration) -> Result<bool, LanguageModelError> {
        match self.gate {
            Gate::Closed => Ok(false),
            Gate::Open { until, .. } if until <= now => {
                self.gate = Gate::HalfOpen;
                Ok(true)
            }
            Gate::Open { until, state: ModelState::Busy } => {
                Err(LanguageModelError::Busy { retry_after: Some(until - now) })
            }
            Gate::Open { .. } | Gate::HalfOpen => Err(LanguageModelError::Open),
        }
    }

    /// A question was answered, or what came could not be used: the model is there.
    pub(crate) const fn answered(&mut self, now: Duration, tries: bool) {
        self.row = 0;
        if tries || matches!(self.gate, Gate::Closed) {
            self.trips = 0;
        }
        if tries {
            self.gate = Gate::Closed;
            self.since = now;
            self.cause = None;
        }
    }

    /// A question failed. What it was refused for, or answered rubbish to, says nothing of its health.
    pub(crate) fn failed(&mut self, now: Duration, error: &LanguageModelError, tries: bool) {
        // What older questions meet says nothing new of a model that is left alone already.
        if self.gate != Gate::Closed && !tries {
            return;
        }
        match error {
            LanguageModelError::Busy { retry_after } => {
                let time = retry_after.unwrap_or(BUSY_COOL_DOWN).min(MAX_BUSY_COOL_DOWN);
                self.open(now, time, ModelState::Busy, error);
            }
            LanguageModelError::Refused(_) => {
                self.open(now, REFUSED_COOL_DOWN, ModelState::Refusing, error);
            }
            LanguageModelError::Timeout | LanguageModelError::Failed(_) => {
                if now.saturating_sub(self.row_at) > ROW_WITHIN {
                    self.row = 0;
                }
                self.row = self.row.saturating_add(1);
                self.row_at = now;
                if self.row >= TRIP_AFTER || tries {
                    let time = COOL_DOWN * 2_u32.saturating_pow(self.trips.min(8));
                    self.trips = self.trips.saturating_add(1);
                    self.open(now, time.min(MAX_COOL_DOWN), ModelState::Failing, error);
                }
            }
            LanguageModelError::Rubbish(_) => self.answered(now, tries),
            // Ours, or of an error that is newer than this: nothing is known of the model.
            LanguageModelError::Open | LanguageModelError::BudgetSpent | _ => self.left(now, tries),
        }
    }

    /// The question that tries the model was taken back: the next one is it.
    pub(crate) fn left(&mut self, now: Duration, tries: bool) {
        if tries && self.gate == Gate::HalfOpen {
            self.gate = Gate::Open { until: now, state: ModelState::Failing };
        }
    }

    fn open(&mut self, now: Duration, time: Duration, state: ModelState, error: &LanguageModelError) {
        if self.gate == Gate::Closed {
            self.since = now;
        }
        self.gate = Gate::Open { until: now + time, state };
        self.cause = Some(error.code());
    }

    pub(crate) const fn state(&self) -> ModelState {
        match self.gate {
            Gate::Closed => ModelState::Well,
            Gate::HalfOpen => ModelState::Tried,
            Gate::Open { state, .. } => state,
        }
    }

    /// Since when it is not well, or well again, and why.
    pub(crate) const fn since(&self) -> (Duration, Option<&'static str>) {
        (self.since, self.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn tripped() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..TRIP_AFTER {
            breaker.failed(at(0), &LanguageModelError::Timeout, false);
        }
        breaker
    }

    #[test]
    fn a_row_of_failures_trips_it_unless_an_answer_comes_between() {
        let mut breaker = Breaker::default();
        for _ in 0..20 {
            for _ in 1..TRIP_AFTER {
                breaker.failed(at(0), &LanguageModelError::Timeout, false);
            }
            breaker.answered(at(0), false);
        }
        assert_eq!(breaker.state(), ModelState::Well);
        let mut breaker = tripped();
        assert_eq!(breaker.state(), ModelState::Failing);
        assert_eq!(breaker.since(), (at(0), Some("model_timeout")));
        assert!(matches!(breaker.admit(at(9)), Err(LanguageModelError::Open)));
    }

    #[test]
    fn one_question_tries_it_and_its_answer_brings_it_back() {
        let mut breaker = tripped();
        assert!(breaker.admit(at(10)).unwrap());
        assert!(breaker.admit(at(10)).is_err(), "only one tries it");
        breaker.answered(at(11), true);
        assert!(!breaker.admit(at(11)).unwrap());
        assert_eq!(breaker.since(), (at(11), None));
    }

    #[test]
    fn a_trial_that_fails_doubles_the_time_to_its_bound() {
        let mut breaker = tripped();
        let mut now = at(10);
        for secs in [20, 40, 80, 120, 120] {
            assert!(breaker.admit(now).unwrap());
            breaker.failed(now, &LanguageModelError::Timeout, true);
            now += at(secs);
            assert!(breaker.admit(now - at(1)).is_err());
        }
    }

    #[test]
    fn a_trial_that_is_taken_back_leaves_its_place() {
        let mut breaker = tripped();
        assert!(breaker.admit(at(10)).unwrap());
        breaker.left(at(11), true);
        assert!(breaker.admit(at(11)).unwrap());
    }

    #[test]
    fn it_is_left_alone_for_as_long_as_it_says_within_bounds() {
        for (said, secs) in [(None, 2), (Some(at(7)), 7), (Some(at(9_999)), 60)] {
            let mut breaker = Breaker::default();
            breaker.failed(at(0), &LanguageModelError::Busy { retry_after: said }, false);
            assert_eq!(breaker.state(), ModelState::Busy);
            assert!(matches!(breaker.admit(at(secs - 1)), Err(LanguageModelError::Busy { .. })));
            assert!(breaker.admit(at(secs)).unwrap());
        }
    }

    #[test]
    fn rubbish_says_nothing_of_its_health() {
        let mut breaker = Breaker::default();
        for _ in 0..100 {
            breaker.failed(at(0), &LanguageModelError::Rubbish("no JSON"), false);
        }
        assert_eq!(breaker.state(), ModelState::Well);
        let mut breaker = Breaker::default();
        breaker.failed(at(0), &LanguageModelError::Refused(String::new()), false);
        assert_eq!(breaker.state(), ModelState::Refusing);
        assert!(breaker.admit(at(59)).is_err() && breaker.admit(at(60)).unwrap());
    }
}
