//! The header of a WAV file of 16-bit PCM: written, and read.

use std::ops::Range;

use thiserror::Error;

/// The length of what [`wav_header`] gives.
pub const WAV_HEADER_BYTES: usize = 44;

/// What the size fields hold when the length is not known yet, or does not fit: "until the file ends".
const UNKNOWN: u32 = u32::MAX;

/// The bytes between the RIFF size field and the data.
const HEADER_AFTER_SIZE: u32 = 36;

const BYTES_PER_SAMPLE: u16 = 2;

/// The header before `data_bytes` of interleaved samples; `None` for a stream of unknown length.
#[must_use]
pub fn wav_header(channels: u16, rate_hz: u32, data_bytes: Option<u64>) -> [u8; WAV_HEADER_BYTES] {
    let frame_bytes = channels.saturating_mul(BYTES_PER_SAMPLE);
    let fits = |bytes: u64| u32::try_from(bytes).ok().filter(|bytes| *bytes < UNKNOWN - HEADER_AFTER_SIZE);
    let data = data_bytes.and_then(fits);
    let mut out = [0; WAV_HEADER_BYTES];
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &data.map_or(UNKNOWN, |bytes| bytes + HEADER_AFTER_SIZE).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(), // PCM
        &channels.to_le_bytes(),
        &rate_hz.to_le_bytes(),
        &rate_hz.saturating_mul(u32::from(frame_bytes)).to_le_bytes(),
        &frame_bytes.to_le_bytes(),
        &(BYTES_PER_SAMPLE * 8).to_le_bytes(),
        b"data",
        &data.unwrap_or(UNKNOWN).to_le_bytes(),
    ];
    for (place, byte) in out.iter_mut().zip(fields.into_iter().flatten()) {
        *place = *byte;
    }
    out
}

/// The most bytes before the samples that are looked at: descriptions of broadcasters have their room in it.
pub const MAX_WAV_HEAD_BYTES: usize = 1 << 20;

const PCM: u16 = 0x0001;
const EXTENSIBLE: u16 = 0xfffe;
/// Where the second half of an extensible format says what it extends.
const SUBFORMAT_AT: usize = 24;

/// Why a file is no WAV of 16-bit PCM.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WavError {
    /// It begins otherwise.
    #[error("not a WAV file")]
    NotWav,
    /// It ends, or goes on for too long, before its samples begin.
    #[error("no samples in its first {MAX_WAV_HEAD_BYTES} bytes")]
    NoSamples,
    /// Its samples have another form.
    #[error("its samples are {bits} bits of format {tag:#06x}, not 16-bit PCM")]
    Format {
        /// The format's tag.
        tag: u16,
        /// The bits of one sample.
        bits: u16,
    },
    /// What it says of itself cannot be.
    #[error("its header contradicts itself")]
    Contradiction,
}

/// Where the samples of a WAV file lie, and how they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WavLayout {
    /// Channels, interleaved.
    pub channels: u16,
    /// Samples of one channel in a second.
    pub rate_hz: u32,
    /// The bytes of the file that are samples: of whole frames, and no further than the file goes.
    pub data: Range<u64>,
}

impl WavLayout {
    /// Reads the head of a file of `file_bytes`: all of it, or [`MAX_WAV_HEAD_BYTES`].
    ///
    /// A length that was never filled in, as in a stream, or that goes beyond the file, means until its end.
    ///
    /// # Errors
    /// When it is no WAV file, or one of another form.
    pub fn read(head: &[u8], file_bytes: u64) -> Result<Self, WavError> {
        if head.get(..4) != Some(b"RIFF") || head.get(8..12) != Some(b"WAVE") {
            return Err(WavError::NotWav);
        }
        let (mut at, mut format) = (12_usize, None);
        loop {
            let name = head.get(at..).and_then(<[u8]>::first_chunk::<4>).ok_or(WavError::NoSamples)?;
            let bytes = u32_at(head, at + 4).ok_or(WavError::NoSamples)?;
            let body = at + 8;
            match name {
                b"fmt " => format = Some(read_format(head.get(body..).unwrap_or_default(), bytes)?),
                b"data" => {
                    let (channels, rate_hz) = format.ok_or(WavError::Contradiction)?;
                    let data = samples(body, bytes, channels, file_bytes);
                    return Ok(Self { channels, rate_hz, data });
                }
                _ => {}
            }
            let padded = usize::try_from(bytes).ok().and_then(|bytes| bytes.checked_add(bytes % 2));
            at = padded.and_then(|bytes| body.checked_add(bytes)).ok_or(WavError::NoSamples)?;
        }
    }

    /// Samples of one channel.
    #[must_use]
    pub fn frames(&self) -> u64 {
        (self.data.end - self.data.start) / self.frame_bytes()
    }

    /// The bytes of one sample of every channel.
    #[must_use]
    pub fn frame_bytes(&self) -> u64 {
        u64::from(self.channels.max(1)) * u64::from(BYTES_PER_SAMPLE)
    }
}

