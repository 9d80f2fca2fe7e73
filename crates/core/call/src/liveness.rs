//! Whether the call still lives: what to do when nothing comes.
//!
//! Silence alone never ends a call. It ends when nothing came for a while, the stream can be read, and the directory
//! twice in a row knows of no open contact; or, after a disconnect, when what was on its way was read.

use std::time::Duration;

use events::CallEndReason;
use model::Timestamp;

use crate::{ContactState, Reason, Timing};

/// After a disconnect, audio that ends this much before it may still be on its way: the clocks differ by about one
/// second.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// How many answers in a row must know of no open contact.
const ANSWERS_TO_END: u8 = 2;

/// How many bodies in a row may end with something undecided before the rest is given up.
const MAX_BROKEN_ENDS: u8 = 8;

#[derive(Clone, Copy, Debug)]
enum Check {
    Resting { since: Timestamp },
    Asked { at: Timestamp },
    Again { at: Timestamp },
}

#[derive(Clone, Copy, Debug)]
struct Disconnect {
    at: Timestamp,
    heard: Timestamp,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Nothing,
    Ask,
    End(CallEndReason),
}

/// Signs of life. All its times but that of the disconnect itself are of the reading clock.
#[derive(Debug)]
pub(crate) struct Liveness {
    timing: Timing,
    /// When the newest fragment came.
    activity: Timestamp,
    /// Whether the last that the stream said was no failure.
    healthy: bool,
    /// Since when the stream could be read without bringing anything new.
    readable: Option<Timestamp>,
    reopened: bool,
    /// Bodies since the newest fragment that ended with something undecided.
    broken_ends: u8,
    disconnect: Option<Disconnect>,
    check: Check,
    not_open: u8,
}

impl Liveness {
    pub(crate) const fn new(timing: Timing, now: Timestamp) -> Self {
        Self {
            timing,
            activity: now,
            healthy: true,
            readable: None,
            reopened: false,
            broken_ends: 0,
            disconnect: None,
            check: Check::Resting { since: now },
            not_open: 0,
        }
    }

    /// A new fragment came.
    pub(crate) const fn active(&mut self, now: Timestamp) {
        self.activity = now;
        self.healthy = true;
        self.readable = Some(now);
        self.reopened = false;
        self.broken_ends = 0;
        self.not_open = 0;
        self.check = Check::Resting { since: now };
    }

    /// A body is open.
    pub(crate) fn opened(&mut self, now: Timestamp) {
        self.healthy = true;
        self.reopened = true;
        self.readable.get_or_insert(now);
    }

    /// The body ended. What came before says nothing about what another one would bring. One that broke off in the
    /// middle, or left a fragment `undecided`, is no sign that all was read, unless that is all that ever comes.
    pub(crate) const fn closed(&mut self, undecided: bool) {
        if undecided && self.broken_ends < MAX_BROKEN_ENDS {
            self.broken_ends += 1;
            self.reopened = false;
        }
        if !self.reopened {
            self.readable = None;
        }
    }

    /// The stream could not be opened, broke off, or reported an error: only the next body can show that all was
    /// read.
    pub(crate) const fn failed(&mut self) {
        self.healthy = false;
        self.reopened = false;
        self.readable = None;
    }

    /// The contact disconnected. Without an open body, only the next one can show that all was read.
    pub(crate) fn disconnected(&mut self, at: Timestamp, now: Timestamp, open: bool) {
        if !open && self.disconnect.is_none() {
            self.readable = None;
            self.reopened = false;
        }
        self.disconnect.get_or_insert(Disconnect { at, heard: now });
    }

    /// When the contact disconnected.
    pub(crate) fn disconnected_at(&self) -> Option<Timestamp> {
        self.disconnect.map(|disconnect| disconnect.at)
    }

    /// The call goes on under another contact.
    pub(crate) const fn transferred(&mut self, now: Timestamp) {
        self.disconnect = None;
        self.not_open = 0;
        self.check = Check::Resting { since: now };
    }

