//! The outline of a recording, beside it in the store.

use audio::{PEAKS_PER_SECOND, Peaks, SampleRange};
use events::EntityKind;
use model::{Channel, MediaTime};
use serde::{Deserialize, Serialize};

use super::Mask;

/// What a player draws: peaks of both channels as they sound redacted, from 0 to 100, and where the tone is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The recording's length, in milliseconds.
    pub duration_ms: u64,
    /// How many peaks a second has.
    pub peaks_per_second: u32,
    /// The peaks.
    pub channels: OutlineChannels,
    /// Where the tone is, by start.
    pub masks: Vec<OutlineMask>,
}

/// Peaks of both channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineChannels {
    /// Of the customer.
    pub customer: Vec<u8>,
    /// Of what the customer hears.
    pub to_customer: Vec<u8>,
}

/// One masked range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineMask {
    /// Its channel.
    pub channel: Channel,
    /// Its start, in milliseconds, rounded down.
    pub from_ms: u64,
    /// Its end, rounded up.
    pub to_ms: u64,
    /// What was said there.
    pub kind: EntityKind,
    /// Its first sample.
    #[serde(default)]
    pub from_sample: u64,
    /// The first sample after it; 0 in outlines of before there were samples.
    #[serde(default)]
    pub to_sample: u64,
    /// Nothing was said here, but what is masked on the other channel is heard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cross_talk: bool,
    /// A check or a reviewer had it masked after the call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub added: bool,
}

impl OutlineMask {
    /// A masked range of samples.
    #[must_use]
    pub fn new(channel: Channel, range: SampleRange, kind: EntityKind, rate_hz: u32) -> Self {
        let time = |n: u64| MediaTime::from_samples(n, rate_hz);
        Self {
            channel,
            from_ms: time(range.from).as_millis(),
            to_ms: time(range.to).as_micros().div_ceil(1_000),
            kind,
            from_sample: range.from,
            to_sample: range.to,
            cross_talk: false,
            added: false,
        }
    }

    /// Its samples.
    #[must_use]
    pub fn range(&self, rate_hz: u32) -> SampleRange {
        if self.to_sample > self.from_sample {
            return SampleRange { from: self.from_sample, to: self.to_sample };
        }
        SampleRange::covering(
            MediaTime::from_millis(self.from_ms),
            MediaTime::from_millis(self.to_ms),
            rate_hz,
        )
    }
}

impl Outline {
    /// The outline of a recording of this length.
    #[must_use]
    pub fn new(duration: MediaTime, peaks: [Peaks; 2], masks: Vec<OutlineMask>) -> Self {
        let [customer, to_customer] = peaks.map(Peaks::finish);
        Self {
            duration_ms: duration.as_millis(),
            peaks_per_second: PEAKS_PER_SECOND,
            channels: OutlineChannels { customer, to_customer },
            masks,
        }
    }
}

/// The masks of a recording as its outline shows them.
pub(super) fn shown(masks: &[Mask], rate_hz: u32) -> Vec<OutlineMask> {
    let shown = |mask: &Mask| OutlineMask {
        cross_talk: mask.cross_talk,
        ..OutlineMask::new(
            mask.channel,
            SampleRange::covering(mask.from, mask.to, rate_hz),
            mask.kind,
            rate_hz,
        )
    };
    masks.iter().map(shown).collect()
}
