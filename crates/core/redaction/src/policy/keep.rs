//! The last four digits of a number that is whole for sure.

use events::EntityKind;
use model::SpokenWord;

use crate::{run::Runs, token::tokens, view::Span};

/// How long an IBAN is.
const IBAN_LEN: std::ops::RangeInclusive<usize> = 15..=34;

/// The last four of what a span of a finished utterance hides, when it is one number, and all of it. What may go on
/// in another utterance, was corrected, or is as long as none of its kind, is not.
pub(crate) fn last_four(words: &[SpokenWord], span: &Span) -> Option<String> {
    let inside = words.get(span.from..span.to)?;
    if span.kind == EntityKind::Iban {
        return iban(inside);
    }
    let tokens = tokens(inside);
    let mut runs = Runs::new(&tokens, 0, &[], false, true).find();
    let (Some(run), true) = (runs.pop(), runs.is_empty()) else { return None };
    let digits = run.digits;
    let closed = span.from > 0 && span.to < words.len();
    let n = digits.len();
    let phone = n == 10 || (n == 11 && digits.first() == Some(&b'1')) || (closed && matches!(n, 9..=15));
    let by_kind = [
        (EntityKind::Card, matches!(n, 13..=19) && luhn(&digits)),
        (EntityKind::Ssn, n == 9),
        (EntityKind::Phone, phone),
        (EntityKind::BankAccount, closed && n >= 8),
        (EntityKind::Reference, closed && n >= 8),
    ];
    let whole = by_kind.into_iter().any(|(kind, whole)| kind == span.kind && whole);
    let last = digits.get(n.checked_sub(4)?..)?;
    whole.then(|| String::from_utf8_lossy(last).into_owned())
}

/// Luhn's check over ASCII digits: here it only makes sure that no digit is missing.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = (0..)
        .zip(digits.iter().rev())
        .map(|(place, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            if place % 2 == 0 { value } else { value * 2 / 10 + value * 2 % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The last four of an IBAN that is written, and whose check holds.
fn iban(words: &[SpokenWord]) -> Option<String> {
    let letters = words.iter().flat_map(|word| word.text.expose().chars());
    let text: Vec<u8> = letters
        .filter(char::is_ascii_alphanumeric)
        .take(IBAN_LEN.end() + 1)
        .filter_map(|c| u8::try_from(c.to_ascii_uppercase()).ok())
        .collect();
    let (head, body) = text.split_at_checked(4)?;
    let rest = body.iter().chain(head).try_fold(0_u32, |rest, byte| {
        let value = char::from(*byte).to_digit(36)?;
        Some((if value < 10 { rest * 10 } else { rest * 100 } + value) % 97)
    })?;
    let last = text.get(text.len() - 4..)?;
    (IBAN_LEN.contains(&text.len()) && rest == 1).then(|| String::from_utf8_lossy(last).into_owned())
}

#[cfg(test)]
mod tests {
    use model::{MediaTime, Pii};

    use super::*;

    fn kept(text: &str, kind: EntityKind) -> Option<String> {
        let words: Vec<SpokenWord> = text
            .split(' ')
            .map(|word| SpokenWord {
                text: Pii::new(word.to_owned()),
                start: MediaTime::ZERO,
                end: MediaTime::ZERO,
                confidence: 1.0,
            })
            .collect();
        let span = Span { from: 0, to: words.len(), kind, confidence: 90, reason: "" };
        last_four(&words, &span)
    }

    #[test]
    fn the_end_of_a_whole_number_is_kept() {
        use EntityKind::{Card, Iban, Phone, Ssn};
        for (text, kind, last) in [
            ("4111 1111 1111 1111", Card, "1111"),
            ("four five three two oh one five one one two eight three oh three six six", Card, "0366"),
            ("378282246310005.", Card, "0005"),
            ("123-45-6789", Ssn, "6789"),
            ("two one two five five five oh one four three", Phone, "0143"),
            ("GB29 NWBK 6016 1331 9268 19", Iban, "6819"),
        ] {
            assert_eq!(kept(text, kind).as_deref(), Some(last), "{text}");
        }
    }

    #[test]
    fn nothing_is_kept_of_what_may_be_a_part() {
        use EntityKind::{BankAccount, Card, Cvv, Iban, Phone, Ssn};
        for (text, kind) in [
            ("4111 1111", Card),
            ("4111 1111 1111 1112", Card),
            ("411111111111111", Card),
            ("123-45", Ssn),
            ("555 0143", Phone),
            ("12345678", BankAccount),
            ("123", Cvv),
            ("GB29 NWBK 6016 1331 9268 18", Iban),
            ("GB29", Iban),
            ("", Card),
        ] {
            assert_eq!(kept(text, kind), None, "{text}");
        }
    }
}
