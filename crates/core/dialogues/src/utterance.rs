//! Single answers and announcements.

use model::Channel;

use crate::{
    dice::Dice,
    inventory::Inventory,
    scene::Scene,
    spoken::Voice,
    truth::{Dialogue, Style, Turn},
};

/// What is asked for and said, the four that everybody looks for more often than others.
pub(crate) const SLOTS: &[&str] = &[
    "card",
    "card",
    "card",
    "card",
    "card",
    "phone",
    "phone",
    "phone",
    "phone",
    "ssn",
    "ssn",
    "ssn",
    "email",
    "email",
    "email",
    "email",
    "name",
    "name",
    "name",
    "name",
    "spelled",
    "address",
    "address",
    "dob",
    "dob",
    "cvv",
    "expiry",
    "pin",
    "account",
    "routing",
    "sortcode",
    "iban",
    "nino",
    "nhs",
    "sin",
    "aadhaar",
    "taxid",
    "passport",
    "licence",
    "plate",
    "member",
    "order",
    "policy",
    "zip",
    "postcode",
    "date",
    "age",
    "otp",
    "password",
    "username",
    "answer",
    "url",
    "ip",
    "condition",
    "drug",
];

/// Numbers that are told for what they are by themselves.
const BARE: &[&str] = &["card", "phone", "ssn"];

pub(crate) fn utterance(id: String, dice: &mut Dice, from: &Inventory) -> Dialogue {
    let style = if dice.percent(60) { Style::Plain } else { Style::Formatted };
    let (slot, way, hesitant) = (dice.pick(SLOTS), dice.roll(20), dice.percent(60));
    let mut scene = Scene::new(Voice { dice, from, style, hesitant });
    let mut turns = Vec::new();
    let mut says = |channel, words| turns.push(Turn { channel, words });
    match way {
        0..9 => says(Channel::Customer, scene.one_of(&format!("said-{slot}")).words()),
        9..15 => {
            says(Channel::ToCustomer, scene.one_of(&format!("asked-{slot}")).words());
            let mut words =
                if scene.voice.dice.percent(50) { scene.one_of("leads").words() } else { Vec::new() };
            words.extend(answer(slot, &mut scene));
            says(Channel::Customer, words);
        }
        15 => says(Channel::Customer, answer(scene.voice.dice.pick(BARE), &mut scene)),
        16 | 17 => says(Channel::Customer, scene.one_of("customer-talk").words()),
        18 => says(Channel::Customer, scene.one_of("reasons").words()),
        _ => says(Channel::ToCustomer, scene.one_of("agent-talk").words()),
    }
    Dialogue { id, style, noisy: false, turns, secrets: scene.secrets }
}

/// What is asked for, by itself.
fn answer(slot: &str, scene: &mut Scene<'_>) -> Vec<crate::Word> {
    scene.secret(slot_of(slot)).words()
}

/// The slot that answers a question: of an address, a house in a street.
pub(crate) fn slot_of(asked: &str) -> &str {
    if asked == "address" { "street" } else { asked }
}
