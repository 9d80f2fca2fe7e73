//! Deepgram's messages; no type of theirs goes further.
//!
//! `https://developers.deepgram.com/reference/speech-to-text/listen-streaming`: `Results`, `UtteranceEnd`,
//! `SpeechStarted`, `Metadata` and `Error`. Unknown types are passed over, since new ones come; a known type in another
//! shape, or times that cannot be, are garbage.

use std::time::Duration;

use model::{Channel, MediaTime, Pii, SpokenWord};
use serde::Deserialize;

use crate::refusal::{StreamError, of_report};

/// The most words of one message. It covers seconds.
const MAX_WORDS: usize = 1_024;
/// How far times may be off: recognisers stretch words over what surrounds them, and rounding adds up.
const TOLERANCE: Duration = Duration::from_secs(1);

/// Keeps the stream open while no audio is sent.
pub(crate) const KEEP_ALIVE: &str = r#"{"type":"KeepAlive"}"#;
/// Asks for results of all audio so far.
pub(crate) const FINALIZE: &str = r#"{"type":"Finalize"}"#;
/// Says that no more audio will come.
pub(crate) const CLOSE_STREAM: &str = r#"{"type":"CloseStream"}"#;

/// What is wrong with a message. Never what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Garbage(pub(crate) &'static str);

/// A message, checked and on the call's timeline.
#[derive(Debug)]
pub(crate) enum Message {
    Heard(Heard),
    /// A gap follows the words of a channel up to `words_end`.
    UtteranceEnd {
        channel: Channel,
        words_end: MediaTime,
    },
    /// The stream's summary: after the last result.
    Summary {
        audio: Duration,
    },
    Failed(StreamError),
    /// Nothing to act on.
    Other,
}

/// What was heard on one channel from `start` to `end`.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) channel: Channel,
    pub(crate) end: MediaTime,
    /// It stays as it is.
    pub(crate) is_final: bool,
    /// The speaker pauses here.
    pub(crate) speech_final: bool,
    pub(crate) words: Vec<SpokenWord>,
    /// The language of most words.
    pub(crate) language: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Raw {
    Results(RawResults),
    UtteranceEnd {
        channel: Vec<u32>,
        last_word_end: f64,
    },
    Metadata {
        duration: f64,
    },
    Error(RawError),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct RawResults {
    channel_index: Vec<u32>,
    start: f64,
    duration: f64,
    #[serde(default)]
    is_final: bool,
    #[serde(default)]
    speech_final: bool,
    channel: RawChannel,
}

#[derive(Deserialize)]
struct RawChannel {
    alternatives: Vec<RawAlternative>,
}

#[derive(Deserialize)]
struct RawAlternative {
    #[serde(default)]
    words: Vec<RawWord>,
    #[serde(default)]
    languages: Vec<String>,
}

#[derive(Deserialize)]
struct RawWord {
    word: String,
    punctuated_word: Option<String>,
    start: f64,
    end: f64,
    confidence: f32,
    language: Option<String>,
}

#[derive(Deserialize)]
struct RawError {
    code: Option<String>,
    variant: Option<String>,
    description: Option<String>,
    message: Option<String>,
}

/// Reads a message of a stream whose audio begins at `origin` and was sent up to `sent`.
pub(crate) fn parse(text: &str, origin: MediaTime, sent: MediaTime) -> Result<Message, Garbage> {
    // A sequence would be taken for a message whose type comes first.
    if !text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return Err(Garbage("a message of another shape"));
    }
    // The parser's own error quotes what it found.
    let raw: Raw = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Garbage("a message of another shape"),
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => Garbage("not JSON"),
    })?;
    let clock = Clock { origin, sent };
    match raw {
        Raw::Results(results) => clock.heard(results).map(Message::Heard),
        Raw::UtteranceEnd { channel, last_word_end } => {
            let channel = channel_of(&channel)?;
            // It is -1 where the words are those of an earlier message.
            let words_end = if last_word_end < 0.0 { sent } else { clock.at(last_word_end)? };
            Ok(Message::UtteranceEnd { channel, words_end })
        }
        Raw::Metadata { duration } => Ok(Message::Summary { audio: clock.at(duration)?.since(origin) }),
        Raw::Error(error) => {
            let fields = [&error.code, &error.variant, &error.description, &error.message];
            Ok(Message::Failed(of_report(fields.into_iter().flatten().map(String::as_str))))
        }
        Raw::Other => Ok(Message::Other),
    }
}

