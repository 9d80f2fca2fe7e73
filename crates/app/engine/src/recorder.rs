//! The recording of one call: raw audio in an encrypted spool, then a redacted file in the blob store.
//!
//! Raw audio is in memory and in the call's spool file only, and the spool is encrypted under a random key
//! that only this recorder holds. The key dies when the redacted recording is committed, or with the
//! recorder; what is left of the file is noise. The finished recording is written from the spool through the
//! masks, block by block, so that a call of hours needs no more memory than one of seconds.
//!
//! A disk that is full or broken stops the recording, never the call: see [`Recorder::failure`].

mod cipher;
mod finish;
mod leaks;
mod render;
mod spool;
mod waveform;

use std::{ops::Range, sync::Arc};

use audio::pcm_to_bytes;
use events::{EntityKind, RecordingFailed, RecordingFailure};
use model::{Channel, MediaTime};

pub use finish::FinishError;
pub use spool::{SpoolError, SpoolFolder};
pub use waveform::{Outline, OutlineChannels, OutlineMask};

use cipher::{ChunkCipher, SEAL_BYTES};
use spool::Spool;

/// Samples of one channel in one encrypted chunk: about half a second.
const CHUNK_SAMPLES: usize = 4_096;
const CHUNK_BYTES: usize = CHUNK_SAMPLES * 2;
const CHUNK_LEN: u64 = CHUNK_SAMPLES as u64;
/// The longest recording. A call that goes on longer has its recording stopped.
const MAX_RECORDING_HOURS: u64 = 24;
/// The most masks of one call. One more, and the recording is given up: it could not be shown to be clean.
const MAX_MASKS: usize = 10_000;

/// Audio of one channel that must not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mask {
    channel: Channel,
    from: MediaTime,
    to: MediaTime,
    kind: EntityKind,
    /// Nothing was said here, but what is masked on the other channel is heard.
    cross_talk: bool,
}

/// Records one call. Dropping it destroys the key and the spool.
#[derive(Debug)]
pub struct Recorder {
    rate_hz: u32,
    /// `None` once the recording stopped: the key is destroyed at once.
    open: Option<OpenRecording>,
    masks: Vec<Mask>,
    stopped: Option<RecordingFailed>,
}

/// What exists while the recording goes on.
#[derive(Debug)]
struct OpenRecording {
    cipher: Arc<ChunkCipher>,
    spool: Spool,
    tracks: [Track; 2],
}

/// One channel's way into the spool.
#[derive(Clone, Debug)]
struct Track {
    channel: Channel,
    /// Samples that were taken so far.
    samples: u64,
    /// Little-endian samples of the chunk that is not full yet; fewer than [`CHUNK_BYTES`].
    pending: Vec<u8>,
    /// Chunks that are silent as a whole and not in the spool, so that a long gap costs nothing.
    silent: Vec<Range<u64>>,
}

impl Recorder {
    /// Begins a recording of two channels at `sample_rate_hz`. Touches no disk yet.
    #[must_use]
    pub fn start(folder: &SpoolFolder, sample_rate_hz: u32) -> Self {
        let mut this = Self { rate_hz: sample_rate_hz.max(1), open: None, masks: Vec::new(), stopped: None };
        match ChunkCipher::new() {
            Ok(cipher) => {
                let tracks = Channel::ALL.map(Track::new);
                let cipher = Arc::new(cipher);
                this.open = Some(OpenRecording { cipher, spool: folder.begin(), tracks });
            }
            Err(error) => {
                tracing::error!(%error, "no recording: the system gives no random key");
                this.stop(RecordingFailure::StoreFailed, MediaTime::ZERO);
            }
        }
        this
    }

    /// Takes the next samples of a channel; `at` is the position of the first. What is missing before `at`
    /// is recorded as silence, what came before is passed over. Never blocks.
    pub fn write(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        let first = at.as_samples(self.rate_hz);
        let Some(track) = self.track(channel) else { return };
        let missing = first.saturating_sub(track.samples);
        let known = usize::try_from(track.samples.saturating_sub(first)).unwrap_or(usize::MAX);
        self.take_silence(channel, missing);
        self.take(channel, samples.get(known..).unwrap_or_default());
    }

    /// Takes `count` samples of silence on a channel; `at` is the position of the first.
    pub fn silence(&mut self, channel: Channel, at: MediaTime, count: u64) {
        let end = at.as_samples(self.rate_hz).saturating_add(count);
        let Some(track) = self.track(channel) else { return };
        let missing = end.saturating_sub(track.samples);
        self.take_silence(channel, missing);
    }

    /// Replaces a range of a channel by the tone in the finished recording. May name audio that is still to
    /// come.
    pub fn mute(&mut self, channel: Channel, from: MediaTime, to: MediaTime, kind: EntityKind) {
        let mask = Mask { channel, from, to, kind, cross_talk: false };
        if from >= to || self.open.is_none() || self.masks.contains(&mask) {
            return;
        }
        if self.masks.len() >= MAX_MASKS {
            self.stop(RecordingFailure::NotRedacted, from);
            return;
        }
        self.masks.push(mask);
    }

