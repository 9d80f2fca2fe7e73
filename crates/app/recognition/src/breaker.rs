//! When a recogniser is left alone, and when it is tried again.

use std::time::Duration;

use model::Timestamp;

use crate::fault::Fault;

/// So many failures in a row, and the recogniser is left alone.
const TRIP_AFTER: u32 = 3;
/// Failures farther apart than this are no row.
const ROW_WITHIN: Duration = Duration::from_secs(60);
/// How long a recogniser that failed is left alone, at first; twice as long each time the probe fails too.
const COOL_DOWN: Duration = Duration::from_secs(10);
/// And at the most.
const MAX_COOL_DOWN: Duration = Duration::from_secs(120);
/// How long a recogniser that has no room is left alone.
const BUSY_COOL_DOWN: Duration = Duration::from_secs(3);
/// How long a recogniser that someone has to mend is left alone.
const UNAVAILABLE_COOL_DOWN: Duration = Duration::from_secs(60);

/// How a recogniser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TierState {
    /// It takes calls.
    Well,
    /// It said that it has no room, a moment ago.
    Busy,
    /// It failed several times in a row and is left alone for a while.
    Failing,
    /// It says that someone has to do something; it is asked again from time to time.
    Unavailable,
    /// It was away; one call tries it.
    Probed,
}

impl TierState {
    /// The name as status and metrics spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Busy => "busy",
            Self::Failing => "failing",
            Self::Unavailable => "unavailable",
            Self::Probed => "probed",
        }
    }
}

/// Whether calls may go to a recogniser.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    state: State,
    /// Failures since a stream was last steady, and when the last one was.
    row: u32,
    row_at: Timestamp,
    /// How often it was left alone for failing since then.
    trips: u32,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Closed,
    Open {
        until: Timestamp,
        fault: Fault,
    },
    /// One call tries it.
    Probing {
        fault: Fault,
    },
}

/// What a breaker says to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Go.
    Clear,
    /// Go, as the one that tries whether it is back.
    Probe,
    /// Not before then, or not before the probe has told; and why.
    Shut { until: Option<Timestamp>, fault: Fault },
}

impl Breaker {
    /// A stream failed or was refused.
    pub(crate) fn failed(&mut self, now: Timestamp, fault: Fault, probe: bool) {
        // What an older stream meets says nothing new of a recogniser that is left alone already.
        let away = matches!(self.state, State::Open { .. } | State::Probing { .. });
        if away && !probe {
            return;
        }
        let cool_down = match fault {
            Fault::Unavailable => UNAVAILABLE_COOL_DOWN,
            Fault::Busy => BUSY_COOL_DOWN,
            Fault::Garbled | Fault::Failed | Fault::Hung => {
                if now.since(self.row_at) > ROW_WITHIN {
                    self.row = 0;
                }
                self.row = self.row.saturating_add(1);
                self.row_at = now;
                if self.row < TRIP_AFTER && !probe {
                    return;
                }
                let cool_down = COOL_DOWN * 2_u32.saturating_pow(self.trips.min(8));
                self.trips = self.trips.saturating_add(1);
                cool_down.min(MAX_COOL_DOWN)
            }
        };
        self.state = State::Open { until: now + cool_down, fault };
    }

    /// A stream opened. That is all that is asked of a recogniser that refused to open one.
    pub(crate) fn opened(&mut self, probe: bool) {
        if probe && let State::Probing { fault: Fault::Busy | Fault::Unavailable } = self.state {
            self.state = State::Closed;
        }
    }

    /// A stream gave a result: a recogniser that was away is back.
    pub(crate) fn answered(&mut self, probe: bool) {
        if probe && matches!(self.state, State::Probing { .. }) {
            self.state = State::Closed;
            self.row = 0;
        }
    }

    /// A stream has lasted, or has ended well: what failed before is forgiven. An answer alone forgives nothing, or one
    /// that fails after every few words would never be left.
    pub(crate) const fn steady(&mut self) {
        if matches!(self.state, State::Closed) {
            self.row = 0;
            self.trips = 0;
        }
    }

    /// A call asks for a stream.
    pub(crate) fn gate(&self, now: Timestamp) -> Gate {
        match self.state {
            State::Closed => Gate::Clear,
            State::Open { until, .. } if until <= now => Gate::Probe,
            State::Open { until, fault } => Gate::Shut { until: Some(until), fault },
            State::Probing { fault } => Gate::Shut { until: None, fault },
        }
    }

