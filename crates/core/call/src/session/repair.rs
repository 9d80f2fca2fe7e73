//! Asking the archive for what the live body should have brought.

use std::{mem, time::Duration};

use super::{
    Arrival, CallEndReason, CallSession, Command, Event, Facts, Fragment, GapCause, Output, StreamError,
    Verdict,
};
use crate::{
    facts::{EARLIEST_EPOCH_MS, LATEST_EPOCH_MS},
    repair::{Found, Hole, MAX_HOLE_MS, MIN_HOLE_MS, Repair, TAIL_MS, Waiting, is_loss},
};

/// Audio that ends so much before its call was disconnected may lack its end.
const EARLY_END: Duration = Duration::from_millis(500);

impl CallSession {
    /// Takes a fragment of this call that is about to be placed: one behind a hole waits for the archive.
    pub(super) fn place_or_wait(&mut self, arrival: Arrival) {
        if let Some(hole) = self.hole_before(&arrival, self.cause, self.damaged) {
            let before = self.cursor.last_own().cloned();
            self.ask(hole, before, self.cause);
        }
        self.decide(&arrival, true);
        if self.repair.is_none() {
            self.place(&arrival);
            self.spent = Some(arrival.fragment);
            return;
        }
        let (cause, damaged) = (self.cause.take(), mem::take(&mut self.damaged));
        let waiting = Waiting { arrival, cause, damaged, replaying: mem::take(&mut self.replaying) };
        if let Some(repair) = &mut self.repair {
            repair.wait(waiting);
        }
        self.stop_reading_when_full();
    }

    /// Takes a fragment that the archive brought.
    pub(super) fn admit_archived(&mut self, fragment: Fragment) {
        let facts = Facts::of(&fragment, self.attribution.accepted());
        let (now, read_at) = (self.now, self.clock.at(self.now));
        let is_wanted = facts.number.as_ref().is_some_and(|number| {
            self.config.start_fragment.as_ref().is_none_or(|start| number >= start)
                && self.stop_fragment.as_ref().is_none_or(|stop| number <= stop)
        });
        let possible = facts.span.is_some_and(|span| self.timeline.is_possible(span, facts.server_ms));
        let Some(repair) = &mut self.repair else { return };
        repair.since = read_at;
        // That the archive lacks a fragment is no failure of the stream.
        let error = facts.error.filter(|error| *error != StreamError::FragmentNotFound);
        let arrival = Arrival { fragment, facts, received_at: now, read_at };
        match repair.take(arrival, &self.cursor, is_wanted && possible) {
            Found::Verdicts(verdicts) => self.carry_out_archived(verdicts),
            Found::NextContact => self.finish_repair(true),
        }
        if let Some(error) = error {
            self.tell(Event::StreamError(error));
        }
    }

    /// The archive has no more, or could not be read: what waits is placed, and what is still missing is a gap.
    pub(super) fn finish_repair(&mut self, close: bool) {
        let Some(repair) = &mut self.repair else { return };
        let verdicts = repair.give_up();
        self.carry_out_archived(verdicts);
        let Some(mut repair) = self.repair.take() else { return };
        if close {
            self.outputs.push_back(Output::Command(Command::CloseArchive));
        }
        self.asking.note(repair.fruitful, self.now);
        let (live_cause, live_damaged) = (self.cause.take(), mem::take(&mut self.damaged));
        let live_replaying = mem::take(&mut self.replaying);
        let mut asked = Some(repair.cause);
        let mut before = repair.before.take();
        while let Some(waiting) = repair.pop() {
            let cause = asked.take();
            if cause.is_none() && self.ask_again(&mut repair, &waiting, before.clone()) {
                self.wait_again(repair, waiting);
                (self.cause, self.damaged, self.replaying) = (live_cause, live_damaged, live_replaying);
                return;
            }
            self.cause = cause.unwrap_or(waiting.cause).or(self.cause);
            self.replaying = waiting.replaying;
            before = waiting.arrival.facts.number.clone().or(before);
            self.place(&waiting.arrival);
            self.spent = Some(waiting.arrival.fragment);
        }
        self.cause = self.cause.or_else(|| asked.flatten()).or(live_cause);
        (self.damaged, self.replaying) = (live_damaged, live_replaying);
        if let Some(reason) = repair.ending {
            self.end(reason);
        }
    }

    /// Gives up on an archive that brings nothing; what it brought stays.
    pub(super) fn expire_repair(&mut self) {
        let now = self.clock.at(self.now);
        if self.repair_deadline().is_some_and(|at| at <= now) {
            self.finish_repair(true);
        }
    }

    /// When to give up on the archive, by the reading clock.
    pub(super) fn repair_deadline(&self) -> Option<model::Timestamp> {
        self.repair.as_ref().map(|repair| repair.since + self.config.timing.archive_timeout)
    }

    /// Puts the call's end off until the archive was read; false when there is nothing to wait for.
    pub(super) fn ends_later(&mut self, reason: CallEndReason) -> bool {
        if reason == CallEndReason::StreamGone {
            // Nothing more can be had of it.
            self.finish_repair(true);
            return self.ended;
        }
        if self.repair.is_none() && !self.ask_for_tail(reason) {
            return false;
        }
        if !self.connection.is_waiting() {
            self.close(GapCause::NotSent);
            self.connection.retry(self.now);
        }
        if let Some(repair) = &mut self.repair {
            repair.ending.get_or_insert(reason);
        }
        true
    }

    /// Whether the stream is not to be opened now: too much waits, or nothing more is wanted of it.
    pub(super) fn holds_back(&self) -> bool {
        self.repair.as_ref().is_some_and(|repair| repair.ending.is_some() || repair.is_full())
    }

