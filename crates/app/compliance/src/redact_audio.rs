//! Replaces spans of a WAV file by the tone.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use audio::{MAX_COMPARED_SECONDS, MAX_LAG_MS, Masker, SampleRange, cross_talk, join_ranges};
use model::MediaTime;
use serde::Serialize;
use thiserror::Error;

use crate::{
    spans::{AudioSpan, SpanChannel},
    wav_file::{WavFile, WavFileError, put_together, taken_apart},
};

/// Frames that are in memory at once.
const BLOCK_FRAMES: u64 = 32_768;

/// What is replaced around a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padding {
    /// Before it.
    pub before: Duration,
    /// After it.
    pub after: Duration,
    /// Spans of a channel with less than this between them, padding included, become one.
    pub merge: Duration,
}

impl Default for Padding {
    /// Recognisers place words within 20 to 120 ms of where they are.
    fn default() -> Self {
        Self {
            before: Duration::from_millis(150),
            after: Duration::from_millis(200),
            merge: Duration::from_millis(300),
        }
    }
}

/// What to do with a file.
#[derive(Clone, Debug)]
pub struct RedactAudio<'a> {
    /// The file in clear.
    pub input: &'a Path,
    /// The file to write; replaced when it exists.
    pub output: &'a Path,
    /// What to replace.
    pub spans: &'a [AudioSpan],
    /// What to replace around it.
    pub padding: Padding,
    /// Also replace where a span is heard on another channel.
    pub cross_talk: bool,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RedactedAudio {
    /// Channels of the file.
    pub channels: u16,
    /// Its sample rate.
    pub rate_hz: u32,
    /// Samples of one channel.
    pub samples: u64,
    /// What is tone now, in order of channels and time.
    pub masks: Vec<MaskedRange>,
}

/// One range that is tone now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaskedRange {
    /// The channel, from 0.
    pub channel: u16,
    /// Its first sample.
    pub from_sample: u64,
    /// The first sample after it.
    pub to_sample: u64,
    /// Its start, in milliseconds.
    pub from_ms: u64,
    /// Its end.
    pub to_ms: u64,
    /// What the spans in it hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<String>,
    /// Nothing was named here, but what was named on another channel is heard.
    pub cross_talk: bool,
}