    /// The reading goes on after a pause: what came meanwhile is still to be read, if need be from another body.
    pub(crate) fn resumed(&mut self, now: Timestamp) {
        self.readable = self.readable.map(|_| now);
        self.reopened = false;
        self.not_open = 0;
    }

    /// The directory answered while nothing was read: what it says is no sign that all was.
    pub(crate) const fn unjudged(&mut self, now: Timestamp) -> Act {
        if matches!(self.check, Check::Asked { .. }) {
            self.not_open = 0;
            self.check = Check::Resting { since: now };
        }
        Act::Nothing
    }

    /// The directory answered.
    pub(crate) fn answered(&mut self, state: ContactState, now: Timestamp) -> Act {
        if !matches!(self.check, Check::Asked { .. }) {
            return Act::Nothing;
        }
        if !self.counts(state, now) {
            self.not_open = 0;
            self.check = Check::Resting { since: now };
            return Act::Nothing;
        }
        self.not_open += 1;
        if self.not_open >= ANSWERS_TO_END {
            return Act::End(CallEndReason::Idle);
        }
        self.check = Check::Again { at: now + self.timing.directory_timeout };
        Act::Nothing
    }

    /// Whether an answer says that waiting is in vain. While the stream cannot be read, its audio waits there.
    fn counts(&self, state: ContactState, now: Timestamp) -> bool {
        let readable = self.healthy && self.readable.is_some();
        match state {
            ContactState::Open => false,
            ContactState::Unknown => readable,
            ContactState::Closed => readable || now >= self.activity + self.timing.drain_limit,
        }
    }

    /// When to act next; `covered` is the wall time up to which audio was given.
    pub(crate) fn deadline(&self, covered: Option<Timestamp>) -> (Timestamp, Reason) {
        if let Some(disconnect) = self.disconnect {
            return (self.drained_at(disconnect, covered), Reason::Drain);
        }
        let next = match self.check {
            Check::Resting { since } => (since + self.timing.idle_timeout, Reason::Idle),
            Check::Asked { at } => (at + self.timing.directory_timeout, Reason::Directory),
            Check::Again { at } => (at, Reason::Directory),
        };
        next.min((self.activity + self.timing.give_up_after, Reason::Idle))
    }

    /// What is due now.
    pub(crate) fn act(&mut self, covered: Option<Timestamp>, now: Timestamp) -> Act {
        if self.deadline(covered).0 > now {
            return Act::Nothing;
        }
        if self.disconnect.is_some() {
            return Act::End(CallEndReason::Disconnected);
        }
        if now >= self.activity + self.timing.give_up_after {
            return Act::End(CallEndReason::Idle);
        }
        match self.check {
            Check::Asked { .. } => self.answered(ContactState::Unknown, now),
            Check::Resting { .. } | Check::Again { .. } => {
                self.check = Check::Asked { at: now };
                Act::Ask
            }
        }
    }

