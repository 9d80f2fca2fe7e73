//! A fragment's way in: known or new, whose, and onto the timeline.

use events::QuarantineReason;

use super::{
    Anomaly, Arrival, CallEndReason, CallSession, Event, Facts, Fragment, GapCause, MAX_TOLD_TRACK_NAMES,
    Placed, Placing, Tracks, Verdict,
};
use crate::{
    facts::{Claim, contact},
    lag,
};

impl CallSession {
    /// Takes the body's next fragment.
    pub(super) fn admit(&mut self, fragment: Fragment) {
        if !self.connection.is_open() {
            return;
        }
        let facts = Facts::of(&fragment, self.attribution.accepted());
        let error = facts.error;
        let lag = lag::measure(&fragment, &facts, self.now).and_then(|behind_ms| self.lag.note(behind_ms));
        if let Some(behind_ms) = lag {
            self.tell(Event::StreamLag { behind_ms });
        }
        if error.is_none() || !fragment.blocks.is_empty() {
            let read_at = self.clock.at(self.now);
            self.consider(Arrival { fragment, facts, received_at: self.now, read_at });
        }
        if self.ended {
            return;
        }
        if let Some(error) = error {
            self.stream_failed(error);
        } else if self.attribution.is_settled() && self.connection.wants_rollover(self.now) {
            self.close(GapCause::NotSent);
            self.connection.progressed();
            self.connection.retry(self.now);
        }
    }

    fn consider(&mut self, arrival: Arrival) {
        let facts = &arrival.facts;
        self.cut_short |= !facts.complete;
        if let Some(number) = &facts.number {
            if self.config.start_fragment.as_ref().is_some_and(|start| number < start) {
                self.pass_over(&arrival);
                return;
            }
            let audio_is_new = facts.span.is_some_and(|span| self.is_new_audio(span));
            if self.cursor.is_known(number, audio_is_new) {
                if let Some(ours) = self.cursor.decision(number) {
                    self.attribution.witness(ours, facts.span);
                }
                return;
            }
            if self.stop_fragment.as_ref().is_some_and(|stop| number > stop) {
                self.end(CallEndReason::StopFragment);
                return;
            }
        }
        if let Some(number) = facts.number.as_ref().filter(|_| facts.claim != Claim::Foreign) {
            self.cursor.came(number);
        }
        self.note_life(&arrival);
        if !facts.complete && !self.agrees_with_partial(&arrival) {
            self.keep_partial(arrival);
            return;
        }
        let last =
            facts.number.as_ref().zip(self.stop_fragment.as_ref()).is_some_and(|(it, stop)| it == stop);
        let mut verdicts = Vec::new();
        self.attribution.offer(arrival, &mut verdicts);
        self.carry_out(verdicts);
        if last {
            self.end(CallEndReason::StopFragment);
        }
    }

    /// A fragment from before the call's first one: only the reading moves on.
    fn pass_over(&mut self, arrival: &Arrival) {
        let number = arrival.facts.number.as_ref();
        if arrival.facts.complete && number > self.cursor.last() {
            self.decide(arrival, false);
        }
    }

    /// What was not seen before, and is not another contact's, is a sign of life.
    fn note_life(&mut self, arrival: &Arrival) {
        let facts = &arrival.facts;
        let new = match &facts.number {
            Some(number) => self.cursor.is_newest(number),
            None => facts.span.is_some_and(|span| !self.timeline.is_past(span)),
        };
        if new && facts.claim != Claim::Foreign {
            self.liveness.active(self.clock.at(self.now));
            self.connection.progressed();
        }
    }

    /// Keeps what came of a fragment, should no more of it ever come. It will be read again.
    fn keep_partial(&mut self, arrival: Arrival) {
        let shorter = |kept: &Arrival| {
            kept.facts.number == arrival.facts.number
                && kept.fragment.payload.len() > arrival.fragment.payload.len()
        };
        if self.attribution.would_release(&arrival.facts) && !self.partial.as_ref().is_some_and(shorter) {
            self.partial = Some(arrival);
        }
    }

