//! The second pass over generated calls: how often it asks people about what is harmless, and how often it finds what the
//! first pass would have let through.

use std::collections::BTreeMap;

use dialogues::{Corpus, Dialogue, Half};
use events::{TranscriptUtterance, TranscriptWord};
use leak::{Script, wilson};
use model::UtteranceId;
use redaction::{Policy, Redactor, second_pass};

const CALLS: u64 = 300;

/// The transcript as the first pass leaves it, in the order of turns.
fn shown(dialogue: &Dialogue) -> Vec<TranscriptUtterance> {
    let mut redactor = Redactor::new(Policy::new([3; 16]));
    let mut shown: BTreeMap<UtteranceId, TranscriptUtterance> = BTreeMap::new();
    let mut order = Vec::new();
    for step in Script::finals(dialogue) {
        let out = redactor.redact(&step.utterance, step.participant);
        order.push(out.utterance.id);
        shown.insert(out.utterance.id, out.utterance);
        for revised in out.revised {
            shown.insert(revised.utterance.id, revised.utterance);
        }
    }
    order.into_iter().filter_map(|id| shown.remove(&id)).collect()
}

/// A turn as it was said.
fn in_clear(dialogue: &Dialogue, turn: usize, like: &TranscriptUtterance) -> TranscriptUtterance {
    let step = Script::finals(dialogue).nth(turn).expect("the turn is said");
    let word = |word: &model::SpokenWord| TranscriptWord {
        text: word.text.expose().clone(),
        start_ms: word.start.as_millis(),
        end_ms: word.end.as_millis(),
        confidence: word.confidence,
        masked: None,
    };
    TranscriptUtterance { words: step.utterance.words.iter().map(word).collect(), ..like.clone() }
}

#[test]
fn it_finds_numbers_that_were_missed_and_asks_little_of_what_is_harmless() {
    let corpus = Corpus::new(77, Half::Tune);
    let (mut asked, mut masked, mut missed, mut found) = (0, 0, 0, 0);
    for number in 0..CALLS {
        let dialogue = corpus.dialogue(number);
        let transcript = shown(&dialogue);
        let suspects = second_pass(&transcript);
        asked += u64::from(suspects.iter().any(|suspect| !suspect.certain));
        masked += u64::try_from(suspects.iter().filter(|suspect| suspect.certain).count()).expect("few");
        for (at, turn) in dialogue.turns.iter().enumerate() {
            let digits = |word: &dialogues::Word| {
                word.truth.secret().is_some() && word.text.chars().any(|c| c.is_ascii_digit())
                    || matches!(
                        word.text.as_str(),
                        "one" | "two" | "three" | "four" | "five" | "six" | "seven" | "eight" | "nine"
                    ) && word.truth.secret().is_some()
            };
            if turn.words.iter().filter(|word| digits(word)).count() < 3 {
                continue;
            }
            let mut missing = transcript.clone();
            let Some(place) = missing.get_mut(at) else { continue };
            *place = in_clear(&dialogue, at, place);
            let id = place.id;
            missed += 1;
            found += u64::from(second_pass(&missing).iter().any(|suspect| {
                let words = turn.words.get(suspect.from..suspect.to).unwrap_or_default();
                suspect.utterance == id && words.iter().any(|word| word.truth.secret().is_some())
            }));
        }
    }
    let (low, high) = wilson(asked, CALLS);
    println!(
        "{asked} of {CALLS} calls are asked about ({low:.3} to {high:.3}), {masked} stretches more are masked"
    );
    let (low, high) = wilson(found, missed);
    println!(
        "{found} of {missed} turns with a number that the first pass would have shown are found ({low:.3} to {high:.3})"
    );
    assert!(found * 100 >= missed * 95, "{found} of {missed} are found");
    assert!(asked * 100 <= CALLS * 25, "{asked} of {CALLS} calls are asked about");
}
