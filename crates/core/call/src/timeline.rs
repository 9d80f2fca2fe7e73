//! Two channels on one timeline, sample by sample.
//!
//! A block lies where its timecode says, to within [`SNAP_SAMPLES`] of its predecessor's end; nearer than that it
//! follows without a seam. Timecodes place audio and payload lengths measure it: a short block leaves a hole up to
//! the next grid point, which is silence and no loss. Every other hole is silence and a reported gap.

use std::{collections::VecDeque, time::Duration};

use mkv::{Block, Fragment};
use model::{Channel, GapCause, MediaTime, Timestamp};

use self::run::{Run, fill};
use crate::{
    Anomaly, Checkpoint, Event, Origin, Output, SAMPLE_RATE_HZ,
    attribution::Arrival,
    facts::{EARLIEST_EPOCH_MS, LATEST_EPOCH_MS, Span},
    tracks::Tracks,
};

mod run;

/// Samples in a millisecond.
const PER_MS: i64 = SAMPLE_RATE_HZ as i64 / 1_000;
/// A block this near to its predecessor's end follows it without a seam: 20 ms of jitter.
const SNAP_SAMPLES: i64 = 20 * PER_MS;
/// A channel that ends this far before its fragment does is filled up to it: two blocks.
const MAX_LAG_SAMPLES: u64 = 128 * PER_MS.unsigned_abs();
/// A jump beyond this must agree with the server's clock.
const MAX_UNCONFIRMED_JUMP_MS: i64 = 30_000;
/// A jump beyond this is never followed at once: a day, the longest that Connect keeps a stream's media.
const MAX_JUMP_MS: i64 = 24 * 60 * 60 * 1_000;
/// A fragment's last block may lie this far behind the one before it.
const MAX_LAST_JUMP_MS: i64 = 2_000;
/// After this many fragments in a row at impossible times, the producer's clock is taken to be set anew.
const MAX_IMPOSSIBLE: u32 = 3;

/// One channel's place on the timeline.
#[derive(Clone, Copy, Debug, Default)]
struct Lane {
    /// Samples given so far: the next one's position.
    cursor: u64,
    /// Whether any fragment declared a track for it. Silence on a channel that never was is no loss.
    declared: bool,
    /// The longest block so far, in samples.
    longest: u64,
    /// The block before, in samples.
    previous: u64,
    /// The next block is cut at the cursor exactly: what lies before it was given by an earlier owner.
    exact: bool,
}

/// How a fragment is to be placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placing {
    /// Why a hole before it is missing.
    pub(crate) cause: GapCause,
    /// The body began at a time, so that audio which was given already comes first.
    pub(crate) replaying: bool,
}

/// What became of a fragment's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It is on the timeline.
    Audio,
    /// It has none, or none that was not given already.
    Nothing,
    /// Its time is impossible.
    Refused,
}

/// The newest fragment on the timeline.
#[derive(Clone, Copy, Debug)]
struct Newest {
    end_ms: i64,
    start_ms: i64,
    server_ms: Option<i64>,
}

/// Two channels on one timeline.
#[derive(Debug)]
pub(crate) struct Timeline {
    origin: Option<Origin>,
    lanes: [Lane; 2],
    newest: Option<Newest>,
    impossible: u32,
    /// The blocks of one channel of one fragment: timecode and index. Kept for its memory.
    order: Vec<(i64, usize)>,
}

impl Timeline {
    pub(crate) fn new(checkpoint: &Checkpoint) -> Self {
        let exact = checkpoint.last_complete.is_none() && checkpoint.origin.is_some();
        let lane = |cursor| Lane { cursor, exact, ..Lane::default() };
        Self {
            origin: checkpoint.origin,
            lanes: checkpoint.samples.map(lane),
            newest: None,
            impossible: 0,
            order: Vec::new(),
        }
    }

    /// What position zero is.
    pub(crate) const fn origin(&self) -> Option<Origin> {
        self.origin
    }

    /// Samples of each channel given so far.
    pub(crate) fn samples(&self) -> [u64; 2] {
        self.lanes.map(|lane| lane.cursor)
    }

    /// The end of the longer channel.
    pub(crate) fn end(&self) -> MediaTime {
        MediaTime::from_samples(self.end_samples(), SAMPLE_RATE_HZ)
    }

    /// The producer's own time of the end.
    pub(crate) fn producer_time(&self) -> Option<Timestamp> {
        let origin = Timestamp::from_millis(self.origin?.timecode_ms);
        Some(origin + self.end().since(MediaTime::ZERO))
    }

    /// The producer's timecode of the end, in milliseconds.
    pub(crate) fn end_ms(&self) -> Option<i64> {
        Some(self.origin?.timecode_ms.saturating_add(to_signed(self.end_samples()) / PER_MS))
    }

    /// The wall time of a position.
    pub(crate) fn wall(&self, at: MediaTime) -> Option<Timestamp> {
        Some(self.origin?.wall + at.since(MediaTime::ZERO))
    }

