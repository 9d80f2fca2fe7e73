//! Listens to a redacted recording: what sounds in its masks, and what a recogniser makes of the rest.

use std::{future::poll_fn, time::Duration};

use audio::{Residue, ResidueMeter};
use engine::OutlineMask;
use events::{EntityKind, Finding, FindingRule, TranscriptUtterance, TranscriptWord};
use model::{CallKey, Channel, MediaTime, Participant, Utterance, UtteranceId, UtteranceText};
use ports::{
    BlobStore, ResultStream, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest,
};
use redaction::{second_pass, spot_digits};
use review::finding_id;

use crate::recording::{RecordingError, RecordingReader};

/// How far ahead of the recogniser audio is fed.
const AHEAD: Duration = Duration::from_secs(60);

/// How long one answer of the recogniser is waited for.
const PATIENCE: Duration = Duration::from_secs(180);

/// As many digits heard in clear are no doubt a number.
const CERTAIN_DIGITS: usize = 7;

/// Digits this close to masked words are theirs: the mask missed them.
const BESIDE_MS: u64 = 1_500;

/// What was heard in one recording.
pub(crate) struct Listened {
    pub(crate) sha256: String,
    pub(crate) rate_hz: u32,
    pub(crate) bytes: u64,
    /// What sounds in the masks of each channel.
    pub(crate) residues: [Vec<Residue>; 2],
    /// Words heard again, in clear; or why there are none.
    pub(crate) heard: Result<Vec<Utterance>, String>,
}

/// Reads a recording once, for all checks of its sound.
pub(crate) async fn listen(
    blobs: &dyn BlobStore,
    key: &str,
    masks: &[OutlineMask],
    recogniser: Option<&dyn Transcriber>,
    call: &CallKey,
) -> Result<Listened, RecordingError> {
    let mut reader = RecordingReader::open(blobs, key).await?;
    let rate_hz = reader.layout.rate_hz;
    let mut meters = Channel::ALL.map(|channel| {
        let ranges = masks.iter().filter(|mask| mask.channel == channel);
        ResidueMeter::new(rate_hz, ranges.map(|mask| mask.range(rate_hz)).collect())
    });
    let mut ear = Ear::open(recogniser, call, rate_hz).await;
    let mut at = 0;
    while let Some(block) = reader.next().await? {
        for (meter, samples) in meters.iter_mut().zip(&block) {
            meter.push(samples);
        }
        ear.push(MediaTime::from_samples(at, rate_hz), &block).await;
        at += u64::try_from(block[0].len()).unwrap_or(0);
        // A long recording shares its thread.
        tokio::task::yield_now().await;
    }
    let bytes = reader.bytes;
    let sha256 = reader.finish().await?;
    let heard = ear.finish().await;
    Ok(Listened { sha256, rate_hz, bytes, residues: meters.map(ResidueMeter::finish), heard })
}

/// The recogniser's side of listening. One that fails is told once; the other checks go on.
pub(crate) enum Ear {
    Open { transcription: Transcription, gathered: Gathered },
    Failed(String),
}

impl Ear {
    pub(crate) async fn open(recogniser: Option<&dyn Transcriber>, call: &CallKey, rate_hz: u32) -> Self {
        let Some(recogniser) = recogniser else {
            return Self::Failed("there is no recogniser to hear it again".to_owned());
        };
        let request = TranscriptionRequest::new(call.tenant.clone(), call.call.clone(), rate_hz);
        match recogniser.open(request).await {
            Ok(transcription) => Self::Open { transcription, gathered: Gathered::default() },
            Err(error) => Self::Failed(failed(&error)),
        }
    }

    pub(crate) async fn push(&mut self, at: MediaTime, block: &[Vec<i16>; 2]) {
        let Self::Open { transcription, gathered } = self else { return };
        for (channel, samples) in Channel::ALL.into_iter().zip(block) {
            transcription.audio.push(channel, at, samples);
        }
        while at.since(gathered.settled()) > AHEAD {
            match next(&mut transcription.results).await {
                Ok(Some(result)) => gathered.take(result),
                Ok(None) => break,
                Err(why) => {
                    *self = Self::Failed(why);
                    return;
                }
            }
        }
    }

    pub(crate) async fn finish(self) -> Result<Vec<Utterance>, String> {
        match self {
            Self::Failed(why) => Err(why),
            Self::Open { mut transcription, mut gathered } => {
                transcription.audio.finish();
                while let Some(result) = next(&mut transcription.results).await? {
                    gathered.take(result);
                }
                Ok(gathered.utterances)
            }
        }
    }
}

async fn next(results: &mut ResultStream) -> Result<Option<SpeechResult>, String> {
    let result = poll_fn(|context| results.as_mut().poll_next(context));
    match tokio::time::timeout(PATIENCE, result).await {
        Ok(Some(Ok(result))) => Ok(Some(result)),
        Ok(Some(Err(error))) => Err(failed(&error)),
        Ok(None) => Ok(None),
        Err(_) => Err("the recogniser did not answer".to_owned()),
    }
}

fn failed(error: &TranscriberError) -> String {
    format!("the recogniser is {}", error.kind())
}

#[derive(Default)]
pub(crate) struct Gathered {
    utterances: Vec<Utterance>,
    settled: [MediaTime; 2],
}

