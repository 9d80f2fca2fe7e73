//! Numbers over turns.

use model::Channel;

use super::{super::*, support::*};

#[test]
fn an_asked_for_number_is_hidden_down_to_one_digit() {
    let mut call = Call::new();
    call.agent("what is your card number");
    assert_eq!(call.customer("four"), "[card]");
    assert_eq!(call.agent("uh-huh"), "uh-huh");
    assert_eq!(call.customer("one one"), "[card]");
    assert_eq!(call.customer("okay and then eleven"), "okay and then [card]");
}

#[test]
fn nothing_but_words_that_sound_like_digits_is_hidden_where_digits_are_expected() {
    let mut call = Call::new();
    call.agent("what is your card number");
    assert_eq!(call.customer("for to for to"), "[card]");
    assert_eq!(alone("for to for to"), "for to for to");
}

#[test]
fn each_number_is_named_by_the_cue_before_it() {
    let mut call = Call::new();
    call.agent("i need the card number the expiry date and the security code");
    let shown =
        call.customer("the card ends in forty two forty two and it expires in 09/28 and the cvv is 317");
    assert_eq!(shown, "the card ends in [card] and it expires in [card_expiry] and the cvv is [cvv]");
}

#[test]
fn a_security_code_is_known_by_its_question() {
    let mut call = Call::new();
    call.agent("and the three digits on the back");
    assert_eq!(call.customer("seven"), "[cvv]");
    assert_eq!(call.customer("four two"), "[cvv]");
}

#[test]
fn an_unannounced_number_goes_on_after_a_breath() {
    let mut call = Call::new();
    assert_eq!(call.customer("it's five five five"), "it's [number]");
    assert_eq!(call.customer("oh one"), "[number]");
    assert_eq!(call.agent("mm-hmm"), "mm-hmm");
    assert_eq!(call.customer("nine"), "[number]");
}

#[test]
fn a_shown_beginning_is_hidden_when_the_number_goes_on() {
    let mut call = Call::new();
    assert_eq!(call.customer("let me look it's five"), "let me look it's five");
    let out = call.says(Channel::Customer, "five five oh one oh oh one");
    assert_eq!(out.utterance.text(), "[phone]");
    let [revised] = &out.revised[..] else { panic!("one revision expected") };
    assert_eq!(revised.utterance.text(), "let me look it's [phone]");
    assert_eq!(revised.utterance.revision, 2);
    assert_eq!(out.mutes.len(), 2);
}

#[test]
fn the_other_side_may_not_repeat_what_was_hidden() {
    let mut call = Call::new();
    call.agent("your security code please");
    call.customer("seven four two");
    assert!(call.agent("thank you so seven four two").ends_with(']'));
    for n in 0..12 {
        call.now_ms += 60_000;
        call.agent(&format!("let us talk about something else {n}x"));
    }
    assert!(call.agent("it was seven hundred and forty two dollars").contains('['));
}

#[test]
fn a_question_recognised_late_hides_its_answer() {
    let mut call = Call::new();
    let words = ["sure", "thing", "it", "is", "twelve", "dear"];
    let answer = utterance(Channel::Customer, 3_000, UtteranceText::Final, 2, &words);
    let shown = call.redactor.redact(&answer, Participant::Customer).utterance;
    assert_eq!(shown.text(), "sure thing it is twelve dear");
    let asked = utterance(Channel::ToCustomer, 1_000, UtteranceText::Final, 1, &["your", "pin", "please"]);
    let out = call.redactor.redact(&asked, Participant::Agent);
    let [revised] = &out.revised[..] else { panic!("one revision expected") };
    assert_eq!(revised.utterance.text(), "sure thing it is [pin] dear");
    assert_eq!((revised.utterance.revision, out.mutes.len()), (3, 1));
}

#[test]
fn a_final_given_again_gets_the_same_masks() {
    let mut call = Call::new();
    let said = utterance(Channel::Customer, 0, UtteranceText::Final, 1, &["it's", "five", "five", "five"]);
    let first = call.redactor.redact(&said, Participant::Customer);
    assert_eq!(call.redactor.redact(&said, Participant::Customer), first);
}

#[test]
fn a_slot_closes_with_time() {
    let mut call = Call::new();
    call.agent("what is your card number");
    call.now_ms += 600_000;
    assert_eq!(call.customer("i have two here"), "i have two here");
}

#[test]
fn memory_is_bounded() {
    let mut call = Call::new();
    for n in 0..200 {
        call.agent("your card phone social pin birthday cvv expiry number please");
        call.customer(&format!("it is {n} four one one one"));
    }
    assert!(call.redactor.remembered.len() <= MAX_REMEMBERED_UTTERANCES);
}

#[test]
fn printing_shows_no_words() {
    let mut call = Call::new();
    call.customer("my password is swordfish eleven eleven twelve");
    let printed = format!("{:?}", call.redactor);
    assert!(!printed.contains("swordfish") && !printed.contains("eleven"));
}

#[test]
fn an_echo_that_is_recognised_first_is_hidden_later() {
    let mut call = Call::new();
    let words = ["that", "is", "room", "forty", "two", "forty", "three"];
    let echo = utterance(Channel::ToCustomer, 9_000, UtteranceText::Final, 1, &words);
    let shown = call.redactor.redact(&echo, Participant::Agent).utterance;
    assert_eq!(shown.text(), "that is room forty two forty three");
    let words = ["it", "is", "four", "two", "four", "three", "nine", "nine", "one"];
    let said = utterance(Channel::Customer, 1_000, UtteranceText::Final, 1, &words);
    let out = call.redactor.redact(&said, Participant::Customer);
    let [revised] = &out.revised[..] else { panic!("one revision expected") };
    assert_eq!(revised.utterance.text(), "that is room [phone]");
}
