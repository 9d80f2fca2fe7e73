//! Texts as people type them.

use crate::{
    dice::Dice,
    inventory::Inventory,
    secrets::{self, Value},
    spoken::{MONTHS, Voice, cut},
    truth::{Stretch, Style, Text},
};

/// Slots of which texts are made, the four that everybody looks for more often than others.
const SLOTS: &[&str] = &[
    "card", "card", "card", "card", "card", "phone", "phone", "phone", "phone", "ssn", "ssn", "ssn", "email",
    "email", "email", "iban", "swift", "ip", "url", "name", "name", "address", "address", "dob", "date",
    "cvv", "expiry", "account", "nino", "nhs", "sin", "aadhaar", "taxid", "passport", "licence", "plate",
    "order", "password", "harmless", "harmless", "harmless", "harmless",
];

/// A text of one to three sentences.
pub(crate) fn text(id: String, dice: &mut Dice, from: &Inventory) -> Text {
    let slot = dice.pick(SLOTS);
    let mut out = Text { id, text: String::new(), secrets: Vec::new(), harmless: Vec::new() };
    let harmless = [dice.percent(25), dice.percent(25)];
    if harmless[0] {
        sentence("harmless", &mut out, dice, from);
    }
    sentence(slot, &mut out, dice, from);
    if harmless[1] {
        sentence("harmless", &mut out, dice, from);
    }
    out
}

/// A text of sentences in which nothing is secret.
pub(crate) fn ordinary(id: String, dice: &mut Dice, from: &Inventory) -> Text {
    let mut out = Text { id, text: String::new(), secrets: Vec::new(), harmless: Vec::new() };
    for _ in 0..12 {
        let list = dice.pick(&["written-harmless", "agent-talk", "customer-talk", "reasons", "closings"]);
        add(dice.pick(from.list(list)), &mut out, dice, from);
    }
    out
}

fn sentence(slot: &str, out: &mut Text, dice: &mut Dice, from: &Inventory) {
    let template = dice.pick(from.list(&format!("written-{slot}")));
    add(template, out, dice, from);
}

/// Adds a sentence, its slots filled.
fn add(template: &str, out: &mut Text, dice: &mut Dice, from: &Inventory) {
    if !out.text.is_empty() {
        let ended = out.text.ends_with(['.', '?', '!']);
        out.text.push(if ended { dice.pick(&[' ', ' ', '\n']) } else { '\n' });
    }
    let mut rest = template;
    while let Some((before, (slot, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        literal(before, out);
        fill(slot, out, dice, from);
        rest = after;
    }
    literal(rest, out);
}

/// A part of a sentence that is there as it is; numbers in it stand in brackets.
fn literal(text: &str, out: &mut Text) {
    let mut open = None;
    for c in text.chars() {
        let at = out.text.chars().count();
        match (c, open) {
            ('[', _) => open = Some(at),
            (']', Some(from)) => out.harmless.push(Stretch { from, to: at }),
            _ => out.text.push(c),
        }
    }
}

fn fill(slot: &str, out: &mut Text, dice: &mut Dice, from: &Inventory) {
    let start = out.text.chars().count();
    if let Some(made) = secrets::make(slot, dice, from) {
        let written = written(&made.value, slot, dice);
        out.text.push_str(&written);
        let stretch = Stretch { from: start, to: start + written.chars().count() };
        out.secrets.push((made.secret, stretch));
        return;
    }
    let mut voice = Voice { dice, from, style: Style::Formatted, hesitant: false };
    let Some(number) = voice.harmless(slot) else {
        let list = if slot == "firm" { "firms" } else { "things" };
        return out.text.push_str(dice.pick(from.list(list)));
    };
    literal(&number, out);
}

fn written(value: &Value, slot: &str, dice: &mut Dice) -> String {
    match value {
        Value::Digits { digits, groups } if slot == "phone" => phone(digits, groups, dice),
        Value::Digits { digits, groups } => {
            let separators: &[&str] = match slot {
                "card" => &[" ", " ", "-", "-", ".", "", "", ""],
                "ssn" => &["-", "-", "-", " ", ""],
                "nhs" | "aadhaar" => &[" ", " ", "", "-"],
                "sin" | "sortcode" => &[" ", "-", "-"],
                _ => &[""],
            };
            cut(digits, groups).join(dice.pick(separators))
        }
        Value::Code { code, groups } => {
            let separators: &[&str] = match slot {
                "iban" | "nino" => &[" ", " ", ""],
                "postcode" => &[" ", " ", " ", ""],
                _ => &[""],
            };
            cut(code, groups).join(dice.pick(separators))
        }
        Value::Dotted(text) => text.replace('|', ""),
        Value::Words(text) | Value::Spelled(text) => text.clone(),
        Value::Name { given, family } => format!("{given} {family}"),
        Value::Street { number, street, unit } => unit
            .as_ref()
            .map_or_else(|| format!("{number} {street}"), |unit| format!("{number} {street}, {unit}")),
        Value::Date { day, month, year } => {
            let name = MONTHS[(month - 1) % 12];
            match dice.roll(5) {
                0 => format!("{month:02}/{day:02}/{year}"),
                1 => format!("{year}-{month:02}-{day:02}"),
                2 => format!("{name} {day}, {year}"),
                3 => format!("{day}.{month}.{year}"),
                _ => format!("{day} {name} {year}"),
            }
        }
        Value::Expiry { month, year } => match dice.roll(3) {
            0 => format!("{month:02}/{year}"),
            _ => format!("{month:02}/{:02}", year % 100),
        },
    }
}

fn phone(digits: &str, groups: &[usize], dice: &mut Dice) -> String {
    let parts = cut(digits, groups);
    let joined = |separator: &str| parts.join(separator);
    let text = match (parts.as_slice(), digits.len()) {
        ([area, middle, last], 10) if !digits.starts_with('0') => match dice.roll(6) {
            0 => format!("({area}) {middle}-{last}"),
            1 => joined("."),
            2 => digits.to_owned(),
            3 => format!("+1 {area} {middle} {last}"),
            4 => format!("+1{digits}"),
            _ => joined("-"),
        },
        (_, 11..) if !digits.starts_with('0') => match dice.roll(4) {
            0 => format!("+{digits}"),
            1 => format!("00{}", joined(" ")),
            2 => format!("+{}", joined("-")),
            _ => format!("+{}", joined(" ")),
        },
        ([area, rest @ ..], _) if digits.starts_with('0') => match dice.roll(4) {
            0 => digits.to_owned(),
            1 => format!("({area}) {}", rest.join(" ")),
            _ => joined(" "),
        },
        _ => joined("-"),
    };
    if dice.percent(12) {
        let extension = dice.digits(3);
        return format!("{text}{}{extension}", dice.pick(&[" ext ", " ext. ", " x", " extension "]));
    }
    text
}
