//! A hole that the archive is asked to fill.
//!
//! While the archive is read, what the live body brings after the hole waits. What the archive has of the hole is
//! judged and placed as live fragments are; what it does not have becomes a gap, once.

use std::{collections::VecDeque, time::Duration};

use events::CallEndReason;
use mkv::{Fragment, FragmentEnd};
use model::{ContactId, FragmentNumber, GapCause, Timestamp};

use crate::{
    Limits,
    attribution::{Arrival, Attribution, MAX_BREAK_MS, Verdict},
    cursor::Cursor,
    facts::{Claim, Span},
};

/// A shorter hole is jitter, or audio within one fragment.
pub(crate) const MIN_HOLE_MS: i64 = 100;
/// A longer hole is not asked for: the live body would have had such a stretch if the stream still kept it.
pub(crate) const MAX_HOLE_MS: i64 = 10 * 60 * 1_000;
/// How much of the stream's end is asked for when a call's last audio was lost.
pub(crate) const TAIL_MS: i64 = 60 * 1_000;
/// So much on either side is read too: the neighbours can tell whose a fragment is.
const MARGIN: Duration = Duration::from_millis(500);
/// So much before it, when this owner of the call has not yet read any of its own: Connect does not name the contact
/// in each fragment.
const FIRST_MARGIN: Duration = Duration::from_secs(20);
/// After this many holes in a row of which the archive had nothing, pauses of the producer are not asked for any more
/// for a while.
const MAX_FRUITLESS: u8 = 4;
/// For how long.
const REST: Duration = Duration::from_secs(60);

/// A stretch of the producer's time from which no audio came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
}

impl Hole {
    /// What to read for it; `is_first` when nothing of the call was read before it.
    pub(crate) fn range(self, is_first: bool) -> (Timestamp, Timestamp) {
        let before = if is_first { FIRST_MARGIN } else { MARGIN };
        (Timestamp::from_millis(self.from_ms) - before, Timestamp::from_millis(self.to_ms) + MARGIN)
    }

    /// Whether a fragment's audio can be what is missing.
    fn lacks(self, span: Span) -> bool {
        span.end_ms > self.from_ms
            && span.start_ms < self.to_ms
            && span.end_ms <= self.to_ms.saturating_add(MAX_BREAK_MS)
    }
}

/// Whether to ask at all.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    fruitless: u8,
    rests_until: Option<Timestamp>,
}

impl Asking {
    /// Whether a hole is to be asked for of which nothing says that it was lost on the way.
    pub(crate) fn may_ask(&self, now: Timestamp) -> bool {
        self.rests_until.is_none_or(|until| until <= now)
    }

    /// The archive was asked.
    pub(crate) fn note(&mut self, fruitful: bool, now: Timestamp) {
        self.fruitless = if fruitful { 0 } else { self.fruitless.saturating_add(1) };
        self.rests_until = (self.fruitless >= MAX_FRUITLESS).then(|| now + REST);
    }
}

/// A fragment of this call that waits for the hole before it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) arrival: Arrival,
    /// Why a hole before it is missing.
    pub(crate) cause: Option<GapCause>,
    /// Whether something came before it that could not be read.
    pub(crate) damaged: bool,
    pub(crate) replaying: bool,
}

/// A hole that the archive was asked for, and what waits behind it.
#[derive(Debug)]
pub(crate) struct Repair {
    pub(crate) hole: Hole,
    /// The last fragment before the hole, and then the last that the archive filled in: where the next owner goes on.
    pub(crate) before: Option<FragmentNumber>,
    /// Why it is missing.
    pub(crate) cause: Option<GapCause>,
    /// When the archive was asked, or last brought something, by the reading clock.
    pub(crate) since: Timestamp,
    /// Whether the archive had any of it.
    pub(crate) fruitful: bool,
    /// The call ends when this is done.
    pub(crate) ending: Option<CallEndReason>,
    /// It is the call's end that is missing: another contact's fragment is where it stops.
    pub(crate) is_tail: bool,
    limits: Limits,
    attribution: Attribution,
    /// The newest that the archive brought: it brings them in order.
    newest: Option<FragmentNumber>,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
}

/// What becomes of a fragment of the archive.
pub(crate) enum Found {
    /// These can be decided on.
    Verdicts(Vec<Verdict>),
    /// Another contact begins here.
    NextContact,
}

impl Repair {
    pub(crate) fn new(
        hole: Hole,
        before: Option<FragmentNumber>,
        accepted: &[ContactId],
        limits: Limits,
    ) -> Self {
        Self {
            hole,
            before,
            cause: None,
            since: Timestamp::default(),
            fruitful: false,
            ending: None,
            is_tail: false,
            limits,
            attribution: Attribution::new(accepted.to_vec(), limits, true),
            newest: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
        }
    }

