//! Whose a fragment is.
//!
//! A fragment that names a contact is judged by that name. One that names none is judged by its neighbours in the
//! same body: it follows this call's audio without a break, or it waits until this call's audio follows it without
//! a break. In all other cases it is kept out.

use std::collections::VecDeque;

use events::QuarantineReason;
use mkv::Fragment;
use model::{ContactId, GapCause, Timestamp};

use crate::{
    Limits,
    facts::{Claim, Facts, Span},
};

/// Contacts of one chain that are known at most; later ones are refused.
const MAX_ACCEPTED_CONTACTS: usize = 64;

/// Two fragments follow each other without a break when the second begins within this of the first one's end.
pub(crate) const MAX_BREAK_MS: i64 = 250;

/// What a held fragment weighs beyond its audio.
const FRAGMENT_OVERHEAD_BYTES: usize = 512;

/// A fragment with what is known of it.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) fragment: Fragment,
    pub(crate) facts: Facts,
    pub(crate) received_at: Timestamp,
    /// The same by the reading clock, by which it waits.
    pub(crate) read_at: Timestamp,
}

impl Arrival {
    pub(crate) fn weight(&self) -> usize {
        self.fragment.payload.len().saturating_add(FRAGMENT_OVERHEAD_BYTES)
    }
}

/// What becomes of a fragment.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is this call's.
    Release(Arrival),
    /// It is kept out.
    Quarantine(Arrival, QuarantineReason, GapCause),
}

/// The newest fragment of this body that was decided on.
#[derive(Clone, Copy, Debug)]
struct Neighbour {
    ours: bool,
    span: Option<Span>,
}

/// Decides whose each fragment is, in stream order.
#[derive(Debug)]
pub(crate) struct Attribution {
    accepted: Vec<ContactId>,
    limits: Limits,
    held: VecDeque<Arrival>,
    held_bytes: usize,
    before: Option<Neighbour>,
    /// What comes lies after the call's beginning: a fragment that names it has come, or need not come first. Until then
    /// what came before the first such fragment may be the last of the stream's contact before it, however near.
    has_begun: bool,
}

impl Attribution {
    /// `has_begun` says that what is offered lies after the call's beginning.
    pub(crate) fn new(accepted: Vec<ContactId>, limits: Limits, has_begun: bool) -> Self {
        Self { accepted, limits, held: VecDeque::new(), held_bytes: 0, before: None, has_begun }
    }

    /// The contacts whose fragments are this call's.
    pub(crate) fn accepted(&self) -> &[ContactId] {
        &self.accepted
    }

    /// Whether no fragment waits.
    pub(crate) fn is_settled(&self) -> bool {
        self.held.is_empty()
    }

