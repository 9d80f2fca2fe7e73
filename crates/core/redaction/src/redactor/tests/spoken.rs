//! Numbers in every spoken and written form.

use super::support::*;

#[test]
fn a_card_is_one_mask_whatever_its_form() {
    for card in [
        "four one one one one one one one one one one one one one one one",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111.",
        "4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1",
        "forty one eleven eleven eleven eleven eleven eleven eleven",
        "four triple one four double one five oh oh oh double nine double seven",
        "four one one one dash one one one one dash one one one one dash one one one one",
        "four, one, one, one, 1111 uh one one one one then 1111",
        "4,111 1,111 1,111 1,111",
        "four won one one for one one one to one one one fore one one one",
        "forty-one eleven, twenty-two twenty-two, thirty-three thirty-three, forty-four forty-four",
        "four one one one sorry no four one one one one two two two two three three three",
        "four one one one um let me see one one one one okay one one one one and one one one one",
        "four 1 one 1 1111 11 11 eleven double one",
        "5105 1051 0510 5100",
        "three seven eight two eight two two four six three one double oh oh five",
    ] {
        assert_eq!(alone(&format!("it is {card}")), "it is [card]", "{card}");
        assert_eq!(
            alone(&format!("my card is {card} thanks a lot")),
            "my card is [card] thanks a lot",
            "{card}"
        );
    }
}

#[test]
fn government_ids_are_hidden() {
    for id in [
        "123-45-6789",
        "123 45 6789",
        "one two three four five six seven eight nine",
        "one twenty three forty five sixty seven eighty nine",
    ] {
        assert_eq!(alone(&format!("my social is {id}")), "my social is [ssn]", "{id}");
        assert_eq!(alone(&format!("it's {id}")), "it's [ssn]", "{id}");
    }
}

#[test]
fn phones_are_hidden() {
    for phone in [
        "(555) 010-0199",
        "555-010-0199",
        "five five five oh one oh oh one nine nine",
        "triple five zero one zero zero one double nine",
        "five fifty five oh one oh oh one ninety nine",
    ] {
        assert_eq!(alone(&format!("call me at {phone}")), "call me at [phone]", "{phone}");
        assert_eq!(alone(&format!("it's {phone}")), "it's [phone]", "{phone}");
    }
    assert_eq!(alone("it's one eight hundred five five five oh one nine nine"), "it's [phone]");
}

#[test]
fn short_numbers_are_hidden_where_they_are_announced() {
    assert_eq!(alone("the security code is one two three"), "the security code is [cvv]");
    assert_eq!(alone("cvv 123"), "cvv [cvv]");
    assert_eq!(alone("the pin is twelve thirty four"), "the pin is [pin]");
    assert_eq!(alone("it expires oh five twenty seven"), "it expires [card_expiry]");
    assert_eq!(alone("the last four are 4242"), "the last four are [number]");
    assert_eq!(alone("my card ends in twenty nineteen"), "my card ends in [card]");
    assert_eq!(alone("it is the one ending in 1984"), "it is the one ending in [number]");
}

#[test]
fn unannounced_runs_of_three_and_more_are_hidden() {
    assert_eq!(alone("yes five five five"), "yes [number]");
    assert_eq!(alone("so 90210 then"), "so [number] then");
    assert_eq!(alone("that is A1B2C3D4"), "that is [reference]");
}

#[test]
fn a_date_of_birth_is_hidden() {
    for text in ["may fifth nineteen eighty", "05/05/1980", "the fifth of june 1980", "12 5 80"] {
        let shown = alone(&format!("my date of birth is {text}"));
        assert!(!shown.contains(|c: char| c.is_ascii_digit()), "{shown}");
        assert!(!["fifth", "nineteen", "eighty", "june"].iter().any(|word| shown.contains(word)), "{shown}");
    }
}

#[test]
fn an_open_run_of_a_partial_is_hidden_at_once() {
    assert_eq!(alone_partial("it is four"), "it is [number]");
    assert_eq!(alone_partial("it is four one"), "it is [number]");
    assert_eq!(alone_partial("it is 4"), "it is [number]");
    assert_eq!(alone_partial("it is four one uh"), "it is [number] uh");
    assert_eq!(alone_partial("it is four one fo"), "it is [number]");
    assert_eq!(alone_partial("my card is fo"), "my card is [card]");
    assert_eq!(alone_partial("my card is four one to"), "my card is [card]");
}

#[test]
fn a_partial_run_that_closes_clean_is_shown_again() {
    assert_eq!(alone_partial("i have two"), "i have [number]");
    assert_eq!(alone_partial("i have two dogs"), "i have two dogs");
    assert_eq!(alone_partial("at three thirty"), "at [number]");
    assert_eq!(alone_partial("at three thirty today"), "at three thirty today");
}

#[test]
fn the_mask_covers_the_first_to_the_last_digit_and_pads_the_audio() {
    let out = Call::new().says(model::Channel::Customer, "it is four one one one thanks");
    let word = &out.utterance.words[2];
    assert_eq!((word.start_ms, word.end_ms, word.confidence), (1_800, 3_300, 1.0));
    assert_eq!(out.mutes.len(), 1);
    assert_eq!((out.mutes[0].from.as_millis(), out.mutes[0].to.as_millis()), (1_650, 3_500));
}

#[test]
fn masks_do_not_tell_how_many_digits_they_hide() {
    let short = Call::new().says(model::Channel::Customer, "it is four one one one").utterance;
    let long = Call::new().says(model::Channel::Customer, "it is four one one one four two").utterance;
    assert_eq!(short.text(), long.text());
}
