//! What is counted, on documents whose masks are set by hand.

use dialogues::{Dialogue, Secret, Stretch, Style, Text, Truth, Turn, Word};
use events::EntityKind;
use leak::{Script, Segment, Tally, What, Witness, mask_characters, segments_of_dialogue, segments_of_text};
use model::{Channel, UtteranceText};
use redaction::{Policy, Redactor};

const PHONE: Secret = Secret { kind: EntityKind::Phone, sort: "us" };

fn text() -> Text {
    let whole = "call 555-0100 in 5 days".to_owned();
    let secrets = vec![(PHONE, Stretch { from: 5, to: 13 })];
    Text { id: "t".to_owned(), text: whole, secrets, harmless: vec![Stretch { from: 17, to: 18 }] }
}

fn tally(segments: &[Segment]) -> Tally {
    let mut tally = Tally::default();
    tally.add("t", &[PHONE], segments);
    tally
}

#[test]
fn a_mask_over_all_of_a_secret_leaks_nothing() {
    let tally = tally(&segments_of_text(&text(), &[(5, 13, EntityKind::Phone)]));
    let phone = &tally.kinds()[&EntityKind::Phone];
    assert_eq!((phone.told, phone.leaked, phone.digits, phone.stretches), (1, 0, (7, 0), (1, 1)));
    assert_eq!((phone.masks, tally.harmless, tally.plain), ((1, 1, 1), (1, 0), (11, 0)));
    assert_eq!(tally.failures, []);
}

#[test]
fn one_digit_that_shows_is_a_leak() {
    let tally = tally(&segments_of_text(&text(), &[(5, 12, EntityKind::Phone)]));
    let phone = &tally.kinds()[&EntityKind::Phone];
    assert_eq!((phone.leaked, phone.digits, phone.stretches), (1, (7, 1), (1, 1)));
    assert_eq!(tally.failures[0].what, What::Leak);
}

#[test]
fn masks_of_harmless_numbers_and_words_are_counted() {
    let tally = tally(&segments_of_text(&text(), &[(0, 23, EntityKind::Card)]));
    assert_eq!((tally.harmless, tally.plain), ((1, 1), (11, 11)));
    let kinds = tally.kinds();
    assert_eq!((kinds[&EntityKind::Card].masks, kinds[&EntityKind::Phone].stretches), ((1, 0, 1), (1, 0)));
}

fn said() -> Dialogue {
    let words = |text: &str, truth| {
        text.split_whitespace().map(move |text| Word { text: text.to_owned(), truth }).collect::<Vec<_>>()
    };
    let turn = |channel, words| Turn { channel, words };
    Dialogue {
        id: "d".to_owned(),
        style: Style::Formatted,
        noisy: false,
        turns: vec![
            turn(Channel::Customer, [words("It is", Truth::Plain), words("555-", Truth::Secret(0))].concat()),
            turn(Channel::Customer, words("0100.", Truth::Secret(0))),
            turn(Channel::ToCustomer, words("555 0100?", Truth::Echo(0))),
        ],
        secrets: vec![PHONE],
    }
}

#[test]
fn splits_and_echoes_are_counted_apart() {
    let dialogue = said();
    let mut segments = segments_of_dialogue(&dialogue);
    mask_characters(&mut segments[0], &dialogue.turns[0], &[(6, 10, EntityKind::Phone)]);
    mask_characters(&mut segments[2], &dialogue.turns[2], &[(0, 3, EntityKind::Phone)]);
    let phone = &tally(&segments).kinds()[&EntityKind::Phone];
    assert_eq!((phone.leaked, phone.split, phone.echoed), (1, (1, 1), (1, 1)));
    assert_eq!((phone.digits, phone.stretches), ((14, 8), (3, 1)));
}

#[test]
fn a_script_gives_every_word_in_a_partial_and_then_the_final() {
    let dialogue = said();
    let steps: Vec<_> = Script::word_by_word(&dialogue)
        .map(|step| (step.turn, step.utterance.words.len(), step.utterance.text == UtteranceText::Final))
        .collect();
    assert_eq!(
        steps,
        [
            (0, 1, false),
            (0, 2, false),
            (0, 3, false),
            (0, 3, true),
            (1, 1, false),
            (1, 1, true),
            (2, 1, false),
            (2, 2, false),
            (2, 2, true)
        ]
    );
    assert_eq!(Script::finals(&dialogue).count(), 3);
}

#[test]
fn a_witness_sees_what_a_redactor_shows() {
    let dialogue = said();
    let (mut redactor, mut witness) = (Redactor::new(Policy::new([1; 16])), Witness::new(&dialogue));
    for step in Script::word_by_word(&dialogue) {
        let out = redactor.redact(&step.utterance, step.participant);
        witness.hear(&step, &out);
    }
    let plain: Vec<bool> = witness.seen()[0].iter().map(|seen| seen.in_final).collect();
    assert_eq!(plain[..2], [true, true]);
    assert!(witness.segments()[0].iter().take(4).all(|cell| cell.mask.is_none()));
}
