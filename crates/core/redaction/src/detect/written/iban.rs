//! IBANs: written whole or in groups, and spelled.

use events::EntityKind;

use super::super::{
    fold::fold,
    spelling::after_letter_of,
    vocabulary::{Class, class_of},
};
use crate::{judge::Scene, token::Token, view::Span};

/// The most words of an IBAN in groups.
const MAX_GROUPS: usize = 12;

/// The longest IBAN.
const MAX_LEN: usize = 34;

/// The shortest.
const MIN_LEN: usize = 15;

/// How far behind its name it may begin.
const MAX_CUE: usize = 6;

/// The most tokens of a spelled one.
const MAX_SPELLED: usize = 140;

/// Countries and the lengths of their IBANs.
const LENGTHS: &[(&str, usize)] = &[
    ("ad", 24),
    ("ae", 23),
    ("al", 28),
    ("at", 20),
    ("az", 28),
    ("ba", 20),
    ("be", 16),
    ("bg", 22),
    ("bh", 22),
    ("bi", 27),
    ("br", 29),
    ("by", 28),
    ("ch", 21),
    ("cr", 22),
    ("cy", 28),
    ("cz", 24),
    ("de", 22),
    ("dj", 27),
    ("dk", 18),
    ("do", 28),
    ("ee", 20),
    ("eg", 29),
    ("es", 24),
    ("fi", 18),
    ("fk", 18),
    ("fo", 18),
    ("fr", 27),
    ("gb", 22),
    ("ge", 22),
    ("gi", 23),
    ("gl", 18),
    ("gr", 27),
    ("gt", 28),
    ("hr", 21),
    ("hu", 28),
    ("ie", 22),
    ("il", 23),
    ("iq", 23),
    ("is", 26),
    ("it", 27),
    ("jo", 30),
    ("kw", 30),
    ("kz", 20),
    ("lb", 28),
    ("lc", 32),
    ("li", 21),
    ("lt", 20),
    ("lu", 20),
    ("lv", 21),
    ("ly", 25),
    ("mc", 27),
    ("md", 24),
    ("me", 22),
    ("mk", 19),
    ("mn", 20),
    ("mr", 27),
    ("mt", 31),
    ("mu", 30),
    ("ni", 28),
    ("nl", 18),
    ("no", 15),
    ("om", 23),
    ("pk", 24),
    ("pl", 28),
    ("ps", 29),
    ("pt", 25),
    ("qa", 29),
    ("ro", 24),
    ("rs", 22),
    ("ru", 33),
    ("sa", 24),
    ("sc", 31),
    ("sd", 18),
    ("se", 24),
    ("si", 19),
    ("sk", 24),
    ("sm", 27),
    ("so", 23),
    ("st", 25),
    ("sv", 28),
    ("tl", 23),
    ("tn", 24),
    ("tr", 26),
    ("ua", 29),
    ("va", 22),
    ("vg", 24),
    ("xk", 20),
    ("ye", 30),
];

/// Whether two letters in capitals are a country with banks.
pub(super) fn is_country(letters: &str) -> bool {
    let folded = letters.to_ascii_lowercase();
    matches!(
        folded.as_str(),
        "us" | "ca" | "au" | "nz" | "in" | "jp" | "cn" | "hk" | "sg" | "za" | "mx" | "ng" | "ke"
    ) || LENGTHS.iter().any(|(country, _)| *country == folded)
}

/// The IBAN that begins with a word.
pub(super) fn written(scene: &Scene<'_>, at: usize) -> Option<Span> {
    if !may_begin(scene.words.get(at)?.text.expose()) {
        return None;
    }
    let begins = fold(scene.words.get(at)?.text.expose());
    let first: String = begins.chars().filter(|c| c.is_ascii_alphanumeric()).take(MAX_LEN + 1).collect();
    let (country, check) = (first.get(..2)?, first.get(2..4)?);
    if !check.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let length = LENGTHS.iter().find(|(name, _)| *name == country)?.1;
    let (code, words) = gather(scene, at, length);
    let cued = is_named(scene, at);
    let whole = code.len() == length && checks(&code);
    // A wrong letter fails the check: the form and the name are enough.
    let grouped = words > 1 && code.len() + 4 >= length;
    let likely = (cued && code.len() >= MIN_LEN) || (grouped && code.len() == length);
    // What is heard so far may become one.
    let open = scene.partial && at + words == scene.words.len() && code.len() < length;
    if !whole && !likely && !open {
        return None;
    }
    let (confidence, reason) =
        if whole { (99, "an IBAN whose check digits hold") } else { (94, "written as an IBAN is") };
    Some(Span { from: at, to: at + words, kind: EntityKind::Iban, confidence, reason })
}

