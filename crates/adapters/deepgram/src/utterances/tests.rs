use model::Pii;

use super::*;

const CHANNEL: Channel = Channel::Customer;

fn ms(ms: u64) -> MediaTime {
    MediaTime::from_millis(ms)
}

fn words(spec: &[(u64, u64)]) -> Vec<SpokenWord> {
    let word = |&(start, end): &(u64, u64)| SpokenWord {
        text: Pii::new(format!("w{start}")),
        start: ms(start),
        end: ms(end),
        confidence: 1.0,
    };
    spec.iter().map(word).collect()
}

/// `kind` is `i` for interim, `f` for a final piece, `s` for one after which the speaker pauses.
fn heard(kind: char, end: u64, spec: &[(u64, u64)]) -> Heard {
    Heard {
        channel: CHANNEL,
        end: ms(end),
        is_final: kind != 'i',
        speech_final: kind == 's',
        words: words(spec),
        language: None,
    }
}

#[derive(Debug, PartialEq)]
enum Told {
    /// Start, and the starts of the words.
    Partial(u64, Vec<u64>),
    Final(u64, u64, Vec<u64>),
    Settled(u64),
}

fn told(out: Vec<SpeechResult>) -> Vec<Told> {
    let starts = |words: Vec<SpokenWord>| words.iter().map(|word| word.start.as_millis()).collect();
    out.into_iter()
        .map(|result| match result {
            SpeechResult::Partial { start, words, .. } => Told::Partial(start.as_millis(), starts(words)),
            SpeechResult::Final { start, end, words, .. } => {
                Told::Final(start.as_millis(), end.as_millis(), starts(words))
            }
            SpeechResult::Settled { through, .. } => Told::Settled(through.as_millis()),
            SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => {
                unreachable!()
            }
        })
        .collect()
}

fn tell(all: Vec<Heard>) -> Vec<Told> {
    let mut utterances = Utterances::new(CHANNEL, ms(0));
    let mut out = Vec::new();
    for heard in all {
        utterances.heard(heard, &mut out);
    }
    told(out)
}

#[test]
fn pieces_and_guesses_keep_the_start_that_was_seen_first() {
    let told = tell(vec![
        heard('i', 1_000, &[(500, 800)]),
        heard('i', 1_500, &[(480, 700), (900, 1_200)]),
        heard('f', 1_400, &[(490, 700), (900, 1_200)]),
        heard('i', 2_500, &[(1_600, 1_900)]),
        heard('s', 2_600, &[(1_600, 1_950)]),
    ]);
    let expected = [
        Told::Partial(500, vec![500]),
        Told::Partial(500, vec![500, 900]),
        Told::Partial(500, vec![500, 900]),
        Told::Settled(500),
        Told::Partial(500, vec![500, 900, 1_600]),
        Told::Final(500, 1_950, vec![500, 900, 1_600]),
        Told::Settled(2_600),
    ];
    assert_eq!(told, expected);
}

#[test]
fn silence_settles_and_an_open_utterance_holds() {
    let told = tell(vec![
        heard('f', 5_000, &[]),
        heard('i', 6_000, &[(5_500, 5_900)]),
        heard('f', 7_000, &[(5_500, 5_900)]),
        heard('s', 8_000, &[]),
    ]);
    let expected = [
        Told::Settled(5_000),
        Told::Partial(5_500, vec![5_500]),
        Told::Partial(5_500, vec![5_500]),
        Told::Settled(5_500),
        Told::Final(5_500, 5_900, vec![5_500]),
        Told::Settled(8_000),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_guess_that_was_no_speech_is_taken_back() {
    let told = tell(vec![heard('i', 1_000, &[(500, 800)]), heard('f', 1_400, &[])]);
    assert_eq!(told, [Told::Partial(500, vec![500]), Told::Final(500, 1_400, vec![]), Told::Settled(1_400)]);
}

#[test]
fn repeated_and_overlapping_messages_repeat_nothing() {
    let told = tell(vec![
        heard('s', 2_000, &[(500, 800)]),
        heard('s', 2_000, &[(500, 800)]),
        heard('i', 1_900, &[(500, 800)]),
        heard('f', 1_000, &[(500, 800)]),
        heard('s', 3_000, &[(500, 800), (1_900, 2_200), (2_500, 2_700)]),
    ]);
    let expected = [
        Told::Final(500, 800, vec![500]),
        Told::Settled(2_000),
        Told::Final(2_000, 2_700, vec![2_000, 2_500]),
        Told::Settled(3_000),
    ];
    assert_eq!(told, expected);
}

#[test]
fn somebody_who_never_pauses_is_settled_all_the_same() {
    let pieces = (0..21).map(|n| heard('f', (n + 1) * 5_000, &[(n * 5_000, n * 5_000 + 4_900)]));
    let told = tell(pieces.collect());
    let finals: Vec<_> = told
        .iter()
        .filter_map(|told| match told {
            Told::Final(start, end, _) => Some((*start, *end)),
            Told::Partial(..) | Told::Settled(_) => None,
        })
        .collect();
    assert_eq!(finals.len(), 7);
    assert_eq!(finals[0], (0, 14_900));
    assert!(told.contains(&Told::Settled(105_000)));
}

#[test]
fn a_gap_ends_what_was_finally_heard_and_only_that() {
    let mut utterances = Utterances::new(CHANNEL, ms(0));
    let mut out = Vec::new();
    utterances.heard(heard('i', 1_000, &[(500, 800)]), &mut out);
    utterances.gap(ms(800), &mut out);
    utterances.heard(heard('f', 1_200, &[(500, 800)]), &mut out);
    out.clear();
    utterances.gap(ms(400), &mut out);
    assert_eq!(told(std::mem::take(&mut out)), []);
    utterances.gap(ms(800), &mut out);
    utterances.gap(ms(800), &mut out);
    assert_eq!(told(out), [Told::Final(500, 800, vec![500]), Told::Settled(1_200)]);
}

#[test]
fn every_utterance_has_a_name_of_its_own() {
    let told = tell(vec![heard('s', 1_000, &[(1_000, 1_000)]), heard('s', 2_000, &[(1_000, 1_300)])]);
    let expected = [
        Told::Final(1_000, 1_000, vec![1_000]),
        Told::Settled(1_000),
        Told::Final(1_001, 1_300, vec![1_001]),
        Told::Settled(2_000),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_end_closes_what_is_open() {
    let mut utterances = Utterances::new(CHANNEL, ms(0));
    let mut out = Vec::new();
    utterances.heard(heard('f', 1_000, &[(500, 800)]), &mut out);
    out.clear();
    utterances.finish(ms(1_500), &mut out);
    assert_eq!(told(out), [Told::Final(500, 800, vec![500]), Told::Settled(1_500)]);
}
