//! How long what is kept is kept.

use std::{fmt, time::Duration};

use model::Timestamp;
use projection::{CallState, CallSummary};
use serde::{Deserialize, Serialize};

/// The longest retention that can be told: a hundred years.
pub const MAX_DAYS: u32 = 36_500;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A kind of what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A call's events, its row and its transcript: all that the log says of it.
    Transcript,
    /// The redacted recording and its waveform.
    Recording,
    /// The reports that prove what was checked and done.
    Evidence,
    /// Who looked at what, and who decided what.
    Audit,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Transcript, Self::Recording, Self::Evidence, Self::Audit];

    /// The name, as configurations spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transcript => "transcript",
            Self::Recording => "recording",
            Self::Evidence => "evidence",
            Self::Audit => "audit",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A retention that cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRetention {
    /// Of what.
    pub kind: Kind,
}

impl fmt::Display for InvalidRetention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_days is not from 1 to {MAX_DAYS}", self.kind)
    }
}

impl std::error::Error for InvalidRetention {}

/// For how many days after its end what is kept of a call is kept. None is for good, or until it is erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    transcript_days: Option<u32>,
    recording_days: Option<u32>,
    evidence_days: Option<u32>,
    audit_days: Option<u32>,
}

/// What is due of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// Something, and a legal hold keeps it.
    Held,
    /// Its recording; the rest stays.
    Recording,
    /// All that is kept of it.
    Call,
}

impl Retention {
    /// A retention of each kind, in days.
    ///
    /// # Errors
    /// When one of them is zero, or longer than [`MAX_DAYS`].
    pub fn new(days: impl Fn(Kind) -> Option<u32>) -> Result<Self, InvalidRetention> {
        let of = |kind| match days(kind) {
            Some(days) if !(1..=MAX_DAYS).contains(&days) => Err(InvalidRetention { kind }),
            days => Ok(days),
        };
        Ok(Self {
            transcript_days: of(Kind::Transcript)?,
            recording_days: of(Kind::Recording)?,
            evidence_days: of(Kind::Evidence)?,
            audit_days: of(Kind::Audit)?,
        })
    }

    /// For how many days a kind is kept. A recording is found by its call and does not outlive it.
    #[must_use]
    pub fn days(&self, kind: Kind) -> Option<u32> {
        match kind {
            Kind::Transcript => self.transcript_days,
            Kind::Recording => match (self.recording_days, self.transcript_days) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            Kind::Evidence => self.evidence_days,
            Kind::Audit => self.audit_days,
        }
    }

    /// Whether nothing ever is due.
    #[must_use]
    pub fn is_for_good(&self) -> bool {
        Kind::ALL.iter().all(|kind| self.days(*kind).is_none())
    }

    /// What ended, or was written, before this time is due.
    #[must_use]
    pub fn cut_off(&self, kind: Kind, now: Timestamp) -> Option<Timestamp> {
        self.days(kind).map(|days| now - DAY.saturating_mul(days))
    }

    /// What is due of a call now. Nothing is while it goes on.
    #[must_use]
    pub fn due(&self, row: &CallSummary, now: Timestamp) -> Due {
        let Some(ended) = row.ended_at().filter(|_| row.state == CallState::Ended) else {
            return Due::Nothing;
        };
        let is_due = |kind| self.cut_off(kind, now).is_some_and(|cut_off| ended < cut_off);
        let call = is_due(Kind::Transcript);
        if !(call || row.has_recording && is_due(Kind::Recording)) {
            Due::Nothing
        } else if row.legal_hold {
            Due::Held
        } else if call {
            Due::Call
        } else {
            Due::Recording
        }
    }

    /// Until when the evidence of a call that is removed has to stay; none when it goes with the call. Without a
    /// retention of its own it goes with the call.
    #[must_use]
    pub fn evidence_until(&self, ended: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let until = ended + DAY.saturating_mul(self.evidence_days?);
        (until > now).then_some(until)
    }