impl Gathered {
    fn take(&mut self, result: SpeechResult) {
        match result {
            SpeechResult::Final { channel, start, end, words, .. } if !words.is_empty() => {
                let id = UtteranceId::new(channel, start);
                self.utterances.push(Utterance { id, revision: 1, text: UtteranceText::Final, end, words });
            }
            SpeechResult::Settled { channel, through } => self.settled[channel.index()] = through,
            SpeechResult::Final { .. }
            | SpeechResult::Partial { .. }
            | SpeechResult::LanguageIdentified { .. }
            | SpeechResult::RecogniserChanged { .. } => {}
        }
    }

    /// How far the slower channel is.
    fn settled(&self) -> MediaTime {
        self.settled.iter().copied().min().unwrap_or_default()
    }
}

/// Masks in which something else than the tone sounds.
pub(crate) fn residue_findings(listened: &Listened, masks: &[OutlineMask]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (channel, residues) in Channel::ALL.into_iter().zip(&listened.residues) {
        for residue in residues.iter().filter(|residue| !residue.is_tone_only()) {
            let time = |n: u64| MediaTime::from_samples(n, listened.rate_hz);
            let (from_ms, to_ms) =
                (time(residue.range.from).as_millis(), time(residue.range.to).as_micros().div_ceil(1_000));
            let within =
                |mask: &&OutlineMask| mask.channel == channel && mask.from_ms < to_ms && from_ms < mask.to_ms;
            findings.push(Finding {
                id: finding_id(FindingRule::SoundInMask, channel, from_ms, to_ms),
                rule: FindingRule::SoundInMask,
                entity: masks.iter().find(within).map_or(EntityKind::Number, |mask| mask.kind),
                channel,
                from_ms,
                to_ms,
                utterance: None,
                confidence: 1.0,
                // Masking again puts the tone there, whatever it was.
                repaired: true,
                reason: format!("something sounds in the tone, at {:.0} dB", residue.dbfs),
            });
        }
    }
    findings
}

/// What was heard again that nobody should hear.
pub(crate) fn heard_findings(
    heard: &[Utterance],
    masks: &[OutlineMask],
    shown: Option<&[TranscriptUtterance]>,
) -> Vec<Finding> {
    let ms = MediaTime::from_millis;
    let ranges: Vec<(Channel, MediaTime, MediaTime)> =
        masks.iter().map(|mask| (mask.channel, ms(mask.from_ms), ms(mask.to_ms))).collect();
    let finding = |channel, from_ms, to_ms, entity, confidence, repaired, reason: String| Finding {
        id: finding_id(FindingRule::HeardAgain, channel, from_ms, to_ms),
        rule: FindingRule::HeardAgain,
        entity,
        channel,
        from_ms,
        to_ms,
        utterance: None,
        confidence,
        repaired,
        reason,
    };
    let mut findings = Vec::new();
    for digits in spot_digits(heard, &ranges, shown) {
        let beside = masks.iter().find(|mask| {
            mask.channel == digits.channel
                && mask.from_ms < digits.to_ms + BESIDE_MS
                && digits.from_ms < mask.to_ms + BESIDE_MS
        });
        let certain = digits.digits >= CERTAIN_DIGITS || beside.is_some();
        let reason = format!("{} digits are heard in the redacted recording", digits.digits);
        let entity = beside.map_or(EntityKind::Number, |mask| mask.kind);
        let confidence = if certain { 0.9 } else { 0.5 };
        findings.push(finding(
            digits.channel,
            digits.from_ms,
            digits.to_ms,
            entity,
            confidence,
            certain,
            reason,
        ));
    }
    let again: Vec<TranscriptUtterance> = heard.iter().map(|utterance| as_shown(utterance, masks)).collect();
    for suspect in second_pass(&again).into_iter().filter(|suspect| suspect.entity == EntityKind::Email) {
        let reason = "an e-mail address is heard in the redacted recording".to_owned();
        let (channel, certain) = (suspect.channel(), suspect.certain);
        findings.push(finding(
            channel,
            suspect.from_ms,
            suspect.to_ms,
            EntityKind::Email,
            suspect.confidence,
            certain,
            reason,
        ));
    }
    findings
}

/// Heard words in the transcript's form. In memory only; what lies in a mask is what a recogniser makes of a tone.
fn as_shown(utterance: &Utterance, masks: &[OutlineMask]) -> TranscriptUtterance {
    let channel = utterance.id.channel();
    let masked = |middle: u64| {
        let here =
            |mask: &&OutlineMask| mask.channel == channel && (mask.from_ms..mask.to_ms).contains(&middle);
        masks.iter().find(here).map(|mask| mask.kind)
    };
    let words = utterance.words.iter().map(|word| {
        let (start_ms, end_ms) = (word.start.as_millis(), word.end.as_millis());
        TranscriptWord {
            text: word.text.expose().clone(),
            start_ms,
            end_ms,
            confidence: word.confidence,
            masked: masked(u64::midpoint(start_ms, end_ms)),
        }
    });
    TranscriptUtterance {
        id: utterance.id,
        revision: 1,
        channel,
        participant: Participant::Customer,
        start_ms: utterance.id.start().as_millis(),
        end_ms: utterance.end.as_millis(),
        words: words.collect(),
    }
}
