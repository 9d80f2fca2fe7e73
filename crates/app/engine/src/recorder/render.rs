//! From the spool through the masks to the bytes of the finished recording.

use std::{io, sync::Arc};

use audio::{
    Masker, Peaks, SampleRange, WAV_HEADER_BYTES, interleave, pcm_from_bytes, pcm_to_bytes, wav_header,
};
use model::MediaTime;
use zeroize::Zeroize;

use super::{
    CHUNK_LEN, CHUNK_SAMPLES, Mask, Track, cipher::ChunkCipher, finish::FinishError, spool::SpoolFile,
};

/// How many chunks of each channel are rendered at once: about four seconds, 128 KB.
const BATCH_CHUNKS: u64 = 8;

/// Renders a recording batch by batch. Holds the only key.
pub(super) struct Renderer {
    cipher: Arc<ChunkCipher>,
    file: Arc<SpoolFile>,
    rate_hz: u32,
    /// Length of the recording: what a channel lacks is silence, what it has beyond is left out.
    samples: u64,
    next_chunk: u64,
    channels: [ChannelRenderer; 2],
}

struct ChannelRenderer {
    track: Track,
    masker: Masker,
    peaks: Peaks,
}

impl Renderer {
    pub(super) fn new(
        cipher: Arc<ChunkCipher>,
        file: Arc<SpoolFile>,
        tracks: [Track; 2],
        masks: &[Mask],
        rate_hz: u32,
        end: MediaTime,
    ) -> Self {
        let channel = |track: Track| {
            let ranges = masks.iter().filter(|mask| mask.channel == track.channel);
            let ranges = ranges.map(|mask| SampleRange::covering(mask.from, mask.to, rate_hz)).collect();
            ChannelRenderer { track, masker: Masker::new(rate_hz, ranges), peaks: Peaks::new(rate_hz) }
        };
        let channels = tracks.map(channel);
        Self { cipher, file, rate_hz, samples: end.as_samples(rate_hz), next_chunk: 0, channels }
    }

    /// What stands before the samples.
    pub(super) fn header(&self) -> [u8; WAV_HEADER_BYTES] {
        wav_header(2, self.rate_hz, Some(self.samples.saturating_mul(4)))
    }

    pub(super) const fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// The size of the whole file.
    pub(super) fn file_bytes(&self) -> u64 {
        self.samples.saturating_mul(4).saturating_add(WAV_HEADER_BYTES as u64)
    }

    /// The next interleaved samples as bytes; `None` after the last. Blocks.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, FinishError> {
        let mut bytes = Vec::new();
        for _ in 0..BATCH_CHUNKS {
            let start = self.next_chunk * CHUNK_LEN;
            let left = self.samples.saturating_sub(start);
            if left == 0 {
                break;
            }
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_SAMPLES);
            let [customer, to_customer] = &mut self.channels;
            let customer = customer.render(&self.cipher, &self.file, self.next_chunk, count)?;
            let to_customer = to_customer.render(&self.cipher, &self.file, self.next_chunk, count)?;
            let mut both = Vec::new();
            interleave(&customer, &to_customer, &mut both);
            pcm_to_bytes(&both, &mut bytes);
            self.next_chunk += 1;
        }
        Ok(if bytes.is_empty() { None } else { Some(bytes) })
    }

    /// The outlines of both channels as they sound now. Destroys the key.
    pub(super) fn into_peaks(self) -> [Peaks; 2] {
        self.channels.map(|channel| channel.peaks)
    }
}

impl ChannelRenderer {
    /// `count` samples of a chunk, redacted.
    fn render(
        &mut self,
        cipher: &ChunkCipher,
        file: &SpoolFile,
        chunk: u64,
        count: usize,
    ) -> Result<Vec<i16>, FinishError> {
        let mut samples = raw(cipher, file, &self.track, chunk)?;
        samples.resize(count, 0);
        self.masker.process(&mut samples);
        self.peaks.push(&samples);
        Ok(samples)
    }
}

/// The raw samples of a chunk: from the file, from memory for the last one, none beyond it. Blocks.
pub(super) fn raw(
    cipher: &ChunkCipher,
    file: &SpoolFile,
    track: &Track,
    chunk: u64,
) -> Result<Vec<i16>, FinishError> {
    let full = track.samples / CHUNK_LEN;
    let mut samples = Vec::with_capacity(CHUNK_SAMPLES);
    if chunk == full {
        pcm_from_bytes(&track.pending, &mut samples);
    } else if chunk < full && !track.is_silent(chunk) {
        let channel = track.channel;
        let mut bytes = file.read(channel, chunk).map_err(FinishError::Spool)?;
        let opened = cipher.open(channel, chunk, &mut bytes);
        opened.map_err(|error| FinishError::Spool(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        pcm_from_bytes(&bytes, &mut samples);
        bytes.zeroize();
    }
    Ok(samples)
}