    /// Whether a fragment without a mark of its end is all there is of it: reading it again gave the same.
    fn agrees_with_partial(&self, arrival: &Arrival) -> bool {
        self.partial.as_ref().is_some_and(|partial| {
            arrival.facts.number.is_some()
                && arrival.facts.claim != Claim::Untagged
                && partial.facts.number == arrival.facts.number
                && partial.fragment.end == arrival.fragment.end
                && partial.fragment.payload.len() == arrival.fragment.payload.len()
        })
    }

    pub(super) fn carry_out(&mut self, verdicts: Vec<Verdict>) {
        for verdict in verdicts {
            if self.ended {
                return;
            }
            match verdict {
                Verdict::Release(arrival) => self.place_or_wait(arrival),
                Verdict::Quarantine(arrival, reason, cause) => {
                    let next = reason == QuarantineReason::ForeignContact && self.is_after_ours(&arrival);
                    self.decide(&arrival, false);
                    self.quarantine(&arrival, reason);
                    self.cause.get_or_insert(cause);
                    if next {
                        self.end(CallEndReason::NextContact);
                    }
                }
            }
        }
    }

    pub(super) fn decide(&mut self, arrival: &Arrival, ours: bool) {
        self.cursor.decided(arrival.facts.number.as_ref(), ours);
        self.connection.progressed();
        let superseded = |partial: &Arrival| partial.facts.number <= arrival.facts.number;
        if self.partial.as_ref().is_some_and(superseded) {
            self.partial = None;
        }
    }

    /// Whether another contact's fragment comes after audio of this call, not before its start.
    fn is_after_ours(&self, arrival: &Arrival) -> bool {
        if self.timeline.origin().is_none() {
            return false;
        }
        let numbers = arrival.facts.number.as_ref().zip(self.cursor.last_ours());
        let newer = numbers.map(|(number, last)| number > last);
        newer.unwrap_or_else(|| arrival.facts.span.is_some_and(|span| self.timeline.is_ahead(span)))
    }

    pub(super) fn quarantine(&mut self, arrival: &Arrival, reason: QuarantineReason) {
        if reason == QuarantineReason::ForeignContact && self.timeline.origin().is_none() {
            let contact = contact(&arrival.fragment).map(str::to_owned);
            if self.told_contact.is_some() && self.told_contact == contact {
                return;
            }
            self.told_contact = contact;
        }
        self.tell(Event::Quarantined { fragment: arrival.facts.number.clone(), reason });
    }

    pub(super) fn place(&mut self, arrival: &Arrival) {
        let tracks = self.tracks(arrival);
        let lost = arrival.facts.span.is_some_and(|span| self.timeline.lacks_beginning(span));
        let usual = if lost { GapCause::ConnectionLost } else { GapCause::NotSent };
        let placing = Placing { cause: self.cause.unwrap_or(usual), replaying: self.replaying };
        match self.timeline.place(arrival, &tracks, placing, &mut self.outputs) {
            Placed::Audio => {
                self.cause = None;
                self.damaged = false;
                self.replaying = false;
            }
            Placed::Nothing => {}
            Placed::Refused => {
                self.cause.get_or_insert(GapCause::Damaged);
            }
        }
        self.tell_marks(false);
    }

    fn tracks(&mut self, arrival: &Arrival) -> Tracks {
        let (outputs, told) = (&mut self.outputs, &mut self.told_tracks);
        Tracks::of(&arrival.fragment, |anomaly| {
            if let Anomaly::UnknownTrack { name } = &anomaly {
                if told.contains(name) || told.len() == MAX_TOLD_TRACK_NAMES {
                    return;
                }
                told.push(name.clone());
            }
            outputs.push_back(crate::Output::Event(Event::Anomaly(anomaly)));
        })
    }
}
