//! Addresses and places.

use super::support::*;

#[test]
fn addresses_are_hidden_with_what_goes_on_with_them() {
    for (said, shown) in [
        (
            "i live at twelve forty two elm street apartment three b austin texas seven eight seven oh one",
            "i live at [address] [location] [postcode]",
        ),
        ("my address is flat 2, 14 high street, manchester", "my address is [address] [location]"),
        ("send it to p o box nine nine in leeds", "send it to [address] in [location]"),
        ("Ship it to 91 East Lincoln Drive, Cardiff BT13 0TG.", "Ship it to [address] [location] [postcode]"),
        ("Address: 156 Riverside Mews, Bath, Florida 64473", "Address: [address] [location] [postcode]"),
        ("i live in chicago and my order is late", "i live in [location] and my order is late"),
        ("i am calling from london", "i am calling from [location]"),
    ] {
        assert_eq!(alone(said), shown);
    }
}

#[test]
fn an_address_that_was_asked_for_may_be_short() {
    let mut call = Call::new();
    call.agent("can i have your address please");
    assert_eq!(call.customer("sure it's 42 elm street"), "sure it's [address]");
    assert_eq!(call.customer("austin texas"), "[location]");
}

#[test]
fn streets_and_places_that_are_only_spoken_of_stay() {
    for said in [
        "go down main street for two miles and take the second right",
        "the store on fifth avenue is closed",
        "we have three kids in the house and the drive takes two hours",
        "my flight to paris leaves from boston",
    ] {
        assert_eq!(alone(said), said);
    }
}

#[test]
fn what_is_said_after_an_address_is_none() {
    for (said, shown) in [
        (
            "Ship it to 217 Maple Gardens, Bristol. Three out of five in 2019 said yes.",
            "Ship it to [address] [location] Three out of five in 2019 said yes.",
        ),
        ("i was born in may in leeds", "i was born in may in [location]"),
    ] {
        assert_eq!(alone(said), shown);
    }
    let mut call = Call::new();
    call.agent("what is your address");
    assert_eq!(call.customer("my neighbor has three of those"), "my neighbor has three of those");
}
