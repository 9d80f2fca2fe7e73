use model::Pii;
use proptest::prelude::*;

use super::*;

fn at(ms: u64) -> MediaTime {
    MediaTime::from_millis(ms)
}

fn words(text: &str) -> Vec<SpokenWord> {
    let word = |text: &str| SpokenWord {
        text: Pii::new(text.to_owned()),
        start: at(0),
        end: at(0),
        confidence: 1.0,
    };
    text.split_whitespace().map(word).collect()
}

fn partial(start: u64, end: u64, text: &str) -> SpeechResult {
    SpeechResult::Partial {
        channel: Channel::Customer,
        start: at(start),
        end: at(end),
        words: words(text),
        late: false,
    }
}

fn finished(start: u64, end: u64, text: &str) -> SpeechResult {
    SpeechResult::Final {
        channel: Channel::Customer,
        start: at(start),
        end: at(end),
        words: words(text),
        late: true,
    }
}

#[test]
fn revisions_count_from_one_and_the_final_is_the_last() {
    let mut assembler = TranscriptAssembler::new();
    let revisions: Vec<u32> =
        [partial(100, 500, "good"), partial(100, 900, "good morning"), finished(100, 1_000, "good morning")]
            .into_iter()
            .filter_map(|result| assembler.push(result))
            .map(|assembled| assembled.utterance.revision)
            .collect();
    assert_eq!(revisions, [1, 2, 3]);
}

#[test]
fn results_of_one_start_are_one_utterance() {
    let mut assembler = TranscriptAssembler::new();
    let first = assembler.push(partial(100, 500, "good")).unwrap();
    let last = assembler.push(finished(100, 900, "good")).unwrap();
    assert_eq!(first.utterance.id, last.utterance.id);
    assert_eq!(last.utterance.text, UtteranceText::Final);
    assert!(last.late);
}

#[test]
fn a_partial_after_its_final_is_dropped() {
    let mut assembler = TranscriptAssembler::new();
    assembler.push(finished(100, 900, "good")).unwrap();
    assert_eq!(assembler.push(partial(100, 950, "good m")), None);
}

#[test]
fn a_repeated_final_is_dropped() {
    let mut assembler = TranscriptAssembler::new();
    assembler.push(finished(100, 900, "good")).unwrap();
    assert_eq!(assembler.push(finished(100, 900, "good")), None);
}

#[test]
fn a_partial_that_rests_on_less_audio_is_dropped() {
    let mut assembler = TranscriptAssembler::new();
    assembler.push(partial(100, 900, "good morning")).unwrap();
    assert_eq!(assembler.push(partial(100, 500, "good")), None);
}

#[test]
fn a_final_without_words_takes_its_partial_back() {
    let mut assembler = TranscriptAssembler::new();
    assembler.push(partial(100, 500, "uh")).unwrap();
    let removed = assembler.push(finished(100, 600, "")).unwrap();
    assert_eq!((removed.utterance.revision, removed.utterance.words.len()), (2, 0));
}

#[test]
fn noise_that_was_never_shown_gives_nothing() {
    let mut assembler = TranscriptAssembler::new();
    assert_eq!(assembler.push(partial(100, 500, "")), None);
    assert_eq!(assembler.push(finished(100, 600, "")), None);
}

#[test]
fn a_new_owner_does_not_repeat_what_the_log_has() {
    let mut assembler = TranscriptAssembler::new();
    assembler.remember_final(UtteranceId::new(Channel::Customer, at(100)));
    assert_eq!(assembler.push(finished(100, 900, "good")), None);
    assert!(assembler.push(finished(1_000, 1_900, "morning")).is_some());
}

#[test]
fn the_same_results_again_give_nothing_more() {
    let results = [partial(100, 500, "a"), finished(100, 600, "a b"), finished(700, 900, "c")];
    let mut assembler = TranscriptAssembler::new();
    for result in results.clone() {
        assembler.push(result).unwrap();
    }
    assert!(results.into_iter().all(|result| assembler.push(result).is_none()));
}

#[test]
fn channels_do_not_disturb_each_other() {
    let mut assembler = TranscriptAssembler::new();
    assembler.agent_connected(at(0));
    assembler.push(finished(100, 900, "good")).unwrap();
    let other = assembler
        .push(SpeechResult::Final {
            channel: Channel::ToCustomer,
            start: at(100),
            end: at(900),
            words: words("hello"),
            late: false,
        })
        .unwrap();
    assert_eq!(other.participant, Participant::Agent);
    assert_eq!(other.utterance.revision, 1);
}

#[test]
fn settled_and_open_positions_tell_where_to_begin_again() {
    let mut assembler = TranscriptAssembler::new();
    assembler.push(SpeechResult::Settled { channel: Channel::Customer, through: at(700) });
    assembler.push(SpeechResult::Settled { channel: Channel::Customer, through: at(300) });
    assembler.push(partial(800, 900, "good"));
    assert_eq!(assembler.settled(Channel::Customer), at(700));
    assert_eq!(assembler.oldest_open(Channel::Customer), Some(at(800)));
    assembler.push(finished(800, 1_000, "good"));
    assert_eq!(assembler.oldest_open(Channel::Customer), None);
}

#[test]
fn memory_is_bounded_and_forgotten_finals_stay_finished() {
    let mut assembler = TranscriptAssembler::new();
    for n in 0..2_000 {
        assembler.push(partial(n * 10, n * 10 + 5, "a"));
        if n % 2 == 0 {
            assembler.push(finished(n * 10, n * 10 + 5, "a"));
        }
    }
    let state = &assembler.channels[0];
    assert!(state.open.len() <= MAX_OPEN_UTTERANCES);
    assert!(state.finals.len() <= MAX_REMEMBERED_FINALS);
    assert_eq!(assembler.push(finished(0, 5, "a")), None);
}

#[test]
fn printing_shows_no_words() {
    let mut assembler = TranscriptAssembler::new();
    let shown = assembler.push(finished(0, 5, "secret")).unwrap();
    assert!(!format!("{shown:?} {assembler:?}").contains("secret"));
}

/// A recogniser's result for the utterance that starts at `start * 10`.
fn result() -> impl Strategy<Value = SpeechResult> {
    (0_u64..20, 0_u64..10, "[a-c ]{0,6}", any::<bool>()).prop_map(|(start, len, text, is_final)| {
        if is_final {
            finished(start * 10, start * 10 + len, &text)
        } else {
            partial(start * 10, start * 10 + len, &text)
        }
    })
}

proptest! {
    #[test]
    fn whatever_comes_revisions_rise_by_one_and_nothing_follows_a_final(
        results in prop::collection::vec(result(), 0..120),
    ) {
        let mut assembler = TranscriptAssembler::new();
        let mut shown: BTreeMap<UtteranceId, (u32, UtteranceText)> = BTreeMap::new();
        for assembled in results.into_iter().filter_map(|result| assembler.push(result)) {
            let Utterance { id, revision, text, .. } = assembled.utterance;
            let before = shown.insert(id, (revision, text));
            prop_assert_ne!(before.map(|(_, text)| text), Some(UtteranceText::Final));
            prop_assert_eq!(revision, before.map_or(1, |(revision, _)| revision + 1));
        }
    }
}