    /// When the oldest waiting fragment has waited too long, by the reading clock.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.held.front().map(|arrival| arrival.read_at + self.limits.max_held_age)
    }

    /// Takes another contact of the chain.
    pub(crate) fn accept(&mut self, contact: ContactId) {
        if !self.accepted.contains(&contact) && self.accepted.len() < MAX_ACCEPTED_CONTACTS {
            self.accepted.push(contact);
        }
    }

    /// Begins a new body. What waited is forgotten, to be read again: it was not decided on.
    pub(crate) fn begin_body(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
        self.before = None;
    }

    /// Whether this fragment would be released at once.
    pub(crate) fn would_release(&self, facts: &Facts) -> bool {
        match facts.claim {
            Claim::Ours => true,
            Claim::Untagged => self.held.is_empty() && self.inherits(facts),
            Claim::Foreign | Claim::Mixed => false,
        }
    }

    /// Takes note of a fragment that was decided on in an earlier body: in this one it is a neighbour too.
    pub(crate) fn witness(&mut self, ours: bool, span: Option<Span>) {
        if self.held.is_empty() {
            self.before = Some(Neighbour { ours, span });
        }
    }

    /// Passes a fragment that is decided on already, and decides by it on those that wait for their contact.
    pub(crate) fn pass(&mut self, ours: bool, span: Span, out: &mut Vec<Verdict>) {
        if ours {
            self.settle(Some(span), out);
        } else {
            self.finish(out);
        }
        self.before = Some(Neighbour { ours, span: Some(span) });
    }

    /// Takes the next fragment of the body and decides what can be decided.
    pub(crate) fn offer(&mut self, arrival: Arrival, out: &mut Vec<Verdict>) {
        match arrival.facts.claim {
            Claim::Ours => {
                if std::mem::replace(&mut self.has_begun, true) {
                    self.settle(arrival.facts.span, out);
                } else {
                    self.finish(out);
                }
                self.release(arrival, out);
            }
            Claim::Foreign => self.refuse(arrival, QuarantineReason::ForeignContact, out),
            Claim::Mixed => self.refuse(arrival, QuarantineReason::MixedContacts, out),
            Claim::Untagged if !self.held.is_empty() => self.hold(arrival, out),
            Claim::Untagged if self.inherits(&arrival.facts) => self.release(arrival, out),
            Claim::Untagged if self.before.is_some_and(|before| !before.ours) => {
                self.refuse(arrival, QuarantineReason::UnknownContact, out);
            }
            Claim::Untagged => self.hold(arrival, out),
        }
    }

    /// Gives up on what has waited too long; `now` by the reading clock.
    pub(crate) fn expire(&mut self, now: Timestamp, out: &mut Vec<Verdict>) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(GapCause::Quarantined, out);
        }
    }

    /// Gives up on all that waits.
    pub(crate) fn finish(&mut self, out: &mut Vec<Verdict>) {
        while !self.held.is_empty() {
            self.give_up(GapCause::Quarantined, out);
        }
    }

    fn inherits(&self, facts: &Facts) -> bool {
        self.before
            .is_some_and(|before| before.ours && (facts.span.is_none() || follows(before.span, facts.span)))
    }

    fn release(&mut self, arrival: Arrival, out: &mut Vec<Verdict>) {
        let span = arrival.facts.span.or_else(|| self.before.and_then(|before| before.span));
        self.before = Some(Neighbour { ours: true, span });
        out.push(Verdict::Release(arrival));
    }

    fn refuse(&mut self, arrival: Arrival, reason: QuarantineReason, out: &mut Vec<Verdict>) {
        self.finish(out);
        self.before = Some(Neighbour { ours: false, span: arrival.facts.span });
        out.push(Verdict::Quarantine(arrival, reason, GapCause::Quarantined));
    }

    fn hold(&mut self, arrival: Arrival, out: &mut Vec<Verdict>) {
        self.held_bytes = self.held_bytes.saturating_add(arrival.weight());
        self.held.push_back(arrival);
        while self.held.len() > self.limits.max_held_fragments || self.held_bytes > self.limits.max_held_bytes
        {
            self.give_up(GapCause::Overflow, out);
        }
    }

    /// Releases what leads without a break to audio that begins at `next`, and gives up on the rest.
    fn settle(&mut self, next: Option<Span>, out: &mut Vec<Verdict>) {
        let (mut next, mut ours) = (next, 0);
        for arrival in self.held.iter().rev() {
            if arrival.facts.span.is_some() {
                if !follows(arrival.facts.span, next) {
                    break;
                }
                next = arrival.facts.span;
            }
            ours += 1;
        }
        while self.held.len() > ours {
            self.give_up(GapCause::Quarantined, out);
        }
        while let Some(arrival) = self.take_oldest() {
            self.release(arrival, out);
        }
    }

    fn give_up(&mut self, cause: GapCause, out: &mut Vec<Verdict>) {
        if let Some(arrival) = self.take_oldest() {
            out.push(Verdict::Quarantine(arrival, QuarantineReason::UnknownContact, cause));
        }
    }

    fn take_oldest(&mut self) -> Option<Arrival> {
        let arrival = self.held.pop_front()?;
        self.held_bytes = self.held_bytes.saturating_sub(arrival.weight());
        Some(arrival)
    }
}

/// Whether `second` follows `first` without a break.
fn follows(first: Option<Span>, second: Option<Span>) -> bool {
    first.zip(second).is_some_and(|(first, second)| {
        second.start_ms.saturating_sub(first.end_ms).saturating_abs() <= MAX_BREAK_MS
    })
}

#[cfg(test)]
mod tests;