    /// Takes another contact of the chain.
    pub(crate) fn accept(&mut self, contact: ContactId) {
        self.attribution.accept(contact);
    }

    /// Keeps a fragment until the hole before it is dealt with.
    pub(crate) fn wait(&mut self, waiting: Waiting) {
        self.waiting_bytes = self.waiting_bytes.saturating_add(waiting.arrival.weight());
        self.waiting.push_back(waiting);
    }

    /// Whether so much waits that no more is to be read.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= self.limits.max_waiting_fragments
            || self.waiting_bytes >= self.limits.max_waiting_bytes
    }

    /// Where the audio that waits ends.
    pub(crate) fn end_ms(&self) -> Option<i64> {
        self.waiting.iter().rev().find_map(|waiting| waiting.arrival.facts.span).map(|span| span.end_ms)
    }

    /// The next one that waits.
    pub(crate) fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        self.waiting_bytes = self.waiting_bytes.saturating_sub(waiting.arrival.weight());
        Some(waiting)
    }

    /// Takes a fragment of the archive. One that was decided on already, or that lies beside the hole, is only a
    /// neighbour.
    pub(crate) fn take(&mut self, arrival: Arrival, cursor: &Cursor, is_wanted: bool) -> Found {
        let mut verdicts = Vec::new();
        let (Some(number), Some(span)) = (arrival.facts.number.clone(), arrival.facts.span) else {
            return Found::Verdicts(verdicts);
        };
        if self.newest.as_ref().is_some_and(|newest| number <= *newest) || is_cut(&arrival.fragment) {
            return Found::Verdicts(verdicts);
        }
        self.newest = Some(number.clone());
        let claim = arrival.facts.claim;
        // One that was kept out because nothing told whose it is may have neighbours here that do.
        let decided = cursor.decision(&number).filter(|ours| *ours || claim != Claim::Untagged);
        let beside = self.before.as_ref().is_some_and(|before| number <= *before)
            || self.until().is_some_and(|until| number >= *until);
        if decided.is_some() || beside {
            let ours = decided.unwrap_or(claim == Claim::Ours);
            self.attribution.pass(ours, span, &mut verdicts);
        } else if self.is_tail && claim == Claim::Foreign {
            return Found::NextContact;
        } else if is_wanted && self.hole.lacks(span) {
            self.attribution.offer(arrival, &mut verdicts);
        }
        Found::Verdicts(verdicts)
    }

    /// The archive has no more: what still waits for its contact is kept out.
    pub(crate) fn give_up(&mut self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        self.attribution.finish(&mut verdicts);
        verdicts
    }

    /// The first fragment behind the hole.
    fn until(&self) -> Option<&FragmentNumber> {
        self.waiting.front().and_then(|waiting| waiting.arrival.facts.number.as_ref())
    }
}

/// Whether not all of an archived fragment came.
fn is_cut(fragment: &Fragment) -> bool {
    fragment.end == FragmentEnd::Truncated
}

/// Whether audio that is missing for this reason may be had elsewhere.
pub(crate) const fn is_loss(cause: GapCause) -> bool {
    match cause {
        GapCause::Damaged | GapCause::StreamError | GapCause::ConnectionLost => true,
        GapCause::NotSent | GapCause::Quarantined | GapCause::Overflow => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn pauses_of_which_the_archive_has_nothing_are_not_asked_for_for_ever() {
        let mut asking = Asking::default();
        for _ in 0..3 {
            asking.note(false, NOW);
        }
        assert!(asking.may_ask(NOW));
        asking.note(false, NOW);
        assert!(!asking.may_ask(NOW + Duration::from_secs(59)));
        assert!(asking.may_ask(NOW + Duration::from_secs(60)));
        asking.note(true, NOW);
        assert!(asking.may_ask(NOW));
    }

    #[test]
    fn only_audio_of_the_hole_fills_it() {
        let hole = Hole { from_ms: 1_000, to_ms: 2_000 };
        let span = |start_ms, end_ms| Span { start_ms, end_ms };
        assert!(hole.lacks(span(1_000, 2_000)));
        assert!(hole.lacks(span(500, 1_500)), "what begins before it is cut");
        assert!(hole.lacks(span(1_900, 2_200)));
        assert!(!hole.lacks(span(0, 1_000)));
        assert!(!hole.lacks(span(1_900, 2_900)), "it would push out what follows");
        assert!(!hole.lacks(span(2_000, 3_000)));
    }
}