    /// The call that [`Gate::Probe`] was said to goes.
    pub(crate) fn probe(&mut self) {
        if let State::Open { fault, .. } = self.state {
            self.state = State::Probing { fault };
        }
    }

    /// The probe ended before it told anything: the next call is one.
    pub(crate) fn probe_gone(&mut self, now: Timestamp) {
        if let State::Probing { fault } = self.state {
            self.state = State::Open { until: now, fault };
        }
    }

    pub(crate) const fn state(&self) -> TierState {
        match self.state {
            State::Closed => TierState::Well,
            State::Probing { .. } => TierState::Probed,
            State::Open { fault, .. } => match fault {
                Fault::Busy => TierState::Busy,
                Fault::Unavailable => TierState::Unavailable,
                Fault::Garbled | Fault::Failed | Fault::Hung => TierState::Failing,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1_000)
    }

    fn tripped() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..TRIP_AFTER {
            breaker.failed(at(0), Fault::Failed, false);
        }
        breaker
    }

    #[test]
    fn a_row_of_failures_trips_it_unless_a_steady_stream_comes_between() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            breaker.failed(at(0), Fault::Failed, false);
            breaker.failed(at(0), Fault::Hung, false);
            breaker.steady();
        }
        assert_eq!(breaker.gate(at(0)), Gate::Clear);
        assert_eq!(tripped().gate(at(0)), Gate::Shut { until: Some(at(10)), fault: Fault::Failed });
    }

    #[test]
    fn one_that_answers_and_fails_again_is_left_for_longer() {
        let mut breaker = tripped();
        breaker.probe();
        breaker.answered(true);
        for _ in 0..TRIP_AFTER {
            assert_eq!(breaker.gate(at(11)), Gate::Clear);
            breaker.answered(false);
            breaker.failed(at(11), Fault::Failed, false);
        }
        assert_eq!(breaker.gate(at(11)), Gate::Shut { until: Some(at(31)), fault: Fault::Failed });
    }

    #[test]
    fn failures_far_apart_do_not_trip_it() {
        let mut breaker = Breaker::default();
        for n in 0..10 {
            breaker.failed(at(n * 61), Fault::Failed, false);
        }
        assert_eq!(breaker.gate(at(700)), Gate::Clear);
    }

    #[test]
    fn after_the_cool_down_one_call_tries_it_and_its_answer_brings_it_back() {
        let mut breaker = tripped();
        assert_eq!(breaker.gate(at(10)), Gate::Probe);
        breaker.probe();
        assert_eq!(breaker.gate(at(10)), Gate::Shut { until: None, fault: Fault::Failed });
        breaker.opened(true);
        assert_eq!(breaker.state(), TierState::Probed, "an open stream may still be a dead one");
        breaker.answered(true);
        assert_eq!(breaker.gate(at(10)), Gate::Clear);
    }

    #[test]
    fn a_probe_that_fails_doubles_the_cool_down_to_its_bound() {
        let mut breaker = tripped();
        let mut now = at(10);
        for secs in [20, 40, 80, 120, 120] {
            assert_eq!(breaker.gate(now), Gate::Probe);
            breaker.probe();
            breaker.failed(now, Fault::Failed, true);
            let until = now + Duration::from_secs(secs);
            assert_eq!(breaker.gate(now), Gate::Shut { until: Some(until), fault: Fault::Failed });
            now = until;
        }
    }

    #[test]
    fn a_probe_that_goes_away_leaves_the_place_to_the_next() {
        let mut breaker = tripped();
        breaker.probe();
        breaker.probe_gone(at(11));
        assert_eq!(breaker.gate(at(11)), Gate::Probe);
    }

    #[test]
    fn a_refusal_shuts_it_at_once_and_an_open_stream_brings_it_back() {
        for (fault, secs) in [(Fault::Busy, 3), (Fault::Unavailable, 60)] {
            let mut breaker = Breaker::default();
            breaker.failed(at(0), fault, false);
            assert_eq!(breaker.gate(at(0)), Gate::Shut { until: Some(at(secs)), fault });
            breaker.probe();
            breaker.opened(true);
            assert_eq!(breaker.gate(at(secs)), Gate::Clear);
        }
    }

    #[test]
    fn older_streams_that_fail_do_not_prolong_the_cool_down() {
        let mut breaker = tripped();
        for n in 0..500 {
            breaker.failed(at(5), Fault::Failed, false);
            breaker.answered(false);
            breaker.steady();
            assert_eq!(breaker.gate(at(9)), Gate::Shut { until: Some(at(10)), fault: Fault::Failed }, "{n}");
        }
    }
}
