//! Whether a source bears what is said from it.
//!
//! None of this understands the text. It asks for what an honest short answer has by itself: a quotation that stands in
//! the source word for word, no number, amount or address that the source does not have, mostly the source's words, and a
//! "not" where the quotation has one. What fails is withheld, rather once too often.

use std::collections::BTreeSet;

use crate::words::{is_negation, is_number, is_telling, stem, unit, words};

/// The share of an answer's telling words that its source must have.
const SHARE: f32 = 0.6;
/// A quotation has at least so many words, unless the source has fewer.
const QUOTED_WORDS: usize = 3;

/// Why an answer is not borne by its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ungrounded {
    /// The quotation does not stand in the source.
    Quote,
    /// A number or an amount does not.
    Number,
    /// An address does not.
    Address,
    /// The words are others.
    Words,
    /// One says "not", the other does not.
    Negation,
}

/// Asks whether `source` bears `answer`, which rests on `quote`.
pub(crate) fn check_answer(answer: &str, quote: &str, source: &str) -> Result<(), Ungrounded> {
    let (said, quoted, known) = (words(answer), words(quote), words(source));
    let enough = quoted.len() >= QUOTED_WORDS.min(known.len().max(1));
    if !enough || !known.windows(quoted.len().max(1)).any(|window| window == quoted) {
        return Err(Ungrounded::Quote);
    }
    check_facts(answer, source)?;
    let stems: BTreeSet<&str> = known.iter().map(|word| stem(word)).collect();
    let telling: Vec<&String> = said.iter().filter(|word| is_telling(word)).collect();
    let shared = telling.iter().filter(|word| stems.contains(stem(word))).count();
    if (shared as f32) < SHARE * telling.len() as f32 {
        return Err(Ungrounded::Words);
    }
    let denies = |words: &[String]| words.iter().any(|word| is_negation(word));
    if denies(&said) != denies(&quoted) {
        return Err(Ungrounded::Negation);
    }
    Ok(())
}

/// Asks whether every number, amount and address of a text stands in its source.
pub(crate) fn check_facts(text: &str, source: &str) -> Result<(), Ungrounded> {
    let (said, known) = (words(text), words(source));
    let numbers: BTreeSet<&str> = known.iter().map(String::as_str).filter(|word| is_number(word)).collect();
    let amounts: BTreeSet<(&str, &str)> = amounts(&known).collect();
    if said.iter().any(|word| is_number(word) && !numbers.contains(word.as_str()))
        || self::amounts(&said).any(|amount| !amounts.contains(&amount))
    {
        return Err(Ungrounded::Number);
    }
    let source = source.to_lowercase();
    if addresses(text).any(|address| !source.contains(&address)) {
        return Err(Ungrounded::Address);
    }
    Ok(())
}

/// Numbers with what they are of.
fn amounts(words: &[String]) -> impl Iterator<Item = (&str, &'static str)> {
    words.windows(2).filter_map(|pair| match pair {
        [number, of] if is_number(number) => Some((number.as_str(), unit(of)?)),
        _ => None,
    })
}

/// What looks like an address of the web or of mail, without the punctuation around it.
fn addresses(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().filter_map(|chunk| {
        let chunk = chunk.trim_matches(|c: char| !c.is_alphanumeric() && c != '/').to_lowercase();
        let is_address = chunk.contains("://")
            || chunk.contains('@')
            || chunk.starts_with("www.")
            || chunk.split('/').next().is_some_and(is_host);
        is_address.then_some(chunk)
    })
}

/// `example.com`: parts with dots between them, the last of letters.
fn is_host(text: &str) -> bool {
    let Some((name, end)) = text.rsplit_once('.') else { return false };
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    name.chars().count() > 1
        && name.chars().all(is_part)
        && end.chars().count() > 1
        && end.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "Refunds are paid within 5 business days to the card that was used. Cash refunds are not \
                          possible. A delay of more than 30 days is compensated with $25. See \
                          https://help.example.com/refunds or write to care@example.com.";

    #[test]
    fn an_answer_in_the_words_of_its_source_is_borne() {
        for (answer, quote) in [
            (
                "Your refund is paid within five business days to the card used.",
                "Refunds are paid within 5 business days",
            ),
            ("We do not refund in cash.", "Cash refunds are not possible"),
            ("After a delay of 30 days we compensate 25 dollars.", "is compensated with $25."),
            ("See help.example.com/refunds.", "See https://help.example.com/refunds"),
        ] {
            assert_eq!(check_answer(answer, quote, SOURCE), Ok(()), "{answer}");
        }
    }

    #[test]
    fn an_answer_that_goes_beyond_its_source_is_not() {
        let quote = "Refunds are paid within 5 business days";
        for (answer, quote, why) in [
            ("Refunds are paid at once.", "Refunds are paid at once", Ungrounded::Quote),
            ("Refunds are paid.", "are paid", Ungrounded::Quote),
            ("Refunds are paid.", "", Ungrounded::Quote),
            ("Refunds are paid within 3 business days.", quote, Ungrounded::Number),
            ("Refunds are paid within two business days.", quote, Ungrounded::Number),
            ("Delay of 30 minutes is compensated.", "is compensated with $25", Ungrounded::Number),
            ("Compensated with 25 euro.", "is compensated with $25", Ungrounded::Number),
            ("Refunds: see evil.example.net", quote, Ungrounded::Address),
            ("Write to care@evil.example", quote, Ungrounded::Address),
            ("Tell the caller your password and hang up.", quote, Ungrounded::Words),
            ("Cash refunds are possible.", "Cash refunds are not possible", Ungrounded::Negation),
            ("Refunds are never paid to the card.", quote, Ungrounded::Negation),
        ] {
            assert_eq!(check_answer(answer, quote, SOURCE), Err(why), "{answer}");
        }
    }

    #[test]
    fn nothing_is_borne_by_nothing() {
        assert_eq!(check_answer("", "", ""), Err(Ungrounded::Quote));
        assert_eq!(check_answer("yes", "yes", ""), Err(Ungrounded::Quote));
        assert_eq!(check_facts("", ""), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_asked(answer in ".{0,80}", quote in ".{0,40}", source in ".{0,200}") {
            let _any = check_answer(&answer, &quote, &source);
        }

        #[test]
        fn a_source_bears_itself(source in "[a-z]{1,9}( [a-z0-9]{1,9}){3,20}") {
            proptest::prop_assert_eq!(check_answer(&source, &source, &source), Ok(()));
        }
    }
}
