//! The blocks of one channel of one fragment become spans.

use std::collections::VecDeque;

use model::{Channel, GapCause, MediaGap, MediaTime, Timestamp};

use super::{Lane, SNAP_SAMPLES, anomaly, to_signed};
use crate::{Anomaly, AudioSpan, Event, Origin, Output, SAMPLE_RATE_HZ, Samples, attribution::Arrival};

/// Advances a lane by silence.
pub(super) fn fill(
    lane: &mut Lane,
    samples: u64,
    channel: Channel,
    origin: Origin,
    cause: Option<GapCause>,
    received_at: Timestamp,
    out: &mut VecDeque<Output>,
) {
    let from = MediaTime::from_samples(lane.cursor, SAMPLE_RATE_HZ);
    lane.cursor = lane.cursor.saturating_add(samples);
    lane.exact = false;
    let to = MediaTime::from_samples(lane.cursor, SAMPLE_RATE_HZ);
    if let Some(cause) = cause {
        out.push_back(Output::Event(Event::Gap(MediaGap { channel, from, to, cause })));
    }
    let captured_at = origin.wall + to.since(MediaTime::ZERO);
    let samples = Samples::Silence(samples);
    out.push_back(Output::Audio(AudioSpan { channel, at: from, samples, captured_at, received_at }));
}

/// Places the blocks of one channel of one fragment, and gives them as few spans as there are seams.
pub(super) struct Run<'a> {
    channel: Channel,
    origin: Origin,
    received_at: Timestamp,
    capacity: usize,
    start: u64,
    samples: Vec<i16>,
    /// Where audio that was given already came again, and how many samples.
    overlap: Option<(u64, u64)>,
    odd: bool,
    out: &'a mut VecDeque<Output>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        channel: Channel,
        origin: Origin,
        arrival: &Arrival,
        start: u64,
        out: &'a mut VecDeque<Output>,
    ) -> Self {
        let capacity = arrival.fragment.payload.len() / 4;
        let received_at = arrival.received_at;
        Self {
            channel,
            origin,
            received_at,
            capacity,
            start,
            samples: Vec::new(),
            overlap: None,
            odd: false,
            out,
        }
    }

    pub(super) fn place(
        &mut self,
        lane: &mut Lane,
        position: i64,
        bytes: &[u8],
        cause: GapCause,
        replaying: bool,
    ) {
        self.odd |= bytes.len() % 2 == 1;
        let length = bytes.len() as u64 / 2;
        let off = position.saturating_sub(to_signed(lane.cursor));
        let snaps = off.saturating_abs() <= SNAP_SAMPLES && !(lane.exact && off < 0);
        let mut skip = 0;
        if !snaps && off > 0 {
            let hole = off.unsigned_abs();
            let short = lane.previous.saturating_add(hole) <= lane.longest + SNAP_SAMPLES.unsigned_abs();
            self.break_with(lane, hole, (!short || lane.previous == 0).then_some(cause));
        } else if !snaps {
            skip = off.unsigned_abs().min(length);
            if !replaying && !lane.exact {
                self.overlap.get_or_insert((lane.cursor, 0)).1 += skip;
            }
        }
        if length > skip {
            self.append(lane, bytes.get(skip as usize * 2..).unwrap_or_default(), length - skip);
            lane.exact = false;
        }
        lane.previous = length;
        lane.longest = lane.longest.max(length);
    }

    fn append(&mut self, lane: &mut Lane, bytes: &[u8], length: u64) {
        if self.samples.is_empty() {
            self.start = lane.cursor;
            self.samples.reserve(self.capacity.max(bytes.len() / 2));
        }
        self.samples.extend(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
        lane.cursor = lane.cursor.saturating_add(length);
    }

    fn break_with(&mut self, lane: &mut Lane, hole: u64, cause: Option<GapCause>) {
        self.flush(lane.cursor);
        fill(lane, hole, self.channel, self.origin, cause, self.received_at, self.out);
    }

    fn flush(&mut self, end: u64) {
        if self.samples.is_empty() {
            return;
        }
        let samples = Samples::Pcm(std::mem::take(&mut self.samples));
        let end = MediaTime::from_samples(end, SAMPLE_RATE_HZ);
        self.out.push_back(Output::Audio(AudioSpan {
            channel: self.channel,
            at: MediaTime::from_samples(self.start, SAMPLE_RATE_HZ),
            samples,
            captured_at: self.origin.wall + end.since(MediaTime::ZERO),
            received_at: self.received_at,
        }));
    }

    pub(super) fn finish(mut self, end: u64) {
        self.flush(end);
        let channel = self.channel;
        if let Some((at, samples)) = self.overlap {
            let at = MediaTime::from_samples(at, SAMPLE_RATE_HZ);
            self.out.push_back(anomaly(Anomaly::Overlap { channel, at, samples }));
        }
        if self.odd {
            self.out.push_back(anomaly(Anomaly::OddPayload { channel }));
        }
    }
}