fn samples(body: usize, bytes: u32, channels: u16, file_bytes: u64) -> Range<u64> {
    let from = u64::try_from(body).unwrap_or(u64::MAX).min(file_bytes);
    let room = file_bytes - from;
    let said = if bytes == UNKNOWN || bytes == 0 { room } else { u64::from(bytes).min(room) };
    let frame = u64::from(channels) * u64::from(BYTES_PER_SAMPLE);
    from..from + said / frame * frame
}

fn read_format(body: &[u8], bytes: u32) -> Result<(u16, u32), WavError> {
    let field = |at| u16_at(body, at).ok_or(WavError::NoSamples);
    let (tag, channels, bits) = (field(0)?, field(2)?, field(14)?);
    let rate_hz = u32_at(body, 4).ok_or(WavError::NoSamples)?;
    let extended = tag == EXTENSIBLE && bytes >= 40;
    let coding = if extended { field(SUBFORMAT_AT)? } else { tag };
    if coding != PCM || bits != BYTES_PER_SAMPLE * 8 {
        return Err(WavError::Format { tag: coding, bits });
    }
    if channels == 0 || rate_hz == 0 || field(12)? != channels.saturating_mul(BYTES_PER_SAMPLE) {
        return Err(WavError::Contradiction);
    }
    Ok((channels, rate_hz))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn u32_at(header: &[u8; 44], at: usize) -> u32 {
        u32::from_le_bytes(header[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn a_stereo_call_of_one_second_has_the_canonical_header() {
        let header = wav_header(2, 8_000, Some(32_000));
        assert_eq!(&header[..4], b"RIFF");
        assert_eq!(u32_at(&header, 4), 32_036);
        assert_eq!(&header[8..16], b"WAVEfmt ");
        assert_eq!(header[20..24], [1, 0, 2, 0]);
        assert_eq!((u32_at(&header, 24), u32_at(&header, 28)), (8_000, 32_000));
        assert_eq!(header[32..36], [4, 0, 16, 0]);
        assert_eq!(&header[36..40], b"data");
        assert_eq!(u32_at(&header, 40), 32_000);
    }

    #[test]
    fn an_unknown_or_too_large_length_means_until_the_end() {
        for length in [None, Some(u64::MAX), Some(u64::from(u32::MAX))] {
            let header = wav_header(2, 8_000, length);
            assert_eq!((u32_at(&header, 4), u32_at(&header, 40)), (u32::MAX, u32::MAX));
        }
    }
    fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut out = name.to_vec();
        out.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        out.extend(body);
        out.resize(out.len() + body.len() % 2, 0);
        out
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVE".to_vec();
        out.extend(chunks.iter().flatten());
        out
    }

    #[test]
    fn a_header_that_was_written_reads_back() {
        for (bytes, file_bytes) in
            [(Some(32_000), 32_044), (None, 32_044), (None, 32_047), (Some(64_000), 32_044)]
        {
            let layout = WavLayout::read(&wav_header(2, 44_100, bytes), file_bytes).unwrap();
            assert_eq!(layout, WavLayout { channels: 2, rate_hz: 44_100, data: 44..32_044 });
            assert_eq!(layout.frames(), 8_000);
        }
    }

    #[test]
    fn other_chunks_are_passed_over() {
        let header = wav_header(1, 8_000, Some(4));
        let format = header[20..36].to_vec();
        let all = file(&[
            chunk(b"JUNK", &[7; 3]),
            chunk(b"fmt ", &format),
            chunk(b"LIST", &[1; 6]),
            chunk(b"data", &[0; 4]),
        ]);
        let layout = WavLayout::read(&all, u64::try_from(all.len()).unwrap()).unwrap();
        assert_eq!(usize::try_from(layout.data.end).unwrap(), all.len());
        assert_eq!(layout.frames(), 2);
    }

    #[test]
    fn what_is_no_such_file_is_refused_with_the_reason() {
        let mut law = wav_header(1, 8_000, Some(4));
        (law[20], law[34]) = (7, 8);
        assert_eq!(WavLayout::read(&law, 48), Err(WavError::Format { tag: 7, bits: 8 }));
        assert_eq!(WavLayout::read(b"OggS and what follows", 21), Err(WavError::NotWav));
        assert_eq!(WavLayout::read(&wav_header(1, 8_000, None)[..30], 30), Err(WavError::NoSamples));
        assert_eq!(WavLayout::read(&wav_header(0, 8_000, None), 60), Err(WavError::Contradiction));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(tail in prop::collection::vec(any::<u8>(), 0..200), size in any::<u64>()) {
            let mut head = b"RIFF\0\0\0\0WAVE".to_vec();
            head.extend(tail);
            if let Ok(layout) = WavLayout::read(&head, size) {
                prop_assert!(layout.data.start <= layout.data.end && layout.data.end <= size);
            }
        }
    }
}