    fn drained_at(&self, disconnect: Disconnect, covered: Option<Timestamp>) -> Timestamp {
        let since = self.activity.max(disconnect.heard);
        let Some(readable) = self.readable.filter(|_| self.healthy) else {
            return since + self.timing.drain_limit;
        };
        let arrived = covered.is_some_and(|covered| covered + CLOCK_TOLERANCE >= disconnect.at);
        let quiet = if arrived { self.timing.drain_quiet } else { self.timing.drain_behind };
        since.max(readable) + quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    fn open() -> Liveness {
        let mut liveness = Liveness::new(Timing::default(), at(0));
        liveness.opened(at(0));
        liveness
    }

    #[test]
    fn silence_asks_the_directory_and_an_open_contact_goes_on() {
        let mut liveness = open();
        assert_eq!(liveness.deadline(None), (at(30), Reason::Idle));
        assert_eq!(liveness.act(None, at(30)), Act::Ask);
        assert_eq!(liveness.answered(ContactState::Open, at(31)), Act::Nothing);
        assert_eq!(liveness.deadline(None), (at(61), Reason::Idle));
    }

    #[test]
    fn it_takes_two_answers_in_a_row_to_end() {
        let mut liveness = open();
        assert_eq!(liveness.act(None, at(30)), Act::Ask);
        assert_eq!(liveness.answered(ContactState::Closed, at(31)), Act::Nothing);
        assert_eq!(liveness.act(None, at(41)), Act::Ask);
        assert_eq!(liveness.answered(ContactState::Unknown, at(42)), Act::End(CallEndReason::Idle));
    }

    #[test]
    fn a_directory_that_does_not_answer_knows_nothing() {
        let mut liveness = open();
        assert_eq!(liveness.act(None, at(30)), Act::Ask);
        assert_eq!(liveness.act(None, at(40)), Act::Nothing);
        assert_eq!(liveness.act(None, at(50)), Act::Ask);
        assert_eq!(liveness.act(None, at(60)), Act::End(CallEndReason::Idle));
    }

    #[test]
    fn a_fragment_between_the_answers_starts_the_count_anew() {
        let mut liveness = open();
        assert_eq!(liveness.act(None, at(30)), Act::Ask);
        assert_eq!(liveness.answered(ContactState::Closed, at(31)), Act::Nothing);
        liveness.active(at(35));
        assert_eq!(liveness.deadline(None), (at(65), Reason::Idle));
        assert_eq!(liveness.act(None, at(65)), Act::Ask);
        assert_eq!(liveness.answered(ContactState::Closed, at(66)), Act::Nothing);
    }

    #[test]
    fn a_stream_that_cannot_be_read_keeps_its_call_waiting() {
        let mut liveness = open();
        liveness.failed();
        for ask in [30, 61, 92] {
            assert_eq!(liveness.act(None, at(ask)), Act::Ask);
            assert_eq!(liveness.answered(ContactState::Closed, at(ask + 1)), Act::Nothing);
        }
        assert_eq!(liveness.not_open, 0);
    }

    #[test]
    fn an_answer_to_no_question_is_ignored() {
        assert_eq!(open().answered(ContactState::Closed, at(1)), Act::Nothing);
    }

    #[test]
    fn after_a_disconnect_the_last_fragment_is_awaited() {
        let mut liveness = open();
        liveness.active(at(99));
        liveness.disconnected(at(100), at(100), true);
        assert_eq!(liveness.deadline(Some(at(99))), (at(103), Reason::Drain));
        liveness.active(at(101));
        assert_eq!(liveness.act(Some(at(100)), at(103)), Act::Nothing);
        assert_eq!(liveness.act(Some(at(100)), at(104)), Act::End(CallEndReason::Disconnected));
    }

    #[test]
    fn audio_that_ends_long_before_the_disconnect_is_waited_for_longer() {
        let mut liveness = open();
        liveness.active(at(50));
        liveness.disconnected(at(100), at(100), true);
        assert_eq!(liveness.deadline(Some(at(50))), (at(110), Reason::Drain));
    }

    #[test]
    fn a_disconnect_while_the_body_is_gone_waits_for_another_one() {
        let mut liveness = open();
        liveness.active(at(99));
        liveness.closed(false);
        liveness.disconnected(at(100), at(100), true);
        assert_eq!(liveness.deadline(Some(at(99))), (at(1_000), Reason::Drain));
        liveness.opened(at(105));
        liveness.closed(false);
        assert_eq!(liveness.deadline(Some(at(99))), (at(108), Reason::Drain));
    }

    #[test]
    fn a_transfer_after_the_disconnect_goes_on() {
        let mut liveness = open();
        liveness.disconnected(at(10), at(10), true);
        liveness.transferred(at(11));
        assert_eq!(liveness.deadline(None), (at(41), Reason::Idle));
    }

    #[test]
    fn every_call_ends_at_last() {
        let mut liveness = open();
        liveness.failed();
        let end = at(0) + Timing::default().give_up_after;
        assert_eq!(liveness.act(None, end), Act::End(CallEndReason::Idle));
    }
}