    /// Stops the recording and destroys the key and the spool. The first cause stays.
    pub fn stop(&mut self, cause: RecordingFailure, at: MediaTime) {
        self.open = None;
        self.masks = Vec::new();
        self.stopped.get_or_insert(RecordingFailed { cause, at_ms: at.as_millis() });
    }

    /// Why and where the recording stopped, if it did. Ask after writing, and now and then: the disk answers
    /// later than [`Recorder::write`].
    pub fn failure(&mut self) -> Option<RecordingFailed> {
        if let Some((cause, chunk)) = self.open.as_ref().and_then(|open| open.spool.failure()) {
            let at = chunk.saturating_mul(CHUNK_LEN);
            self.stop(cause, self.position(at));
        }
        self.stopped.clone()
    }

    /// How far the channel that is behind is recorded.
    #[must_use]
    pub fn written(&self) -> MediaTime {
        let tracks = self.open.iter().flat_map(|open| &open.tracks);
        self.position(tracks.map(|track| track.samples).min().unwrap_or(0))
    }

    /// Waits until the disk keeps up. Audio that comes faster than real time should wait here between
    /// blocks; live audio need not.
    pub async fn ready(&self) {
        if let Some(open) = &self.open {
            open.spool.ready().await;
        }
    }

    fn take_silence(&mut self, channel: Channel, mut count: u64) {
        while count > 0 {
            let max_samples = self.max_samples();
            let Some(track) = self.track(channel) else { return };
            let whole = if track.pending.is_empty() { count / CHUNK_LEN } else { 0 };
            if track.samples.saturating_add(count) > max_samples {
                let at = self.position(max_samples);
                self.stop(RecordingFailure::StoreFailed, at);
            } else if whole > 0 {
                track.skip(whole);
                count -= whole * CHUNK_LEN;
            } else {
                let now = count.min(CHUNK_LEN - track.samples % CHUNK_LEN);
                let silence = [0; CHUNK_SAMPLES];
                self.take(channel, silence.get(..usize::try_from(now).unwrap_or(0)).unwrap_or_default());
                count -= now;
            }
        }
    }

    fn take(&mut self, channel: Channel, mut samples: &[i16]) {
        let max_samples = self.max_samples();
        while !samples.is_empty() {
            let Some(track) = self.track(channel) else { return };
            let rest = track.fill(samples);
            let (end, chunk) = (track.samples, track.samples / CHUNK_LEN);
            let full = track.pending.len() == CHUNK_BYTES;
            let bytes = if full { std::mem::take(&mut track.pending) } else { Vec::new() };
            let spooled =
                !full || self.open.as_ref().is_some_and(|open| open.spool_chunk(channel, chunk - 1, bytes));
            if !spooled || end > max_samples {
                self.stop(RecordingFailure::StoreFailed, self.position(end));
            }
            samples = rest;
        }
    }

    const fn track(&mut self, channel: Channel) -> Option<&mut Track> {
        let Some(open) = &mut self.open else { return None };
        let [customer, to_customer] = &mut open.tracks;
        Some(match channel {
            Channel::Customer => customer,
            Channel::ToCustomer => to_customer,
        })
    }

    fn max_samples(&self) -> u64 {
        MAX_RECORDING_HOURS * 3_600 * u64::from(self.rate_hz)
    }

    fn position(&self, samples: u64) -> MediaTime {
        MediaTime::from_samples(samples, self.rate_hz)
    }
}

impl OpenRecording {
    /// Seals a full chunk and puts it in line; false when the line is full.
    fn spool_chunk(&self, channel: Channel, chunk: u64, bytes: Vec<u8>) -> bool {
        self.spool.write(channel, chunk, self.cipher.seal(channel, chunk, bytes))
    }
}

impl Track {
    const fn new(channel: Channel) -> Self {
        Self { channel, samples: 0, pending: Vec::new(), silent: Vec::new() }
    }

    /// Takes what fits into the chunk and gives back the rest.
    fn fill<'a>(&mut self, samples: &'a [i16]) -> &'a [i16] {
        if self.pending.capacity() == 0 {
            self.pending.reserve_exact(CHUNK_BYTES + SEAL_BYTES);
        }
        let room = (CHUNK_BYTES - self.pending.len()) / 2;
        let (now, rest) = samples.split_at(room.min(samples.len()));
        pcm_to_bytes(now, &mut self.pending);
        self.samples += u64::try_from(now.len()).unwrap_or(u64::MAX);
        rest
    }

    /// Goes over whole chunks of silence. No chunk is open.
    fn skip(&mut self, chunks: u64) {
        let first = self.samples / CHUNK_LEN;
        match self.silent.last_mut() {
            Some(last) if last.end == first => last.end += chunks,
            _ => self.silent.push(first..first + chunks),
        }
        self.samples += chunks * CHUNK_LEN;
    }

    /// Whether a chunk is silent as a whole and not in the spool.
    fn is_silent(&self, chunk: u64) -> bool {
        let after = self.silent.partition_point(|range| range.end <= chunk);
        self.silent.get(after).is_some_and(|range| range.contains(&chunk))
    }
}

#[cfg(test)]
mod tests;
