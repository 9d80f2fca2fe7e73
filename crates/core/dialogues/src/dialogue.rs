//! Whole calls: numbers in breaths, back-channels, echoes, corrections, and much that is harmless.

use model::Channel;

use crate::{
    dice::Dice,
    inventory::Inventory,
    noise,
    scene::{Said, Scene},
    secrets::{Made, Value, with_one_digit_wrong},
    spoken::{Piece, Voice},
    truth::{Dialogue, Style, Truth, Turn, Word},
    utterance::slot_of,
};

/// What an agent asks for in one call, in order.
const SCRIPTS: &[&[&str]] = &[
    &["name", "phone", "card", "expiry", "cvv", "zip"],
    &["name", "dob", "address", "phone"],
    &["card", "expiry", "cvv"],
    &["account", "name", "ssn"],
    &["email", "phone", "order"],
    &["name", "spelled", "email", "card", "cvv"],
    &["ssn", "dob", "phone"],
    &["sortcode", "account", "postcode", "name"],
    &["nino", "dob", "name", "phone"],
    &["member", "dob", "nhs", "condition", "drug"],
    &["aadhaar", "taxid", "phone"],
    &["sin", "phone", "postcode"],
    &["passport", "name", "email", "date"],
    &["licence", "plate", "policy", "age"],
    &["username", "otp", "password", "answer"],
    &["routing", "account", "pin"],
    &["order", "email", "address", "phone"],
    &["card", "phone", "email"],
    &["name", "card", "iban"],
    &["url", "ip", "email", "phone"],
];

/// How the agent repeats a number.
#[derive(Clone, Copy, PartialEq)]
enum Echo {
    All,
    Part,
    LastFour,
    WrongOnce,
}

pub(crate) fn dialogue(id: String, dice: &mut Dice, from: &Inventory) -> Dialogue {
    let style = if dice.percent(60) { Style::Plain } else { Style::Formatted };
    let noisy = style == Style::Plain && dice.percent(20);
    let script = dice.pick(SCRIPTS);
    let mut call = Call { scene: Scene::new(Voice { dice, from, style, hesitant: true }), turns: Vec::new() };
    call.line(Channel::ToCustomer, "openers");
    call.line(Channel::Customer, "reasons");
    for slot in script {
        if call.percent(45) {
            call.line(Channel::ToCustomer, "agent-talk");
        }
        if call.percent(30) {
            call.line(Channel::Customer, "customer-talk");
        }
        call.exchange(slot);
        if call.percent(8) {
            call.line(Channel::ToCustomer, "hold");
            call.line(Channel::ToCustomer, "back");
        }
    }
    call.line(Channel::Customer, "customer-talk");
    call.line(Channel::ToCustomer, "closings");
    call.line(Channel::Customer, "thanks");
    let Call { scene, mut turns } = call;
    if noisy {
        noise::disturb(&mut turns, scene.voice.dice);
    }
    Dialogue { id, style, noisy, turns, secrets: scene.secrets }
}

/// A call while it is made.
struct Call<'a> {
    scene: Scene<'a>,
    turns: Vec<Turn>,
}

