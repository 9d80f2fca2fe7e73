//! A reviewer's decision as a case to measure with, so that what was found once is found, or left alone, ever after.
//!
//! Nothing of what was found to be sensitive goes into it: its words are replaced by others of the same form. What was
//! released is harmless, and stays as it was said.

use events::{EntityKind, Finding, ReviewAction, TranscriptUtterance, TranscriptWord};
use model::Channel;
use serde::{Deserialize, Serialize};

/// A case in the form that `trunkline bench redaction --corpus` reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The call and the finding.
    pub id: String,
    /// What was said around it, in order.
    pub turns: Vec<CaseTurn>,
}

/// A sentence of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseTurn {
    /// `customer` or `agent`.
    pub channel: String,
    /// What is said.
    pub text: String,
    /// What is sensitive in it, or harmless.
    pub spans: Vec<CaseSpan>,
}

/// A stretch of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSpan {
    /// A kind of what is masked, or `harmless`.
    pub entity: String,
    /// Its first character, in Unicode scalar values.
    pub start: usize,
    /// The first character after it.
    pub end: usize,
    /// Stretches with the same number are parts of one.
    pub secret: u32,
}

/// The case of a decision on a finding. `context` is what was said around it before it was decided, as the log held it:
/// words that were masked then are left out. `seed` chooses the words that stand for others.
#[must_use]
pub fn case(
    id: &str,
    context: &[TranscriptUtterance],
    finding: &Finding,
    action: ReviewAction,
    seed: u64,
) -> Case {
    let mut dice = seed | 1;
    let turns = context.iter().map(|said| turn(said, finding, action, &mut dice)).collect();
    Case { id: id.to_owned(), turns }
}

fn turn(said: &TranscriptUtterance, finding: &Finding, action: ReviewAction, dice: &mut u64) -> CaseTurn {
    let mut text = String::new();
    let mut spans: Vec<CaseSpan> = Vec::new();
    let mut inside = false;
    for word in said.words.iter().filter(|word| word.masked.is_none()) {
        if !text.is_empty() {
            text.push(' ');
        }
        let start = text.chars().count();
        let found = is_found(word, said, finding);
        match action {
            ReviewAction::Approve | ReviewAction::Mask if found => text.push_str(&stand_in(&word.text, dice)),
            ReviewAction::Approve | ReviewAction::Mask | ReviewAction::Release => text.push_str(&word.text),
        }
        if found {
            let end = text.chars().count();
            match spans.last_mut().filter(|_| inside) {
                Some(span) => span.end = end,
                None => {
                    spans.push(CaseSpan { entity: entity(finding.entity, action), start, end, secret: 0 })
                }
            }
        }
        inside = found;
    }
    let channel = match said.channel {
        Channel::Customer => "customer",
        Channel::ToCustomer => "agent",
    };
    CaseTurn { channel: channel.to_owned(), text, spans }
}

fn is_found(word: &TranscriptWord, said: &TranscriptUtterance, finding: &Finding) -> bool {
    said.channel == finding.channel
        && finding.utterance.is_none_or(|id| id == said.id)
        && word.start_ms < finding.to_ms
        && word.end_ms > finding.from_ms
}

fn entity(kind: EntityKind, action: ReviewAction) -> String {
    match action {
        ReviewAction::Release => "harmless".to_owned(),
        ReviewAction::Approve | ReviewAction::Mask => kind.as_str().to_owned(),
    }
}

