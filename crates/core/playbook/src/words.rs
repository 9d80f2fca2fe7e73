//! What was said, as phrases see it: case, punctuation, apostrophes and the spelling of numbers are gone.

mod contractions;
mod numbers;

use std::mem;

/// As many characters of an utterance are looked at; what comes after them is not matched.
pub const MAX_CHARS: usize = 20_000;
/// As many words of an utterance are looked at.
pub const MAX_WORDS: usize = 2_000;

/// Spellings of one word in two, which a recogniser writes either way.
const JOINED: &[(&str, &str, &str)] =
    &[("e", "mail", "email"), ("e", "mails", "emails"), ("wi", "fi", "wifi"), ("per", "cent", "percent")];

/// The words of an utterance in the spelling that phrases are compared in.
///
/// `Don't` is `do not`, `twenty-four hours` is `24 hours`, `$5.00` is `5.00 dollars`; a masked stretch such as `[card]`
/// is one word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut words = Vec::new();
        for piece in pieces(text) {
            contractions::expand(piece, &mut words);
        }
        let mut words = numbers::fold(join(words));
        words.truncate(MAX_WORDS);
        Self(words)
    }

    /// Each word in turn.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Cuts a text at everything that is not part of a word, in small letters.
fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().take(MAX_CHARS).flat_map(char::to_lowercase).collect();
    let mut cutter = Cutter::default();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let before = at.checked_sub(1).and_then(|before| chars.get(before)).copied();
        let after = chars.get(at + 1).copied();
        at += match c {
            '[' => cutter.mask(&chars, at),
            _ => {
                cutter.take(c, before, after, &chars, at);
                1
            }
        };
    }
    cutter.end();
    cutter.done
}

/// Gathers characters to words.
#[derive(Default)]
struct Cutter {
    done: Vec<String>,
    word: String,
    /// The name of a currency whose sign stood before the number.
    currency: Option<&'static str>,
}

impl Cutter {
    /// A masked stretch such as `[card]`; returns how many characters it has.
    fn mask(&mut self, chars: &[char], at: usize) -> usize {
        self.end();
        let name: String =
            chars.iter().skip(at + 1).take_while(|c| c.is_ascii_lowercase() || **c == '_').collect();
        if name.is_empty() || chars.get(at + 1 + name.len()) != Some(&']') {
            return 1;
        }
        self.done.push(format!("[{name}]"));
        name.len() + 2
    }

    fn take(&mut self, c: char, before: Option<char>, after: Option<char>, chars: &[char], at: usize) {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            _ if c.is_alphanumeric() => self.word.push(c),
            '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{b4}' if letter(before) => self.word.push('\''),
            '.' if digit(before) && digit(after) => self.word.push('.'),
            ',' if digit(before) && thousands(chars, at + 1) => {}
            '$' | '€' | '£' => {
                self.end();
                self.currency = Some(match c {
                    '$' => "dollars",
                    '£' => "pounds",
                    _ => "euros",
                });
            }
            '%' => self.whole("percent"),
            '&' => self.whole("and"),
            _ => self.end(),
        }
    }

    fn whole(&mut self, word: &str) {
        self.end();
        self.done.push(word.to_owned());
    }

    fn end(&mut self) {
        if !self.word.is_empty() {
            self.done.push(mem::take(&mut self.word));
            self.done.extend(self.currency.take().map(str::to_owned));
        }
    }
}

/// Whether exactly three digits stand here, as after the comma of `1,000`.
fn thousands(chars: &[char], from: usize) -> bool {
    chars.iter().skip(from).take(4).take_while(|c| c.is_ascii_digit()).count() == 3
}

fn join(words: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let joined = out.last().and_then(|last| {
            JOINED
                .iter()
                .find(|(first, second, _)| last == first && word == *second)
                .map(|(.., whole)| *whole)
        });
        match (joined, out.last_mut()) {
            (Some(whole), Some(last)) => whole.clone_into(last),
            _ => out.push(word),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> String {
        Words::of(text).iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn case_and_punctuation_do_not_count() {
        assert_eq!(
            words("Well, I'd LIKE to -- um -- Cancel; please!"),
            "well i would like to um cancel please"
        );
    }

    #[test]
    fn a_contraction_is_what_it_stands_for() {
        for text in ["don't", "Dont", "don\u{2019}t", "do not"] {
            assert_eq!(words(text), "do not", "{text}");
        }
        assert_eq!(words("I can't, cannot, can not"), "i can not can not can not");
        assert_eq!(words("won't you're it's let's we've I'm"), "will not you are it is let us we have i am");
        assert_eq!(
            words("the customer's card, the customers' cards"),
            "the customer card the customers cards"
        );
    }

    #[test]
    fn a_number_is_the_same_in_words_and_digits() {
        for (text, expected) in [
            ("twenty four hours", "24 hours"),
            ("twenty-four hours", "24 hours"),
            ("twenty four seven", "24 7"),
            ("24/7", "24 7"),
            ("one hundred and twenty dollars", "120 dollars"),
            ("a hundred bucks", "100 bucks"),
            ("$1,250.50", "1250.50 dollars"),
            ("two thousand five hundred", "2500"),
            ("nineteen hundred", "1900"),
            ("5 thousand", "5000"),
            ("three point five percent", "3.5 percent"),
            ("100%", "100 percent"),
            ("the fifth of the month", "the 5th of the month"),
            ("the twenty fourth", "the 24th"),
            ("one second please", "1 second please"),
            ("black and white", "black and white"),
            ("two and three", "2 and 3"),
            ("a lot", "a lot"),
            ("zero zero seven", "0 0 7"),
            ("a million and one reasons", "1000001 reasons"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_masked_stretch_is_one_word() {
        assert_eq!(words("my card is [card], ok [not closed"), "my card is [card] ok not closed");
    }

    #[test]
    fn words_that_recognisers_write_apart_are_joined() {
        assert_eq!(words("my e-mail and the Wi-Fi, per cent"), "my email and the wifi percent");
    }

    proptest! {
        #[test]
        fn any_text_has_words_within_bounds(text in "\\PC{0,400}") {
            prop_assert!(Words::of(&text).len() <= MAX_WORDS);
        }

        #[test]
        fn words_read_again_are_the_same(text in "[a-z0-9 ,.'$%-]{0,80}") {
            let once = words(&text);
            prop_assert_eq!(words(&once), words(&words(&once)));
        }
    }
}
