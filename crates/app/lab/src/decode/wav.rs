//! RIFF/WAVE: integer PCM of 8 to 32 bits, float, G.711 (Multimedia Programming Interface 1.0; RFC 2361 for the tags).
//!
//! Written here because call recordings come as G.711 and as streams whose sizes were never filled in, which the
//! WAV library at hand refuses.

use super::{DecodeCause, DecodedAudio, MAX_SAMPLES, check_channels, check_rate, from_unit};

const KIND: &str = "WAV";

const PCM: u16 = 0x0001;
const FLOAT: u16 = 0x0003;
const A_LAW: u16 = 0x0006;
const MU_LAW: u16 = 0x0007;
const EXTENSIBLE: u16 = 0xfffe;

#[derive(Clone, Copy)]
enum Coding {
    Unsigned8,
    Pcm16,
    Pcm24,
    Pcm32,
    Float32,
    Float64,
    ALaw,
    MuLaw,
}

impl Coding {
    fn of(tag: u16, bits: u16) -> Result<Self, DecodeCause> {
        Ok(match (tag, bits) {
            (PCM, 8) => Self::Unsigned8,
            (PCM, 16) => Self::Pcm16,
            (PCM, 24) => Self::Pcm24,
            (PCM, 32) => Self::Pcm32,
            (FLOAT, 32) => Self::Float32,
            (FLOAT, 64) => Self::Float64,
            (A_LAW, 8) => Self::ALaw,
            (MU_LAW, 8) => Self::MuLaw,
            _ => return Err(DecodeCause::Unsupported(format!("WAV format {tag:#06x} of {bits} bits"))),
        })
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 | Self::ALaw | Self::MuLaw => 1,
            Self::Pcm16 => 2,
            Self::Pcm24 => 3,
            Self::Pcm32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// One sample from its little-endian bytes, of which there are [`Self::bytes`].
    fn sample(self, bytes: &[u8]) -> i16 {
        match (self, bytes) {
            (Self::Unsigned8, &[b]) => (i16::from(b) - 128) << 8,
            (Self::ALaw, &[b]) => audio::g711::decode_alaw(b),
            (Self::MuLaw, &[b]) => audio::g711::decode_ulaw(b),
            (Self::Pcm16, &[a, b]) | (Self::Pcm24, &[_, a, b]) | (Self::Pcm32, &[_, _, a, b]) => {
                i16::from_le_bytes([a, b])
            }
            (Self::Float32, &[a, b, c, d]) => from_unit(f32::from_le_bytes([a, b, c, d])),
            #[expect(clippy::cast_possible_truncation, reason = "sixteen bits are kept of it in any case")]
            (Self::Float64, &[a, b, c, d, e, f, g, h]) => {
                from_unit(f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32)
            }
            _ => 0,
        }
    }
}

struct Format {
    coding: Coding,
    channels: usize,
    rate_hz: u32,
}

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedAudio, DecodeCause> {
    if bytes.get(8..12).ok_or(DecodeCause::Truncated(KIND))? != b"WAVE" {
        return Err(DecodeCause::Unsupported("RIFF that is not WAVE".into()));
    }
    let mut format = None;
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let Some((id, size, body)) = chunk_head(rest) {
        match id {
            b"fmt " => format = Some(read_format(body.get(..size).ok_or(DecodeCause::Truncated(KIND))?)?),
            b"data" => {
                let format = format.ok_or_else(|| damaged("samples come before the format"))?;
                return samples(&format, body.get(..size).unwrap_or(body));
            }
            _ => {}
        }
        // Chunks are padded to an even length.
        rest = body.get(size.saturating_add(size & 1)..).unwrap_or_default();
    }
    Err(DecodeCause::Truncated(KIND))
}

/// A chunk's id and declared size, and all bytes after its head.
fn chunk_head(bytes: &[u8]) -> Option<(&[u8; 4], usize, &[u8])> {
    let (id, rest) = bytes.split_first_chunk::<4>()?;
    let (size, body) = rest.split_first_chunk::<4>()?;
    Some((id, usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX), body))
}

fn read_format(chunk: &[u8]) -> Result<Format, DecodeCause> {
    let u16_at = |at: usize| chunk.get(at..).and_then(<[u8]>::first_chunk).map(|b| u16::from_le_bytes(*b));
    let u32_at = |at: usize| chunk.get(at..).and_then(<[u8]>::first_chunk).map(|b| u32::from_le_bytes(*b));
    let cut = || DecodeCause::Truncated(KIND);
    let tag = u16_at(0).ok_or_else(cut)?;
    let bits = u16_at(14).ok_or_else(cut)?;
    // The extensible form keeps the tag in the first two bytes of its sub-format.
    let tag = if tag == EXTENSIBLE { u16_at(24).ok_or_else(cut)? } else { tag };
    let format = Format {
        coding: Coding::of(tag, bits)?,
        channels: u16_at(2).ok_or_else(cut)?.into(),
        rate_hz: u32_at(4).ok_or_else(cut)?,
    };
    check_channels(KIND, format.channels)?;
    check_rate(KIND, format.rate_hz)?;
    Ok(format)
}

/// Takes as many whole frames as are there: recorders that were killed leave a size that is too large, or none.
fn samples(format: &Format, data: &[u8]) -> Result<DecodedAudio, DecodeCause> {
    let width = format.coding.bytes();
    let frame = width * format.channels;
    let frames = data.len() / frame;
    if frames == 0 {
        return Err(DecodeCause::NoSamples(KIND));
    }
    if frames.saturating_mul(format.channels) > MAX_SAMPLES {
        return Err(DecodeCause::TooLarge);
    }
    let channel = |n: usize| {
        let sample =
            |frame: &[u8]| frame.get(n * width..(n + 1) * width).map_or(0, |b| format.coding.sample(b));
        data.chunks_exact(frame).map(sample).collect()
    };
    Ok(DecodedAudio { channels: (0..format.channels).map(channel).collect(), sample_rate_hz: format.rate_hz })
}

fn damaged(detail: &str) -> DecodeCause {
    DecodeCause::Damaged { kind: KIND, detail: detail.into() }
}
