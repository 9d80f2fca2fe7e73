//! The checks of sound for a file: what sounds in its masks, and what a recogniser makes of the rest.

use std::path::Path;

use audio::{Residue, ResidueMeter, SampleRange};
use engine::OutlineMask;
use events::{EntityKind, Finding};
use model::{CallId, CallKey, Channel, MediaTime, TenantId};
use ports::Transcriber;
use review::{CheckRow, CheckState};
use thiserror::Error;

use crate::{
    AudioSpan, Padding, WavFile, WavFileError,
    redact_audio::channels_of,
    sound::{Ear, Listened, heard_findings, residue_findings},
};

/// Samples of one channel read at once.
const BLOCK: u64 = 65_536;

/// Why a file cannot be checked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read.
    #[error(transparent)]
    Input(#[from] WavFileError),
    /// It has more channels than a call.
    #[error("the file has {0} channels, and a call has one or two")]
    Channels(u16),
    /// A span does not fit it. Spans are counted from 1.
    #[error("span {number}: {what}")]
    Span {
        /// Which one.
        number: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The reading was cut short.
    #[error("the reading was cut short")]
    Interrupted,
}

/// What the checks of a file came to.
#[derive(Clone, Debug, PartialEq)]
pub struct FileChecks {
    /// What was found. Nothing is repaired.
    pub findings: Vec<Finding>,
    /// What was looked at.
    pub rows: Vec<CheckRow>,
}

/// Checks a WAV file; `spans` are where it is meant to be masked.
///
/// # Errors
/// When it cannot be read, or a span does not fit it.
pub async fn check_file(
    path: &Path,
    spans: &[AudioSpan],
    recogniser: Option<&dyn Transcriber>,
) -> Result<FileChecks, FileError> {
    let mut file = WavFile::open(path)?;
    let layout = file.layout().clone();
    if layout.channels > 2 {
        return Err(FileError::Channels(layout.channels));
    }
    let masks = masks(spans, &layout)?;
    let of = |channel: Channel| {
        let here = masks.iter().filter(|mask| mask.channel == channel);
        ResidueMeter::new(layout.rate_hz, here.map(|mask| mask.range(layout.rate_hz)).collect())
    };
    let mut meters = Channel::ALL.map(of);
    let mut ear = Ear::open(recogniser, &nobody()?, layout.rate_hz).await;
    let mut at = 0;
    while at < layout.frames() {
        let range = SampleRange { from: at, to: layout.frames().min(at + BLOCK) };
        let read;
        (file, read) = tokio::task::spawn_blocking(move || {
            let read = file.channels(range);
            (file, read)
        })
        .await
        .map_err(|_| FileError::Interrupted)?;
        let mut channels = read?.into_iter();
        let first = channels.next().unwrap_or_default();
        let second = channels.next().unwrap_or_else(|| vec![0; first.len()]);
        let block = [first, second];
        for (meter, samples) in meters.iter_mut().zip(&block) {
            meter.push(samples);
        }
        ear.push(MediaTime::from_samples(at, layout.rate_hz), &block).await;
        at = range.to;
    }
    let listened = Listened {
        sha256: String::new(),
        rate_hz: layout.rate_hz,
        bytes: file.bytes(),
        residues: meters.map(ResidueMeter::finish),
        heard: ear.finish().await,
    };
    Ok(judged(&listened, &masks))
}

fn judged(listened: &Listened, masks: &[OutlineMask]) -> FileChecks {
    let residues: Vec<&Residue> = listened.residues.iter().flatten().collect();
    let exact = residues.iter().filter(|residue| residue.is_tone_only()).count();
    let mut findings = residue_findings(listened, masks);
    let mut rows = vec![row(
        "Sound in the masks",
        Ok(format!("{} masked ranges, in {exact} of them nothing but the tone", residues.len())),
        findings.len(),
    )];
    match &listened.heard {
        Ok(heard) => {
            let words: usize = heard.iter().map(|utterance| utterance.words.len()).sum();
            let found = heard_findings(heard, &padded(masks), None);
            rows.push(row("Recognising it again", Ok(format!("{words} words heard")), found.len()));
            findings.extend(found);
        }
        Err(why) => rows.push(row("Recognising it again", Err(why.clone()), 0)),
    }
    findings.iter_mut().for_each(|finding| finding.repaired = false);
    FileChecks { findings, rows }
}

fn row(check: &str, went: Result<String, String>, found: usize) -> CheckRow {
    let (state, detail) = match went {
        Ok(detail) => (CheckState::Done, detail),
        Err(why) => (CheckState::NotChecked, why),
    };
    CheckRow { check: check.to_owned(), state, detail, found: u64::try_from(found).unwrap_or(u64::MAX) }
}

fn masks(spans: &[AudioSpan], layout: &audio::WavLayout) -> Result<Vec<OutlineMask>, FileError> {
    let mut masks = Vec::new();
    for (span, number) in spans.iter().zip(1..) {
        let wrong = |what: String| FileError::Span { number, what };
        let (from, to) = (MediaTime::from_micros(span.from_us), MediaTime::from_micros(span.to_us));
        let end = MediaTime::from_samples(layout.frames(), layout.rate_hz);
        if from >= end {
            return Err(wrong(format!("it starts at {from}, and the file ends at {end}")));
        }
        let covering = SampleRange::covering(from, to, layout.rate_hz);
        let range = SampleRange { from: covering.from, to: covering.to.min(layout.frames()) };
        let name = span.entity.as_deref().unwrap_or_default();
        let kind = EntityKind::ALL.iter().copied().find(|kind| kind.as_str() == name);
        for channel in channels_of(span.channel, layout.channels).map_err(wrong)? {
            let Some(channel) = Channel::ALL.get(usize::from(channel)).copied() else { continue };
            masks.push(OutlineMask::new(channel, range, kind.unwrap_or(EntityKind::Number), layout.rate_hz));
        }
    }
    Ok(masks)
}

/// The ranges with what is usually masked around them: what a recogniser makes of the tone there is no finding.
fn padded(masks: &[OutlineMask]) -> Vec<OutlineMask> {
    let padding = Padding::default();
    let ms = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(0);
    let pad = |mask: &OutlineMask| OutlineMask {
        from_ms: mask.from_ms.saturating_sub(ms(padding.before)),
        to_ms: mask.to_ms + ms(padding.after),
        ..*mask
    };
    masks.iter().map(pad).collect()
}

/// A file is nobody's call.
fn nobody() -> Result<CallKey, FileError> {
    let (Ok(tenant), Ok(call)) = (TenantId::new("recording"), CallId::new("recording")) else {
        return Err(FileError::Interrupted);
    };
    Ok(CallKey::new(tenant, call))
}
