//! Text that nobody says.

use proptest::prelude::*;

use crate::detect::Wanted;

use super::{super::*, support::*};

fn steps(text: &[&str]) -> usize {
    let said = utterance(Channel::Customer, 0, UtteranceText::Final, 1, text);
    let tokens = tokens(&said.words);
    let echo = EchoMemory::new([0; 16]);
    let slots = cue::scan(&tokens).into_iter().map(|(at, _)| (at, EntityKind::Card)).collect();
    Scene {
        words: &said.words,
        tokens: &tokens,
        partial: false,
        slots,
        expected: Vec::new(),
        asked: &[],
        question: false,
        unfinished: None,
        midway: false,
        echo: &echo,
        people: &People::new([0; 16]),
        wanted: Wanted::default(),
        said: &Said::new([0; 16]),
        acts: &crate::Acts::default(),
    }
    .judge()
    .steps
}

#[test]
fn the_cost_grows_with_the_number_of_words_and_no_faster() {
    for pattern in [
        &["four"][..],
        &["oh"],
        &["double"],
        &["to"],
        &["uh"],
        &["four", "uh", "uh", "uh", "uh", "uh"],
        &["four", "to"],
        &["oh", "double", "to", "uh"],
        &["a", "1"],
        &["hundred"],
        &["two", "hundred", "thousand"],
        &["card", "four", "word"],
        &["4111-1111", "x1y2"],
        &["my", "name", "is"],
        &["name", "mary", "de"],
        &["s", "m"],
        &["double", "l", "capital"],
        &["flat", "two", "elm"],
        &["twelve", "elm", "street", "austin"],
        &["xqzzt"],
        &["for", "calling", "sharma"],
        &["is", "four", "is", "is", "to"],
        &["b", "for", "bravo", "uh"],
        &["double", "b", "a", "i"],
        &["id", "x", "alpha", "4"],
    ] {
        let text: Vec<&str> = pattern.iter().copied().cycle().take(100_000).collect();
        let cost = steps(&text);
        assert!(cost <= 100_000 * 60, "{pattern:?}: {cost}");
    }
}

#[test]
fn a_very_long_word_is_taken_as_it_is() {
    let digits = "4".repeat(1_000_000);
    assert_eq!(alone(&format!("it is {digits}")), "it is [number]");
    let mixed = "four-1-".repeat(100_000);
    assert!(alone(&mixed).starts_with('['));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_no_word_is_lost_or_made_up(
        texts in prop::collection::vec(prop::collection::vec("\\PC{0,8}", 0..12), 1..6),
        partial in any::<bool>(),
    ) {
        let mut redactor = Redactor::new(Policy::new([1; 16]));
        for (n, words) in (0_u64..).zip(&texts) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let text = if partial { UtteranceText::Partial } else { UtteranceText::Final };
            let channel = Channel::ALL[usize::try_from(n % 2).unwrap()];
            let said = utterance(channel, n * 5_000, text, 1, &words);
            let shown = redactor.redact(&said, Participant::Customer).utterance;
            let clear = shown.words.iter().filter(|word| word.masked.is_none());
            let mut rest = words.iter();
            for word in clear {
                prop_assert!(rest.any(|spoken| **spoken == word.text));
            }
        }
    }

    #[test]
    fn number_words_in_any_order_never_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "four", "oh", "to", "double", "hundred", "thousand", "twenty", "eleven", "uh", "point", "4", "a1b2",
            "$5", "3:30", "card", "how", "many", "born", "may", "fifth", "one", "of", "million", "x", "last",
        ]), 0..40),
    ) {
        let mut call = Call::new();
        for n in 0..words.len() {
            call.partial(&words[..n].join(" "));
        }
        call.customer(&words.join(" "));
    }
}
