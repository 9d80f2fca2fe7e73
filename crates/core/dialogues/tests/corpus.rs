//! What a corpus promises: the same seed gives the same bytes, and the truth about each word is there.

use std::collections::{BTreeMap, BTreeSet};

use dialogues::{Corpus, Dialogue, Half, Style, Truth};
use events::EntityKind;

/// Enough documents that everything occurs.
const MANY: u64 = 1_500;

fn dialogues(half: Half) -> Vec<Dialogue> {
    let corpus = Corpus::new(1, half);
    (0..MANY).flat_map(|n| [corpus.utterance(n), corpus.dialogue(n)]).collect()
}

#[test]
fn a_seed_gives_the_same_documents() {
    let all = |seed| {
        let corpus = Corpus::new(seed, Half::Tune);
        (0..200).map(|n| (corpus.text(n), corpus.utterance(n), corpus.dialogue(n))).collect::<Vec<_>>()
    };
    assert_eq!(all(4), all(4));
    assert_ne!(all(4), all(5));
}

#[test]
fn every_word_points_at_a_secret_that_is_there_and_holds_something() {
    for half in Half::ALL {
        for document in dialogues(half) {
            let mut seen = BTreeSet::new();
            for word in document.turns.iter().flat_map(|turn| &turn.words) {
                assert!(
                    !word.text.is_empty() && !word.text.contains(['{', '}', '[', ']', '|', '~']),
                    "{word:?}"
                );
                assert!(!word.text.contains(char::is_whitespace), "{word:?}");
                seen.extend(word.truth.secret());
            }
            assert_eq!(seen, (0..document.secrets.len()).collect(), "{}", document.id);
        }
    }
}

#[test]
fn stretches_of_a_text_lie_in_it_in_order() {
    for half in Half::ALL {
        let corpus = Corpus::new(1, half);
        for text in (0..MANY).map(|n| corpus.text(n)) {
            let length = text.text.chars().count();
            let mut at = 0;
            let mut stretches: Vec<_> =
                text.secrets.iter().map(|(_, stretch)| stretch).chain(&text.harmless).collect();
            stretches.sort_by_key(|stretch| stretch.from);
            for stretch in stretches {
                assert!(at <= stretch.from && stretch.from < stretch.to && stretch.to <= length, "{text:?}");
                at = stretch.to;
            }
        }
    }
}

#[test]
fn plain_speech_has_neither_capitals_nor_numerals_nor_punctuation() {
    for document in dialogues(Half::Tune).iter().filter(|document| document.style == Style::Plain) {
        for word in document.turns.iter().flat_map(|turn| &turn.words) {
            assert!(word.text.chars().all(|c| c.is_ascii_lowercase() || c == '\''), "{word:?}");
        }
    }
}

#[test]
fn both_halves_hold_every_kind_and_every_way_of_saying_it() {
    for half in Half::ALL {
        let (mut kinds, mut split, mut echoed, mut harmless) = (BTreeMap::new(), 0, 0, 0);
        for document in dialogues(half) {
            for secret in &document.secrets {
                *kinds.entry(secret.kind).or_insert(0) += 1;
            }
            for which in 0..document.secrets.len() {
                let turns = document.turns.iter();
                let saying =
                    turns.filter(|turn| turn.words.iter().any(|word| word.truth == Truth::Secret(which)));
                split += usize::from(saying.count() > 1);
            }
            let words = || document.turns.iter().flat_map(|turn| &turn.words);
            echoed += words().filter(|word| matches!(word.truth, Truth::Echo(_))).count();
            harmless += words().filter(|word| matches!(word.truth, Truth::Harmless(_))).count();
        }
        assert!(split > 200 && echoed > 2_000 && harmless > 10_000, "{split} {echoed} {harmless}");
        for kind in EntityKind::ALL {
            let made = kinds.get(kind).copied().unwrap_or(0);
            // Tracks and numbers of unknown kind are nothing that people say.
            let left_out = matches!(kind, EntityKind::CardTrack | EntityKind::Number | EntityKind::Swift);
            assert!(made >= 10 || left_out, "{}: {made}", kind.as_str());
        }
    }
}
