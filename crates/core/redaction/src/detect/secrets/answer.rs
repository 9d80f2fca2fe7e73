//! What answers a question for a password, a user name or a security answer.

use events::EntityKind;

use super::{
    super::vocabulary::{Class, is_reply},
    value::{class, is_spelled, span},
};
use crate::{
    asked::{Expected, Stage},
    judge::Scene,
    token::Token,
    view::Span,
};

/// Where more follows, common words are no answer.
const MAX_COMMON: usize = 5;

/// How many words that carry the talk may stand between two words of an answer: "saint mary of the lake".
const MAX_BRIDGE: usize = 2;

/// How many words may stand before "is" in an answer: "my mother's maiden name was".
const MAX_LEAD: usize = 8;

/// The answer in an utterance of the side that was asked.
pub(super) fn spans(scene: &Scene<'_>, expected: Expected) -> Vec<Span> {
    if !matches!(expected.kind, EntityKind::Password | EntityKind::UserName | EntityKind::SecurityAnswer) {
        return Vec::new();
    }
    if expected.echo {
        return Vec::new();
    }
    let answered = expected.stage != Stage::Fresh;
    let tokens = scene.tokens;
    let from = lead(tokens);
    let rest = tokens.get(from..).unwrap_or_default();
    let words = rest.iter().filter(|token| !is_spelled(class(token))).count();
    let common = !answered && words <= MAX_COMMON && !refuses(rest);
    let mut out: Vec<(usize, usize, bool)> = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(from) {
        let (answers, telling) = match class(token) {
            Class::Letter => (!token.is(&["a", "i"]) || is_beside_spelled(tokens, at), true),
            // "Nine hundred dollars" is no answer, but "tiger nine" is.
            Class::Digits | Class::Number => {
                (true, expected.kind == EntityKind::Password && !answered && common)
            }
            Class::Word => (!answered, true),
            Class::Common | Class::Manner => (common && !is_reply(&token.text), true),
            Class::Homophone | Class::Filler | Class::Function => (false, false),
        };
        if !answers {
            continue;
        }
        match out.last_mut() {
            Some((_, last, told)) if at - *last <= MAX_BRIDGE + 1 && !ends(tokens, *last, at) => {
                (*last, *told) = (at, *told || telling);
            }
            Some(_) | None => out.push((at, at, telling)),
        }
    }
    out.retain(|(.., told)| *told);
    if answered {
        out.retain(|(first, last, _)| last > first);
    }
    out.into_iter()
        .map(|(first, last, _)| span(scene, first, last, expected.kind, 82, "answers what was asked"))
        .collect()
}

/// The first token after "my first pet was", "it is".
fn lead(tokens: &[Token]) -> usize {
    let links = |token: &Token| token.is(&["is", "its", "was", "thats", "be", "called", "named", "as"]);
    let placed = |at: usize| {
        tokens.get(at).is_some_and(|token| token.is(&["in", "on"]))
            && at
                .checked_sub(1)
                .and_then(|at| tokens.get(at))
                .is_some_and(|token| token.is(&["born", "up", "live", "lived", "grew"]))
    };
    let is_lead = |token: &Token| !matches!(class(token), Class::Word | Class::Digits);
    let head = tokens.iter().take(MAX_LEAD).take_while(|token| is_lead(token)).count();
    (0..head).rev().find(|at| tokens.get(*at).is_some_and(links) || placed(*at)).map_or(0, |at| at + 1)
}

/// Whether the speaker says that there is no answer, or asks back.
fn refuses(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| {
        token.is(&[
            "dont",
            "cant",
            "not",
            "forgot",
            "forget",
            "forgotten",
            "why",
            "what",
            "how",
            "which",
            "reset",
            "wait",
            "hold",
            "repeat",
            "remember",
            "didnt",
            "wont",
            "never",
            "havent",
            "help",
            "need",
            "where",
            "sorry",
            "pardon",
            "couldnt",
            "moment",
        ])
    })
}

fn is_beside_spelled(tokens: &[Token], at: usize) -> bool {
    let spelled =
        |at: usize| tokens.get(at).is_some_and(|token| is_spelled(class(token)) && !token.is(&["a", "i"]));
    at.checked_sub(1).is_some_and(spelled) || spelled(at + 1)
}

fn ends(tokens: &[Token], from: usize, to: usize) -> bool {
    tokens.get(from..to).unwrap_or_default().iter().any(|token| token.ends_sentence)
}
