//! Text that nobody says, made for addresses and passwords.

use proptest::prelude::*;

use super::{super::*, support::*};

/// The time that one utterance of so many words of a pattern takes grows with their number and no faster: the work is
/// counted by the size of what comes out, and the longest of these would take minutes if it were squared.
const WORDS: usize = 60_000;

#[test]
fn long_utterances_of_marks_and_cues_are_done_at_once() {
    for pattern in [
        &["at"][..],
        &["dot"],
        &["dot", "com"],
        &["a", "dot"],
        &["bob", "at"],
        &["at", "a", "dot"],
        &["b", "as", "in"],
        &["underscore"],
        &["email", "is", "bob"],
        &["password", "is"],
        &["password", "is", "x"],
        &["x", "at", "gmail", "dot"],
        &["slash"],
        &["www", "dot"],
        &["colon", "slash"],
        &["your", "email"],
        &["a.b", "@"],
        &["double", "u"],
        &["uh", "all", "one", "word"],
    ] {
        let text: Vec<&str> = pattern.iter().copied().cycle().take(WORDS).collect();
        let mut redactor = Redactor::new(Policy::new([1; 16]));
        for kind in [UtteranceText::Partial, UtteranceText::Final] {
            let said = utterance(Channel::Customer, 0, kind, 1, &text);
            let shown = redactor.redact(&said, Participant::Customer).utterance;
            assert!(shown.words.len() <= WORDS, "{pattern:?}");
        }
    }
}

#[test]
fn a_very_long_word_of_marks_is_taken_as_it_is() {
    for part in ["a.", "a@", "@", ".", "a_", "/:", "b@c.d/"] {
        alone(&part.repeat(100_000));
    }
}

proptest! {
    #[test]
    fn words_of_addresses_in_any_order_never_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "at", "dot", "com", "gmail", "bob", "b", "as", "in", "for", "underscore", "email", "is", "my", "your", "what",
            "password", "user", "name", "the", "rate", "of", "double", "7", "seven", "a@b.c", "x.y", "@", "www", "slash",
            "co", "uk", "uh", "all", "one", "word", "i", "a", "capital", "maiden", "answer", "Bob.", "ok,",
        ]), 0..24),
        asked in prop::sample::select(vec![
            "what is your email", "your password please", "what is your mother's maiden name", "hello",
        ]),
    ) {
        let mut call = Call::new();
        call.agent(asked);
        for n in 0..words.len() {
            call.partial(&words[..n].join(" "));
        }
        let cut = call.customer(&words.join(" "));
        let mut whole = Call::new();
        whole.agent(asked);
        prop_assert_eq!(whole.customer(&words.join(" ")), cut);
    }
}
