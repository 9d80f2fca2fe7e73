//! What is said to be the password or the user name: "the password is capital s sunshine nine exclamation mark".

use std::sync::LazyLock;

use events::EntityKind;

use super::{
    super::{
        spelling,
        vocabulary::{Class, class_of, is_reply, is_state},
    },
    Noun,
};
use crate::{
    judge::Scene,
    lexicon::is_label,
    lookup::WordSet,
    token::{Kind, Token},
    view::Span,
};

/// What marks are called.
static SYMBOLS: LazyLock<WordSet> =
    LazyLock::new(|| include_str!("../vocabulary/symbols.txt").split_whitespace().collect());

/// How many words may stand between the noun and what it is.
const MAX_LINK: usize = 5;

/// How many words that say nothing may stand before the value.
const MAX_HEDGE: usize = 10;

/// The most words of a value that is not spelled.
const MAX_WORDS: usize = 10;

/// The most tokens of a value.
const MAX_VALUE: usize = 80;

/// The value that is said after its noun.
pub(super) fn after_noun(scene: &Scene<'_>, noun: Noun) -> Option<Span> {
    let from = linked(scene, noun)?;
    let first = hedged(scene.tokens, from);
    let vague = scene.tokens.get(noun.first).is_some_and(|token| token.is(&["the"]));
    let asked = scene.asked.iter().any(|asked| asked.kind == noun.kind && !asked.echo);
    let near = scene.tokens.get(first..).unwrap_or_default().iter().take(3);
    let mut near = near.take_while(|token| class(token) != Class::Function);
    let open = scene.partial && scene.tokens.len() <= first + 2;
    let unusual = near.any(|token| class(token) == Class::Word);
    if vague && !(asked || open || unusual) {
        return None;
    }
    let confident = noun.kind != EntityKind::OneTimeCode;
    let last = if confident { value(scene, first, noun.kind)? } else { spelled(scene.tokens, first)? };
    Some(span(scene, first, last, noun.kind, 93, "said to be it"))
}

/// "log in as bobsmith", "signed in under bobsmith".
pub(super) fn signed_in_as(scene: &Scene<'_>) -> Vec<Span> {
    let tokens = scene.tokens;
    let is = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.is(words));
    let starts = (0..tokens.len()).filter(|at| {
        is(*at, &["log", "logged", "logging", "sign", "signed", "signing"])
            && is(at + 1, &["in", "on"])
            && is(at + 2, &["as", "under"])
    });
    let found = starts.filter_map(|at| {
        let first = hedged(tokens, at + 3);
        let guest = is(
            first,
            &["guest", "admin", "administrator", "usual", "normal", "before", "new", "well", "soon"],
        );
        let last = if guest { None } else { value(scene, first, EntityKind::UserName) }?;
        Some(span(scene, first, last, EntityKind::UserName, 85, "what is signed in with"))
    });
    found.collect()
}

/// "I set it to sunshine seven three": a word with digits behind it.
pub(super) fn set_to(scene: &Scene<'_>) -> Vec<Span> {
    let tokens = scene.tokens;
    let is = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.is(words));
    let starts = (0..tokens.len()).filter_map(|at| {
        if is(at, &["set", "changed", "reset", "made", "switched", "updated", "put"])
            && is(at + 1, &["it", "mine", "that"])
            && is(at + 2, &["to", "as"])
        {
            return Some((at + 3, true));
        }
        let uses = is(
            at,
            &[
                "use", "used", "using", "typed", "typing", "entered", "enter", "tried", "try", "chose",
                "picked", "put",
            ],
        );
        let in_it = usize::from(is(at + 1, &["in", "it", "down", "with"]));
        let enters = is(at, &["with"])
            && at.checked_sub(2).is_some_and(|at| is(at, &["log", "sign", "get", "go", "logged"]));
        (uses || enters).then_some((at + 1 + in_it, false))
    });
    let asked = scene.asked.iter().any(|asked| asked.kind == EntityKind::Password && !asked.echo);
    let found = starts.filter_map(|(first, set)| {
        let last = value(scene, first, EntityKind::Password)?;
        let here = tokens.get(first..=last)?;
        let word = here.iter().any(|token| match class(token) {
            Class::Word | Class::Letter => true,
            Class::Common => {
                (set || asked) && !is_label(&token.text) && !is_reply(&token.text) && !is_state(&token.text)
            }
            Class::Digits
            | Class::Number
            | Class::Homophone
            | Class::Filler
            | Class::Manner
            | Class::Function => false,
        });
        let digits = here.iter().filter(|token| token.is_number()).count() >= 2
            || here.iter().any(|token| matches!(token.kind, Kind::Written(..)));
        let number_first =
            here.first().is_some_and(|token| is_spelled(class(token)) && class(token) != Class::Letter);
        if number_first {
            return None;
        }
        let open = scene.partial && set && last + 1 == tokens.len();
        (word && (digits || open))
            .then(|| span(scene, first, last, EntityKind::Password, 92, "what something was set to"))
    });
    found.collect()
}