/// Words that stand for each other: each says one number of the same form.
const FORMS: [&[&str]; 3] = [
    &["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    &["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
    &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
];
/// Words that only say how a number or an address is put together.
const FRAME: [&str; 14] = [
    "oh",
    "zero",
    "double",
    "triple",
    "treble",
    "hundred",
    "thousand",
    "and",
    "at",
    "dot",
    "dash",
    "underscore",
    "slash",
    "the",
];

/// A word of the same form as another one: number words for number words, digits for digits, else letters for letters.
fn stand_in(word: &str, dice: &mut u64) -> String {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if FRAME.contains(&bare.as_str()) {
        return word.to_owned();
    }
    if let Some(form) = FORMS.iter().find(|form| form.contains(&bare.as_str())) {
        return form.get(roll(dice, form.len())).copied().unwrap_or("one").to_owned();
    }
    word.chars().map(|letter| other(letter, dice)).collect()
}

/// Another character of its kind; what is neither letter nor digit stays.
fn other(letter: char, dice: &mut u64) -> char {
    const VOWELS: &[u8] = b"aeiou";
    const CONSONANTS: &[u8] = b"bcdfghklmnprstvw";
    let pick =
        |from: &[u8], dice: &mut u64| char::from(from.get(roll(dice, from.len())).copied().unwrap_or(b'a'));
    let lower = letter.to_ascii_lowercase();
    let stand_in = match lower {
        '0'..='9' => pick(b"0123456789", dice),
        'a' | 'e' | 'i' | 'o' | 'u' => pick(VOWELS, dice),
        _ if letter.is_alphabetic() => pick(CONSONANTS, dice),
        _ if letter.is_numeric() => pick(b"0123456789", dice),
        _ => letter,
    };
    if letter.is_uppercase() { stand_in.to_ascii_uppercase() } else { stand_in }
}

/// The next number below `sides` of Knuth's generator of 64 bits.
fn roll(dice: &mut u64, sides: usize) -> usize {
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*dice >> 33).unwrap_or(0) % sides.max(1)
}

#[cfg(test)]
mod tests {
    use events::FindingRule;
    use model::{MediaTime, Participant, UtteranceId};

    use super::*;

    fn said(text: &str) -> TranscriptUtterance {
        let words = (0..).zip(text.split(' ')).map(|(n, text)| TranscriptWord {
            text: text.to_owned(),
            start_ms: n * 100,
            end_ms: n * 100 + 90,
            confidence: 0.9,
            masked: (text == "[card]").then_some(EntityKind::Card),
        });
        TranscriptUtterance {
            id: UtteranceId::new(Channel::Customer, MediaTime::ZERO),
            revision: 1,
            channel: Channel::Customer,
            participant: Participant::Customer,
            start_ms: 0,
            end_ms: 2_000,
            words: words.collect(),
        }
    }

    fn finding(from_ms: u64, to_ms: u64) -> Finding {
        Finding {
            id: "f".to_owned(),
            rule: FindingRule::SecondPass,
            entity: EntityKind::Reference,
            channel: Channel::Customer,
            from_ms,
            to_ms,
            utterance: None,
            confidence: 0.5,
            repaired: false,
            reason: "digits".to_owned(),
        }
    }

    fn of(text: &str, from_ms: u64, to_ms: u64, action: ReviewAction) -> CaseTurn {
        case("call/f", &[said(text)], &finding(from_ms, to_ms), action, 7).turns.remove(0)
    }

    #[test]
    fn nothing_that_was_found_sensitive_stays_and_its_form_does() {
        let turn = of("it is AB-12 forty two okay", 200, 490, ReviewAction::Approve);
        let [span] = &turn.spans[..] else { panic!("{turn:?}") };
        let hidden: String = turn.text.chars().skip(span.start).take(span.end - span.start).collect();
        let words: Vec<&str> = hidden.split(' ').collect();
        assert_eq!((turn.text.split(' ').count(), words.len()), (6, 3), "{turn:?}");
        assert!(words[0].contains('-') && words[0].chars().filter(char::is_ascii_digit).count() == 2);
        assert!(FORMS[2].contains(&words[1]) && FORMS[0].contains(&words[2]));
        assert!(turn.text.starts_with("it is ") && turn.text.ends_with(" okay"));
        assert_eq!(span.entity, "reference");
    }

    #[test]
    fn what_was_released_is_harmless_as_it_was_said() {
        let turn = of("room two oh four please", 100, 390, ReviewAction::Release);
        assert_eq!(turn.text, "room two oh four please");
        assert_eq!(turn.spans, [CaseSpan { entity: "harmless".to_owned(), start: 5, end: 16, secret: 0 }]);
    }

    #[test]
    fn what_was_masked_before_is_left_out() {
        let turn = of("my card [card] thanks", 900, 990, ReviewAction::Approve);
        assert_eq!((turn.text.as_str(), turn.spans.len()), ("my card thanks", 0));
    }
}
