//! The redactor of one call.

use events::{EntityKind, TranscriptUtterance, UtteranceRevised};
use model::{Channel, MediaTime, Participant, Utterance, UtteranceText};

use crate::{
    Policy,
    view::{Span, merged, mutes, shown},
};

/// Audio that must be replaced by a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mute {
    /// The channel.
    pub channel: Channel,
    /// First position to replace.
    pub from: MediaTime,
    /// First position after it.
    pub to: MediaTime,
    /// What was said there.
    pub kind: EntityKind,
}

/// What may be shown and kept of one utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Redacted {
    /// The utterance with masks.
    pub utterance: TranscriptUtterance,
    /// Audio to replace, padded and merged: for this utterance when it is final, and for revised ones.
    pub mutes: Vec<Mute>,
    /// Finished utterances in which more is masked now.
    pub revised: Vec<UtteranceRevised>,
}

/// Masks the utterances of one call, in the order in which they are recognised.
#[derive(Debug)]
pub struct Redactor {
    policy: Policy,
}

impl Redactor {
    /// A redactor for one call.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// Masks one version of an utterance.
    pub fn redact(&mut self, utterance: &Utterance, participant: Participant) -> Redacted {
        let hides = |text: &str| text.chars().any(char::is_numeric) || is_number_word(text);
        let spans = (0..)
            .zip(&utterance.words)
            .filter(|(_, word)| hides(word.text.expose()))
            .map(|(n, _)| Span { from: n, to: n + 1, kind: EntityKind::Number });
        let spans = merged(spans.collect());
        let mutes = match utterance.text {
            UtteranceText::Partial => Vec::new(),
            UtteranceText::Final => mutes(utterance, &spans, &self.policy),
        };
        Redacted { utterance: shown(utterance, participant, &spans), mutes, revised: Vec::new() }
    }
}

fn is_number_word(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "zero",
        "oh",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "thousand",
        "double",
        "triple",
    ];
    let bare: String = text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    WORDS.contains(&bare.as_str())
}
