//! A text or a dialogue that is there as a whole.

use model::{Channel, MediaTime, Utterance};

use super::{
    place::{Placer, TextSpan, append},
    session::{Heard, Session, Times},
    window::window,
};
use crate::{MAX_REMEMBERED_UTTERANCES, Policy};

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

/// What is masked of a written text.
#[must_use]
pub fn redact_text(text: &str, policy: Policy) -> Vec<TextSpan> {
    let turn = Turn { channel: Channel::Customer, text, times: None };
    redact(&[turn], Session::new(policy, true)).pop().unwrap_or_default()
}

/// What is masked of each turn of a dialogue, with all that later turns tell.
#[must_use]
pub fn redact_dialogue(turns: &[Turn<'_>], policy: Policy) -> Vec<Vec<TextSpan>> {
    redact(turns, Session::new(policy, false))
}

fn redact(turns: &[Turn<'_>], mut session: Session) -> Vec<Vec<TextSpan>> {
    let mut out = vec![Vec::new(); turns.len()];
    let mut placers: Vec<Placer> = turns.iter().map(|_| Placer::default()).collect();
    let mut place = |heard: Heard| {
        let (Some(turn), Some(placer)) = (turns.get(heard.turn), placers.get_mut(heard.turn)) else { return };
        if let Some(out) = out.get_mut(heard.turn) {
            append(out, placer.places(turn.text, &heard.pieces, &heard.spans));
        }
    };
    for (n, turn) in turns.iter().enumerate() {
        each_window(&mut session, n, turn, |session, utterance, heard| {
            let redacted = session.judge(utterance);
            session.finish(heard, &redacted);
            while session.heard.len() > MAX_REMEMBERED_UTTERANCES {
                session.heard.pop_front().into_iter().for_each(&mut place);
            }
        });
    }
    session.heard.into_iter().for_each(&mut place);
    out
}

/// Goes through the windows of a turn.
pub(crate) fn each_window(
    session: &mut Session,
    n: usize,
    turn: &Turn<'_>,
    mut take: impl FnMut(&mut Session, Utterance, Heard),
) {
    let (mut at, mut part, mut chunks) = (0, 0, 0);
    while let Some(mut window) = window(turn.text, at) {
        at = window.place.end;
        if window.pieces.is_empty() {
            continue;
        }
        let times = turn.times.and_then(|times| times.get(chunks..)).filter(|times| !times.is_empty());
        let utterance = session.utterance(turn.channel, &mut window, times.map_or(Times::Even, Times::Known));
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

#[cfg(test)]
mod tests;
