//! Turns word by word: every version of what would have been shown of them live.

use std::{collections::VecDeque, ops::Range};

use model::{Utterance, UtteranceText};

use super::{
    dialogue::{Turn, each_window},
    piece::Piece,
    place::{Placer, TextSpan},
    session::{Heard, Session, shown},
};
use crate::{MAX_REMEMBERED_UTTERANCES, Policy, Redacted, view::Span};

/// One version of what may be shown of a turn while it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Which turn, from 0.
    pub turn: usize,
    /// Which part of it, from 0: a long turn is judged in parts.
    pub part: usize,
    /// Counts the versions of this part, from 1.
    pub revision: u32,
    /// The part is said to its end.
    pub is_final: bool,
    /// Where in the turn's text the part begins, and up to where it may be shown now, in bytes.
    pub bytes: Range<usize>,
    /// What is masked of it, with places in the turn's text.
    pub spans: Vec<TextSpan>,
}

impl Revision {
    /// What is shown of a turn with this text.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        let mut out = String::with_capacity(self.bytes.len());
        let mut at = self.bytes.start;
        for span in &self.spans {
            out.push_str(text.get(at..span.bytes.start).unwrap_or_default());
            out.push_str(&span.mask);
            at = span.bytes.end;
        }
        out.push_str(text.get(at..self.bytes.end).unwrap_or_default());
        out
    }
}

/// A dialogue whose words are said one at a time.
#[derive(Debug)]
pub struct WordByWord {
    session: Session,
    /// The texts of the last turns, and which turn the first of them is.
    texts: VecDeque<String>,
    first: usize,
}

impl WordByWord {
    /// A dialogue at its beginning.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::of(Session::new(policy, false))
    }

    /// A written text at its beginning, as [`redact_text`](crate::redact_text) reads it: its one turn is to be said.
    #[must_use]
    pub fn of_text(policy: Policy) -> Self {
        Self::of(Session::new(policy, true))
    }

    const fn of(session: Session) -> Self {
        Self { session, texts: VecDeque::new(), first: 0 }
    }

    /// Says the next turn. `show` gets each version with the text of its turn, in order: what is said so far, after
    /// each word, then the whole, and then what the whole tells of earlier turns.
    pub fn say(&mut self, turn: &Turn<'_>, mut show: impl FnMut(&str, &Revision)) {
        let n = self.first + self.texts.len();
        self.texts.push_back(turn.text.to_owned());
        let (texts, first) = (&self.texts, self.first);
        each_window(&mut self.session, n, turn, |session, utterance, mut heard| {
            for count in 1..=utterance.words.len() {
                let partial = begun(&utterance, count);
                let redacted = session.judge_begun(&partial);
                show(turn.text, &partial_revision(turn.text, &heard, &redacted, partial.revision));
            }
            heard.revision = revision_number(utterance.words.len() + 1);
            let redacted = session.judge(Utterance { revision: heard.revision, ..utterance });
            let changed = session.finish(heard, &redacted);
            let this = session.heard.len() - 1;
            for at in std::iter::once(this).chain(changed) {
                let Some(heard) = session.heard.get(at) else { continue };
                let Some(text) = texts.get(heard.turn - first) else { continue };
                show(text, &whole_revision(text, heard));
            }
            while session.heard.len() > MAX_REMEMBERED_UTTERANCES {
                session.heard.pop_front();
            }
        });
        let needed = self.session.heard.front().map_or(n + 1, |heard| heard.turn);
        while self.first < needed {
            self.texts.pop_front();
            self.first += 1;
        }
    }
}

fn revision_number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// An utterance of which so many words are said.
fn begun(utterance: &Utterance, count: usize) -> Utterance {
    let words = utterance.words.get(..count).unwrap_or_default().to_vec();
    let end = words.last().map_or(utterance.end, |word| word.end);
    Utterance { words, end, revision: revision_number(count), text: UtteranceText::Partial, id: utterance.id }
}

/// What may be shown of a part that is not over.
fn partial_revision(text: &str, heard: &Heard, redacted: &Redacted, revision: u32) -> Revision {
    let count = shown_words(&redacted.spans, redacted.utterance.words.len());
    let spans = redacted.spans.iter().filter(|span| span.from < count);
    let spans: Vec<Span> = spans.map(|span| Span { to: span.to.min(count), ..*span }).collect();
    let pieces: &[Piece] = heard.pieces.get(..count).unwrap_or_default();
    let end = pieces.last().map_or(heard.place.start, |piece| piece.place.end);
    let spans = Placer::default().places(text, pieces, &shown(&spans, &redacted.utterance));
    Revision {
        turn: heard.turn,
        part: heard.part,
        revision,
        is_final: false,
        bytes: heard.place.start..end,
        spans,
    }
}

fn whole_revision(text: &str, heard: &Heard) -> Revision {
    Revision {
        turn: heard.turn,
        part: heard.part,
        revision: heard.revision,
        is_final: true,
        bytes: heard.place.clone(),
        spans: Placer::default().places(text, &heard.pieces, &heard.spans),
    }
}

/// How many words stand behind so many shown ones: the rest of a partial is held back.
fn shown_words(spans: &[Span], shown: usize) -> usize {
    let mut spans = spans.iter().peekable();
    let mut at = 0;
    for _ in 0..shown {
        at = match spans.next_if(|span| span.from <= at) {
            Some(span) => span.to.max(at + 1),
            None => at + 1,
        };
    }
    at
}
