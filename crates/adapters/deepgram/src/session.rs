//! One stream's messages to results.

use std::{collections::VecDeque, time::Duration};

use model::{Channel, MediaTime};
use ports::{SpeechResult, TranscriberError};

use crate::{
    refusal::StreamError,
    utterances::Utterances,
    wire::{Garbage, Heard, Message, parse},
};

/// How much audio may be guessed at before it is asked to be final: what nobody finalises is never settled.
const MAX_GUESSED: Duration = Duration::from_secs(10);
/// How much of the end may be missing in what Deepgram says that it recognised: rounding, no words.
const END_TOLERANCE: Duration = Duration::from_secs(1);

/// What a message asks of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act {
    None,
    /// Ask for final results.
    Finalize,
    /// The summary came: no result follows.
    Ended,
}

/// What is known of one stream. No clock, no socket.
#[derive(Debug)]
pub(crate) struct Session {
    origin: MediaTime,
    rate_hz: u32,
    channels: [Utterances; 2],
    /// Whether the language is to be told.
    identifies: bool,
    language: Option<String>,
    asked_final_at: MediaTime,
    summary: Option<Duration>,
    out: VecDeque<SpeechResult>,
}

impl Session {
    /// A stream whose audio begins at `origin`.
    pub(crate) fn new(origin: MediaTime, rate_hz: u32, identifies: bool) -> Self {
        Self {
            origin,
            rate_hz,
            channels: Channel::ALL.map(|channel| Utterances::new(channel, origin)),
            identifies,
            language: None,
            asked_final_at: origin,
            summary: None,
            out: VecDeque::new(),
        }
    }

    /// Takes a message that came when `sent` frames had been sent.
    pub(crate) fn take(&mut self, text: &str, sent: u64) -> Result<Act, TranscriberError> {
        let message = parse(text, self.origin, self.at(sent));
        let message =
            message.map_err(|Garbage(what)| TranscriberError::Garbled(format!("Deepgram sent {what}")))?;
        let mut results = Vec::new();
        let act = match message {
            Message::Heard(heard) => self.heard(heard, &mut results),
            Message::UtteranceEnd { channel, words_end } => {
                self.channels[channel.index()].gap(words_end, &mut results);
                Act::None
            }
            Message::Summary { audio } => {
                self.summary = Some(audio);
                Act::Ended
            }
            Message::Failed(error) => return Err(error.into()),
            Message::Other => Act::None,
        };
        self.out.extend(results);
        Ok(act)
    }

    /// Ends the results of a stream on which `sent` frames went, and of each channel these samples were pushed.
    pub(crate) fn finish(&mut self, sent: u64, pushed: [u64; 2]) -> Result<(), StreamError> {
        if !self.heard_all(sent) {
            return Err(StreamError::EndedEarly);
        }
        let mut results = Vec::new();
        for (channel, samples) in self.channels.iter_mut().zip(pushed) {
            channel.finish(self.origin + offset(samples, self.rate_hz), &mut results);
        }
        self.out.extend(results);
        Ok(())
    }

    /// How many results wait to be read.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// The next result.
    pub(crate) fn next(&mut self) -> Option<SpeechResult> {
        self.out.pop_front()
    }

    fn heard(&mut self, mut heard: Heard, results: &mut Vec<SpeechResult>) -> Act {
        if self.identifies && heard.is_final {
            self.tell_language(heard.language.take(), results);
        }
        let (end, is_final) = (heard.end, heard.is_final);
        let channel = &mut self.channels[heard.channel.index()];
        channel.heard(heard, results);
        let guessed_from = channel.through().max(self.asked_final_at);
        if !is_final && end.since(guessed_from) >= MAX_GUESSED {
            self.asked_final_at = end;
            return Act::Finalize;
        }
        Act::None
    }

    fn tell_language(&mut self, found: Option<String>, results: &mut Vec<SpeechResult>) {
        if let Some(tag) = found.filter(|tag| self.language.as_ref() != Some(tag)) {
            self.language = Some(tag.clone());
            results.push(SpeechResult::LanguageIdentified { tag });
        }
    }

