//! What masks are called.

use super::support::*;

fn assert_masks(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(said, shown)| (said, shown, alone(said)))
        .filter(|(_, shown, got)| **shown != got.as_str())
        .map(|(said, shown, got)| format!("{said}\n  shows   {got}\n  and not {shown}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_are_called_what_they_were_announced_as() {
    assert_masks(&[
        ("my aadhaar number is 2345 6789 0123", "my aadhaar number is [government_id]"),
        ("aadhaar two three four five six seven eight nine zero one two three", "aadhaar [government_id]"),
        ("nhs number is nine four three four seven six five nine one nine", "nhs number is [health_id]"),
        ("my sin number is oh four six four five four two eight six", "my sin number is [government_id]"),
        ("passport number 123456789", "passport number [passport]"),
        ("zip 90210-1234", "zip [postcode]"),
        ("zip code nine zero two one zero dash one two three four", "zip code [postcode]"),
        ("the otp is four four one nine two two", "the otp is [one_time_code]"),
        ("routing number is oh two one oh oh oh oh two one", "routing number is [routing_number]"),
        ("my order number is four four one nine two", "my order number is [reference]"),
        ("the ticket id is 12345", "the ticket id is [reference]"),
        ("my utr is one two three four five six seven eight nine zero", "my utr is [tax_id]"),
        ("my account number is 4511 2233 4455 6677 889", "my account number is [bank_account]"),
        (
            "my sort code is twelve thirty four fifty six and the account number is one two three four five six seven eight",
            "my sort code is [routing_number] and the account number is [bank_account]",
        ),
    ]);
}

#[test]
fn numbers_that_nobody_announced_are_called_by_their_looks() {
    assert_masks(&[
        ("it's 4111 1111 1111 1111", "it's [card]"),
        ("it's 675964982643", "it's [card]"),
        ("it's 2345 6789 0123", "it's [government_id]"),
        ("it's +91 98765 43210", "it's [phone]"),
        ("oh seven nine double one one two three four five six", "[phone]"),
        ("it's plus four four seven nine one one one two three four five six", "it's plus [phone]"),
        ("it's 046 454 286", "it's [government_id]"),
        ("it's 123-45-6789", "it's [ssn]"),
    ]);
}

#[test]
fn codes_of_letters_and_digits_are_masked_whole() {
    assert_masks(&[
        (
            "my national insurance number is q q one two three four five six c",
            "my national insurance number is [government_id]",
        ),
        ("my national insurance number is QQ 12 34 56 C", "my national insurance number is [government_id]"),
        ("it's AB123456D", "it's [government_id]"),
        ("my pan is a b c d e one two three four f", "my pan is [tax_id]"),
        (
            "pan card number is alpha bravo charlie delta echo one two three four foxtrot",
            "pan card number is [tax_id]",
        ),
        ("my passport number is x one two three four five six seven", "my passport number is [passport]"),
        ("drivers licence MORGA657054SM9IJ", "drivers licence [driver_licence]"),
        ("the ifsc code is h d f c zero zero zero one two three four", "the ifsc code is [routing_number]"),
        ("ifsc HDFC0001234", "ifsc [routing_number]"),
        ("my postcode is s w one a one a a", "my postcode is [postcode]"),
        ("i am at SW1A 1AA", "i am at [postcode]"),
        ("postal code k one a zero b one", "postal code [postcode]"),
        ("order number is a b c one two three four five", "order number is [reference]"),
        ("policy number is p as in papa l for london four four one two", "policy number is [reference]"),
        ("member id is w double two three four nine nine", "member id is [health_id]"),
        ("case number is c s dash one two three four", "case number is [reference]"),
        ("it is b for bravo double l nine nine one two", "it is [reference]"),
    ]);
}

#[test]
fn letters_that_are_no_code_stay() {
    for text in [
        "i have a b c of it",
        "it is plan b for me",
        "i need a usb 3 cable",
        "bravo and tango came with two bags",
        "is it an a or a b",
        "the hotel has five stars",
    ] {
        assert_eq!(alone(text), text);
    }
}

#[test]
fn a_code_that_was_asked_for_is_hidden_from_its_first_letter_on() {
    let said = "it's x y dash one two three four";
    for question in ["what is your order number", "passport number please", "and your postcode"] {
        let words: Vec<&str> = said.split(' ').collect();
        for n in 1..=words.len() {
            let mut call = Call::new();
            call.agent(question);
            let shown = call.partial(&words[..n].join(" "));
            assert!(!shown.split(' ').any(|word| ["x", "y", "one", "two"].contains(&word)), "{shown}");
        }
    }
}

#[test]
fn what_was_asked_for_at_once_is_taken_in_order() {
    let mut call = Call::new();
    call.agent("i need the card number the expiry date and the security code");
    assert_eq!(call.customer("four five three nine"), "[card]");
    assert_eq!(call.customer("one four eight eight oh three four three six four six seven"), "[card]");
    assert_eq!(call.customer("oh nine twenty seven"), "[card_expiry]");
    assert_eq!(call.customer("one two three"), "[cvv]");
}

#[test]
fn an_echo_is_called_what_was_said_before() {
    let mut call = Call::new();
    call.agent("i see two cards here and what is your phone number");
    assert_eq!(call.customer("five five five oh one nine nine two three four"), "[phone]");
    assert_eq!(call.agent("and your zip code"), "and your zip code");
    assert_eq!(call.customer("nine oh two one oh"), "[postcode]");
    assert_eq!(call.agent("so the phone ends in two three four"), "so the phone ends in [phone]");
    assert_eq!(call.agent("that was 019-9234"), "that was [phone]");
}

#[test]
fn a_code_is_known_again() {
    let mut call = Call::new();
    call.agent("your booking number please");
    assert_eq!(call.customer("x q seven seven r four"), "[reference]");
    call.now_ms += 400_000;
    assert_eq!(call.agent("i looked at x q seven seven r four again"), "i looked at [reference] again");
}

#[test]
fn words_right_before_a_number_name_it() {
    assert_masks(&[
        ("sort code 39 76 42 account 57051195", "sort code [routing_number] account [bank_account]"),
        ("where is order 4522954587", "where is order [reference]"),
        ("my SIN is 444-803-841", "my SIN is [government_id]"),
        ("call me back at 0049 89 2952 3849", "call me back at [phone]"),
        ("the code i got is 4417", "the code i got is [one_time_code]"),
    ]);
}

#[test]
fn a_code_is_hidden_from_its_first_to_its_last_letter_over_turns() {
    for (question, answers) in [
        ("what is your policy number", &["k for king", "k king", "nine four", "the rest is b"][..]),
        ("and your postcode", &["n e", "seven one", "and then d x for x ray"]),
        ("can i take the passport number", &["echo eight one", "four four two", "and a"]),
        ("what is your license plate", &["i five", "double o", "i", "x ray"]),
    ] {
        let mut call = Call::new();
        call.agent(question);
        for answer in answers {
            let shown = call.customer(answer);
            for word in ["k", "king", "b", "n", "e", "x", "ray", "echo", "a", "i", "o", "double"] {
                assert!(!shown.split(' ').any(|shown| shown == word), "{answer}: {shown}");
            }
        }
    }
}

#[test]
fn words_beside_a_code_that_is_expected_stay() {
    for text in [
        "i have a two hour flight to catch",
        "flight LH835 leaves from gate C12",
        "there is a sixty three percent discount",
        "one moment i will look",
        "you are number seven in the queue",
        "please press one for yes or two for no",
        "it's the fifth one on the list",
        "it was six hundred dollars fifty last month",
    ] {
        let mut call = Call::new();
        call.agent("what is your booking number");
        assert_eq!(call.customer(text), text);
    }
}
