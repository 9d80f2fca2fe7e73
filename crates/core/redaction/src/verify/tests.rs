use events::TranscriptWord;
use model::{MediaTime, Participant, Pii, SpokenWord, Utterance, UtteranceText};
use proptest::prelude::*;

use super::*;

/// An utterance of a second or more: a word each 300 ms, "[card]" masked.
fn said(channel: Channel, start_ms: u64, text: &str) -> TranscriptUtterance {
    let words: Vec<TranscriptWord> = text
        .split(' ')
        .zip(0..)
        .map(|(text, n)| {
            let kind = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
            TranscriptWord {
                text: text.to_owned(),
                start_ms: start_ms + n * 300,
                end_ms: start_ms + n * 300 + 250,
                confidence: 1.0,
                masked: kind.map(|name| *EntityKind::ALL.iter().find(|kind| kind.as_str() == name).unwrap()),
            }
        })
        .collect();
    TranscriptUtterance {
        id: UtteranceId::new(channel, MediaTime::from_millis(start_ms)),
        revision: 1,
        channel,
        participant: if channel == Channel::Customer { Participant::Customer } else { Participant::Agent },
        start_ms,
        end_ms: words.last().map_or(start_ms, |word| word.end_ms),
        words,
    }
}

/// "c: text" is the customer's, "a: text" the agent's; turns begin each five seconds.
fn call(turns: &[&str]) -> Vec<TranscriptUtterance> {
    let channel = |turn: &str| if turn.starts_with('c') { Channel::Customer } else { Channel::ToCustomer };
    turns.iter().zip(0..).map(|(turn, n)| said(channel(turn), n * 5_000, turn.get(3..).unwrap())).collect()
}

/// The words that are suspected, certain ones with an exclamation mark.
fn suspected(turns: &[&str]) -> Vec<String> {
    let call = call(turns);
    second_pass(&call)
        .iter()
        .map(|suspect| {
            let utterance = call.iter().find(|one| one.id == suspect.utterance).unwrap();
            let words: Vec<&str> =
                utterance.words[suspect.from..suspect.to].iter().map(|word| word.text.as_str()).collect();
            format!("{}{}", words.join(" "), if suspect.certain { "!" } else { "" })
        })
        .collect()
}

#[test]
fn a_long_run_in_clear_is_certain_however_it_is_said() {
    for text in [
        "four one one one one one one one",
        "4111 1111 1111",
        "it is uh four double one triple two six",
        "forty one eleven twenty two thirty three",
    ] {
        let found = suspected(&[&format!("c: {text}")]);
        assert!(found.len() == 1 && found[0].ends_with('!'), "{text}: {found:?}");
    }
}

#[test]
fn digits_beside_a_mask_are_certain() {
    assert_eq!(suspected(&["c: it is [card] four"]), ["four!"]);
    assert_eq!(suspected(&["c: three uh [phone] thanks"]), ["three!"]);
    assert_eq!(suspected(&["c: [card] and two days later"]), [""; 0]);
    assert_eq!(suspected(&["c: my name is [name] two"]), [""; 0]);
}

#[test]
fn a_short_run_counts_only_where_a_number_is_near() {
    assert_eq!(suspected(&["a: your security code please", "c: three two one"]), ["three two one"]);
    assert_eq!(suspected(&["c: the code is five five two"]), ["five five two!"]);
    assert_eq!(suspected(&["c: [card]", "a: okay", "c: so 456 then"]), ["456"]);
    assert_eq!(suspected(&["c: so 456 then", "c: [card]"]), ["456"]);
    assert_eq!(suspected(&["c: so 456 then"]), [""; 0]);
}

#[test]
fn amounts_times_and_counts_stay() {
    for text in [
        "c: my card was charged two hundred fifty dollars",
        "c: the card number was asked at 230 pm",
        "a: your card balance is $1,249.99",
        "a: the card expires in 120 days",
        "c: I have had the card since 2019",
    ] {
        assert_eq!(suspected(&["a: your card number please", text]), [""; 0], "{text}");
    }
}

#[test]
fn a_number_read_in_breaths_is_found_as_a_whole() {
    let turns = ["c: four one", "a: mhm", "c: nine two", "a: yes", "c: three seven eight"];
    assert_eq!(suspected(&turns), ["four one!", "nine two!", "three seven eight!"]);
    assert_eq!(suspected(&["c: I called two times", "c: three people", "c: 45 minutes"]), [""; 0]);
}

#[test]
fn a_number_that_is_read_back_is_suspected_on_both_sides() {
    assert_eq!(suspected(&["c: six two nine four", "a: six two nine four right"]), ["six two nine four"; 2]);
    assert_eq!(suspected(&["c: nineteen eighty four", "a: nineteen eighty four"]), [""; 0]);
}

