//! However the words of an utterance are cut into partials.

use events::TranscriptWord;
use proptest::{prelude::*, test_runner::RngSeed};

use super::{super::*, support::*};
use crate::lexicon::Class;

const WORDS: &[&str] = &[
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "zero",
    "oh",
    "double",
    "triple",
    "to",
    "for",
    "won",
    "ate",
    "ten",
    "twelve",
    "nineteen",
    "twenty",
    "forty",
    "fifty",
    "hundred",
    "thousand",
    "4",
    "42",
    "1980",
    "4111",
    "12/05",
    "3/4/1980",
    "$49.99",
    "3:30",
    "5%",
    "21st",
    "A1B2",
    "x100",
    "a",
    "b",
    "x",
    "i",
    "delta",
    "november",
    "uh",
    "um",
    "and",
    "dash",
    "sorry",
    "no",
    "is",
    "it",
    "my",
    "the",
    "that",
    "so",
    "okay",
    "card",
    "number",
    "pin",
    "phone",
    "social",
    "born",
    "order",
    "postcode",
    "code",
    "expires",
    "last",
    "how",
    "many",
    "what",
    "time",
    "dollars",
    "days",
    "times",
    "of",
    "or",
    "in",
    "since",
    "on",
    "by",
    "march",
    "may",
    "third",
    "first",
    "second",
    "years",
    "old",
    "room",
    "flight",
    "press",
    "one's",
    "thanks",
    "please",
    "have",
    "paid",
    "we",
    "you",
    "people",
    "point",
    "percent",
    "like",
    "as",
    "am",
    "im",
    "turned",
    "plus",
    "extension",
    "account",
    "years",
];

fn said() -> impl Strategy<Value = Vec<Vec<&'static str>>> {
    let word = prop::sample::select(WORDS);
    prop::collection::vec(prop::collection::vec(word, 1..12), 1..5)
}

fn channel(turn: usize) -> Channel {
    Channel::ALL[turn % 2]
}

/// Whether a word may be part of a secret: "uh" and "it" inside of one tell nothing.
fn tells(word: &str) -> bool {
    let said = utterance(Channel::Customer, 0, UtteranceText::Final, 1, &[word]);
    tokens(&said.words).iter().any(|token| {
        token.is_number()
            || matches!(
                token.class(),
                Some(Class::Oh | Class::Letter | Class::Month | Class::Ordinal | Class::Times(_))
            )
    })
}

/// What is masked of each final, and what a partial or a final showed that is masked in the end.
fn listen(turns: &[Vec<&str>], partials: &[bool]) -> (Vec<Vec<(usize, usize)>>, Vec<String>) {
    let mut redactor = Redactor::new(Policy::new([3; 16]));
    let mut partials = partials.iter().cycle();
    let (mut masks, mut early) = (Vec::new(), Vec::new());
    let mut start = 1_000;
    for (turn, words) in turns.iter().enumerate() {
        let mut seen = vec![false; words.len()];
        let whole = utterance(channel(turn), start, UtteranceText::Final, 1, words);
        for n in 1..=words.len() {
            if !partials.next().is_some_and(|given| *given) {
                continue;
            }
            let partial = utterance(channel(turn), start, UtteranceText::Partial, 1, &words[..n]);
            let shown = redactor.redact(&partial, Participant::Customer).utterance;
            for (seen, word) in seen.iter_mut().zip(&whole.words) {
                let clear = |shown: &&TranscriptWord| shown.masked.is_none();
                *seen |=
                    shown.words.iter().filter(clear).any(|shown| shown.start_ms == word.start.as_millis());
            }
        }
        let out = redactor.redact(&whole, Participant::Customer);
        // What is said in words is tested beside what finds it.
        let numbers = out
            .spans
            .iter()
            .filter(|span| slot::takes_digits(span.kind) && span.kind != EntityKind::Password);
        for span in numbers {
            let hidden = (span.from..span.to).filter(|at| seen[*at] && tells(words[*at]));
            early.extend(hidden.map(|at| format!("{} in {words:?}", words[at])));
        }
        masks.push(out.spans.iter().map(|span| (span.from, span.to)).collect());
        start = whole.end.as_millis() + 300;
    }
    (masks, early)
}

/// The same words in every run: a rare one that fails is found by another seed, and told by a test of its own.
fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(14),
        failure_persistence: None,
        ..ProptestConfig::with_cases(500)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_masks_of_finals_do_not_depend_on_partials(
        turns in said(),
        partials in prop::collection::vec(any::<bool>(), 1..20),
    ) {
        let (alone, _) = listen(&turns, &[false]);
        let (after, _) = listen(&turns, &partials);
        prop_assert_eq!(after, alone);
    }

    #[test]
    fn no_partial_shows_what_its_final_hides(turns in said()) {
        let (_, early) = listen(&turns, &[true]);
        prop_assert!(early.is_empty(), "{early:?}");
    }
}
