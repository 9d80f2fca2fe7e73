//! What to say of a passage without a model: those of its sentences that are about the question.

use std::collections::BTreeSet;

use crate::{
    plain::{cut, first_words, plain},
    words::{is_telling, stem, words},
};

/// As much of a passage is looked at.
const MAX_CHARS: usize = 8_000;

/// The sentence of a passage that is most about the question, and those after it, up to so many words.
pub(crate) fn extract(passage: &str, question: &str, most_words: usize) -> String {
    let passage = plain(cut(passage, MAX_CHARS));
    let sentences = sentences(&passage);
    let asked: BTreeSet<String> =
        words(question).iter().filter(|word| is_telling(word)).map(|word| stem(word).to_owned()).collect();
    let shared = |sentence: &str| {
        let said: BTreeSet<String> = words(sentence).iter().map(|word| stem(word).to_owned()).collect();
        asked.intersection(&said).count()
    };
    // The first of the best: what a passage says first it says for itself.
    let mut best = (0, 0);
    for (n, sentence) in sentences.iter().enumerate() {
        let count = shared(sentence);
        if count > best.1 {
            best = (n, count);
        }
    }
    let mut out = String::new();
    let mut count = 0;
    for sentence in sentences.iter().skip(best.0) {
        count += sentence.split_whitespace().count();
        if count > most_words && !out.is_empty() {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(sentence);
    }
    first_words(&out, most_words)
}

/// Ends at a full stop, an exclamation or question mark before a space.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let rest = text.get(end..).unwrap_or_default();
        if matches!(c, '.' | '!' | '?') && rest.starts_with(' ') {
            out.extend(text.get(from..end));
            from = end + 1;
        }
    }
    out.extend(text.get(from..));
    out.into_iter().map(str::trim).filter(|sentence| !sentence.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSAGE: &str = "We are there from 9 to 5. Refunds are paid within 5 business days. They go to the card \
                           that was used. Cash is not possible.";

    #[test]
    fn the_sentence_about_the_question_comes_first() {
        let said = extract(PASSAGE, "when do I get my refund", 12);
        assert_eq!(said, "Refunds are paid within 5 business days.");
        let said = extract(PASSAGE, "when do I get my refund", 17);
        assert_eq!(said, "Refunds are paid within 5 business days. They go to the card that was used.");
    }

    #[test]
    fn without_one_it_begins_at_the_beginning_and_is_never_longer() {
        assert_eq!(extract(PASSAGE, "", 4), "We are there from");
        assert_eq!(extract("", "refund", 4), "");
        assert_eq!(extract("\u{202e}one\ntwo", "x", 9), "one two");
    }
}
