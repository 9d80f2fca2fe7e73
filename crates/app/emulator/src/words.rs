//! A line of the script as an utterance that grows word by word.

use events::{EntityKind, TranscriptUtterance, TranscriptWord};
use model::{Channel, MediaTime, Participant, UtteranceId};

/// How long a word takes: 190 words a minute.
pub(crate) const WORD_MS: u64 = 315;

/// Who says a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    Customer,
    Agent,
    System,
}

/// The utterance whole. Its id comes of where it starts.
pub(crate) fn utterance(voice: Voice, text: &str, start_ms: u64) -> TranscriptUtterance {
    let (channel, participant) = match voice {
        Voice::Customer => (Channel::Customer, Participant::Customer),
        Voice::Agent => (Channel::ToCustomer, Participant::Agent),
        Voice::System => (Channel::ToCustomer, Participant::System),
    };
    let mut words: Vec<TranscriptWord> = Vec::new();
    for (index, text) in (0u64..).zip(text.split_whitespace()) {
        let start_ms = start_ms + index * WORD_MS;
        words.push(TranscriptWord {
            text: text.to_owned(),
            start_ms,
            end_ms: start_ms + WORD_MS - 15,
            confidence: 1.0,
            masked: kind(text),
        });
    }
    TranscriptUtterance {
        id: UtteranceId::new(channel, MediaTime::from_millis(start_ms)),
        revision: 1,
        channel,
        participant,
        start_ms,
        end_ms: words.last().map_or(start_ms, |word| word.end_ms),
        words,
    }
}

/// The utterance after its first `words` words.
pub(crate) fn so_far(whole: &TranscriptUtterance, words: usize) -> TranscriptUtterance {
    let heard: Vec<TranscriptWord> = whole.words.iter().take(words).cloned().collect();
    let end_ms = heard.last().map_or(whole.start_ms, |word| word.end_ms);
    let revision = u32::try_from(words).unwrap_or(u32::MAX).max(1);
    TranscriptUtterance { words: heard, end_ms, revision, ..whole.clone() }
}

/// What a word in brackets hides.
fn kind(word: &str) -> Option<EntityKind> {
    let name = word.strip_prefix('[')?.strip_suffix(']')?;
    EntityKind::ALL.iter().copied().find(|kind| kind.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_brackets_is_masked() {
        let said = utterance(Voice::Customer, "it is [card] [thing]", 2_000);
        let masked: Vec<_> = said.words.iter().map(|word| word.masked).collect();
        assert_eq!(masked, [None, None, Some(EntityKind::Card), None]);
        assert_eq!((said.start_ms, said.end_ms), (2_000, 2_000 + 4 * WORD_MS - 15));
    }

    #[test]
    fn what_was_said_so_far_has_a_revision_that_rises() {
        let said = utterance(Voice::Agent, "how may I help", 0);
        assert_eq!(so_far(&said, 2).words.len(), 2);
        assert!(so_far(&said, 2).revision < so_far(&said, 3).revision);
    }
}
