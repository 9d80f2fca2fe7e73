//! Names of people.

use super::support::*;

#[test]
fn a_name_that_is_said_to_be_one_is_hidden() {
    for (said, shown) in [
        ("hi this is priya sharma calling about my order", "hi this is [name] calling about my order"),
        ("my name is xanthippe mcgillicuddy and i want a refund", "my name is [name] and i want a refund"),
        ("hi mark my name is jennifer brown", "hi [name] my name is [name]"),
    ] {
        assert_eq!(alone(said), shown);
    }
}

#[test]
fn an_answer_to_who_is_speaking_is_hidden_and_known_again() {
    let mut call = Call::new();
    call.agent("may i have your first and last name please");
    assert_eq!(call.customer("sure it's will smith"), "sure it's [name]");
    call.agent("and how do you spell your last name");
    assert_eq!(call.customer("s m i t h"), "[name]");
    assert_eq!(
        call.agent("okay mister smith let me pull up your account"),
        "okay mister [name] let me pull up your account"
    );
}

#[test]
fn words_that_somebody_is_called_stay_where_they_are_words() {
    for said in [
        "i'm sorry i'm calling about my bill",
        "this is ridiculous i'm really upset",
        "the grace period is ten days and the rose gold phone is fine",
        "will you mark this as resolved",
    ] {
        assert_eq!(alone(said), said);
    }
}
