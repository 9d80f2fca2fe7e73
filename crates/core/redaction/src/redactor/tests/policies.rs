//! What a policy changes of what is shown, and what it never does.

use std::sync::Arc;

use super::{super::*, support::*};

fn call(acts: &[(EntityKind, Act)]) -> Call {
    let mut policy = Policy::new([7; 16]);
    for (kind, act) in acts {
        Arc::make_mut(&mut policy.acts).set(*kind, *act).expect("it is allowed");
    }
    Call { redactor: Redactor::new(policy), now_ms: 1_000 }
}

#[test]
fn a_cross_tells_neither_kind_nor_length() {
    let crosses = [(EntityKind::Card, Act::Cross), (EntityKind::Cvv, Act::Cross)];
    let mut call = call(&crosses);
    assert_eq!(call.customer("my card is 4111 1111 1111 1111"), "my card is XXXX");
    call.agent("and the security code");
    assert_eq!(call.customer("one two three"), "XXXX");
}

#[test]
fn the_last_four_are_kept_of_a_number_that_is_whole() {
    let keeps = [(EntityKind::Card, Act::LastFour), (EntityKind::Ssn, Act::LastFour)];
    for (text, shown) in [
        ("my card is four one one one 1111 1111 one one double one", "my card is [card 1111]"),
        ("my social is 123 45 6789 thanks", "my social is [ssn 6789] thanks"),
        ("my card is 4111 1111 11", "my card is [card]"),
        ("my card is 4111 1111 1111 1112", "my card is [card]"),
    ] {
        assert_eq!(call(&keeps).customer(text), shown);
    }
}

#[test]
fn nothing_is_kept_of_a_number_that_is_split_or_not_over() {
    let mut call = call(&[(EntityKind::Card, Act::LastFour), (EntityKind::Phone, Act::LastFour)]);
    assert_eq!(call.partial("my card is 4111 1111 1111 1111"), "my card is [card]");
    call.agent("what is the card number");
    for part in ["4111 1111", "1111", "1111"] {
        assert_eq!(call.customer(part), "[card]");
    }
    call.agent("is that 4111 1111 1111 1111");
}

#[test]
fn what_a_policy_shows_is_shown_and_not_muted() {
    let mut shows = call(&[(EntityKind::Phone, Act::Show)]);
    let out = shows.says(Channel::Customer, "you can call me at 212 555 0143 ok");
    assert_eq!(out.utterance.text(), "you can call me at 212 555 0143 ok");
    assert_eq!((out.mutes, out.spans), (Vec::new(), Vec::new()));
    // Until it is over it may be a card's.
    assert!(shows.partial("call me at 212 555").contains("[phone]"));
    assert!(!shows.customer("and my card is 4111 1111 1111 1111").contains("1111"));
}
