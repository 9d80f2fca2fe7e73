//! What uploaded audio is made of.

use audio::g711;
use model::{Channel, MediaTime};
use thiserror::Error;

/// The lowest sample rate that is taken.
pub const MIN_RATE_HZ: u32 = 8_000;
/// The highest sample rate that is taken.
pub const MAX_RATE_HZ: u32 = 48_000;
/// Samples of the call's timeline in a millisecond.
pub(crate) const PER_MS: u64 = 8;

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Signed, 16 bits, little-endian.
    Pcm16,
    /// G.711 µ-law, 8 bits.
    MuLaw,
}

/// Why audio of this description is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The encoding has another name.
    #[error("the encoding must be pcm16 or mulaw")]
    Encoding,
    /// The rate is too low or too high.
    #[error("the sample rate must be {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz, and is {0}")]
    Rate(u32),
    /// No channels, too many, or the same one twice.
    #[error("the channels must be customer, to_customer, or both in the order in which they are interleaved")]
    Channels,
    /// The contact's id has characters that an upload's id cannot have, or is too long.
    #[error("the contact's id must be at most 128 letters, digits, and . _ -")]
    Contact,
}

impl Encoding {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pcm16 => "pcm16",
            Self::MuLaw => "mulaw",
        }
    }

    /// The encoding of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, FormatError> {
        [Self::Pcm16, Self::MuLaw].into_iter().find(|one| one.as_str() == name).ok_or(FormatError::Encoding)
    }

    const fn bytes(self) -> u64 {
        match self {
            Self::Pcm16 => 2,
            Self::MuLaw => 1,
        }
    }
}

/// What uploaded audio is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    encoding: Encoding,
    sample_rate_hz: u32,
    channels: Vec<Channel>,
}

impl Format {
    /// Audio with these channels interleaved in this order.
    ///
    /// # Errors
    /// When the rate lies outside 8 to 48 kHz, or the channels are not one or two different ones.
    pub fn new(encoding: Encoding, sample_rate_hz: u32, channels: &[Channel]) -> Result<Self, FormatError> {
        if !(MIN_RATE_HZ..=MAX_RATE_HZ).contains(&sample_rate_hz) {
            return Err(FormatError::Rate(sample_rate_hz));
        }
        match channels {
            [_] => {}
            [first, second] if first != second => {}
            _ => return Err(FormatError::Channels),
        }
        Ok(Self { encoding, sample_rate_hz, channels: channels.to_vec() })
    }

    /// How a sample is written.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Samples of each channel in a second.
    #[must_use]
    pub const fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// The channels in the order in which they are interleaved.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The bytes of one sample of every channel.
    #[must_use]
    pub fn frame_bytes(&self) -> u64 {
        self.encoding.bytes() * self.channels.len() as u64
    }

    /// The most bytes that last so long.
    #[must_use]
    pub fn bytes_in_ms(&self, ms: u64) -> u64 {
        ms * u64::from(self.sample_rate_hz) / 1_000 * self.frame_bytes()
    }

    /// Where the byte at `offset` lies on the timeline of 8 kHz, down to a whole millisecond.
    pub(crate) fn position(&self, offset: u64) -> u64 {
        MediaTime::from_samples(offset / self.frame_bytes(), self.sample_rate_hz).as_millis() * PER_MS
    }

    /// The offset of the first whole frame at or before a position of the timeline.
    pub(crate) fn offset(&self, position: u64) -> u64 {
        let frames = u128::from(position) * u128::from(self.sample_rate_hz) / u128::from(PER_MS * 1_000);
        u64::try_from(frames).unwrap_or(u64::MAX / 8) * self.frame_bytes()
    }

    /// Appends the samples of one channel of whole frames.
    pub(crate) fn decode(&self, frames: &[u8], channel: usize, out: &mut Vec<i16>) {
        let channels = self.channels.len();
        match self.encoding {
            Encoding::Pcm16 => {
                let (samples, _) = frames.as_chunks::<2>();
                out.extend(
                    samples.iter().skip(channel).step_by(channels).map(|one| i16::from_le_bytes(*one)),
                );
            }
            Encoding::MuLaw => {
                out.extend(
                    frames.iter().skip(channel).step_by(channels).map(|code| g711::decode_ulaw(*code)),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Channel; 2] = [Channel::Customer, Channel::ToCustomer];

    #[test]
    fn rates_and_channels_outside_what_is_taken_are_refused() {
        for rate in [0, 7_999, 48_001] {
            assert_eq!(Format::new(Encoding::Pcm16, rate, &BOTH), Err(FormatError::Rate(rate)));
        }
        let none: [Channel; 0] = [];
        for channels in [&none[..], &[Channel::Customer, Channel::Customer], &[BOTH[0], BOTH[1], BOTH[0]]] {
            assert_eq!(Format::new(Encoding::Pcm16, 8_000, channels), Err(FormatError::Channels));
        }
        assert_eq!(Encoding::named("opus"), Err(FormatError::Encoding));
        assert_eq!(Encoding::named("mulaw"), Ok(Encoding::MuLaw));
    }

    #[test]
    fn interleaved_samples_go_to_their_channels() {
        let mut out = Vec::new();
        let pcm = Format::new(Encoding::Pcm16, 16_000, &BOTH).unwrap();
        pcm.decode(&[1, 0, 2, 0, 3, 0, 4, 0], 1, &mut out);
        assert_eq!(out, [2, 4]);
        out.clear();
        let ulaw = Format::new(Encoding::MuLaw, 8_000, &BOTH).unwrap();
        ulaw.decode(&[0xff, 0x00, 0xff, 0x80], 1, &mut out);
        assert_eq!(out, [-32_124, 32_124]);
    }

    #[test]
    fn offsets_and_positions_convert_at_whole_milliseconds() {
        for rate in [8_000, 11_025, 16_000, 44_100, 48_000] {
            let format = Format::new(Encoding::Pcm16, rate, &BOTH).unwrap();
            for second in [0, 1, 3_600] {
                let offset = u64::from(rate) * 4 * second;
                assert_eq!(format.position(offset), second * 8_000);
                assert_eq!(format.offset(second * 8_000), offset);
            }
        }
    }
}
