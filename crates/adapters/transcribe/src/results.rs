//! The service's results to the port's, for one channel.

use std::{collections::VecDeque, time::Duration};

use model::{Channel, MediaTime, Pii, SpokenWord};
use ports::{SpeechResult, TranscriberError};

use crate::{error::garbled, settle::Progress, timeline::Timeline};

/// Utterances that are remembered as finished, to know a result that comes again.
const MAX_FINISHED: usize = 64;
/// A result that reaches this far beyond the audio that was sent is garbled; less is cut off.
const MAX_BEYOND: Duration = Duration::from_secs(5);
/// Words in one result; no audio that one stream may carry has more.
const MAX_WORDS: usize = 50_000;
/// The confidence of words that the service gives none for.
const UNKNOWN_CONFIDENCE: f32 = 0.5;
/// An utterance lasts at least this long, so that no two start alike.
const SHORTEST: Duration = Duration::from_millis(1);

/// A result as the service sends it. Times are seconds from the start of the stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawResult {
    pub(crate) id: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) is_partial: bool,
    pub(crate) language: Option<String>,
    pub(crate) items: Vec<RawItem>,
    /// Whether there is a transcript, to know one without its words.
    pub(crate) has_text: bool,
}

/// A word or a punctuation mark.
#[derive(Clone, Debug)]
pub(crate) struct RawItem {
    pub(crate) is_punctuation: bool,
    pub(crate) content: Pii<String>,
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) confidence: Option<f64>,
}

/// The utterances of one channel. Each `ResultId` is one; it keeps the start of its first partial.
#[derive(Debug)]
pub(crate) struct Utterances {
    channel: Channel,
    open: Option<Open>,
    finished: VecDeque<String>,
    /// The end of the last final, in the stream and as it was told.
    final_end: (Duration, MediaTime),
}

/// An utterance as the service has it, and as it is told.
#[derive(Debug)]
struct Open {
    id: String,
    /// Where it starts in the stream.
    position: Duration,
    start: MediaTime,
    end: MediaTime,
    words: Vec<SpokenWord>,
}

/// What a result is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// How much audio was sent.
    pub(crate) sent: Duration,
    /// What this channel was told to be settled.
    pub(crate) settled: MediaTime,
    pub(crate) timeline: &'a Timeline,
}

impl Utterances {
    pub(crate) const fn new(channel: Channel) -> Self {
        let final_end = (Duration::ZERO, MediaTime::ZERO);
        Self { channel, open: None, finished: VecDeque::new(), final_end }
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress { final_end: self.final_end.0, open: self.open.as_ref().map(|open| open.position) }
    }

    /// Takes a result.
    pub(crate) fn take(
        &mut self,
        raw: RawResult,
        known: Known<'_>,
    ) -> Result<Vec<SpeechResult>, TranscriberError> {
        let (start, end) = span(raw.start, raw.end, known.sent)?;
        let words = words(&raw, known)?;
        let Some(id) = raw.id.filter(|id| !id.is_empty()) else {
            return Err(garbled("a result without its id"));
        };
        if self.finished.contains(&id) {
            return Ok(Vec::new());
        }
        let mut out = Vec::new();
        if self.open.as_ref().is_some_and(|open| open.id != id) {
            // The service went on without a final: what it had is what there is.
            out.extend(self.close(known.sent));
        }
        let told_end = known.timeline.on_call(end);
        let utterance = match self.open.take() {
            Some(open) => Open { end: told_end.max(open.start + SHORTEST), words, ..open },
            None if end < self.final_end.0 => return Err(garbled("results that go backwards")),
            None if words.is_empty() && raw.is_partial => return Ok(out),
            None if words.is_empty() => {
                self.finish(id, end, told_end);
                return Ok(out);
            }
            None => {
                let start_on_call = known.timeline.on_call(start).max(self.final_end.1).max(known.settled);
                let end = told_end.max(start_on_call + SHORTEST);
                Open { id, position: start, start: start_on_call, end, words }
            }
        };
        out.push(self.result(&utterance, raw.is_partial));
        if raw.is_partial {
            self.open = Some(utterance);
        } else {
            self.finish(utterance.id, end, utterance.end);
        }
        Ok(out)
    }

    /// Makes what is open final, where `through` of the stream was heard.
    pub(crate) fn close(&mut self, through: Duration) -> Option<SpeechResult> {
        let open = self.open.take()?;
        let result = self.result(&open, false);
        self.finish(open.id, open.position.min(through), open.end);
        Some(result)
    }

    fn finish(&mut self, id: String, end: Duration, told_end: MediaTime) {
        self.final_end = (self.final_end.0.max(end), self.final_end.1.max(told_end));
        if self.finished.len() >= MAX_FINISHED {
            self.finished.pop_front();
        }
        self.finished.push_back(id);
    }

    fn result(&self, utterance: &Open, is_partial: bool) -> SpeechResult {
        let (channel, start, end) = (self.channel, utterance.start, utterance.end);
        let (words, late) = (utterance.words.clone(), false);
        if is_partial {
            SpeechResult::Partial { channel, start, end, words, late }
        } else {
            SpeechResult::Final { channel, start, end, words, late }
        }
    }
}

/// The words of the first alternative. A punctuation mark belongs to the word before it; one without is dropped.
fn words(raw: &RawResult, known: Known<'_>) -> Result<Vec<SpokenWord>, TranscriberError> {
    if raw.items.is_empty() && raw.has_text {
        return Err(garbled("a transcript without its words"));
    }
    if raw.items.len() > MAX_WORDS {
        return Err(garbled("a result with more words than can be said"));
    }
    let mut words: Vec<SpokenWord> = Vec::new();
    for item in &raw.items {
        if item.is_punctuation {
            if let Some(last) = words.last_mut() {
                last.text = Pii::new(format!("{}{}", last.text.expose(), item.content.expose()));
            }
            continue;
        }
        let (start, end) = span(item.start, item.end, known.sent)?;
        let before = words.last().map_or(MediaTime::ZERO, |word| word.end);
        let start = known.timeline.on_call(start).max(before);
        let end = known.timeline.on_call(end).max(start);
        let confidence = item.confidence.map_or(UNKNOWN_CONFIDENCE, narrow);
        let text = item.content.clone();
        words.push(SpokenWord { text, start, end, confidence });
    }
    Ok(words)
}

fn span(start: f64, end: f64, sent: Duration) -> Result<(Duration, Duration), TranscriberError> {
    let (Some(start), Some(end)) = (position(start), position(end)) else {
        return Err(garbled("a time that is none"));
    };
    if end < start {
        return Err(garbled("an end before its start"));
    }
    if end > sent + MAX_BEYOND {
        return Err(garbled("a time beyond the audio"));
    }
    Ok((start.min(sent), end.min(sent)))
}

/// Rounded to the microsecond: the service's seconds are decimal.
fn position(seconds: f64) -> Option<Duration> {
    let exact = Duration::try_from_secs_f64(seconds).ok()?;
    let us = exact.as_nanos().saturating_add(500) / 1_000;
    u64::try_from(us).ok().map(Duration::from_micros)
}

#[expect(clippy::cast_possible_truncation, reason = "a confidence needs no more digits")]
fn narrow(confidence: f64) -> f32 {
    if confidence.is_nan() { UNKNOWN_CONFIDENCE } else { confidence.clamp(0.0, 1.0) as f32 }
}

#[cfg(test)]
#[path = "results_tests.rs"]
mod tests;
