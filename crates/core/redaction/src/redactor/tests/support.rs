//! Calls to talk through.

use model::{Pii, SpokenWord};

use super::super::*;

/// How long each word lasts, in milliseconds, pause included.
const WORD_MS: u64 = 400;

/// A call that is being talked through.
pub(super) struct Call {
    pub(super) redactor: Redactor,
    pub(super) now_ms: u64,
}

pub(super) fn utterance(
    channel: Channel,
    start_ms: u64,
    text: UtteranceText,
    revision: u32,
    words: &[&str],
) -> Utterance {
    let mut at = start_ms;
    let words: Vec<SpokenWord> = words
        .iter()
        .map(|word| {
            let start = MediaTime::from_millis(at);
            at += WORD_MS;
            let end = MediaTime::from_millis(at - 100);
            SpokenWord { text: Pii::new((*word).to_owned()), start, end, confidence: 0.9 }
        })
        .collect();
    let id = UtteranceId::new(channel, MediaTime::from_millis(start_ms));
    Utterance { id, revision, text, end: MediaTime::from_millis(at), words }
}

impl Call {
    pub(super) fn new() -> Self {
        Self { redactor: Redactor::new(Policy::new([7; 16])), now_ms: 1_000 }
    }

    /// One side says a whole utterance; gives the final.
    pub(super) fn says(&mut self, channel: Channel, text: &str) -> Redacted {
        let words: Vec<&str> = text.split_whitespace().collect();
        let said = utterance(channel, self.now_ms, UtteranceText::Final, 1, &words);
        self.now_ms = said.end.as_millis() + 300;
        let participant = match channel {
            Channel::Customer => Participant::Customer,
            Channel::ToCustomer => Participant::Agent,
        };
        self.redactor.redact(&said, participant)
    }

    pub(super) fn customer(&mut self, text: &str) -> String {
        self.says(Channel::Customer, text).utterance.text()
    }

    pub(super) fn agent(&mut self, text: &str) -> String {
        self.says(Channel::ToCustomer, text).utterance.text()
    }

    /// The customer has said so much of an utterance that is not over.
    pub(super) fn partial(&mut self, text: &str) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        let said = utterance(Channel::Customer, self.now_ms, UtteranceText::Partial, 1, &words);
        self.redactor.redact(&said, Participant::Customer).utterance.text()
    }
}

/// What is shown of a single final by the customer, with nothing before it.
pub(super) fn alone(text: &str) -> String {
    Call::new().customer(text)
}

/// What is shown of a single partial by the customer.
pub(super) fn alone_partial(text: &str) -> String {
    Call::new().partial(text)
}
