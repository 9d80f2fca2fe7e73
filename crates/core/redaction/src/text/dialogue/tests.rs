use super::*;
use crate::text::{WordByWord, masked};

fn policy() -> Policy {
    Policy::new([9; 16])
}

fn mask(text: &str) -> String {
    let spans = redact_text(text, policy());
    check(text, &spans);
    masked(text, &spans)
}

/// Places are in order, apart, on whole characters, and the two ways to count agree.
fn check(text: &str, spans: &[TextSpan]) {
    let mut last = 0;
    for span in spans {
        assert!(span.bytes.start >= last && span.bytes.start < span.bytes.end, "{text}: {span:?}");
        let before = text.get(..span.bytes.start).expect("whole characters");
        let inside = text.get(span.bytes.clone()).expect("whole characters");
        assert_eq!(before.chars().count(), span.chars.start);
        assert_eq!(inside.chars().count(), span.chars.len());
        last = span.bytes.end;
    }
}

#[test]
fn only_the_secret_is_covered() {
    for (text, shown) in [
        ("my card is 4111 1111 1111 1111.", "my card is [card]."),
        ("card:4111111111111111;thanks", "card:[card];thanks"),
        (r#"{"card":"4111-1111-1111-1111","for":"Bo"}"#, r#"{"card":"[card]","for":"Bo"}"#),
        ("<b>4111</b><b>1111</b><b>1111</b><b>1111</b>", "<b>[card]</b>"),
        ("Card (4111 1111 1111 1111)!", "Card ([card])!"),
        ("číslo: 4111\u{a0}1111\u{a0}1111\u{a0}1111 ✓", "číslo: [card] ✓"),
        ("4\u{200b}1\u{200b}1\u{200b}1 1111 1111 1111", "[card]"),
    ] {
        assert_eq!(mask(text), shown);
    }
}

#[test]
fn a_number_over_lines_is_one_number() {
    let shown = mask("so the card number is 4111 1111\r\n1111 1111\r\nand that is all");
    assert_eq!(shown, "so the card number is [card]\r\nand that is all");
}

#[test]
fn a_number_over_windows_is_masked_whole() {
    for words in 30..200 {
        let text = "so it went on ".repeat(words / 4) + &"well ".repeat(words % 4) + "4111 1111 1111 1111 ok";
        let shown = mask(&text);
        assert!(!shown.contains("1111"), "{words}: {shown}");
    }
}

fn dialogue(turns: &[(Channel, &str)]) -> Vec<String> {
    let turns: Vec<Turn<'_>> =
        turns.iter().map(|(channel, text)| Turn { channel: *channel, text, times: None }).collect();
    let spans = redact_dialogue(&turns, policy());
    turns.iter().zip(spans).map(|(turn, spans)| masked(turn.text, &spans)).collect()
}

#[test]
fn a_turn_is_shown_with_what_later_turns_tell_of_it() {
    use Channel::{Customer, ToCustomer};
    let shown = dialogue(&[
        (ToCustomer, "what is the card number"),
        (Customer, "4111 1111"),
        (ToCustomer, "yes"),
        (Customer, "1111 1111"),
        (ToCustomer, "so 4111 1111 1111 1111"),
    ]);
    assert!(shown.iter().all(|turn| !turn.contains("1111")), "{shown:?}");
    assert_eq!(shown.len(), 5);
}

#[test]
fn no_revision_shows_what_the_whole_masks() {
    let text = "ok my card number is four one one one 1111 1111 double one eleven thank you";
    let turn = Turn { channel: Channel::Customer, text, times: None };
    let mut revisions = Vec::new();
    WordByWord::new(policy()).say(&turn, |_, revision| revisions.push(revision.clone()));
    let last = revisions.last().expect("there are words");
    assert!(last.is_final);
    for (n, revision) in (1..).zip(&revisions) {
        assert_eq!((revision.turn, revision.revision), (0, n));
        check(text, &revision.spans);
        let shown = revision.masked(text);
        for secret in ["four", "11", "eleven", "double"] {
            assert!(!shown.contains(secret), "{n}: {shown}");
        }
    }
}

#[test]
fn known_times_are_used() {
    let at = MediaTime::from_millis;
    // A minute after the question nobody waits for its answer any more.
    let asked = [(at(0), at(300)), (at(300), at(500)), (at(500), at(900)), (at(900), at(1_200))];
    let late: Vec<_> = (0..8).map(|n| (at(900_000 + n * 100), at(900_050 + n * 100))).collect();
    let turns = [
        Turn { channel: Channel::ToCustomer, text: "what is your pin", times: Some(&asked) },
        Turn {
            channel: Channel::Customer,
            text: "there were 42 people on the bus today",
            times: Some(&late),
        },
    ];
    assert_eq!(redact_dialogue(&turns, policy())[1], []);
}

#[test]
fn hostile_text_is_masked_and_takes_no_longer() {
    let long = "4".repeat(1_000_000);
    assert_eq!(mask(&long), "[number]");
    for text in [
        "a".repeat(300_000),
        "<".repeat(300_000),
        "&#".repeat(200_000),
        "1,".repeat(200_000),
        ":".repeat(300_000),
        "é\u{301}".repeat(100_000),
        "👍".repeat(100_000),
        "\u{202e}4 ".repeat(100_000),
        "{\"a\":".repeat(100_000),
    ] {
        mask(&text);
    }
}
