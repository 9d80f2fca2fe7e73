//! The state machine.

use std::{collections::VecDeque, time::Duration};

use events::{CallEndReason, QuarantineReason};
use mkv::Fragment;
use model::{ContactId, FragmentNumber, GapCause, Timestamp};

use crate::{
    Anomaly, CallConfig, Checkpoint, Command, ContactState, Event, Input, Output, Reason, StartAt,
    StreamError,
    attribution::{Arrival, Attribution, Verdict},
    connection::Connection,
    cursor::Cursor,
    facts::Facts,
    lag::Lag,
    liveness::{Act, Liveness},
    marks::{Mark, MarkKind, Marks},
    reading_clock::ReadingClock,
    repair::{Asking, Repair},
    timeline::{Placed, Placing, Timeline},
    tracks::Tracks,
};

mod admission;
mod repair;

/// Unknown track names that are told at most, each once.
const MAX_TOLD_TRACK_NAMES: usize = 16;

/// While nothing is read, no clock that could end the call runs; the session is told the time this often at least.
const PAUSED_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// One call, from its first fragment to its end.
///
/// After each `handle_…` call, [`poll_output`](Self::poll_output) must be called until it gives
/// [`Output::Timeout`]; this is checked in debug builds. The first outputs, which open the stream, wait from the
/// start.
#[derive(Debug)]
pub struct CallSession {
    config: CallConfig,
    attribution: Attribution,
    connection: Connection,
    cursor: Cursor,
    /// The time of all that judges the stream's silence.
    clock: ReadingClock,
    liveness: Liveness,
    marks: Marks,
    timeline: Timeline,
    /// The newest fragment whose body ended before all of it came.
    partial: Option<Arrival>,
    /// The body brought damage, or a fragment of which not all came.
    cut_short: bool,
    /// Why what is missing before the next fragment is missing.
    cause: Option<GapCause>,
    /// Since the last audio, something came that could not be read.
    damaged: bool,
    /// The body began at a time and has brought no audio yet.
    replaying: bool,
    /// The hole that the archive is asked for.
    repair: Option<Box<Repair>>,
    asking: Asking,
    asked_for_tail: bool,
    lag: Lag,
    stop_fragment: Option<FragmentNumber>,
    /// The foreign contact that was told last.
    told_contact: Option<String>,
    told_tracks: Vec<String>,
    /// A fragment whose audio was given, kept for its memory.
    spent: Option<Fragment>,
    ended: bool,
    outputs: VecDeque<Output>,
    drained: bool,
    now: Timestamp,
}

impl CallSession {
    /// Begins a call, or takes one over where [`CallConfig::resume`] says.
    #[must_use]
    pub fn new(config: CallConfig, now: Timestamp) -> Self {
        let checkpoint = config.resume.clone().unwrap_or_default();
        let mut accepted = vec![config.contact_id.clone()];
        accepted.extend(config.also_accepted.iter().cloned());
        let mut session = Self {
            attribution: Attribution::new(
                accepted,
                config.limits,
                !config.begins_named || checkpoint.origin.is_some(),
            ),
            connection: Connection::new(config.timing, config.jitter_seed, now),
            cursor: Cursor::new(&config, &checkpoint),
            clock: ReadingClock::default(),
            liveness: Liveness::new(config.timing, now),
            marks: Marks::default(),
            timeline: Timeline::new(&checkpoint),
            partial: None,
            cut_short: false,
            cause: None,
            damaged: false,
            replaying: false,
            repair: None,
            asking: Asking::default(),
            asked_for_tail: false,
            lag: Lag::default(),
            stop_fragment: config.stop_fragment.clone(),
            told_contact: None,
            told_tracks: Vec::new(),
            spent: None,
            ended: false,
            outputs: VecDeque::new(),
            drained: true,
            now,
            config,
        };
        session.open_when_due();
        session
    }

    /// Takes in what happened at `now`. After the end, inputs are ignored.
    pub fn handle_input(&mut self, now: Timestamp, input: Input) {
        self.begin(now);
        if !self.ended {
            self.take(input);
            self.open_when_due();
        }
    }