    /// Whether raw audio that an input keeps for so many hours outlives what is kept here.
    #[must_use]
    pub fn is_outlived_by(&self, input_hours: u32) -> bool {
        let shortest =
            [Kind::Transcript, Kind::Recording].into_iter().filter_map(|kind| self.days(kind)).min();
        shortest.is_some_and(|days| u64::from(input_hours) > u64::from(days) * 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erasure::testing::row;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn days(transcript: Option<u32>, recording: Option<u32>) -> Retention {
        let days = |kind| match kind {
            Kind::Transcript => transcript,
            Kind::Recording => recording,
            Kind::Evidence | Kind::Audit => None,
        };
        Retention::new(days).unwrap()
    }

    /// A call of ten minutes that ended so many days ago, and a second.
    fn ended(days: u32) -> CallSummary {
        let length = Duration::from_secs(600);
        let mut row = row("call-1");
        row.started_at = NOW - DAY * days - length - Duration::from_secs(1);
        row.duration_ms = Some(600_000);
        row.state = CallState::Ended;
        row.has_recording = true;
        row
    }

    #[test]
    fn a_call_is_due_when_its_days_are_over() {
        let kept = days(Some(30), None);
        assert_eq!(kept.due(&ended(30), NOW), Due::Call);
        assert_eq!(kept.due(&ended(29), NOW), Due::Nothing);
        assert_eq!(days(None, None).due(&ended(9_999), NOW), Due::Nothing);
    }

    #[test]
    fn a_recording_may_go_before_its_call_and_never_after() {
        assert_eq!(days(Some(30), Some(7)).due(&ended(7), NOW), Due::Recording);
        assert_eq!(days(None, Some(7)).due(&ended(7), NOW), Due::Recording);
        assert_eq!(days(Some(7), Some(30)).due(&ended(7), NOW), Due::Call);
        assert_eq!(days(Some(7), Some(30)).days(Kind::Recording), Some(7));
        let gone = CallSummary { has_recording: false, ..ended(7) };
        assert_eq!(days(Some(30), Some(7)).due(&gone, NOW), Due::Nothing);
    }

    #[test]
    fn what_is_held_or_goes_on_stays() {
        let kept = days(Some(1), Some(1));
        let held = CallSummary { legal_hold: true, ..ended(5) };
        assert_eq!(kept.due(&held, NOW), Due::Held);
        assert_eq!(kept.due(&CallSummary { legal_hold: true, ..ended(0) }, NOW), Due::Nothing);
        let live = CallSummary { state: CallState::Live, duration_ms: None, ..ended(5) };
        assert_eq!(kept.due(&live, NOW), Due::Nothing);
    }

    #[test]
    fn evidence_stays_for_its_own_days() {
        let kept =
            |evidence| Retention::new(|kind| (kind == Kind::Evidence).then_some(evidence).flatten()).unwrap();
        let ended = NOW - DAY * 10;
        assert_eq!(kept(None).evidence_until(ended, NOW), None);
        assert_eq!(kept(Some(10)).evidence_until(ended, NOW), None);
        assert_eq!(kept(Some(11)).evidence_until(ended, NOW), Some(NOW + DAY));
    }

    #[test]
    fn an_input_that_keeps_longer_is_found() {
        assert!(days(Some(30), Some(1)).is_outlived_by(25));
        assert!(!days(Some(30), Some(1)).is_outlived_by(24));
        assert!(!days(None, None).is_outlived_by(87_600));
    }

    #[test]
    fn days_have_bounds() {
        for bad in [0, MAX_DAYS + 1, u32::MAX] {
            let error = Retention::new(|kind| (kind == Kind::Audit).then_some(bad)).unwrap_err();
            assert_eq!(error.to_string(), "audit_days is not from 1 to 36500");
        }
        let longest = Retention::new(|_| Some(MAX_DAYS)).unwrap();
        assert_eq!(longest.due(&ended(10), NOW), Due::Nothing);
        assert!(!longest.is_for_good() && Retention::default().is_for_good());
    }
}
