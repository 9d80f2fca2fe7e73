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

/// How many other words may be said after an answer.
const MAX_OTHERS: usize = 2;

/// How many words that carry the talk may stand between two words of an answer: "saint mary of the lake".
const MAX_BRIDGE: usize = 2;

/// How many words may stand before "is" in an answer: "my mother's maiden name was".
const MAX_LEAD: usize = 14;

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
    let Some((first, last)) = stretch(tokens, from, common) else { return Vec::new() };
    let here = tokens.get(first..=last).unwrap_or_default();
    let says = |wanted: &[Class]| here.iter().any(|token| wanted.contains(&class(token)));
    let telling = if answered {
        says(&[Class::Letter]) && first < last
    } else {
        says(&[Class::Letter, Class::Word, Class::Common, Class::Manner])
            || expected.kind == EntityKind::Password
    };
    // An answer is most of what is said.
    let others = tokens.iter().enumerate().filter(|(at, token)| {
        *at > last && matches!(class(token), Class::Word | Class::Common) && !is_reply(&token.text)
    });
    if !telling || others.count() > MAX_OTHERS {
        return Vec::new();
    }
    vec![span(scene, first, last, expected.kind, 82, "answers what was asked")]
}

/// The first and the last token of what may be the answer, from a token on.
fn stretch(tokens: &[Token], from: usize, common: bool) -> Option<(usize, usize)> {
    let marks = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            token.is(&["plus", "minus", "dash", "hyphen", "dot", "underscore", "period", "point"])
        })
    };
    let joined = |at: usize| marks(at) || marks(at + 1) || at.checked_sub(1).is_some_and(marks);
    let content = |at: usize| {
        joined(at)
            || tokens.get(at).is_some_and(|token| match class(token) {
                Class::Letter => !token.is(&["a", "i"]) || is_beside_spelled(tokens, at),
                Class::Digits | Class::Number | Class::Word => true,
                Class::Common | Class::Manner => common && !is_reply(&token.text),
                Class::Homophone | Class::Filler | Class::Function => false,
            })
    };
    let skipped = |at: &usize| {
        tokens.get(*at).is_some_and(|token| {
            matches!(class(token), Class::Function | Class::Filler | Class::Homophone)
                || token.is(&["a", "i", "all", "no"])
                || is_reply(&token.text)
        })
    };
    let first = from + (from..tokens.len()).take_while(|at| !content(*at) && skipped(at)).count();
    let acts =
        first.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|before| does_something(&before.text));
    let number = tokens.get(first).is_some_and(|token| matches!(class(token), Class::Digits | Class::Number));
    // "Two bedrooms" is no answer.
    let only_numbers = || {
        (first..tokens.len())
            .all(|at| skipped(&at) || tokens.get(at).is_some_and(|token| is_spelled(class(token))))
    };
    // A common word answers only right behind what leads to it.
    let loose = first > from + 1
        && tokens.get(first).is_some_and(|token| matches!(class(token), Class::Common | Class::Manner));
    if !content(first) || acts || loose || (number && !only_numbers()) {
        return None;
    }
    let mut last = first;
    for at in first + 1..tokens.len() {
        if at - last > MAX_BRIDGE + 1 || ends(tokens, last, at) {
            break;
        }
        if content(at) {
            last = at;
        } else if !skipped(&at) {
            break;
        }
    }
    Some((first, last))
}

/// A word after which somebody does something, and answers nothing: "we moved".
fn does_something(word: &str) -> bool {
    matches!(
        word,
        "i" | "we"
            | "you"
            | "they"
            | "he"
            | "she"
            | "me"
            | "us"
            | "to"
            | "can"
            | "could"
            | "will"
            | "would"
            | "let"
            | "lets"
            | "not"
            | "dont"
            | "gonna"
            | "are"
            | "have"
            | "has"
            | "had"
            | "do"
            | "did"
            | "ill"
            | "im"
            | "weve"
            | "ive"
            | "were"
    )
}

/// The first token after "my first pet was", "it is".
fn lead(tokens: &[Token]) -> usize {
    let links = |token: &Token| {
        token.is(&[
            "is", "its", "was", "thats", "be", "called", "named", "as", "okay", "ok", "alright", "use",
            "used", "using", "typed", "entered", "put", "chose", "picked", "try", "think", "believe",
            "guess", "maybe", "probably", "wrote", "said", "sure", "yeah",
        ])
    };
    let is = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.is(words));
    let placed = |at: usize| {
        is(at, &["to"]) && at.checked_sub(1).is_some_and(|at| is(at, &["it", "that", "mine"]))
            || tokens.get(at).is_some_and(|token| token.is(&["in", "on"]))
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