impl Call<'_> {
    const fn percent(&mut self, chance: usize) -> bool {
        self.scene.voice.dice.percent(chance)
    }

    fn says(&mut self, channel: Channel, words: Vec<Word>) {
        if !words.is_empty() {
            self.turns.push(Turn { channel, words });
        }
    }

    fn line(&mut self, channel: Channel, list: &str) {
        let words = self.scene.one_of(list).words();
        self.says(channel, words);
    }

    /// A question and its answer, or an announcement; then perhaps an echo.
    fn exchange(&mut self, slot: &str) {
        let asked = self.percent(75);
        if asked {
            self.line(Channel::ToCustomer, &format!("asked-{slot}"));
        }
        let said = if asked && self.percent(70) {
            let lead = if self.percent(45) { self.scene.one_of("leads") } else { Said::default() };
            let mut answer = self.scene.secret(slot_of(slot));
            answer.pieces.splice(0..0, lead.pieces);
            answer
        } else {
            self.scene.one_of(&format!("said-{slot}"))
        };
        let made = said.made.last().cloned();
        let long = made.as_ref().is_some_and(|(_, made)| made.value.is_long());
        if long && self.percent(45) {
            self.in_breaths(said.pieces);
        } else {
            self.says(Channel::Customer, said.words());
        }
        if let Some((which, made)) = made
            && self.percent(40)
        {
            self.echo(which, &made);
        }
    }

    /// Says pieces in two to six turns, with what the agent says between them.
    fn in_breaths(&mut self, pieces: Vec<Piece>) {
        let mut cuts = self.scene.voice.dice.between(1, 5);
        let mut turn: Vec<Word> = Vec::new();
        let count = pieces.len();
        for (n, piece) in pieces.into_iter().enumerate() {
            let secret = piece.words.iter().any(|word| word.truth.secret().is_some());
            turn.extend(piece.words);
            let chance = (100 * cuts / (count - n).max(1)).min(100);
            if secret && n + 1 < count && cuts > 0 && self.percent(chance) {
                cuts -= 1;
                let said = std::mem::take(&mut turn);
                self.says(Channel::Customer, said.clone());
                self.between(&said);
                if self.percent(15) {
                    turn = self.scene.one_of("go-on").words();
                }
            }
        }
        self.says(Channel::Customer, turn);
    }

    /// What the agent says while the customer takes breath.
    fn between(&mut self, said: &[Word]) {
        match self.scene.voice.dice.roll(20) {
            0..10 => self.line(Channel::ToCustomer, "back-channels"),
            10..13 => self.line(Channel::ToCustomer, "interruptions"),
            13..16 => {
                let secret = said.iter().filter(|word| word.truth.secret().is_some()).cloned().collect();
                self.says(Channel::ToCustomer, echoed(secret));
            }
            _ => {}
        }
    }

    fn echo(&mut self, which: usize, made: &Made) {
        let Value::Digits { digits, groups } = &made.value else {
            if !matches!(made.value, Value::Date { .. } | Value::Expiry { .. }) || self.percent(50) {
                self.reads_back(which, &made.value);
            }
            return;
        };
        let part = |digits: &str, groups: &[usize]| Value::Digits {
            digits: digits.to_owned(),
            groups: groups.to_vec(),
        };
        let long = digits.len() >= 8;
        let echo = if long {
            self.scene.voice.dice.pick(&[Echo::All, Echo::All, Echo::Part, Echo::LastFour, Echo::WrongOnce])
        } else {
            Echo::All
        };
        let (front, last) = digits.split_at(digits.len() - digits.len().min(4));
        match echo {
            Echo::All => {
                let regrouped = if self.percent(50) { vec![3; digits.len() / 3] } else { groups.clone() };
                self.reads_back(which, &part(digits, &regrouped));
            }
            Echo::Part => self.reads_back(which, &part(front, &[4, 4, 4, 4])),
            Echo::LastFour => {
                let said = self.with_last(which, &part(last, &[4]));
                self.says(Channel::ToCustomer, said);
            }
            Echo::WrongOnce => {
                let wrong = with_one_digit_wrong(digits, self.scene.voice.dice);
                self.reads_back(which, &part(&wrong, groups));
                let mut words = self.scene.one_of("fixes").words();
                let right = self.said(which, &part(last, &[4]));
                words.extend(right);
                self.says(Channel::Customer, words);
            }
        }
    }

    fn reads_back(&mut self, which: usize, value: &Value) {
        let mut words = self.scene.one_of("echo-leads").words();
        let said = self.said(which, value);
        words.extend(echoed(said));
        if self.percent(40) {
            words.extend(self.scene.one_of("echo-tails").words());
        }
        self.says(Channel::ToCustomer, words);
    }

    /// A sentence of the agent around a number's last digits.
    fn with_last(&mut self, which: usize, value: &Value) -> Vec<Word> {
        let template = self.scene.voice.dice.pick(self.scene.voice.from.list("last-four"));
        let (before, after) = template.split_once("{last}").unwrap_or((template, ""));
        let mut words = self.scene.sentence(before).words();
        let said = self.said(which, value);
        words.extend(echoed(said));
        if let Some(last) = words.last_mut()
            && self.scene.voice.style == Style::Formatted
        {
            last.text.extend(after.chars().take_while(|c| !c.is_whitespace()));
        }
        let rest = after.trim_start_matches(|c: char| !c.is_whitespace());
        words.extend(self.scene.sentence(rest).words());
        words
    }

    /// A value as it is said, once more.
    fn said(&mut self, which: usize, value: &Value) -> Vec<Word> {
        let made = Made { secret: self.scene.secrets[which].clone(), value: value.clone() };
        self.scene.voice.say(&made, which).into_iter().flat_map(|piece| piece.words).collect()
    }
}

fn echoed(words: Vec<Word>) -> Vec<Word> {
    let echo = |truth| if let Truth::Secret(which) = truth { Truth::Echo(which) } else { truth };
    words.into_iter().map(|word| Word { truth: echo(word.truth), ..word }).collect()
}
