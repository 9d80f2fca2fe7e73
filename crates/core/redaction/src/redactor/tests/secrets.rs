//! Passwords, user names and the answers to security questions.

use super::{addresses::check, support::*};

#[test]
fn a_password_that_is_said_is_hidden() {
    check(&[
        ("my password is swordfish", "my password is [password]"),
        ("my password is swordfish thanks", "my password is [password] thanks"),
        ("the password is capital s sunshine nine exclamation mark", "the password is [password]"),
        (
            "the password is uh capital p as in peter a s s dollar sign one two",
            "the password is uh [password]",
        ),
        ("password: hunter2", "password: [password]"),
        ("my password is Sunshine#99, can you check", "my password is [password] can you check"),
        ("i changed the password to bluebird seven", "i changed the password to [password]"),
        (
            "the wifi password is correct horse battery staple and it does not connect",
            "the wifi password is [password] and it does not connect",
        ),
        ("the passphrase is purple monkey dishwasher", "the passphrase is [password]"),
        ("my user name is bobsmith seventy two", "my user name is [user_name]"),
        ("the username is b o b underscore s", "the username is [user_name]"),
        ("i log in as bobsmith but it fails", "i log in as [user_name] but it fails"),
        ("my mother's maiden name is kowalski", "my mother's maiden name is [security_answer]"),
        ("my first pet was called rex", "my first pet was called [security_answer]"),
        ("the memorable word is butterfly okay", "the memorable word is [security_answer] okay"),
    ]);
}

#[test]
fn talk_about_passwords_is_shown() {
    let shown = [
        "i forgot my password",
        "can you reset my password please",
        "how do i reset your password on the site",
        "my password is wrong",
        "my password is not working since monday",
        "the password is case sensitive",
        "it says the password is incorrect",
        "i changed my password last week",
        "the password was sent to you by mail",
        "your user name is your email address",
        "the username is not found",
        "please choose a new password that is long enough",
        "i never share my password with anybody",
        "what is my password",
        "i cannot log in as it says error",
        "the security question is not showing",
        "we will never ask for your password",
    ];
    let cases: Vec<_> = shown.iter().map(|text| (*text, *text)).collect();
    check(&cases);
}

#[test]
fn what_was_asked_for_is_hidden() {
    for (question, answer, shown) in [
        ("what is your mother's maiden name", "kowalski", "[security_answer]"),
        ("and your mother's maiden name please", "it's smith", "it's [security_answer]"),
        ("can you tell me the name of your first pet", "um it was buster", "um it was [security_answer]"),
        ("what was the street you grew up on", "elm street", "[security_answer]"),
        ("who was your favorite teacher", "that would be miss honey", "that would be [security_answer]"),
        ("what's your favourite colour", "blue", "[security_answer]"),
        ("in which city were you born", "i was born in tulsa", "i was born in [security_answer]"),
        ("please give me the memorable word on the account", "butterfly", "[security_answer]"),
        ("could you tell me your password", "sure it's sunshine nine nine", "sure it's [password]"),
        ("what is your user name", "bobsmith", "[user_name]"),
        ("what's your email address", "bob dot smith at gmail dot com", "[email]"),
        ("what's your email address", "sure it's bob smith at gmail dot com", "sure it's [email]"),
        ("what's your email", "b o b dot s m i t h", "[email]"),
        ("can i get an email address for you", "it's happy panda at aol dot com", "it's [email]"),
    ] {
        let mut call = Call::new();
        assert_eq!(call.agent(question), question);
        assert_eq!(call.customer(answer), shown, "{question}");
    }
}

#[test]
fn what_answers_nothing_is_shown() {
    for (question, answer) in [
        ("what is your mother's maiden name", "i don't remember that"),
        ("what is your mother's maiden name", "hold on a second please"),
        ("could you tell me your password", "i forgot it can you reset it"),
        ("did you forget your password", "yes i did it on monday"),
        ("i can reset your password for you", "okay great let us do that today"),
        ("we will never ask for your password", "okay that is good"),
        ("what's your email address", "i don't have one"),
        ("what's your email address", "sure give me a moment"),
        ("i will send it to your email", "great thank you so much"),
    ] {
        let mut call = Call::new();
        assert_eq!(call.agent(question), question);
        assert_eq!(call.customer(answer), answer, "{question}");
    }
}

#[test]
fn an_answer_ends_the_question() {
    let mut call = Call::new();
    call.agent("what is your mother's maiden name");
    assert_eq!(call.customer("kowalski"), "[security_answer]");
    assert_eq!(call.agent("thank you you are verified"), "thank you you are verified");
    assert_eq!(call.customer("great my router is broken"), "great my router is broken");
}

#[test]
fn an_announcement_goes_on_in_the_next_utterance() {
    let mut call = Call::new();
    assert_eq!(call.customer("okay my password is"), "okay my password is");
    assert_eq!(call.customer("swordfish nine"), "[password]");
    let mut call = Call::new();
    call.customer("my email address is");
    assert_eq!(call.customer("bob underscore smith"), "[email]");
    assert_eq!(call.customer("at gmail dot com"), "[email]");
}