#[test]
fn addresses_are_found_spoken_and_written() {
    assert_eq!(suspected(&["c: it is jane.doe@example.com thanks"]), ["jane.doe@example.com!"]);
    assert_eq!(suspected(&["c: jane doe at gmail dot com"]), ["jane doe at gmail dot com!"]);
    assert_eq!(suspected(&["c: jane gmail dot com"]), ["jane gmail dot com"]);
    assert_eq!(suspected(&["c: meet me at the shop dot", "c: no com"]), [""; 0]);
}

#[test]
fn spelled_letters_count_after_a_question() {
    assert_eq!(suspected(&["a: your password please", "c: b q x r"]), ["b q x r"]);
    assert_eq!(suspected(&["c: the a b c d of it"]), [""; 0]);
}

#[test]
fn the_place_of_a_suspect_is_that_of_its_words() {
    let [only] = &second_pass(&call(&["c: hello", "c: it is 411111111111"]))[..] else { panic!("one") };
    assert_eq!((only.from, only.to, only.from_ms, only.to_ms), (2, 3, 5_600, 5_850));
    assert_eq!(only.channel(), Channel::Customer);
}

fn heard(channel: Channel, start_ms: u64, text: &str) -> Utterance {
    let shown = said(channel, start_ms, text);
    let word = |word: TranscriptWord| SpokenWord {
        text: Pii::new(word.text),
        start: MediaTime::from_millis(word.start_ms),
        end: MediaTime::from_millis(word.end_ms),
        confidence: 1.0,
    };
    Utterance {
        id: shown.id,
        revision: 1,
        text: UtteranceText::Final,
        end: MediaTime::from_millis(shown.end_ms),
        words: shown.words.into_iter().map(word).collect(),
    }
}

#[test]
fn digits_that_the_transcript_hides_are_spotted_in_the_sound() {
    let shown = [said(Channel::Customer, 0, "[card] so I think I really paid 200")];
    let again = [heard(Channel::Customer, 0, "four one one I think I really 200")];
    let [found] = &spot_digits(&again, &[], Some(&shown))[..] else { panic!("one finding") };
    assert_eq!((found.channel, found.digits), (Channel::Customer, 3));
    assert!(found.from_ms == 0 && found.to_ms == 850, "{found:?}");
}

#[test]
fn what_is_heard_in_a_mask_is_the_tone() {
    let again = [heard(Channel::Customer, 0, "four one one one")];
    let mask = |from, to| (Channel::Customer, MediaTime::from_millis(from), MediaTime::from_millis(to));
    assert_eq!(spot_digits(&again, &[mask(0, 2_000)], None), []);
    assert_eq!(spot_digits(&again, &[mask(0, 500)], None).len(), 0);
    assert_eq!(spot_digits(&again, &[mask(0, 200)], None).len(), 1);
}

#[test]
fn digits_apart_and_on_two_sides_are_no_number() {
    let apart = [
        heard(Channel::Customer, 0, "four"),
        heard(Channel::Customer, 9_000, "one"),
        heard(Channel::Customer, 18_000, "one"),
        heard(Channel::ToCustomer, 0, "two one"),
    ];
    assert_eq!(spot_digits(&apart, &[], None), []);
}

#[test]
fn without_a_transcript_amounts_are_no_finding() {
    let again = [heard(Channel::Customer, 0, "I paid two hundred fifty dollars at 3:30")];
    assert_eq!(spot_digits(&again, &[], None), []);
}

proptest! {
    #[test]
    fn no_words_make_it_panic_and_suspects_lie_within_their_words(
        turns in prop::collection::vec((any::<bool>(), "[ a-z0-9@.\\[\\]]{0,60}|\\PC{0,40}|(four |at |dot |com |double |\\[card\\] |3 ){1,12}"), 0..12),
    ) {
        let call: Vec<TranscriptUtterance> = turns
            .iter()
            .zip(0..)
            .map(|((customer, text), n)| {
                let channel = if *customer { Channel::Customer } else { Channel::ToCustomer };
                let safe = text.replace(['[', ']'], " ");
                said(channel, n * 3_000, &safe)
            })
            .collect();
        for suspect in second_pass(&call) {
            let utterance = call.iter().find(|one| one.id == suspect.utterance).unwrap();
            prop_assert!(suspect.from < suspect.to && suspect.to <= utterance.words.len());
            prop_assert!(suspect.from_ms <= suspect.to_ms);
        }
    }
}

#[test]
fn a_hostile_transcript_costs_no_more_than_its_length() {
    let long = vec!["4"; 40_000].join(" ");
    let mixed = vec!["four at dot com card @ . a b c d"; 4_000].join(" ");
    let call = [said(Channel::Customer, 0, &long), said(Channel::ToCustomer, 20_000_000, &mixed)];
    assert!(!second_pass(&call).is_empty());
}