/// The first token after "is", ":", "to" behind a noun.
fn linked(scene: &Scene<'_>, noun: Noun) -> Option<usize> {
    let tokens = scene.tokens;
    let last = tokens.get(noun.end.checked_sub(1)?)?;
    let next = tokens.get(noun.end)?;
    // "password:hunter2", "password: hunter2".
    let raw = |token: &Token| scene.words.get(token.word).map_or("", |word| word.text.expose().as_str());
    if last.word == next.word || raw(last).ends_with([':', '=']) {
        return Some(noun.end);
    }
    for at in noun.end..noun.end + MAX_LINK {
        let token = tokens.get(at)?;
        if tokens.get(at.checked_sub(1)?)?.ends_sentence {
            return None;
        }
        match &*token.text {
            "is" | "was" | "equals" | "as" | "its" | "thats" => return Some(at + 1),
            "be" if at > noun.end => return Some(at + 1),
            // "I changed the password to": but "to my account", "to the router".
            "to" if is_set(tokens, noun) => return Some(at + 1),
            "answer" | "one" | "would" | "will" | "should" | "for" | "that" | "the" | "my" | "this"
            | "it" | "account" | "on" | "i" | "set" | "use" | "used" | "have" | "wifi" | "now" | "here"
            | "again" | "then" | "so" => {}
            _ => return None,
        }
    }
    None
}

fn is_set(tokens: &[Token], noun: Noun) -> bool {
    let before = tokens.get(noun.first.saturating_sub(4)..noun.first).unwrap_or_default();
    before.iter().any(|token| token.is(&["set", "changed", "reset", "updated", "made", "change", "switched"]))
}

/// Steps over what is said before a value: "um I think it's".
fn hedged(tokens: &[Token], from: usize) -> usize {
    let says_nothing = |token: &&Token| {
        token.is(&[
            "i",
            "think",
            "believe",
            "its",
            "it",
            "is",
            "um",
            "uh",
            "er",
            "erm",
            "like",
            "just",
            "probably",
            "actually",
            "so",
            "well",
            "guess",
            "should",
            "be",
            "maybe",
            "still",
            "basically",
            "simply",
            "okay",
            "ok",
            "yeah",
            "yes",
            "hmm",
            "the",
            "following",
            "spelled",
            "spelt",
            "say",
            "lets",
            "then",
            "called",
            "named",
            "sorry",
            "that",
            "would",
        ])
    };
    from + tokens.get(from..).unwrap_or_default().iter().take(MAX_HEDGE).take_while(says_nothing).count()
}

/// The last token of the value that begins at `first`, if one does.
pub(super) fn value(scene: &Scene<'_>, first: usize, kind: EntityKind) -> Option<usize> {
    let tokens = scene.tokens;
    if !begins(tokens, first, kind) {
        return None;
    }
    let (mut last, mut words) = (first, 0);
    let mut at = first;
    while at < first + MAX_VALUE {
        let Some(token) = tokens.get(at) else { break };
        if let Some(after) = spelling::after_letter_of(|at| tokens.get(at).map(|token| &*token.text), at) {
            (last, at) = (after - 1, after);
            continue;
        }
        let class = class(token);
        let spelled = is_spelled(class) && !(token.is(&["i"]) && is_pronoun(tokens, at));
        let goes_on = if at == first || spelled || is_symbol(&token.text) {
            true
        } else if matches!(class, Class::Word | Class::Common | Class::Manner) {
            words += 1;
            words < MAX_WORDS
        } else {
            spelling_follows(tokens, at)
        };
        let cut = scene.partial && at + 1 == tokens.len() && token.text == "under";
        if !goes_on && !cut {
            break;
        }
        last = at;
        if token.ends_sentence && !spelling_follows(tokens, at)
            || (ends_clause(scene, token) && !spelling_follows(tokens, at))
        {
            break;
        }
        at += 1;
    }
    // "and", "a" and the like were taken for what follows them.
    Some(last)
}

