//! Whole calls with known secrets: no version of any utterance shows one of their words.

use std::collections::BTreeSet;

use super::{super::*, support::utterance};

/// Calls per kind of dialogue.
const CALLS: u64 = 1_000;

const UNITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const TEENS: [&str; 10] = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const FILLERS: [&str; 8] = ["uh", "um", "and", "dash", "then", "okay", "so", "er"];
const CORRECTIONS: [&str; 7] =
    ["sorry", "no wait", "i mean", "let me see", "hold on", "correction", "and then it is"];
const AFTERWARDS: [&str; 6] = [
    "and my name is bob",
    "is that right",
    "thanks a lot for helping",
    "that is the number on it",
    "please write it down",
    "what else do you need",
];
const INTERRUPTIONS: [&str; 6] = [
    "sorry can you repeat that",
    "was that a b or a d",
    "please go on",
    "and the next ones",
    "one moment please",
    "the line is bad",
];
const BACK_CHANNELS: [&str; 6] = ["uh-huh", "okay", "mm-hmm", "got it", "go ahead", "yes"];

/// A small generator: the calls are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

/// A spoken word, and whether it is part of the secret.
type Said = (String, bool);

fn plain(text: &str) -> Vec<Said> {
    text.split_whitespace().map(|word| (word.to_owned(), false)).collect()
}

fn secret(words: &[&str]) -> Vec<Said> {
    words.iter().map(|word| ((*word).to_owned(), true)).collect()
}

/// One way to say the next digits: the words, and how many digits they are.
fn spell(digits: &[u8], first: bool, dice: &mut Dice) -> (Vec<Said>, usize) {
    let unit = |digit: u8| UNITS[usize::from(digit)];
    let (d, next) = (digits[0], digits.get(1).copied());
    if digits.len() >= 3 && d > 0 && digits[1..3] == [0, 0] && dice.roll(2) == 0 {
        return (secret(&[unit(d), "hundred"]), 3);
    }
    match (dice.roll(14), next) {
        (0, Some(second)) if second == d && digits.get(2) == Some(&d) => (secret(&["triple", unit(d)]), 3),
        (0 | 1, Some(second)) if second == d => (secret(&["double", unit(d)]), 2),
        (2 | 3, Some(second)) if d == 1 => (secret(&[TEENS[usize::from(second)]]), 2),
        (2, Some(0)) if d > 1 => (secret(&[TENS[usize::from(d)]]), 2),
        (2, Some(second)) if d > 1 => (secret(&[TENS[usize::from(d)], unit(second)]), 2),
        (3, Some(second)) if d > 1 && second > 0 => {
            (secret(&[&format!("{}-{}", TENS[usize::from(d)], unit(second))]), 2)
        }
        (4, _) => {
            let n = (1 + dice.roll(4)).min(digits.len());
            let text: String = digits[..n].iter().map(|digit| char::from(b'0' + digit)).collect();
            (secret(&[&text]), n)
        }
        (5, _) => {
            let n = (2 + dice.roll(4)).min(digits.len());
            let parts: Vec<String> = digits[..n].iter().map(u8::to_string).collect();
            (secret(&[&parts.join("-")]), n)
        }
        (6, _) if d == 0 => (secret(&[dice.pick(&["oh", "o", "Oh,"])]), 1),
        (7, Some(_)) if !first && [1, 2, 4, 8].contains(&d) => {
            let word = match d {
                1 => "won",
                2 => dice.pick(&["to", "too"]),
                4 => dice.pick(&["for", "fore"]),
                _ => "ate",
            };
            // A homophone is a digit between digits: the next one is said as a plain one.
            let mut words = secret(&[word]);
            words.extend(secret(&[unit(digits[1])]));
            (words, 2)
        }
        (9, Some(_)) => {
            let n = (2 + dice.roll(4)).min(digits.len());
            let text: String = digits[..n].iter().map(|digit| char::from(b'0' + digit)).collect();
            let (a, b) = text.split_at(n / 2);
            let written = match dice.roll(5) {
                0 => format!("({text})"),
                1 => format!("{a}.{b}."),
                2 => format!("{a}-{b},"),
                3 => format!("{a},{b}"),
                _ => format!("{text}?"),
            };
            (secret(&[&written]), n)
        }
        (10, _) => {
            let word = unit(d);
            let (first, rest) = word.split_at(1);
            (secret(&[&format!("{}{rest}.", first.to_uppercase())]), 1)
        }
        (8, _) => (secret(&[&format!("{},", unit(d))]), 1),
        (..) => (secret(&[unit(d)]), 1),
    }
}

