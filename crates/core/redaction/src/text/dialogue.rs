//! A text or a dialogue that is there as a whole.

use model::{Channel, MediaTime, UtteranceText};

use super::{
    piece::Piece,
    place::{Placer, TextSpan, append},
    session::{Heard, Session, Times, shown},
    window::window,
};
use crate::{MAX_REMEMBERED_UTTERANCES, Policy, Redacted, view::Span};

/// What one side of a dialogue says.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// Who.
    pub channel: Channel,
    /// What.
    pub text: &'a str,
    /// When each stretch between white space of the text was said, if that is known: in order.
    pub times: Option<&'a [(MediaTime, MediaTime)]>,
}

/// One version of what may be shown of a turn while it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Which turn.
    pub turn: usize,
    /// Which part of it: a long turn is judged in parts.
    pub part: usize,
    /// Counts the versions of this part, from 1.
    pub revision: u32,
    /// The part is said to its end.
    pub is_final: bool,
    /// Where in the turn's text the part begins, and up to where it may be shown now, in bytes.
    pub bytes: std::ops::Range<usize>,
    /// What is masked of it, with places in the turn's text.
    pub spans: Vec<TextSpan>,
}

/// What is masked of a text.
#[must_use]
pub fn redact_text(text: &str, policy: Policy) -> Vec<TextSpan> {
    let turn = Turn { channel: Channel::Customer, text, times: None };
    redact_dialogue(&[turn], policy).pop().unwrap_or_default()
}

/// What is masked of each turn of a dialogue, with all that later turns tell.
#[must_use]
pub fn redact_dialogue(turns: &[Turn<'_>], policy: Policy) -> Vec<Vec<TextSpan>> {
    let mut out = vec![Vec::new(); turns.len()];
    let mut placers: Vec<Placer> = turns.iter().map(|_| Placer::default()).collect();
    let mut place = |heard: Heard| {
        let (Some(turn), Some(placer)) = (turns.get(heard.turn), placers.get_mut(heard.turn)) else { return };
        if let Some(out) = out.get_mut(heard.turn) {
            append(out, placer.places(turn.text, &heard.pieces, &heard.spans));
        }
    };
    let mut session = Session::new(policy);
    for (n, turn) in turns.iter().enumerate() {
        each_window(&mut session, n, turn, |session, utterance, heard| {
            let redacted = session.judge(&utterance);
            session.finish(heard, &redacted);
            while session.heard.len() > MAX_REMEMBERED_UTTERANCES {
                session.heard.pop_front().into_iter().for_each(&mut place);
            }
        });
    }
    session.heard.into_iter().for_each(&mut place);
    out
}

/// Gives every version of every turn as its words are said one at a time, in order: first what is said so far, then
/// the whole, and later, when another turn tells of it, once more.
pub fn word_by_word(turns: &[Turn<'_>], policy: Policy, show: &mut dyn FnMut(Revision)) {
    let mut session = Session::new(policy);
    for (n, turn) in turns.iter().enumerate() {
        each_window(&mut session, n, turn, |session, utterance, mut heard| {
            for count in 1..=utterance.words.len() {
                let words = utterance.words.get(..count).unwrap_or_default().to_vec();
                let end = words.last().map_or(utterance.end, |word| word.end);
                let revision = u32::try_from(count).unwrap_or(u32::MAX);
                let partial =
                    model::Utterance { words, end, revision, text: UtteranceText::Partial, id: utterance.id };
                let redacted = session.judge(&partial);
                show(partial_revision(turn, &heard, &redacted, revision));
            }
            let revision = u32::try_from(utterance.words.len()).unwrap_or(u32::MAX).saturating_add(1);
            let redacted = session.judge(&model::Utterance { revision, ..utterance });
            heard.revision = revision;
            let changed = session.finish(heard, &redacted);
            let this = session.heard.len() - 1;
            for at in std::iter::once(this).chain(changed) {
                let Some(heard) = session.heard.get(at) else { continue };
                let Some(turn) = turns.get(heard.turn) else { continue };
                show(whole_revision(turn, heard));
            }
            while session.heard.len() > MAX_REMEMBERED_UTTERANCES {
                session.heard.pop_front();
            }
        });
    }
}

/// Goes through the windows of a turn.
fn each_window(
    session: &mut Session,
    n: usize,
    turn: &Turn<'_>,
    mut take: impl FnMut(&mut Session, model::Utterance, Heard),
) {
    let (mut at, mut part, mut chunks) = (0, 0, 0);
    while let Some(window) = window(turn.text, at) {
        at = window.place.end;
        if window.pieces.is_empty() {
            continue;
        }
        let times = turn.times.and_then(|times| times.get(chunks..)).filter(|times| !times.is_empty());
        let utterance = session.utterance(turn.channel, &window, times.map_or(Times::Even, Times::Known));
        chunks += window.ordinals.last().map_or(0, |last| last + 1);
        let heard = Heard {
            id: utterance.id,
            turn: n,
            part,
            place: window.place,
            pieces: window.pieces,
            revision: 1,
            spans: Vec::new(),
        };
        part += 1;
        take(session, utterance, heard);
    }
}

/// What may be shown of a part that is not over.
fn partial_revision(turn: &Turn<'_>, heard: &Heard, redacted: &Redacted, revision: u32) -> Revision {
    let count = shown_words(&redacted.spans, redacted.utterance.words.len());
    let spans: Vec<Span> = redacted
        .spans
        .iter()
        .filter(|span| span.from < count)
        .map(|span| Span { to: span.to.min(count), ..*span })
        .collect();
    let pieces: &[Piece] = heard.pieces.get(..count).unwrap_or_default();
    let end = pieces.last().map_or(heard.place.start, |piece| piece.place.end);
    let spans = Placer::default().places(turn.text, pieces, &shown(&spans, &redacted.utterance));
    let end = spans.last().map_or(end, |span| end.max(span.bytes.end));
    Revision {
        turn: heard.turn,
        part: heard.part,
        revision,
        is_final: false,
        bytes: heard.place.start..end,
        spans,
    }
}

fn whole_revision(turn: &Turn<'_>, heard: &Heard) -> Revision {
    Revision {
        turn: heard.turn,
        part: heard.part,
        revision: heard.revision,
        is_final: true,
        bytes: heard.place.clone(),
        spans: Placer::default().places(turn.text, &heard.pieces, &heard.spans),
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

#[cfg(test)]
mod tests;