    /// The position of a wall time; zero when it is before the call.
    pub(crate) fn position(&self, wall: Timestamp) -> Option<MediaTime> {
        let since = wall.since(self.origin?.wall);
        Some(MediaTime::ZERO + since)
    }

    /// Whether a fragment's audio ends before what was given already.
    pub(crate) fn is_past(&self, span: Span) -> bool {
        self.sample_at(span.end_ms).is_some_and(|end| end <= to_signed(self.end_samples()))
    }

    /// Whether a fragment's audio begins where the given audio ends, or later.
    pub(crate) fn is_ahead(&self, span: Span) -> bool {
        self.sample_at(span.start_ms)
            .is_none_or(|start| start.saturating_add(SNAP_SAMPLES) >= to_signed(self.end_samples()))
    }

    /// Whether a fragment begins after a position zero that nothing was given from: an earlier owner heard audio
    /// there, and the stream has it no more.
    pub(crate) fn lacks_beginning(&self, span: Span) -> bool {
        self.end_samples() == 0 && self.sample_at(span.start_ms).is_some_and(|start| start > SNAP_SAMPLES)
    }

    /// Puts a fragment of this call on the timeline.
    pub(crate) fn place(
        &mut self,
        arrival: &Arrival,
        tracks: &Tracks,
        placing: Placing,
        out: &mut VecDeque<Output>,
    ) -> Placed {
        let Some(span) = arrival.facts.span else { return Placed::Nothing };
        if self.origin.is_none() {
            self.begin(arrival, tracks, out);
            if self.origin.is_none() {
                return Placed::Nothing;
            }
        }
        // Until something new came, an owner that went on from a checkpoint is given what the last one had.
        let known = placing.replaying || self.newest.is_none() || arrival.facts.number.is_none();
        if known && self.is_past(span) {
            return Placed::Nothing;
        }
        if !self.is_possible(span, arrival.facts.server_ms) {
            self.impossible += 1;
            out.push_back(anomaly(Anomaly::Timecode { fragment: arrival.facts.number.clone() }));
            if self.impossible < MAX_IMPOSSIBLE {
                return Placed::Refused;
            }
            self.follow_new_clock(span, arrival.facts.server_ms, out);
        }
        self.impossible = 0;
        self.newest =
            Some(Newest { start_ms: span.start_ms, end_ms: span.end_ms, server_ms: arrival.facts.server_ms });
        for channel in Channel::ALL {
            self.place_channel(channel, arrival, tracks, placing, out);
        }
        self.keep_in_step(MAX_LAG_SAMPLES, placing.cause, arrival.received_at, out);
        Placed::Audio
    }

    /// Brings both channels to the same end.
    pub(crate) fn finish(&mut self, cause: GapCause, now: Timestamp, out: &mut VecDeque<Output>) {
        self.keep_in_step(0, cause, now, out);
    }

    /// The call's first sample: the earliest block that can be right.
    fn begin(&mut self, arrival: &Arrival, tracks: &Tracks, out: &mut VecDeque<Output>) {
        let mut first: Option<i64> = None;
        for channel in Channel::ALL {
            if let Some(number) = tracks.number(channel) {
                self.order_blocks(number, arrival);
                if let Some(&(timecode, _)) = self.order.first() {
                    first = Some(first.map_or(timecode, |first| first.min(timecode)));
                }
            }
        }
        let Some(timecode_ms) = first else { return };
        let plausible = |ms: &i64| (EARLIEST_EPOCH_MS..=LATEST_EPOCH_MS).contains(ms);
        let wall = if plausible(&timecode_ms) {
            Timestamp::from_millis(timecode_ms)
        } else if let Some(server_ms) = arrival.facts.server_ms.filter(plausible) {
            Timestamp::from_millis(server_ms)
        } else {
            let length = arrival.facts.span.map_or(0, |span| span.end_ms.saturating_sub(span.start_ms));
            arrival.received_at - Duration::from_millis(u64::try_from(length).unwrap_or(0).min(20_000))
        };
        self.origin = Some(Origin { timecode_ms, wall });
        out.push_back(Output::Event(Event::Started { at: wall }));
    }

    /// Whether a fragment's time can be: not over before what was given ended, and not in a future that the
    /// server's clock denies.
    pub(crate) fn is_possible(&self, span: Span, server_ms: Option<i64>) -> bool {
        if self.is_past(span) {
            return false;
        }
        let Some(start) = self.sample_at(span.start_ms) else { return true };
        let ahead_ms = start.saturating_sub(to_signed(self.end_samples())) / PER_MS;
        if ahead_ms > MAX_JUMP_MS {
            return false;
        }
        let newest = self.newest.and_then(|newest| newest.server_ms.map(|server| (newest.start_ms, server)));
        match newest.zip(server_ms) {
            Some(((start_ms, before), after)) if ahead_ms > MAX_UNCONFIRMED_JUMP_MS => {
                let producer = span.start_ms.saturating_sub(start_ms);
                let server = after.saturating_sub(before);
                producer.saturating_sub(server).saturating_abs() <= MAX_UNCONFIRMED_JUMP_MS
            }
            _ => true,
        }
    }