    /// Takes in that it is `now`; to be called when the last timeout has come.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.begin(now);
        if self.ended {
            return;
        }
        if !self.clock.is_paused() {
            self.expire();
            self.expire_repair();
        }
        if self.ended {
            return;
        }
        if self.connection.rollover_at().is_some_and(|at| at <= self.now) {
            self.close(GapCause::NotSent);
            self.connection.progressed();
            self.connection.retry(self.now);
        }
        self.open_when_due();
        if !self.clock.is_paused() && self.repair.is_none() {
            let act = self.liveness.act(self.covered(), self.clock.at(self.now));
            self.perform(act);
        }
    }

    /// What the session wants or tells next.
    pub fn poll_output(&mut self) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        self.drained = true;
        let (at, reason) = self.deadline();
        Output::Timeout(at, reason)
    }

    /// Where the reading stands: what was decided on and given, not what waits.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            last_complete: match &self.repair {
                Some(repair) => repair.before.clone(),
                None => self.cursor.last().cloned(),
            },
            producer_time: self.timeline.producer_time(),
            origin: self.timeline.origin(),
            samples: self.timeline.samples(),
        }
    }

    /// Whether the call is over: [`Event::Ended`] was given out or waits to be.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        self.ended
    }

    /// A fragment that is no longer needed: its memory may be filled again.
    pub const fn take_spent(&mut self) -> Option<Fragment> {
        self.spent.take()
    }

    /// The contacts whose audio is this call's.
    #[must_use]
    pub fn accepted_contacts(&self) -> &[ContactId] {
        self.attribution.accepted()
    }

    fn begin(&mut self, now: Timestamp) {
        debug_assert!(self.drained, "poll_output must be drained to its timeout after each mutation");
        self.drained = false;
        self.now = self.now.max(now);
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Opened => self.opened(),
            Input::Fragment(fragment) => self.admit(fragment),
            Input::Damaged { skipped, reason } => {
                if self.connection.is_open() {
                    self.cut_short = true;
                    self.damaged = true;
                    self.cause.get_or_insert(GapCause::Damaged);
                    self.tell(Event::Anomaly(Anomaly::Damaged { skipped, reason }));
                }
            }
            Input::BodyClosed => self.body_closed(),
            Input::BodyFailed { retryable } => self.body_failed(retryable),
            Input::ArchiveFragment(fragment) => self.admit_archived(fragment),
            Input::ArchiveEnded | Input::ArchiveFailed => self.finish_repair(false),
            Input::ReadingPaused => self.clock.pause(self.now),
            Input::ReadingResumed => self.resume(),
            Input::StopFragment(number) => self.stop_at(number),
            Input::AgentConnected { id, name, at } => self.mark(at, MarkKind::AgentConnected { id, name }),
            Input::AgentDisconnected { id, name, at } => {
                self.mark(at, MarkKind::AgentDisconnected { id, name })
            }
            Input::HoldStarted { at } => self.mark(at, MarkKind::HoldStarted),
            Input::HoldEnded { at } => self.mark(at, MarkKind::HoldEnded),
            Input::Transferred { next } => {
                if let Some(repair) = &mut self.repair {
                    repair.accept(next.clone());
                }
                self.attribution.accept(next);
                self.liveness.transferred(self.clock.at(self.now));
            }
            Input::Disconnected { at } => {
                let (heard, open) = (self.clock.at(self.now), self.connection.is_open());
                self.liveness.disconnected(at, heard, open);
            }
            Input::DirectoryAnswer(state) => self.answered(state),
        }
    }

    fn opened(&mut self) {
        if self.connection.opened(self.now) {
            self.liveness.opened(self.clock.at(self.now));
            self.cursor.opened();
            self.cut_short = false;
            self.attribution.begin_body();
        }
    }

    fn body_closed(&mut self) {
        if !self.connection.is_waiting() {
            self.liveness.closed(self.cut_short || !self.attribution.is_settled());
            self.attribution.begin_body();
            self.connection.retry(self.now);
        }
    }

    fn body_failed(&mut self, retryable: bool) {
        if self.connection.is_waiting() {
            return;
        }
        if !retryable {
            self.connection.retry(self.now);
            self.end(CallEndReason::StreamGone);
            return;
        }
        if !self.connection.is_open() {
            self.cursor.not_opened();
        }
        self.liveness.failed();
        self.attribution.begin_body();
        self.cause.get_or_insert(GapCause::ConnectionLost);
        self.connection.retry(self.now);
    }

    fn stream_failed(&mut self, error: StreamError) {
        self.tell(Event::StreamError(error));
        self.liveness.failed();
        self.cursor.failed(error);
        self.close(GapCause::StreamError);
        match error {
            StreamError::Kms { .. } => self.connection.retry_slowly(self.now),
            StreamError::FragmentNotFound | StreamError::Service { .. } => self.connection.retry(self.now),
        }
    }

    fn stop_at(&mut self, number: FragmentNumber) {
        let read = self.cursor.last().is_some_and(|last| *last >= number);
        self.stop_fragment = Some(number);
        if read {
            self.end(CallEndReason::StopFragment);
        }
    }

    fn answered(&mut self, state: ContactState) {
        let now = self.clock.at(self.now);
        let act = if self.clock.is_paused() {
            self.liveness.unjudged(now)
        } else {
            self.liveness.answered(state, now)
        };
        self.perform(act);
    }

    fn resume(&mut self) {
        if self.clock.resume(self.now) {
            self.liveness.resumed(self.clock.at(self.now));
        }
    }

    fn expire(&mut self) {
        let mut verdicts = Vec::new();
        self.attribution.expire(self.clock.at(self.now), &mut verdicts);
        self.carry_out(verdicts);
    }

    fn perform(&mut self, act: Act) {
        match act {
            Act::Nothing => {}
            Act::Ask => self.outputs.push_back(Output::Command(Command::CheckDirectory)),
            Act::End(reason) => self.end(reason),
        }
    }

    /// Drops the body. Whatever is missing before the next one's first fragment has this cause.
    fn close(&mut self, cause: GapCause) {
        self.outputs.push_back(Output::Command(Command::CloseMedia));
        self.attribution.begin_body();
        if cause != GapCause::NotSent {
            self.cause.get_or_insert(cause);
        }
    }

    fn open_when_due(&mut self) {
        if self.ended || self.holds_back() || !self.connection.is_due(self.now) {
            return;
        }
        let margin = self.config.timing.start_margin;
        let reached = self.timeline.producer_time().map(|reached| reached - margin);
        let start = self.cursor.start_at(reached);
        self.replaying = !matches!(start, StartAt::AfterFragment(_));
        self.connection.begin_opening(self.now);
        self.outputs.push_back(Output::Command(Command::OpenMedia { start }));
    }

    fn mark(&mut self, at: Timestamp, kind: MarkKind) {
        let dropped = self.marks.push(Mark { at, kind });
        self.outputs.extend(dropped.map(Output::Event));
        self.tell_marks(false);
    }

    fn tell_marks(&mut self, finally: bool) {
        while let Some(event) = self.marks.pop(&self.timeline, finally) {
            self.tell(event);
        }
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn covered(&self) -> Option<Timestamp> {
        self.timeline.wall(self.timeline.end())
    }

    fn deadline(&self) -> (Timestamp, Reason) {
        if self.ended {
            return (Timestamp::from_micros(i64::MAX), Reason::Ended);
        }
        let waits = match self.repair_deadline() {
            Some(at) => (at, Reason::Archive),
            None => self.liveness.deadline(self.covered()),
        };
        let silence = [Some(waits), self.attribution.deadline().map(|at| (at, Reason::Held))];
        let silence = silence.into_iter().flatten();
        let silence = silence.filter_map(|(at, reason)| Some((self.clock.when(at)?, reason)));
        let connection = [
            self.connection.reconnect_at().filter(|_| !self.holds_back()).map(|at| (at, Reason::Reconnect)),
            self.connection.rollover_at().map(|at| (at, Reason::Rollover)),
        ];
        let next = silence.chain(connection.into_iter().flatten()).min();
        next.unwrap_or((self.now + PAUSED_TIMEOUT, Reason::Paused))
    }

    /// Ends the call: what waits is decided, both channels end together, and nothing comes afterwards.
    fn end(&mut self, reason: CallEndReason) {
        if self.ended || self.ends_later(reason) {
            return;
        }
        self.ended = true;
        let partial = self.partial.take();
        let mut verdicts = Vec::new();
        self.attribution.finish(&mut verdicts);
        for verdict in verdicts {
            if let Verdict::Quarantine(arrival, why, _) = verdict {
                self.decide(&arrival, false);
                self.quarantine(&arrival, why);
            }
        }
        if let Some(partial) = partial {
            self.decide(&partial, true);
            self.place(&partial);
            self.cause.get_or_insert(GapCause::ConnectionLost);
        }
        for number in self.cursor.take_undecided() {
            let reason = QuarantineReason::UnknownContact;
            self.tell(Event::Quarantined { fragment: Some(number), reason });
        }
        self.timeline.finish(self.cause.unwrap_or(GapCause::NotSent), self.now, &mut self.outputs);
        self.tell_marks(true);
        if !self.connection.is_waiting() {
            self.outputs.push_back(Output::Command(Command::CloseMedia));
        }
        self.tell(Event::Ended { reason, duration: self.timeline.end() });
    }
}
