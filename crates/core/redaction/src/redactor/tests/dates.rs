//! Days of the calendar, and ages.

use super::support::*;

#[test]
fn a_day_of_the_calendar_is_masked() {
    for date in [
        "march third",
        "march the third",
        "march 3rd",
        "march 3",
        "march 3rd 2024",
        "march third nineteen eighty",
        "march third of nineteen eighty",
        "march third eighty five",
        "march twenty first two thousand and five",
        "march nineteen nineteen eighty",
        "third of march",
        "third march",
        "3rd of march 2024",
        "3 of march",
        "twenty first of may",
        "twenty three april",
        "twenty three april two thousand and twenty four",
        "thirtieth of december twenty twenty",
        "first of january twenty oh five",
        "3/4/1980",
        "03-04-1980",
        "1980-04-03",
        "3.4.1980",
        "3-mar-1980",
        "may 12",
        "may fifth",
    ] {
        assert_eq!(alone(&format!("it came on {date} i think")), "it came on [date] i think", "{date}");
        assert_eq!(
            alone(&format!("my date of birth is {date}")),
            "my date of birth is [birth_date]",
            "{date}"
        );
    }
}

#[test]
fn what_is_no_day_of_the_calendar_stays() {
    for text in [
        "it was in march",
        "in march 2015 we moved",
        "in march twenty fifteen we moved",
        "the fifteenth works for me",
        "see you on tuesday the fourteenth",
        "you may two times a day",
        "i may first of all look",
        "that may be the second of them",
        "they march in two rows",
        "in december twenty people came",
        "it is 1/2 of it",
    ] {
        assert_eq!(alone(text), text);
    }
}

#[test]
fn a_date_is_hidden_or_held_back_as_it_is_said() {
    for said in
        ["it was the third of march nineteen eighty", "it was march the third", "on twenty first may it was"]
    {
        let words: Vec<&str> = said.split(' ').collect();
        for n in 1..=words.len() {
            let shown = alone_partial(&words[..n].join(" "));
            for secret in ["third", "march", "nineteen", "eighty", "twenty", "first", "may"] {
                assert!(!shown.split(' ').any(|word| word == secret), "{shown}");
            }
        }
    }
}

#[test]
fn the_age_of_somebody_is_masked() {
    for (said, shown) in [
        ("i am forty two years old", "i am [age] years old"),
        ("i'm 42 years old", "i'm [age] years old"),
        ("i'm 42", "i'm [age]"),
        ("she is seventy six years old and i am forty two", "she is [age] years old and i am [age]"),
        ("my son is six years old", "my son is [age] years old"),
        ("a 30 year old man", "a [age] year old man"),
        ("he is thirty years of age", "he is [age] years of age"),
        ("he turned forty last week", "he turned [age] last week"),
        ("a patient aged 67 with pain", "a patient aged [age] with pain"),
        ("my age is twenty nine", "my age is [age]"),
    ] {
        assert_eq!(alone(said), shown);
    }
    let mut call = Call::new();
    call.agent("and how old are you");
    assert_eq!(call.customer("forty two"), "[age]");
}

#[test]
fn the_age_of_a_thing_stays() {
    for text in [
        "it is five years old",
        "the device is three years old",
        "i'm two days late",
        "i'm 42 minutes late",
        "i am one of them",
        "in that day and age 20 % off is good",
    ] {
        assert_eq!(alone(text), text);
    }
}