/// Two letters and two digits, as far as can be told without folding.
fn may_begin(raw: &str) -> bool {
    let mut chars = raw.chars().filter(|c| !c.is_ascii() || c.is_ascii_alphanumeric());
    let mut next = |digit: bool| chars.next().is_some_and(|c| !c.is_ascii() || c.is_ascii_digit() == digit);
    next(false) && next(false) && next(true)
}

/// The characters of the words from `at` on, up to a length, and how many words they are.
fn gather(scene: &Scene<'_>, at: usize, length: usize) -> (String, usize) {
    let mut code = String::new();
    let mut words = 0;
    for word in scene.words.get(at..).unwrap_or_default().iter().take(MAX_GROUPS) {
        let text = fold(word.text.expose());
        let group: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).take(MAX_LEN + 1).collect();
        let form = group.bytes().any(|b| b.is_ascii_digit()) || (words > 0 && group.len() == 4);
        if code.len() + group.len() > length || group.is_empty() || !form {
            break;
        }
        code.push_str(&group);
        words += 1;
        if code.len() == length || text.ends_with(['.', '?', '!']) {
            break;
        }
    }
    (code, words.max(1))
}

fn is_named(scene: &Scene<'_>, at: usize) -> bool {
    scene
        .words
        .get(at.saturating_sub(MAX_CUE)..at)
        .unwrap_or_default()
        .iter()
        .any(|word| fold(word.text.expose()).contains("iban"))
        || scene.slots.iter().any(|(_, slot)| *slot == EntityKind::Iban)
}

/// ISO 7064, modulo 97.
fn checks(code: &str) -> bool {
    let (head, tail) = code.split_at_checked(4).unwrap_or((code, ""));
    let value = |b: u8| {
        if b.is_ascii_digit() { u32::from(b - b'0') } else { u32::from(b.to_ascii_lowercase() - b'a') + 10 }
    };
    let rest = tail.bytes().chain(head.bytes()).filter(u8::is_ascii_alphanumeric).fold(0_u32, |rest, b| {
        let value = value(b);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    rest == 1
}

/// Letters and digits where an IBAN was asked for or announced.
pub(super) fn spoken(scene: &Scene<'_>) -> Vec<Span> {
    let Some(from) =
        scene.slots.iter().filter(|(_, slot)| *slot == EntityKind::Iban).map(|(from, _)| *from).min()
    else {
        return Vec::new();
    };
    let tokens = scene.tokens;
    let mut out = Vec::new();
    let mut at = from;
    while let Some(stretch) = spelled_from(tokens, at) {
        let cut = scene.partial && stretch.last + 1 == tokens.len();
        if stretch.letters > 0 && (stretch.letters + stretch.digits >= 2 || cut) {
            let from = tokens.get(stretch.first).map_or(0, |token| token.word);
            let to = tokens.get(stretch.last).map_or(from, |token| token.word + 1);
            let (kind, reason) = (EntityKind::Iban, "spelled where an IBAN is expected");
            out.push(Span { from, to, kind, confidence: 94, reason });
        }
        at = stretch.last + 1;
    }
    out
}

/// Tokens `first..=last` are letters and digits.
pub(super) struct Stretch {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) letters: usize,
    pub(super) digits: usize,
}

/// The next stretch of letters and digits from a token on.
pub(super) fn spelled_from(tokens: &[Token], from: usize) -> Option<Stretch> {
    let text = |at: usize| tokens.get(at).map(|token| &*token.text);
    let class = |at: usize| tokens.get(at).map(|token| class_of(&token.text));
    let spelled = |at: usize| matches!(class(at), Some(Class::Letter | Class::Digits | Class::Number));
    let starts = |at: &usize| {
        let article = matches!(text(*at), Some("a" | "i"));
        spelled(*at) && (!article || spelled(at + 1) || after_letter_of(text, *at).is_some())
    };
    let first = (from..tokens.len()).find(starts)?;
    let mut out = Stretch { first, last: first, letters: 0, digits: 0 };
    let mut at = first;
    while at < first + MAX_SPELLED {
        if let Some(after) = after_letter_of(text, at) {
            (out.letters, out.last, at) = (out.letters + 1, after - 1, after);
            continue;
        }
        match class(at) {
            Some(Class::Letter) => out.letters += 1,
            Some(Class::Digits | Class::Number) => out.digits += 1,
            Some(Class::Filler) => {
                at += 1;
                continue;
            }
            _ => break,
        }
        out.last = at;
        at += 1;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_standard() {
        assert!(checks("gb82west12345698765432"));
        assert!(checks("de89370400440532013000"));
        assert!(!checks("gb82west12345698765433"));
    }

    #[test]
    fn countries_are_in_order_and_no_longer_than_the_longest() {
        assert!(LENGTHS.is_sorted());
        assert!(LENGTHS.iter().all(|(_, length)| (MIN_LEN..=MAX_LEN).contains(length)));
    }
}