    /// The fragment follows the newest one by the server's clock, or at once.
    fn follow_new_clock(&mut self, span: Span, server_ms: Option<i64>, out: &mut VecDeque<Output>) {
        let between = self.newest.and_then(|newest| {
            let server = server_ms?.saturating_sub(newest.server_ms?);
            Some(server.saturating_sub(newest.end_ms.saturating_sub(newest.start_ms)))
        });
        let pause_ms = between.unwrap_or(0).clamp(0, MAX_JUMP_MS);
        let end_ms = to_signed(self.end_samples()) / PER_MS;
        if let Some(origin) = &mut self.origin {
            origin.timecode_ms = span.start_ms.saturating_sub(end_ms).saturating_sub(pause_ms);
        }
        out.push_back(anomaly(Anomaly::ClockChanged { at: self.end() }));
    }

    fn place_channel(
        &mut self,
        channel: Channel,
        arrival: &Arrival,
        tracks: &Tracks,
        placing: Placing,
        out: &mut VecDeque<Output>,
    ) {
        let Some(number) = tracks.number(channel) else { return };
        self.lanes[channel.index()].declared = true;
        if self.order_blocks(number, arrival) {
            out.push_back(anomaly(Anomaly::Timecode { fragment: arrival.facts.number.clone() }));
        }
        let Some(origin) = self.origin else { return };
        let order = std::mem::take(&mut self.order);
        let lane = &mut self.lanes[channel.index()];
        let mut run = Run::new(channel, origin, arrival, lane.cursor, out);
        let mut cause = placing.cause;
        for &(timecode, index) in &order {
            let Some(block) = arrival.fragment.blocks.get(index) else { continue };
            run.place(
                lane,
                samples_since(origin, timecode),
                arrival.fragment.data(block),
                cause,
                placing.replaying,
            );
            cause = GapCause::NotSent;
        }
        run.finish(lane.cursor);
        self.order = order;
    }

    /// Lists the blocks of one track that are in order, and tells whether some are not.
    fn order_blocks(&mut self, number: u64, arrival: &Arrival) -> bool {
        self.order.clear();
        let shift = arrival.facts.shift_ms;
        let all = arrival.fragment.blocks.iter().enumerate();
        let of_track = |(_, block): &(usize, &Block)| block.track == number && block.bytes.len() > 1;
        self.order.extend(
            all.filter(of_track).map(|(index, block)| (block.timecode_ms.saturating_add(shift), index)),
        );
        let before = self.order.len();
        drop_outliers(&mut self.order, &arrival.fragment);
        self.order.len() != before
    }

    /// Fills a channel that ends more than `allowed` samples before the other one.
    fn keep_in_step(
        &mut self,
        allowed: u64,
        cause: GapCause,
        received_at: Timestamp,
        out: &mut VecDeque<Output>,
    ) {
        let (end, Some(origin)) = (self.end_samples(), self.origin) else { return };
        for channel in Channel::ALL {
            let lane = &mut self.lanes[channel.index()];
            let missing = end - lane.cursor;
            if missing <= allowed {
                continue;
            }
            let told = lane.declared && missing > SNAP_SAMPLES.unsigned_abs();
            let cause = told.then_some(cause);
            fill(lane, missing, channel, origin, cause, received_at, out);
        }
    }

    fn end_samples(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.cursor).max().unwrap_or(0)
    }

    fn sample_at(&self, timecode_ms: i64) -> Option<i64> {
        self.origin.map(|origin| samples_since(origin, timecode_ms))
    }
}

fn samples_since(origin: Origin, timecode_ms: i64) -> i64 {
    timecode_ms.saturating_sub(origin.timecode_ms).saturating_mul(PER_MS)
}

fn to_signed(samples: u64) -> i64 {
    i64::try_from(samples).unwrap_or(i64::MAX)
}

fn anomaly(anomaly: Anomaly) -> Output {
    Output::Event(Event::Anomaly(anomaly))
}

/// Removes blocks whose timecodes the blocks around them contradict: one such block would push all later audio off
/// the timeline.
fn drop_outliers(order: &mut Vec<(i64, usize)>, fragment: &Fragment) {
    let mut kept = 0;
    let mut previous: Option<(i64, i64)> = None;
    for at in 0..order.len() {
        let (timecode, index) = order[at];
        let length =
            fragment.blocks.get(index).map_or(0, |block| to_signed(block.bytes.len() as u64 / 2) / PER_MS);
        let too_early = previous.is_some_and(|(start, _)| timecode < start);
        let next = order.get(at + 1).map(|(next, _)| *next);
        let too_late = match (previous, next) {
            (_, Some(next)) => next < timecode && previous.is_none_or(|(start, _)| next >= start),
            (Some((_, end)), None) => timecode.saturating_sub(end) > MAX_LAST_JUMP_MS,
            (None, None) => false,
        };
        if too_early || too_late {
            continue;
        }
        previous = Some((timecode, timecode.saturating_add(length)));
        order[kept] = (timecode, index);
        kept += 1;
    }
    order.truncate(kept);
}
