//! The outline of a recording, beside it in the store.

use audio::{PEAKS_PER_SECOND, Peaks};
use events::EntityKind;
use model::{Channel, MediaTime};
use serde::Serialize;

use super::Mask;

/// What a player draws: peaks of both channels, from 0 to 100, and where the tone is.
#[derive(Debug, Serialize)]
pub(super) struct Waveform {
    duration_ms: u64,
    peaks_per_second: u32,
    channels: Channels,
    masks: Vec<MaskRow>,
}

#[derive(Debug, Serialize)]
struct Channels {
    customer: Vec<u8>,
    to_customer: Vec<u8>,
}

#[derive(Debug, Serialize)]
struct MaskRow {
    channel: Channel,
    from_ms: u64,
    to_ms: u64,
    kind: EntityKind,
}

impl Waveform {
    pub(super) fn new(duration: MediaTime, peaks: [Peaks; 2], masks: &[Mask]) -> Self {
        let [customer, to_customer] = peaks.map(Peaks::finish);
        let mask = |mask: &Mask| MaskRow {
            channel: mask.channel,
            from_ms: mask.from.as_millis(),
            to_ms: mask.to.as_micros().div_ceil(1_000),
            kind: mask.kind,
        };
        Self {
            duration_ms: duration.as_millis(),
            peaks_per_second: PEAKS_PER_SECOND,
            channels: Channels { customer, to_customer },
            masks: masks.iter().map(mask).collect(),
        }
    }
}
