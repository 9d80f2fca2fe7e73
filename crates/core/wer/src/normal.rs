//! One spelling for all texts.

use crate::number::{self, Run};

/// Sounds that are no words.
const FILLERS: [&str; 9] = ["um", "uh", "uhm", "umm", "hmm", "hm", "mm", "mmm", "mhm"];

/// Endings that stand for words of their own, longest first where one ends with another.
const ENDINGS: [(&str, &str); 7] = [
    ("n't", "not"),
    ("'re", "are"),
    ("'ve", "have"),
    ("'ll", "will"),
    ("'s", "is"),
    ("'d", "would"),
    ("'m", "am"),
];

/// Words that stand for others.
const SHORT: [(&str, &str); 19] = [
    ("won't", "will not"),
    ("can't", "can not"),
    ("cannot", "can not"),
    ("shan't", "shall not"),
    ("let's", "let us"),
    ("gonna", "going to"),
    ("wanna", "want to"),
    ("gotta", "got to"),
    ("mr", "mister"),
    ("mrs", "missus"),
    ("dr", "doctor"),
    ("prof", "professor"),
    ("vs", "versus"),
    ("ok", "okay"),
    ("yeah", "yes"),
    ("yep", "yes"),
    ("alright", "all right"),
    ("ma'am", "madam"),
    ("percent", "per cent"),
];

/// The words of a text in small letters: no punctuation, contractions and titles written out, numbers as their
/// digits one by one, fillers left out.
#[must_use]
pub fn normalise(text: &str) -> Vec<String> {
    let spaced = spell_signs(&text.to_lowercase());
    let mut words: Vec<String> = Vec::new();
    let mut run = Run::default();
    for raw in spaced.split_whitespace() {
        let word = raw.trim_matches(|c: char| !c.is_alphanumeric());
        if word.is_empty() || FILLERS.contains(&word) {
            continue;
        }
        if run.take(word) {
            continue;
        }
        run.finish(&mut words);
        spell(word, &mut words);
    }
    run.finish(&mut words);
    join_half_days(words)
}

/// Signs that are spoken become words, and what only joins or groups goes.
fn spell_signs(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let mut out = String::with_capacity(text.len());
    for (at, &c) in chars.iter().enumerate() {
        let between_digits = digit(at.checked_sub(1)) && digit(Some(at + 1));
        match c {
            '\u{2019}' | '\u{2018}' | '`' => out.push('\''),
            ',' if between_digits => {}
            '.' if between_digits => out.push_str(" point "),
            // "a.m." is one word; the stop at the end of a sentence is followed by a space.
            '.' if chars.get(at + 1).is_some_and(|next| next.is_alphabetic()) => {}
            '%' => out.push_str(" percent "),
            '&' => out.push_str(" and "),
            '$' => out.push_str(" dollars "),
            '@' => out.push_str(" at "),
            '\'' => out.push('\''),
            c if c.is_alphanumeric() => {
                let after_letter = at.checked_sub(1).is_some_and(|at| chars[at].is_alphabetic());
                // "3pm" is two words, "2nd" is one.
                let leaves_digits =
                    c.is_alphabetic() && digit(at.checked_sub(1)) && !number::is_ordinal_end(&chars[at..]);
                if leaves_digits || (c.is_ascii_digit() && after_letter) {
                    out.push(' ');
                }
                out.push(c);
            }
            _ => out.push(' '),
        }
    }
    out
}

/// Adds a word, written out where it stands for others.
fn spell(word: &str, words: &mut Vec<String>) {
    if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == word) {
        words.extend(long.split(' ').map(ToOwned::to_owned));
        return;
    }
    let stem = ENDINGS.iter().find_map(|(ending, long)| Some((word.strip_suffix(ending)?, *long)));
    if let Some((stem, long)) = stem.filter(|(stem, _)| !stem.is_empty()) {
        spell(stem, words);
        words.push(long.to_owned());
    } else {
        words.push(word.replace('\'', ""));
    }
}

/// "a m" and "p m" are the same as "am" and "pm" after a number.
fn join_half_days(words: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let joins = word == "m"
            && out.len() >= 2
            && matches!(out[out.len() - 1].as_str(), "a" | "p")
            && out[out.len() - 2].bytes().all(|b| b.is_ascii_digit());
        match out.last_mut() {
            Some(last) if joins => last.push('m'),
            _ => out.push(word),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(a: &str, b: &str) {
        assert_eq!(normalise(a), normalise(b));
    }

    #[test]
    fn case_punctuation_and_fillers_do_not_count() {
        same("Um, hello -- Mr. Smith!", "hello mister smith");
        same("well-known", "well known");
        same("OK?", "okay");
    }

    #[test]
    fn contractions_are_written_out() {
        same("I can't, won\u{2019}t, don't", "i can not will not do not");
        same("it's fine and they're here", "it is fine and they are here");
    }

    #[test]
    fn numbers_are_the_same_in_digits_and_words() {
        same("1-0-0-0-1", "one zero zero zero one");
        same("90210", "nine oh two one oh");
        same("twenty one", "21");
        same("007", "double zero seven".replace("double zero", "zero zero").as_str());
        same("one hundred and five", "105");
        same("two thousand nineteen", "2019");
        same("twenty nineteen", "2019");
        same("5,000", "five thousand");
        same("8 a.m.", "eight a m");
        same("3pm", "three pm");
        same("4.5%", "four point five percent");
        same("the 2nd and the 21st", "the second and the twenty first");
    }

    #[test]
    fn words_near_numbers_stay_words() {
        assert_eq!(normalise("oh no"), ["oh", "no"]);
        assert_eq!(normalise("salt and pepper"), ["salt", "and", "pepper"]);
        assert_eq!(normalise("five and six"), ["5", "and", "6"]);
    }

    proptest! {
        #[test]
        fn any_text_gives_plain_words_and_is_stable(text in "\\PC{0,60}") {
            let words = normalise(&text);
            for word in &words {
                prop_assert!(!word.is_empty() && !word.contains(char::is_whitespace));
            }
        }
    }
}
