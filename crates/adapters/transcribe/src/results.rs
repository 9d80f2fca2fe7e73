//! The service's results to the port's, for one channel.

use std::{collections::VecDeque, time::Duration};

use model::{Channel, Pii, SpokenWord};
use ports::{SpeechResult, TranscriberError};

use crate::{error::garbled, settle::Progress, timeline::Timeline};

/// Utterances that are remembered as finished, to know a result that comes again.
const MAX_FINISHED: usize = 64;
/// How far a result may reach beyond the audio that was sent.
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
    final_end: Duration,
}

#[derive(Debug)]
struct Open {
    id: String,
    start: Duration,
    end: Duration,
    words: Vec<Word>,
}

#[derive(Debug)]
struct Word {
    text: Pii<String>,
    start: Duration,
    end: Duration,
    confidence: f32,
}

impl Utterances {
    pub(crate) const fn new(channel: Channel) -> Self {
        Self { channel, open: None, finished: VecDeque::new(), final_end: Duration::ZERO }
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress { final_end: self.final_end, open: self.open.as_ref().map(|open| open.start) }
    }

    /// Takes a result. `sent` is how much audio was sent, `settled` what has been told to be settled. The end of the
    /// result is added to what is given.
    pub(crate) fn take(
        &mut self,
        raw: RawResult,
        sent: Duration,
        settled: Duration,
        timeline: &Timeline,
    ) -> Result<Vec<SpeechResult>, TranscriberError> {
        let (start, end) = span(raw.start, raw.end, sent)?;
        let words = words(&raw, sent)?;
        let Some(id) = raw.id.filter(|id| !id.is_empty()) else { return Err(garbled("a result without its id")) };
        if self.finished.contains(&id) {
            return Ok(Vec::new());
        }
        let mut out = Vec::new();
        if self.open.as_ref().is_some_and(|open| open.id != id) {
            // The service went on without a final: what it had is what there is.
            out.extend(self.close(timeline));
        }
        let utterance = match self.open.take() {
            Some(open) => Open { end: end.max(open.start + SHORTEST), words, ..open },
            None if end < self.final_end => return Err(garbled("results that go backwards")),
            None if words.is_empty() && raw.is_partial => return Ok(out),
            None if words.is_empty() => {
                self.finish(id, end);
                return Ok(out);
            }
            None => {
                let start = start.max(self.final_end).max(settled);
                Open { id, start, end: end.max(start + SHORTEST), words }
            }
        };
        if raw.is_partial {
            out.push(self.result(&utterance, true, timeline));
            self.open = Some(utterance);
        } else {
            out.push(self.result(&utterance, false, timeline));
            self.finish(utterance.id, utterance.end);
        }
        Ok(out)
    }

    /// Makes what is open final.
    pub(crate) fn close(&mut self, timeline: &Timeline) -> Option<SpeechResult> {
        let open = self.open.take()?;
        let result = self.result(&open, false, timeline);
        self.finish(open.id, open.end);
        Some(result)
    }

    fn finish(&mut self, id: String, end: Duration) {
        self.final_end = self.final_end.max(end);
        if self.finished.len() >= MAX_FINISHED {
            self.finished.pop_front();
        }
        self.finished.push_back(id);
    }

    fn result(&self, utterance: &Open, is_partial: bool, timeline: &Timeline) -> SpeechResult {
        let words = utterance.words.iter().map(|word| SpokenWord {
            text: word.text.clone(),
            start: timeline.on_call(word.start),
            end: timeline.on_call(word.end),
            confidence: word.confidence,
        });
        let (channel, words, late) = (self.channel, words.collect(), false);
        let (start, end) = (timeline.on_call(utterance.start), timeline.on_call(utterance.end));
        if is_partial {
            SpeechResult::Partial { channel, start, end, words, late }
        } else {
            SpeechResult::Final { channel, start, end, words, late }
        }
    }
}

/// The words of the first alternative. A punctuation mark belongs to the word before it; one without is dropped.
fn words(raw: &RawResult, sent: Duration) -> Result<Vec<Word>, TranscriberError> {
    if raw.items.is_empty() && raw.has_text {
        return Err(garbled("a transcript without its words"));
    }
    if raw.items.len() > MAX_WORDS {
        return Err(garbled("a result with more words than can be said"));
    }
    let mut words: Vec<Word> = Vec::new();
    for item in &raw.items {
        if item.is_punctuation {
            if let Some(last) = words.last_mut() {
                last.text = Pii::new(format!("{}{}", last.text.expose(), item.content.expose()));
            }
            continue;
        }
        let (start, end) = span(item.start, item.end, sent)?;
        let before = words.last().map_or(Duration::ZERO, |word| word.end);
        let start = start.max(before);
        let confidence = item.confidence.map_or(UNKNOWN_CONFIDENCE, narrow);
        let text = item.content.clone();
        words.push(Word { text, start, end: end.max(start), confidence });
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
    Ok((start, end))
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
