//! E-mail and web addresses, written and said.

use super::support::*;

/// What is said, and what is shown of it.
pub(super) type Case = (&'static str, &'static str);

pub(super) fn check(cases: &[Case]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(text, shown)| (text, shown, alone(text)))
        .filter(|(_, shown, got)| got != *shown)
        .map(|(text, shown, got)| format!("{text}\n  want {shown}\n  got  {got}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn written_addresses_are_hidden() {
    check(&[
        ("write to bob.smith@example.com please", "write to [email] please"),
        ("it's Bob_Smith+tag@mail.example.co.uk.", "it's [email]"),
        ("<bob@example.com>, thanks", "[email] thanks"),
        ("mailto:bob@example.com", "[email]"),
        ("(bob@example.com)", "[email]"),
        ("\"bob smith\"@example.com is it", "[email] is it"),
        ("josé.garcía@correo.es works", "[email] works"),
        ("b\u{200b}ob@exam\u{ad}ple.com", "[email]"),
        ("ｂｏｂ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[email]"),
        ("bоb@ехample.com", "[email]"),
        ("bob@localhost", "[email]"),
        ("bob @ example . com", "[email]"),
        ("bob@ example.com", "[email]"),
        ("bob @example.com", "[email]"),
        ("<b>bob@example.com</b>", "[email]"),
        ("bob72@gmail", "[email]"),
        ("Email: o'neil@x.org; phone later", "Email: [email] phone later"),
    ]);
}

#[test]
fn spoken_addresses_are_hidden() {
    check(&[
        ("bob dot smith at gmail dot com", "[email]"),
        ("it is bob dot smith at gmail dot com thank you", "it is [email] thank you"),
        ("my email is bob smith at gmail dot com", "my email is [email]"),
        (
            "my email address is bob smith seventy two at yahoo dot co dot uk okay",
            "my email address is [email] okay",
        ),
        ("b o b underscore seven two at yahoo dot co dot uk", "[email]"),
        ("you can write to priya dot sharma at the rate gmail dot com", "you can write to [email]"),
        ("priya sharma at the rate of rediff mail dot com", "[email]"),
        ("bob at g mail dot com", "[email]"),
        ("bob at gee mail dot com", "[email]"),
        ("bob at hot mail dot com please", "[email] please"),
        ("bobsmith at gmail.com", "[email]"),
        ("bob smith@gmail.com", "[email]"),
        ("my email is bob smith@gmail.com", "my email is [email]"),
        ("bob at gmailcom", "[email]"),
        ("bob.smith at gmail.com", "[email]"),
        ("Bob.Smith at Gmail dot com.", "[email]"),
        ("it's d as in david a as in apple v at gmail dot com", "it's [email]"),
        ("it's d for david a for apple v like victor at gmail dot com", "it's [email]"),
        ("bravo oscar bravo at gmail dot com", "[email]"),
        ("bob double l at gmail dot com", "[email]"),
        ("bob triple seven at gmail dot com", "[email]"),
        ("j dot r dot smith at acme dash corp dot org", "[email]"),
        ("send it to jane hyphen doe at acme minus inc dot net today", "send it to [email] today"),
        ("bob smith all one word at gmail dot com", "[email]"),
        ("bob smith all lower case no spaces at gmail dot com", "[email]"),
        ("bob at a c m e dot c o m", "[email]"),
        ("bob at a c m e dot co dot u k", "[email]"),
        ("bob at acme dotcom", "[email]"),
        ("bob at acme widgets dot com", "[email]"),
        ("bob uh dot um smith at uh gmail dot com", "[email]"),
        ("jsmith 72 at aol dot com", "[email]"),
        ("my email is happy panda ninety at aol dot com", "my email is [email]"),
        ("sales at acme dot com", "[email]"),
        ("x y z one two three at outlook dot com", "[email]"),
        ("kumar two thousand five at yahoo dot in", "[email]"),
        ("bob at mail dot acme dot co dot uk", "[email]"),
        ("it's maria period lopez at gmail dot com", "it's [email]"),
        ("bob point smith at gmail point com", "[email]"),
        ("bob at gmail", "[email]"),
        ("bob at hotmail co uk", "[email]"),
        ("bob at live dot com", "[email]"),
        ("my email is priya at me dot com", "my email is [email]"),
        ("wei underscore zhang at qq dot com", "[email]"),
        ("reach me on olu dot ade at zoho dot com or by phone", "reach me on [email] or by phone"),
        ("i think it is capital b o b at gmail dot com", "i think it is capital [email]"),
    ]);
}

#[test]
fn plain_talk_about_mail_and_places_is_shown() {
    let shown = [
        "meet me at gmail's office",
        "look at this one",
        "i am at home at the moment",
        "i live at the end of the road",
        "did you get my email",
        "i never got an email at all",
        "you will get a receipt by email",
        "can you send me an email at some point",
        "i was at work at the time",
        "please arrive at the store at five",
        "my email has not changed",
        "i work at a bank",
        "he is not at the office dot",
        "the dot on the map",
        "i will be there at ten",
        "i do not have an email address",
        "i changed my email last week",
        "she works at google",
        "at least it works",
        "not at all",
        "and at that point it broke",
        "U.S. customers e.g. me, i.e. us",
        "It is late.Come back tomorrow",
        "and/or both",
        "the 9/11 thing",
        "a follow-up is fine",
        "my email and my phone are up to date",
        "what is your email address please",
        "i sent it by e-mail yesterday",
        "the point is that it broke",
    ];
    let cases: Vec<Case> = shown.iter().map(|text| (*text, *text)).collect();
    check(&cases);
}

#[test]
fn web_addresses_are_hidden() {
    check(&[
        ("go to www.example.com/pay?x=1 now", "go to [url] now"),
        ("https://example.com/a/b.", "[url]"),
        ("see example.org", "see [url]"),
        ("www dot example dot com slash pay", "[url]"),
        ("go to w w w dot example dot com", "go to [url]"),
        ("triple w dot example dot co dot uk please", "[url] please"),
        ("h t t p s colon slash slash example dot com", "[url]"),
        ("look at amazon dot com", "look at [url]"),
        ("i bought it at amazon dot com", "i bought it at [url]"),
        ("visit a c m e dot com slash help slash me", "visit [url]"),
        ("my site is bob hyphen smith dot io", "my site is [url]"),
        ("example dotcom", "[url]"),
    ]);
}