/// Puts a stream's seconds on the call's timeline.
struct Clock {
    origin: MediaTime,
    sent: MediaTime,
}

impl Clock {
    /// Every time is finite, not before the stream and not beyond the audio that was sent.
    fn at(&self, seconds: f64) -> Result<MediaTime, Garbage> {
        /// A rounding error below zero, not a time before the stream.
        const LEAST: f64 = -0.01;
        if !seconds.is_finite() || seconds < LEAST {
            return Err(Garbage("a time before the stream"));
        }
        let since = Duration::try_from_secs_f64((seconds * 1e6).round().max(0.0) / 1e6);
        let at = self.origin + since.map_err(|_| Garbage("a time beyond the audio"))?;
        if at > self.sent + TOLERANCE {
            return Err(Garbage("a time beyond the audio"));
        }
        Ok(at.min(self.sent))
    }

    fn heard(&self, raw: RawResults) -> Result<Heard, Garbage> {
        let RawResults { channel_index, start, duration, is_final, speech_final, channel } = raw;
        if duration < 0.0 {
            return Err(Garbage("a result that ends before it starts"));
        }
        let channel_of = channel_of(&channel_index)?;
        let (start, end) = (self.at(start)?, self.at(start + duration)?);
        let best = channel.alternatives.into_iter().next();
        let (raw_words, languages) = best.map(|best| (best.words, best.languages)).unwrap_or_default();
        if raw_words.len() > MAX_WORDS {
            return Err(Garbage("more words than anybody says in a message"));
        }
        let language = languages.into_iter().next().or_else(|| most_common_language(&raw_words));
        let words = self.words(raw_words, start, end)?;
        Ok(Heard { channel: channel_of, end, is_final, speech_final, words, language })
    }

    /// The words in order, without overlap, and within the result.
    fn words(&self, raw: Vec<RawWord>, start: MediaTime, end: MediaTime) -> Result<Vec<SpokenWord>, Garbage> {
        let mut words = Vec::with_capacity(raw.len());
        let mut from = start;
        for word in raw {
            let (word_start, word_end) = (self.at(word.start)?, self.at(word.end)?);
            if word_end + TOLERANCE < word_start || word_start + TOLERANCE < from {
                return Err(Garbage("times that go backwards"));
            }
            if word_start > end + TOLERANCE {
                return Err(Garbage("a word outside of its result"));
            }
            let word_start = word_start.clamp(from, end.max(from));
            let word_end = word_end.clamp(word_start, end.max(word_start));
            from = word_end;
            let text = word.punctuated_word.filter(|text| !text.is_empty()).unwrap_or(word.word);
            if text.is_empty() {
                continue;
            }
            let confidence = word.confidence.clamp(0.0, 1.0);
            words.push(SpokenWord { text: Pii::new(text), start: word_start, end: word_end, confidence });
        }
        Ok(words)
    }
}

fn channel_of(index: &[u32]) -> Result<Channel, Garbage> {
    match index {
        [0, 2] => Ok(Channel::Customer),
        [1, 2] => Ok(Channel::ToCustomer),
        _ => Err(Garbage("a channel that was not sent")),
    }
}

fn most_common_language(words: &[RawWord]) -> Option<String> {
    let named = || words.iter().filter_map(|word| word.language.as_deref());
    let most = named().max_by_key(|tag| named().filter(|other| other == tag).count())?;
    Some(most.to_owned())
}

#[cfg(test)]
mod tests;
