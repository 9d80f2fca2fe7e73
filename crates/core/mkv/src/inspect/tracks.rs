//! Each track's sound on its timecodes: what is there, what is missing.

use std::collections::BTreeMap;

use super::report::{Anomaly, Gap, TrackReport};
use crate::{Block, Fragment, Track};

/// Connect's rate, which its streams do not declare.
const DEFAULT_SAMPLE_RATE_HZ: u64 = 8_000;
const BYTES_PER_SAMPLE: u64 = 2;
/// The most tracks followed from fragment to fragment; tracks beyond them show no gaps.
const MAX_FOLLOWED_TRACKS: usize = 64;
/// Timecodes are whole milliseconds, so less than two is no gap.
const MIN_GAP_MS: u64 = 2;

#[derive(Debug, Default)]
pub(super) struct Timeline {
    tracks: BTreeMap<String, Followed>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Followed {
    /// Where the sound so far ends.
    end_ms: Option<i64>,
    audio_ms: u64,
}

/// What one fragment adds.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) tracks: Vec<TrackReport>,
    pub(super) gaps: Vec<Gap>,
}

impl Timeline {
    pub(super) fn observe(&mut self, fragment: &Fragment, index: u64, anomalies: &mut Vec<Anomaly>) -> Seen {
        let rate_hz = mime_rate_hz(fragment);
        let mut seen = Seen::default();
        for track in &fragment.tracks {
            let blocks = || fragment.blocks.iter().filter(|block| block.track == track.number);
            let bytes = blocks().fold(0, |sum: u64, block| sum.saturating_add(length(block)));
            let rate_hz = rate_hz.or_else(|| is_pcm(track).then_some(DEFAULT_SAMPLE_RATE_HZ));
            let rate_hz = rate_hz.filter(|_| track.track_type != VIDEO);
            seen.tracks.push(TrackReport {
                number: track.number,
                name: track.name.clone(),
                codec_id: track.codec_id.clone(),
                blocks: count(blocks().count()),
                bytes,
                samples: rate_hz.map(|_| bytes / BYTES_PER_SAMPLE),
                first_timecode_ms: blocks().next().map(|block| block.timecode_ms),
            });
            if let Some(rate_hz) = rate_hz {
                self.follow(track, blocks(), rate_hz, index, &mut seen.gaps, anomalies);
            }
        }
        undeclared(fragment, index, anomalies);
        seen
    }

    /// Expects nothing to go on from here.
    pub(super) fn break_off(&mut self) {
        for followed in self.tracks.values_mut() {
            followed.end_ms = None;
        }
    }

    pub(super) fn audio_ms(&self) -> u64 {
        self.tracks.values().map(|followed| followed.audio_ms).max().unwrap_or(0)
    }

    fn follow<'a>(
        &mut self,
        track: &Track,
        blocks: impl Iterator<Item = &'a Block>,
        rate_hz: u64,
        index: u64,
        gaps: &mut Vec<Gap>,
        anomalies: &mut Vec<Anomaly>,
    ) {
        let name = if track.name.is_empty() { track.number.to_string() } else { track.name.clone() };
        if !self.tracks.contains_key(&name) && self.tracks.len() >= MAX_FOLLOWED_TRACKS {
            return;
        }
        let followed = self.tracks.entry(name.clone()).or_default();
        for block in blocks {
            let from_ms = followed.end_ms.unwrap_or(block.timecode_ms);
            let ms = block.timecode_ms.abs_diff(from_ms);
            if ms >= MIN_GAP_MS && block.timecode_ms > from_ms {
                gaps.push(Gap { track: name.clone(), from_ms, to_ms: block.timecode_ms, ms });
            } else if ms >= MIN_GAP_MS {
                let at_ms = block.timecode_ms;
                anomalies.push(Anomaly::Overlap { fragment: index, track: name.clone(), at_ms, ms });
            }
            let samples = length(block) / BYTES_PER_SAMPLE;
            let lasts_ms = samples.saturating_mul(1_000).checked_div(rate_hz).unwrap_or(0);
            let end_ms = block.timecode_ms.saturating_add(i64::try_from(lasts_ms).unwrap_or(i64::MAX));
            followed.end_ms = Some(end_ms);
            followed.audio_ms = followed.audio_ms.saturating_add(lasts_ms);
        }
    }
}

const VIDEO: u64 = 1;

/// Whether this is one of the tracks that Connect writes. What they declare as AAC is PCM.
pub(super) fn is_connect(track: &Track) -> bool {
    matches!(track.name.as_str(), "AUDIO_FROM_CUSTOMER" | "AUDIO_TO_CUSTOMER" | "Track_audio/L16")
}

fn is_pcm(track: &Track) -> bool {
    is_connect(track) || track.codec_id.starts_with("A_PCM/INT")
}

/// The rate by Connect's tag `audio/L16;rate=8000;channels=1;`, if the fragment has one.
fn mime_rate_hz(fragment: &Fragment) -> Option<u64> {
    let mime = fragment.tag("MimeType").filter(|mime| mime.starts_with("audio/L16"))?;
    let rate = mime.split(';').find_map(|part| part.trim().strip_prefix("rate="));
    Some(rate.and_then(|rate| rate.parse().ok()).filter(|&rate| rate > 0).unwrap_or(DEFAULT_SAMPLE_RATE_HZ))
}

fn undeclared(fragment: &Fragment, index: u64, anomalies: &mut Vec<Anomaly>) {
    let mut found = BTreeMap::<u64, u64>::new();
    for block in &fragment.blocks {
        if !fragment.tracks.iter().any(|track| track.number == block.track) {
            let blocks = found.entry(block.track).or_default();
            *blocks = blocks.saturating_add(1);
        }
    }
    let each = found.into_iter();
    anomalies.extend(each.map(|(number, blocks)| Anomaly::UndeclaredTrack {
        fragment: index,
        number,
        blocks,
    }));
}

fn length(block: &Block) -> u64 {
    count(block.bytes.len())
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