/// The digits said in pieces; each piece is a list of words and its number of digits.
fn pieces(digits: &[u8], dice: &mut Dice) -> Vec<(Vec<Said>, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < digits.len() {
        let (words, n) = spell(&digits[at..], at == 0, dice);
        at += n;
        out.push((words, n));
    }
    out
}

/// The next utterance of the secret: pieces with fillers between them, at least `least` digits if there are.
fn chunk(pieces: &mut Vec<(Vec<Said>, usize)>, least: usize, dice: &mut Dice) -> Vec<Said> {
    let target = least + dice.roll(9);
    let (mut out, mut count): (Vec<Said>, usize) = (Vec::new(), 0);
    while count < target.max(1) && !pieces.is_empty() {
        if count > 0 && dice.roll(8) == 0 {
            out.extend(plain(dice.pick(&FILLERS)));
        }
        if count >= 2 && dice.roll(16) == 0 {
            out.extend(plain(dice.pick(&CORRECTIONS)));
        }
        let (words, n) = pieces.remove(0);
        count += n;
        out.extend(words);
    }
    out
}

/// Talks through a call and checks each version of each utterance.
struct Listener {
    redactor: Redactor,
    now_ms: u64,
    script: Vec<String>,
    leaks: Vec<String>,
    /// Starts of secret words per channel.
    secrets: BTreeSet<(Channel, u64)>,
}

impl Listener {
    fn check(&mut self, shown: &TranscriptUtterance, what: &str) {
        for word in shown.words.iter().filter(|word| word.masked.is_none()) {
            if self.secrets.contains(&(shown.channel, word.start_ms)) {
                self.leaks.push(format!("{what}: {:?} in {:?}", word.text, shown.text()));
            }
        }
    }

    fn says(&mut self, channel: Channel, said: &[Said], dice: &mut Dice) {
        let texts: Vec<&str> = said.iter().map(|(text, _)| text.as_str()).collect();
        self.script.push(format!("{channel}: {}", texts.join(" ")));
        let whole = utterance(channel, self.now_ms, UtteranceText::Final, 99, &texts);
        for ((_, hidden), word) in said.iter().zip(&whole.words) {
            if *hidden {
                self.secrets.insert((channel, word.start.as_millis()));
            }
        }
        for n in 1..=texts.len() {
            let mut heard = texts[..n].to_vec();
            let partial = utterance(channel, self.now_ms, UtteranceText::Partial, 1, &heard);
            let shown = self.redactor.redact(&partial, Participant::Customer).utterance;
            self.check(&shown, "partial");
            let last: Vec<char> = texts[n - 1].chars().collect();
            if last.len() > 2 && dice.roll(3) == 0 {
                // The audio ended within the word.
                let cut: String = last[..2 + dice.roll(last.len() - 2)].iter().collect();
                heard[n - 1] = &cut;
                let partial = utterance(channel, self.now_ms, UtteranceText::Partial, 1, &heard);
                let shown = self.redactor.redact(&partial, Participant::Customer).utterance;
                let before: Vec<_> = shown.words.iter().filter(|word| word.text != cut).cloned().collect();
                self.check(&TranscriptUtterance { words: before, ..shown }, "cut partial");
            }
        }
        let out = self.redactor.redact(&whole, Participant::Customer);
        self.check(&out.utterance, "final");
        self.check_mutes(&whole, said, &out);
        for revised in &out.revised {
            self.check(&revised.utterance, "revision");
        }
        self.now_ms = whole.end.as_millis() + 200;
    }