/// Why nothing was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RedactAudioError {
    /// The input cannot be read.
    #[error(transparent)]
    Input(#[from] WavFileError),
    /// A span does not fit the file. Spans are counted from 1.
    #[error("span {number}: {what}")]
    Span {
        /// Which one.
        number: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The output cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Writes the output whole, or not at all. Blocks.
///
/// # Errors
/// When the input cannot be read, a span does not fit it, or the output cannot be written.
pub fn redact_audio(job: &RedactAudio<'_>) -> Result<RedactedAudio, RedactAudioError> {
    let mut input = WavFile::open(job.input)?;
    let mut masks = masks(job, &input)?;
    if job.cross_talk && input.layout().channels > 1 {
        let leaks = leaks(&mut input, &masks)?;
        masks.extend(leaks);
        masks = joined(masks, input.layout().channels, 0);
    }
    write(job.output, job.input, &mut input, &masks)?;
    let layout = input.layout();
    Ok(RedactedAudio {
        channels: layout.channels,
        rate_hz: layout.rate_hz,
        samples: layout.frames(),
        masks: masks.into_iter().map(|mask| mask.timed(layout.rate_hz)).collect(),
    })
}

impl MaskedRange {
    const fn new(channel: u16, range: SampleRange, entities: Vec<String>, cross_talk: bool) -> Self {
        let (from_sample, to_sample) = (range.from, range.to);
        Self { channel, from_sample, to_sample, from_ms: 0, to_ms: 0, entities, cross_talk }
    }

    const fn range(&self) -> SampleRange {
        SampleRange { from: self.from_sample, to: self.to_sample }
    }

    fn timed(self, rate_hz: u32) -> Self {
        Self {
            from_ms: MediaTime::from_samples(self.from_sample, rate_hz).as_millis(),
            to_ms: MediaTime::from_samples(self.to_sample, rate_hz).as_micros().div_ceil(1_000),
            ..self
        }
    }
}

/// The spans as ranges of samples, padded and joined.
fn masks(job: &RedactAudio<'_>, input: &WavFile) -> Result<Vec<MaskedRange>, RedactAudioError> {
    let layout = input.layout();
    let end = MediaTime::from_samples(layout.frames(), layout.rate_hz);
    let mut masks = Vec::new();
    for (span, number) in job.spans.iter().zip(1..) {
        let wrong = |what: String| RedactAudioError::Span { number, what };
        let (from, to) = (MediaTime::from_micros(span.from_us), MediaTime::from_micros(span.to_us));
        if from >= end {
            return Err(wrong(format!("it starts at {from}, and the file ends at {end}")));
        }
        let channels = channels_of(span.channel, layout.channels).map_err(wrong)?;
        let padded = SampleRange::covering(
            from.saturating_sub(job.padding.before),
            to + job.padding.after,
            layout.rate_hz,
        );
        let range = SampleRange { from: padded.from, to: padded.to.min(layout.frames()) };
        if range.from >= range.to {
            return Err(wrong("it is empty, and nothing is padded".to_owned()));
        }
        let entities: Vec<String> = span.entity.iter().cloned().collect();
        masks.extend(channels.into_iter().map(|n| MaskedRange::new(n, range, entities.clone(), false)));
    }
    let merge = u128::from(layout.rate_hz) * job.padding.merge.as_micros() / 1_000_000;
    Ok(joined(masks, layout.channels, u64::try_from(merge).unwrap_or(u64::MAX)))
}

pub(crate) fn channels_of(channel: SpanChannel, channels: u16) -> Result<Vec<u16>, String> {
    let mono = channels == 1;
    match channel {
        SpanChannel::All => Ok((0..channels).collect()),
        // Both people are heard on the only channel.
        SpanChannel::Customer => Ok(vec![0]),
        SpanChannel::Agent => Ok(vec![u16::from(!mono)]),
        SpanChannel::Number(n) if n < channels => Ok(vec![n]),
        SpanChannel::Number(n) if mono => {
            Err(format!("it is on channel {n}, and the file has only channel 0"))
        }
        SpanChannel::Number(n) => {
            Err(format!("it is on channel {n}, and the file has channels 0 to {}", channels - 1))
        }
    }
}

/// What nearly touches is one range.
fn joined(masks: Vec<MaskedRange>, channels: u16, max_gap: u64) -> Vec<MaskedRange> {
    let mut out = Vec::new();
    for channel in 0..channels {
        let here = || masks.iter().filter(move |mask| mask.channel == channel);
        for range in join_ranges(here().map(MaskedRange::range).collect(), max_gap) {
            let within = || here().filter(|mask| mask.from_sample < range.to && range.from < mask.to_sample);
            let mut entities: Vec<String> = within().flat_map(|mask| mask.entities.clone()).collect();
            entities.sort_unstable();
            entities.dedup();
            let cross_talk = within().all(|mask| mask.cross_talk);
            out.push(MaskedRange::new(channel, range, entities, cross_talk));
        }
    }
    out
}

/// Where what is masked on one channel is heard on another.
fn leaks(input: &mut WavFile, masks: &[MaskedRange]) -> Result<Vec<MaskedRange>, WavFileError> {
    let rate = input.layout().rate_hz;
    let lag = u64::from(rate) * u64::from(MAX_LAG_MS) / 1_000;
    let compared = u64::from(rate) * MAX_COMPARED_SECONDS;
    let mut leaks = Vec::new();
    for mask in masks {
        let to = mask.to_sample.min(mask.from_sample + compared);
        let sound = input.channels(SampleRange { from: mask.from_sample, to: to + lag })?;
        let count = usize::try_from(to - mask.from_sample).unwrap_or(usize::MAX);
        let Some(source) = sound.get(usize::from(mask.channel)) else { continue };
        let source = source.get(..count.min(source.len())).unwrap_or_default();
        for (other, number) in sound.iter().zip(0_u16..).filter(|(_, number)| *number != mask.channel) {
            let Some(found) = cross_talk(source, other, rate) else { continue };
            let range = found.range(mask.range(), rate);
            let range = SampleRange { to: range.to.min(input.layout().frames()), ..range };
            leaks.push(MaskedRange::new(number, range, mask.entities.clone(), true));
        }
    }
    Ok(leaks)
}

/// Copies the file, header and all, with the ranges replaced, and puts it in its place at once.
fn write(
    output: &Path,
    like: &Path,
    input: &mut WavFile,
    masks: &[MaskedRange],
) -> Result<(), RedactAudioError> {
    let failed = |source| RedactAudioError::Write { path: output.to_owned(), source };
    let folder =
        output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".redacting-").tempfile_in(folder).map_err(failed)?;
    let layout = input.layout().clone();
    copy(input, &mut file, 0..layout.data.start, output)?;
    let mut maskers: Vec<Masker> = (0..layout.channels)
        .map(|channel| {
            let ranges = masks.iter().filter(|mask| mask.channel == channel).map(MaskedRange::range);
            Masker::new(layout.rate_hz, ranges.collect())
        })
        .collect();
    let block = BLOCK_FRAMES * layout.frame_bytes();
    let (mut at, mut bytes) = (layout.data.start, Vec::new());
    while at < layout.data.end {
        let now = (layout.data.end - at).min(block);
        bytes.resize(usize::try_from(now).unwrap_or(0), 0);
        let filled = input.read_at(at, &mut bytes)?;
        if filled < bytes.len() {
            return Err(failed(io::Error::new(io::ErrorKind::UnexpectedEof, "the input became shorter")));
        }
        let mut channels = taken_apart(&bytes, usize::from(layout.channels));
        for (masker, samples) in maskers.iter_mut().zip(&mut channels) {
            masker.process(samples);
        }
        put_together(&channels, &mut bytes);
        file.write_all(&bytes).map_err(failed)?;
        at += now;
    }
    // What comes after the samples may be part of a frame: sound, too.
    let torn = input.bytes() - layout.data.end < layout.frame_bytes();
    if torn && masks.iter().any(|mask| mask.to_sample >= layout.frames()) {
        let rest = usize::try_from(input.bytes() - layout.data.end).unwrap_or(0);
        file.write_all(&vec![0; rest]).map_err(failed)?;
    } else {
        copy(input, &mut file, layout.data.end..input.bytes(), output)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    if let Ok(metadata) = fs::metadata(like) {
        fs::set_permissions(file.path(), metadata.permissions()).map_err(failed)?;
    }
    file.persist(output).map_err(|error| failed(error.error))?;
    Ok(())
}

fn copy(
    input: &mut WavFile,
    file: &mut impl Write,
    range: std::ops::Range<u64>,
    output: &Path,
) -> Result<(), RedactAudioError> {
    let mut at = range.start;
    let mut bytes = vec![0; 65_536];
    while at < range.end {
        let now = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(bytes.len());
        let filled = input.read_at(at, bytes.get_mut(..now).unwrap_or_default())?;
        if filled == 0 {
            break;
        }
        file.write_all(bytes.get(..filled).unwrap_or_default())
            .map_err(|source| RedactAudioError::Write { path: output.to_owned(), source })?;
        at += u64::try_from(filled).unwrap_or(u64::MAX);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