    /// Where the audio that was given, or waits, ends.
    pub(super) fn is_new_audio(&self, span: crate::facts::Span) -> bool {
        match self.repair.as_ref().and_then(|repair| repair.end_ms()) {
            Some(end_ms) => span.start_ms.saturating_add(MIN_HOLE_MS) >= end_ms,
            None => self.timeline.is_ahead(span),
        }
    }

    fn hole_before(&self, arrival: &Arrival, cause: Option<GapCause>, damaged: bool) -> Option<Hole> {
        if !self.config.archive || self.repair.is_some() {
            return None;
        }
        let lost = damaged || cause.is_some_and(is_loss);
        let kept_out = cause.is_some() && !lost;
        if kept_out || !(lost || self.asking.may_ask(self.now)) {
            return None;
        }
        let facts = &arrival.facts;
        let span = facts.span.filter(|span| self.timeline.is_possible(*span, facts.server_ms))?;
        let hole = Hole { from_ms: self.timeline.end_ms()?, to_ms: span.start_ms };
        let wall = EARLIEST_EPOCH_MS..=LATEST_EPOCH_MS;
        let length_ms = hole.to_ms.saturating_sub(hole.from_ms);
        let worth_it = (MIN_HOLE_MS..=MAX_HOLE_MS).contains(&length_ms);
        (worth_it && wall.contains(&hole.from_ms) && wall.contains(&hole.to_ms)).then_some(hole)
    }

    fn ask(&mut self, hole: Hole, before: Option<model::FragmentNumber>, cause: Option<GapCause>) {
        let is_first = before.is_none();
        let mut repair = Repair::new(hole, before, self.attribution.accepted(), self.config.limits);
        repair.cause = cause;
        repair.since = self.clock.at(self.now);
        self.repair = Some(Box::new(repair));
        let (from, to) = hole.range(is_first);
        self.outputs.push_back(Output::Command(Command::ReadArchive { from, to }));
    }

    /// What waited lies behind another hole: that one is asked for too.
    fn ask_again(
        &mut self,
        repair: &mut Repair,
        waiting: &Waiting,
        before: Option<model::FragmentNumber>,
    ) -> bool {
        let Some(hole) = self.hole_before(&waiting.arrival, waiting.cause, waiting.damaged) else {
            return false;
        };
        debug_assert!(!repair.is_tail, "nothing waits behind a call's end");
        self.ask(hole, before, waiting.cause);
        true
    }

    fn wait_again(&mut self, mut from: Box<Repair>, first: Waiting) {
        let Some(repair) = &mut self.repair else { return };
        repair.ending = from.ending;
        repair.wait(first);
        while let Some(waiting) = from.pop() {
            repair.wait(waiting);
        }
    }

    /// The call's last audio was lost on the way, or ends before the call does, or nobody knows when that was: the
    /// archive may have it.
    fn ask_for_tail(&mut self, reason: CallEndReason) -> bool {
        let disconnected_at = self.liveness.disconnected_at();
        let early = self.covered().zip(disconnected_at).is_some_and(|(covered, at)| covered + EARLY_END < at);
        // What an earlier owner could not read, it may have had no time to ask for.
        let unsure = reason == CallEndReason::Idle || self.cursor.last_own().is_none();
        let lost = self.config.archive && (self.damaged || early || unsure);
        let lost = lost && !mem::replace(&mut self.asked_for_tail, true);
        let Some(from_ms) = self.timeline.end_ms().filter(|_| lost) else { return false };
        if !(EARLIEST_EPOCH_MS..=LATEST_EPOCH_MS).contains(&from_ms) {
            return false;
        }
        let hole = Hole { from_ms, to_ms: from_ms.saturating_add(TAIL_MS) };
        self.ask(hole, self.cursor.last_own().cloned(), self.cause);
        if let Some(repair) = &mut self.repair {
            repair.is_tail = true;
        }
        true
    }

    fn carry_out_archived(&mut self, verdicts: Vec<Verdict>) {
        for verdict in verdicts {
            match verdict {
                Verdict::Release(arrival) => self.fill(arrival),
                Verdict::Quarantine(arrival, reason, cause) => {
                    let number = arrival.facts.number.as_ref();
                    let told = number.is_some_and(|number| self.cursor.decision(number).is_some());
                    if !told {
                        self.cursor.remember(number, false);
                        self.quarantine(&arrival, reason);
                    }
                    if let Some(repair) = &mut self.repair {
                        repair.cause.get_or_insert(cause);
                    }
                }
            }
        }
    }

    /// Places a fragment of the archive.
    fn fill(&mut self, arrival: Arrival) {
        let Some(repair) = &mut self.repair else { return };
        repair.fruitful = true;
        repair.before = arrival.facts.number.clone().or_else(|| repair.before.take());
        let live =
            (mem::replace(&mut self.cause, repair.cause), self.damaged, mem::take(&mut self.replaying));
        self.cursor.remember(arrival.facts.number.as_ref(), true);
        self.place(&arrival);
        (self.cause, self.damaged, self.replaying) = live;
        self.spent = Some(arrival.fragment);
    }

    /// No more is read than can wait: the stream keeps the rest, and it is read on after the last that came.
    fn stop_reading_when_full(&mut self) {
        if self.repair.as_ref().is_some_and(|repair| repair.is_full()) && !self.connection.is_waiting() {
            self.liveness.closed(true);
            self.close(GapCause::NotSent);
            self.connection.progressed();
            self.connection.retry(self.now);
        }
    }
}