/// A value of letters and digits only.
pub(super) fn spelled(tokens: &[Token], first: usize) -> Option<usize> {
    let here = tokens.get(first..)?;
    let spelled = |token: &&Token| is_spelled(class(token)) || matches!(token.kind, Kind::Written(..));
    let len = here.iter().take(MAX_VALUE).take_while(spelled).count();
    (len >= 2 || (len == 1 && matches!(here.first()?.kind, Kind::Written(..)))).then(|| first + len - 1)
}

pub(super) fn span(
    scene: &Scene<'_>,
    first: usize,
    last: usize,
    kind: EntityKind,
    confidence: u8,
    reason: &'static str,
) -> Span {
    let from = scene.tokens.get(first).map_or(0, |token| token.word);
    let to = scene.tokens.get(last).map_or(from, |token| token.word + 1);
    Span { from, to, kind, confidence, reason }
}

pub(super) fn class(token: &Token) -> Class {
    class_of(&token.text)
}

pub(super) const fn is_spelled(class: Class) -> bool {
    matches!(class, Class::Letter | Class::Digits | Class::Number)
}

/// Whether what is said of a password is a value, and not how it fares: "wrong", "not working".
fn begins(tokens: &[Token], first: usize, kind: EntityKind) -> bool {
    let Some(token) = tokens.get(first) else { return false };
    let next = tokens.get(first + 1);
    match class(token) {
        Class::Letter if token.is(&["a", "i"]) => {
            next.is_some_and(|next| is_spelled(class(next)) || class(next) == Class::Manner)
        }
        Class::Letter | Class::Digits => true,
        // "One of those", "one that I set".
        Class::Number => {
            !token.is(&["one"])
                || next.is_none_or(|next| !matches!(class(next), Class::Function | Class::Common))
        }
        Class::Word => !is_state(&token.text) || is_phrase(tokens, first + 1),
        Class::Manner => {
            !token.is(&["no", "all", "case"])
                || next.is_some_and(|next| {
                    matches!(
                        class(next),
                        Class::Letter | Class::Digits | Class::Number | Class::Manner | Class::Word
                    ) && !is_state(&next.text)
                })
        }
        // What a user is called may sound like anything, but rarely like "available".
        Class::Common if is_state(&token.text) => {
            kind != EntityKind::UserName && is_phrase(tokens, first + 1)
        }
        Class::Common => kind != EntityKind::UserName || !is_state(next.map_or("", |next| &next.text)),
        Class::Function if is_state(&token.text) => {
            kind != EntityKind::UserName && is_phrase(tokens, first + 1)
        }
        Class::Homophone | Class::Filler | Class::Function => is_symbol(&token.text),
    }
}

/// "correct horse battery": two more words that say nothing of how it fares.
fn is_phrase(tokens: &[Token], from: usize) -> bool {
    let word = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            matches!(class(token), Class::Word | Class::Common)
                && !is_state(&token.text)
                && !token.text.ends_with("ly")
        })
    };
    word(from) && word(from + 1)
}

/// "i" before a verb: "sunshine i think".
fn is_pronoun(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|next| matches!(class(next), Class::Function | Class::Common))
}

/// The spoken name of a mark, which is part of a password.
fn is_symbol(word: &str) -> bool {
    SYMBOLS.contains(word)
}

/// Whether letters, digits or the name of a mark come right behind: "and a seven", "with a capital s".
fn spelling_follows(tokens: &[Token], at: usize) -> bool {
    let part = |n: usize| {
        tokens.get(at + n).is_some_and(|token| {
            (is_spelled(class(token)) && !token.is(&["a", "i"]))
                || token.is(&[
                    "capital",
                    "caps",
                    "uppercase",
                    "lowercase",
                    "exclamation",
                    "hash",
                    "ampersand",
                    "dollar",
                    "asterisk",
                    "underscore",
                    "sign",
                    "score",
                    "symbol",
                ])
        })
    };
    let joins =
        tokens.get(at + 1).is_some_and(|token| token.is(&["a", "an", "the", "then", "with", "in", "as"]));
    part(1)
        || (joins && part(2))
        || (joins && part(3) && tokens.get(at + 2).is_some_and(|token| token.is(&["a", "an"])))
}

fn ends_clause(scene: &Scene<'_>, token: &Token) -> bool {
    scene.words.get(token.word).is_some_and(|word| word.text.expose().ends_with([',', ';']))
}