    /// Every secret word's audio is replaced, whole.
    fn check_mutes(&mut self, whole: &Utterance, said: &[Said], out: &Redacted) {
        for ((text, hidden), word) in said.iter().zip(&whole.words) {
            let muted = out.mutes.iter().any(|mute| {
                mute.channel == whole.id.channel() && mute.from <= word.start && mute.to >= word.end
            });
            if *hidden && !muted {
                self.leaks.push(format!("audio of {text:?}"));
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Opening {
    Asked,
    Announced,
    Silent,
}

fn talk(seed: u64, opening: Opening) -> Listener {
    let mut dice = Dice(seed);
    for _ in 0..4 {
        dice.roll(2);
    }
    let mut call = Listener {
        redactor: Redactor::new(Policy::new([9; 16])),
        now_ms: 1_000,
        script: Vec::new(),
        leaks: Vec::new(),
        secrets: BTreeSet::new(),
    };
    let (len, question, announcement) = [
        (16, "can i have your card number please", "my card number is"),
        (15, "what is the number on your credit card", "it is an amex card"),
        (9, "what is your social security number", "my social is"),
        (10, "what is the best phone number for you", "my phone number is"),
        (3, "and the security code on the back", "the cvv is"),
        (4, "what are the last four digits of your social", "the last four is"),
        (12, "could you read me the account number", "the account number is"),
    ][dice.roll(if opening == Opening::Silent { 4 } else { 7 })];
    let mut digits: Vec<u8> = (0..len).map(|_| u8::try_from(dice.roll(10)).unwrap()).collect();
    if opening == Opening::Silent {
        // "Oh" out of the blue is not a digit to anybody.
        digits[0] = digits[0].max(1);
    }
    let mut rest = pieces(&digits, &mut dice);
    if opening == Opening::Asked {
        call.says(Channel::ToCustomer, &plain(question), &mut dice);
    }
    let mut first = true;
    while !rest.is_empty() {
        let lead = match opening {
            Opening::Announced if first => announcement,
            Opening::Asked | Opening::Announced | Opening::Silent => {
                dice.pick(&["", "", "", "okay", "and", "it's", "so it is", "yes"])
            }
        };
        let mut said = plain(lead);
        // Unasked and unannounced, one digit alone could be anything.
        let least = if opening == Opening::Silent && first { 2 } else { 1 };
        said.extend(chunk(&mut rest, least, &mut dice));
        // "Oh, did you get that?" is not a digit to anybody.
        let only_oh =
            said.iter().filter(|(_, hidden)| *hidden).all(|(word, _)| word.to_lowercase().starts_with('o'));
        if opening != Opening::Silent && !only_oh && dice.roll(6) == 0 {
            said.extend(plain(dice.pick(&["okay", "um", "got that", "did you get that"])));
        } else if opening != Opening::Silent && rest.is_empty() && !only_oh {
            said.extend(plain(dice.pick(&AFTERWARDS)));
        }
        let echo: Vec<Said> = said.iter().filter(|(_, hidden)| *hidden).cloned().collect();
        call.says(Channel::Customer, &said, &mut dice);
        first = false;
        match dice.roll(5) {
            2 if opening != Opening::Silent => {
                call.says(Channel::ToCustomer, &plain(dice.pick(&INTERRUPTIONS)), &mut dice);
            }
            0 => call.says(Channel::ToCustomer, &plain(dice.pick(&BACK_CHANNELS)), &mut dice),
            1 => {
                let mut repeated = plain(dice.pick(&["", "okay", "so"]));
                repeated.extend(echo);
                call.says(Channel::ToCustomer, &repeated, &mut dice);
            }
            _ => {}
        }
    }
    call
}

fn leaks(opening: Opening) -> Vec<Listener> {
    (0..CALLS).map(|seed| talk(seed, opening)).filter(|call| !call.leaks.is_empty()).collect()
}

fn assert_none(leaky: &[Listener]) {
    let shown = |call: &Listener| format!("{}\n  => {}", call.script.join("\n"), call.leaks.join("\n  => "));
    let examples: Vec<String> = leaky.iter().take(6).map(shown).collect();
    assert!(leaky.is_empty(), "{} of {CALLS} calls leak:\n{}", leaky.len(), examples.join("\n\n"));
}

#[test]
fn no_version_shows_a_number_that_was_asked_for() {
    assert_none(&leaks(Opening::Asked));
}

#[test]
fn no_version_shows_a_number_that_was_announced() {
    assert_none(&leaks(Opening::Announced));
}

#[test]
fn no_version_shows_a_number_that_nobody_asked_for() {
    assert_none(&leaks(Opening::Silent));
}
