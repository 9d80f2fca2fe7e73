//! What single tokens are worth as names.

use crate::{
    detect::lists::{Facts, look},
    judge::Scene,
    lexicon::Class,
    token::{Kind, Token},
};

/// What a token can be, from the least to the most like a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// A number, or a word that stands around names: "calling", "from", "account".
    Never,
    /// An English word that nobody is called.
    Word,
    /// A very common word that many are called: "will", "young". A name only where nothing else makes sense.
    Shy,
    /// An English word, or a place, that many are called: "grace", "austin".
    Either,
    /// In no list: a rare name, a brand, a word that was not understood.
    Unknown,
    /// A name that few have, and no English word.
    Likely,
    /// A common name that is no English word.
    Sure,
}

/// The longest word whose case and apostrophes are looked at, in bytes.
const MAX_RAW: usize = 64;

/// A token as it is seen here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) worth: Worth,
    pub(super) facts: Facts,
    /// It is written with a capital where one says something.
    pub(super) capital: bool,
    /// One letter.
    pub(super) letter: bool,
    /// Says nothing: "uh".
    pub(super) filler: bool,
    /// A sentence ends before it, or the text begins with it.
    pub(super) begins: bool,
}

impl Look {
    /// Whether the token may be a first name, as far as it is known.
    pub(super) const fn may_be_first(&self) -> bool {
        self.facts.first >= 2
    }

    /// Whether the token may be a last name, as far as it is known.
    pub(super) const fn may_be_last(&self) -> bool {
        self.facts.last >= 2
    }
}

/// All tokens of an utterance.
pub(super) fn looks(scene: &Scene<'_>) -> Vec<Look> {
    let cased = is_cased(scene);
    let mut begins = true;
    let mut out: Vec<Look> = Vec::with_capacity(scene.tokens.len());
    for token in scene.tokens {
        let look = look_at(scene, token, begins, cased);
        begins = token.ends_sentence;
        out.push(look);
    }
    out
}

fn look_at(scene: &Scene<'_>, token: &Token, begins: bool, cased: bool) -> Look {
    let raw = scene.words.get(token.word).map_or("", |word| word.text.expose().as_str());
    // Many tokens can be of one word, and each looks at all of it.
    let raw = if raw.len() > MAX_RAW { "" } else { raw };
    let upper = raw.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase);
    let mut facts = facts_of(token, raw);
    if is_title(token) {
        facts = Facts { english: 3, ..Facts::default() };
    }
    let letter = token.text.chars().count() == 1 && token.text.chars().all(char::is_alphabetic);
    let filler = matches!(token.kind, Kind::Spoken(Class::Filler));
    // "SSN" says nothing of a name.
    let title = upper && !raw.chars().filter(|c| c.is_alphabetic()).skip(1).any(char::is_uppercase);
    let capital = cased && title && !begins && token.text != "i";
    let small = cased && !upper;
    let mut worth = if letter { Worth::Never } else { worth(token, facts) };
    if worth == Worth::Either && small {
        worth = Worth::Word;
    }
    // "June" has a capital as a month too.
    if worth == Worth::Shy && capital && token.class() != Some(Class::Month) {
        worth = Worth::Either;
    }
    Look { worth, facts, capital, letter, filler, begins }
}

/// What is known of a token; "johns" with an apostrophe is "john".
fn facts_of(token: &Token, raw: &str) -> Facts {
    let facts = look(&token.text);
    let owned = raw.contains(['\'', '’']);
    if !owned && !facts.is_unknown() {
        return facts;
    }
    match token.text.strip_suffix('s').map(look) {
        Some(base) if !base.is_unknown() && (owned || base.english == 0) => base,
        Some(_) | None => facts,
    }
}

fn worth(token: &Token, facts: Facts) -> Worth {
    match token.class() {
        None => return Worth::Never,
        Some(Class::Word | Class::Month | Class::Homophone(_) | Class::Link | Class::Filler) => {}
        Some(_) => return Worth::Never,
    }
    let (first, last) = (facts.first, facts.last);
    let named = first >= 2 || last >= 2;
    match facts.english {
        3 if first >= 2 || last >= 2 => Worth::Shy,
        3 => Worth::Never,
        2 if named => Worth::Either,
        2 => Worth::Word,
        1 if first == 3 || last == 3 => {
            if facts.place > 0 {
                Worth::Either
            } else {
                Worth::Likely
            }
        }
        1 if named => Worth::Either,
        1 => Worth::Word,
        // "Tyler", "jackson": a town that fewer speak of than are called so.
        _ if facts.place == 1 && first == 3 => Worth::Sure,
        _ if facts.place > 0 && named => Worth::Either,
        _ if facts.place > 0 => Worth::Word,
        _ if named => Worth::Sure,
        _ if first + last > 0 => Worth::Likely,
        _ if token.text.chars().count() < 2 || !token.text.chars().all(char::is_alphabetic) => Worth::Never,
        _ => Worth::Unknown,
    }
}

/// "Mrs" and the like are no part of a name.
fn is_title(token: &Token) -> bool {
    token.is(&[
        "mr",
        "mrs",
        "ms",
        "miss",
        "mister",
        "missus",
        "dr",
        "doctor",
        "prof",
        "professor",
        "sir",
        "madam",
        "maam",
    ])
}

/// Whether the text has small and capital letters, so that a capital says something: not where every word has one.
fn is_cased(scene: &Scene<'_>) -> bool {
    let (mut upper, mut lower, mut begins) = (0_usize, 0_usize, true);
    for word in scene.words {
        let text = word.text.expose();
        let code = text.len() > MAX_RAW || text.contains(|c: char| c.is_ascii_digit());
        let counts = !begins && !code && !text.starts_with("I'") && text != "I";
        match text.chars().find(|c| c.is_alphabetic()) {
            Some(c) if c.is_uppercase() => upper += usize::from(counts),
            Some(_) => lower += 1,
            None => {}
        }
        begins = text.ends_with(['.', '?', '!']);
    }
    lower > 0 && 2 * lower >= upper && (upper > 0 || starts_upper(scene))
}

/// Whether the first word has a capital.
fn starts_upper(scene: &Scene<'_>) -> bool {
    let first = scene.words.first().and_then(|word| word.text.expose().chars().find(|c| c.is_alphabetic()));
    first.is_some_and(char::is_uppercase)
}