    /// Either the summary says so, or the results themselves.
    fn heard_all(&self, sent: u64) -> bool {
        let through = self.channels.iter().map(Utterances::through).min().unwrap_or(self.origin);
        let summarised = self.summary.map(|audio| self.origin + audio);
        summarised.unwrap_or(through).max(through) + END_TOLERANCE >= self.at(sent)
    }

    fn at(&self, frames: u64) -> MediaTime {
        self.origin + offset(frames, self.rate_hz)
    }
}

fn offset(samples: u64, rate_hz: u32) -> Duration {
    MediaTime::from_samples(samples, rate_hz).since(MediaTime::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 8_000;
    const ORIGIN: MediaTime = MediaTime::from_millis(30_000);

    fn secs(secs: u64) -> u64 {
        secs * u64::from(RATE_HZ)
    }

    fn session() -> Session {
        Session::new(ORIGIN, RATE_HZ, true)
    }

    fn result(channel: usize, from: u64, to: u64, is_final: bool, language: &str) -> String {
        let duration = to - from;
        format!(
            r#"{{"type":"Results","channel_index":[{channel},2],"start":{from},"duration":{duration},
            "is_final":{is_final},"channel":{{"alternatives":[{{"words":[{{"word":"w","start":{from},
            "end":{to},"confidence":1,"language":"{language}"}}]}}]}}}}"#
        )
    }

    fn summary(duration: u64) -> String {
        format!(r#"{{"type":"Metadata","duration":{duration},"channels":2}}"#)
    }

    #[test]
    fn guesses_that_nobody_decides_are_asked_for_once() {
        let mut session = session();
        let mut act = |to| session.take(&result(0, 0, to, false, "en"), secs(60)).unwrap();
        assert_eq!(
            [act(9), act(10), act(11), act(19), act(20)].map(|act| act == Act::Finalize),
            [false, true, false, false, true]
        );
    }

    #[test]
    fn a_language_is_told_when_it_is_found_and_when_it_changes() {
        let mut session = session();
        for (n, language) in ["en", "en", "es", "en"].into_iter().enumerate() {
            let from = n as u64;
            session.take(&result(n % 2, from, from + 1, true, language), secs(60)).unwrap();
        }
        let told = std::iter::from_fn(|| session.next()).filter_map(|result| match result {
            SpeechResult::LanguageIdentified { tag } => Some(tag),
            SpeechResult::Partial { .. }
            | SpeechResult::Final { .. }
            | SpeechResult::Settled { .. }
            | SpeechResult::RecogniserChanged { .. } => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), ["en", "es", "en"]);
    }

    #[test]
    fn an_end_before_all_audio_was_heard_is_no_end() {
        let heard_all = |messages: &[String]| {
            let mut session = session();
            for message in messages {
                session.take(message, secs(20)).unwrap();
            }
            session.finish(secs(20), [secs(20), secs(12)]).is_ok()
        };
        assert!(heard_all(&[summary(20)]));
        assert!(heard_all(&[0, 1].map(|channel| result(channel, 0, 20, true, "en"))));
        assert!(!heard_all(&[result(0, 0, 20, true, "en")]));
        assert!(!heard_all(&[summary(10)]));
        assert!(!heard_all(&[]));
    }

    #[test]
    fn each_channel_is_settled_to_the_end_of_its_own_audio() {
        let mut session = session();
        session.take(&summary(20), secs(20)).unwrap();
        session.finish(secs(20), [secs(20), secs(12)]).unwrap();
        let settled =
            |channel, secs| SpeechResult::Settled { channel, through: ORIGIN + Duration::from_secs(secs) };
        assert_eq!(session.next(), Some(settled(Channel::Customer, 20)));
        assert_eq!(session.next(), Some(settled(Channel::ToCustomer, 12)));
    }

    #[test]
    fn garbage_is_told_as_such() {
        let error = session().take("my card number is four", secs(1)).unwrap_err();
        assert_eq!(error.kind(), "garbled");
        assert!(!error.to_string().contains("card"));
    }
}
