//! One channel's pieces to utterances.
//!
//! Deepgram sends pieces that are final, each from where the last one ended, and guesses at what follows. A pause makes
//! a piece the last of an utterance. An utterance keeps the start that was seen first, so that its partials and its
//! final have one name; words that a later message puts before it are moved to it.

use std::time::Duration;

use model::{Channel, MediaTime, SpokenWord};
use ports::SpeechResult;

use crate::wire::Heard;

/// How long an utterance may become before it is ended at the next piece: somebody who never pauses would never be
/// settled. With the longest piece (`session::MAX_GUESSED`) it stays below the 30 s that the port allows.
const MAX_UTTERANCE: Duration = Duration::from_secs(15);
/// How many words an utterance may hold before it is ended at the next piece.
const MAX_UTTERANCE_WORDS: usize = 512;

/// What is known of one channel.
#[derive(Debug)]
pub(crate) struct Utterances {
    channel: Channel,
    /// The audio up to here has been finally recognised.
    through: MediaTime,
    settled: MediaTime,
    /// Before this no utterance may start: a name of its own needs a start of its own, to the millisecond.
    free_from: MediaTime,
    open: Option<Open>,
}

/// An utterance that is not over.
#[derive(Debug)]
struct Open {
    start: MediaTime,
    words: Vec<SpokenWord>,
}

impl Utterances {
    pub(crate) fn new(channel: Channel, start: MediaTime) -> Self {
        Self { channel, through: start, settled: start, free_from: start, open: None }
    }

    /// How far the audio has been finally recognised.
    pub(crate) fn through(&self) -> MediaTime {
        self.through
    }

    /// Takes what was heard.
    pub(crate) fn heard(&mut self, heard: Heard, out: &mut Vec<SpeechResult>) {
        let Heard { end, is_final, speech_final, mut words, .. } = heard;
        self.keep_new(&mut words);
        if !is_final {
            self.guessed(end, words, out);
            return;
        }
        // What was heard before is known; only whether the speaker paused may be new.
        if end >= self.through {
            self.piece(end, words, out);
            // A piece that came because it was asked for (`from_finalize`) is no pause of the speaker's.
            if speech_final || self.is_long() {
                self.close(out);
            }
        }
        self.settle(out);
    }

    /// A gap follows the words up to `words_end`.
    pub(crate) fn gap(&mut self, words_end: MediaTime, out: &mut Vec<SpeechResult>) {
        let over = self.open.as_ref().is_some_and(|open| !open.words.is_empty() && words_end >= open.start);
        if over {
            self.close(out);
            self.settle(out);
        }
    }

    /// Everything was heard; the channel's audio ends at `end`.
    pub(crate) fn finish(&mut self, end: MediaTime, out: &mut Vec<SpeechResult>) {
        self.close(out);
        self.through = end;
        self.settle(out);
    }

    fn guessed(&mut self, end: MediaTime, words: Vec<SpokenWord>, out: &mut Vec<SpeechResult>) {
        let Some(first) = words.first() else { return };
        if end <= self.through {
            return;
        }
        let start = first.start.max(self.free_from);
        let open = self.open.get_or_insert_with(|| Open { start, words: Vec::new() });
        let start = open.start;
        let words = open.words.iter().cloned().chain(not_before(start, words)).collect();
        out.push(SpeechResult::Partial { channel: self.channel, start, end, words, late: false });
    }

    fn piece(&mut self, end: MediaTime, words: Vec<SpokenWord>, out: &mut Vec<SpeechResult>) {
        self.through = end;
        if let Some(first) = words.first() {
            let start = first.start.max(self.free_from);
            let open = self.open.get_or_insert_with(|| Open { start, words: Vec::new() });
            let start = open.start;
            open.words.extend(not_before(start, words));
            let words = open.words.clone();
            out.push(SpeechResult::Partial { channel: self.channel, start, end, words, late: false });
        } else if self.open.as_ref().is_some_and(|open| open.words.is_empty() && open.start < end) {
            // What was guessed at was no speech.
            self.close(out);
        }
    }

    /// Drops the words, or the part of a word, that lie in what is final already.
    fn keep_new(&self, words: &mut Vec<SpokenWord>) {
        let from = self.through;
        words.retain(|word| {
            let middle = word.start + word.end.since(word.start) / 2;
            word.start >= from || middle > from
        });
        for word in words {
            word.start = word.start.max(from);
        }
    }

    fn is_long(&self) -> bool {
        self.open.as_ref().is_some_and(|open| {
            self.through.since(open.start) >= MAX_UTTERANCE || open.words.len() >= MAX_UTTERANCE_WORDS
        })
    }

    fn close(&mut self, out: &mut Vec<SpeechResult>) {
        let Some(Open { start, words }) = self.open.take() else { return };
        self.free_from = start + Duration::from_millis(1);
        let end = words.last().map_or(self.through, |word| word.end).max(start);
        // The last piece was given as a partial a moment ago: the final says the same.
        let same = |last: &SpeechResult| matches!(last, SpeechResult::Partial { channel, start: other, .. } if *channel == self.channel && *other == start);
        if !words.is_empty() && out.last().is_some_and(same) {
            out.pop();
        }
        out.push(SpeechResult::Final { channel: self.channel, start, end, words, late: false });
    }

    fn settle(&mut self, out: &mut Vec<SpeechResult>) {
        let through = self.open.as_ref().map_or(self.through, |open| open.start.min(self.through));
        if through > self.settled {
            self.settled = through;
            out.push(SpeechResult::Settled { channel: self.channel, through });
        }
    }
}

fn not_before(start: MediaTime, words: Vec<SpokenWord>) -> impl Iterator<Item = SpokenWord> {
    words.into_iter().map(move |mut word| {
        word.start = word.start.max(start);
        word.end = word.end.max(word.start);
        word
    })
}

#[cfg(test)]
mod tests;
