//! Audio files of any common kind, read whole into memory as 16-bit samples per channel.
//!
//! The kind is told by the content, never by the name. Everything is bounded: a file above [`MAX_FILE_BYTES`], longer
//! than [`MAX_DURATION`], or of more than [`MAX_SAMPLES`] samples is refused, not cut.

mod flac;
mod mp3;
mod ogg;
mod wav;

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

/// The largest file that is read; larger ones are refused.
pub const MAX_FILE_BYTES: u64 = 1 << 30;
/// The longest recording that is read; longer ones are refused.
pub const MAX_DURATION: Duration = Duration::from_secs(4 * 60 * 60);
/// The most samples, of all channels together, that are held; a file with more is refused.
pub const MAX_SAMPLES: usize = 400_000_000;
/// The most channels a file may have.
pub const MAX_CHANNELS: usize = 8;

/// What [`to_8k`] makes: the rate at which Connect carries calls.
pub const CALL_RATE_HZ: u32 = 8_000;

/// A whole recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedAudio {
    /// The samples of each channel; all have the same length, and there is at least one.
    pub channels: Vec<Vec<i16>>,
    /// Samples per second of each channel.
    pub sample_rate_hz: u32,
}

impl DecodedAudio {
    /// How long it plays.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let samples = self.channels.first().map_or(0, Vec::len);
        let us = samples as u128 * 1_000_000 / u128::from(self.sample_rate_hz.max(1));
        Duration::from_micros(u64::try_from(us).unwrap_or(u64::MAX))
    }
}

/// A file that could not be read as audio: which, and why, on one line.
#[derive(Debug, Error)]
#[error("cannot play {}: {cause}", path.display())]
pub struct DecodeError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub cause: DecodeCause,
}

/// Why bytes are no audio that can be played.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeCause {
    /// The file could not be opened or read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// It begins like no audio file that is known here.
    #[error("it is no audio file (WAV, FLAC, MP3 and Ogg Vorbis can be read)")]
    NotAudio,
    /// It is of a known kind, in a coding that cannot be read here.
    #[error("its coding is not supported: {0}")]
    Unsupported(String),
    /// It ends before its first sample, or in the middle of what must be whole.
    #[error("the {0} file is cut short")]
    Truncated(&'static str),
    /// Its structure contradicts itself.
    #[error("the {kind} file is damaged: {detail}")]
    Damaged {
        /// The kind of file.
        kind: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// It has a header and no samples.
    #[error("the {0} file holds no samples")]
    NoSamples(&'static str),
    /// It is larger than what is held in memory.
    #[error("it is too large (at most {} GiB, {} hours, {MAX_CHANNELS} channels)", MAX_FILE_BYTES >> 30, MAX_DURATION.as_secs() / 3_600)]
    TooLarge,
}

/// Reads an audio file.
///
/// # Errors
/// When it cannot be opened, is no audio, is cut short or damaged, is in an unsupported coding, or is too large.
pub fn read_file(path: &Path) -> Result<DecodedAudio, DecodeError> {
    read_bounded(path)
        .and_then(|bytes| decode(&bytes))
        .map_err(|cause| DecodeError { path: path.to_owned(), cause })
}

/// Reads a file whole, up to [`MAX_FILE_BYTES`].
pub(crate) fn read_bounded(path: &Path) -> Result<Vec<u8>, DecodeCause> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err(DecodeCause::TooLarge) } else { Ok(bytes) }
}

/// Reads an audio file that is already in memory.
///
/// # Errors
/// As [`read_file`], without the file's name.
pub fn decode(bytes: &[u8]) -> Result<DecodedAudio, DecodeCause> {
    let audio = match bytes {
        [] => return Err(DecodeCause::Empty),
        [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] => wav::decode(bytes),
        [b'f', b'L', b'a', b'C', ..] => flac::decode(bytes),
        [b'O', b'g', b'g', b'S', ..] => ogg::decode(bytes),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Err(DecodeCause::Unsupported(
            "Matroska; only a saved GetMedia body with its .mkv can be played".into(),
        )),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => {
            Err(DecodeCause::Unsupported("MP4 (AAC); convert it to WAV".into()))
        }
        _ if nanomp3::detect(bytes) => mp3::decode(bytes),
        _ => Err(DecodeCause::NotAudio),
    }?;
    checked(audio)
}

/// Refuses what no decoder should have let through, so that what follows need not ask.
fn checked(mut audio: DecodedAudio) -> Result<DecodedAudio, DecodeCause> {
    let len = audio.channels.iter().map(Vec::len).min().unwrap_or(0);
    if len == 0 {
        return Err(DecodeCause::NoSamples("audio"));
    }
    check_rate("audio", audio.sample_rate_hz)?;
    audio.channels.iter_mut().for_each(|channel| channel.truncate(len));
    if audio.channels.len() > MAX_CHANNELS || audio.duration() > MAX_DURATION {
        return Err(DecodeCause::TooLarge);
    }
    Ok(audio)
}

/// Rates that no recording has would make a file of a few bytes hours long, or a second of it gigabytes.
fn check_rate(kind: &'static str, rate_hz: u32) -> Result<(), DecodeCause> {
    if (1_000..=192_000).contains(&rate_hz) {
        Ok(())
    } else {
        Err(DecodeCause::Damaged { kind, detail: format!("{rate_hz} samples per second") })
    }
}

fn check_channels(kind: &'static str, channels: usize) -> Result<(), DecodeCause> {
    match channels {
        0 => Err(DecodeCause::Damaged { kind, detail: "no channels".into() }),
        1..=MAX_CHANNELS => Ok(()),
        _ => Err(DecodeCause::TooLarge),
    }
}

/// A value in −1…1 as a 16-bit sample.
fn from_unit(value: f32) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of the type; NaN becomes 0")]
    {
        (value * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
    }
}

/// Brings every channel to 8 kHz.
#[must_use]
pub fn to_8k(audio: &DecodedAudio) -> DecodedAudio {
    let to_call = |channel: &Vec<i16>| audio::resample(channel, audio.sample_rate_hz, CALL_RATE_HZ);
    DecodedAudio { channels: audio.channels.iter().map(to_call).collect(), sample_rate_hz: CALL_RATE_HZ }
}

#[cfg(test)]
mod tests;
