//! Who somebody is, where they live, how to reach them.

use events::EntityKind as Kind;

use super::{Made, Value};
use crate::{dice::Dice, inventory::Inventory};

/// Where a number is from: its sort, the digits it begins with, how many follow, its groups.
type Plan = (&'static str, &'static [&'static str], usize, &'static [usize]);

const PLANS: &[Plan] = &[
    ("us", &["212", "305", "415", "503", "617", "702", "818", "907", "919", "972"], 7, &[3, 3, 4]),
    ("us", &["213", "312", "404", "512", "614", "713", "804", "901", "916", "989"], 7, &[3, 3, 4]),
    ("us with 1", &["1202", "1310", "1419", "1520", "1646"], 7, &[1, 3, 3, 4]),
    ("us toll free", &["1800", "1888", "1877"], 7, &[1, 3, 3, 4]),
    ("uk mobile", &["07700", "07412", "07890", "07951"], 6, &[5, 3, 3]),
    ("uk london", &["0207", "0208", "0203"], 7, &[3, 4, 4]),
    ("uk city", &["0161", "0121", "0113", "0141"], 7, &[4, 3, 4]),
    ("uk abroad", &["447700", "447911", "442079"], 6, &[2, 4, 6]),
    ("in mobile", &["98", "99", "91", "70", "88"], 8, &[5, 5]),
    ("in abroad", &["9198", "9199", "9170"], 8, &[2, 5, 5]),
    ("de", &["4930", "4989", "4940"], 8, &[2, 2, 4, 4]),
    ("fr", &["331", "336", "337"], 8, &[2, 1, 2, 2, 2, 2]),
    ("au mobile", &["04"], 8, &[4, 3, 3]),
    ("local", &["555", "482", "736", "294"], 4, &[3, 4]),
];

pub(super) fn phone(dice: &mut Dice) -> Made {
    let (sort, begins, rest, groups) = dice.pick(PLANS);
    let digits = format!("{}{}", dice.pick(begins), dice.digits(rest));
    Made::digits(Kind::Phone, sort, digits, groups)
}

pub(super) fn name(dice: &mut Dice, from: &Inventory) -> Made {
    let origin = dice.pick(from.list("origins"));
    let given = picked(dice, from, &format!("given-{origin}"));
    let family = picked(dice, from, &format!("family-{origin}"));
    Made::new(Kind::Name, origin_name(origin), Value::Name { given, family })
}

pub(super) fn given(dice: &mut Dice, from: &Inventory) -> Made {
    let origin = dice.pick(from.list("origins"));
    let given = picked(dice, from, &format!("given-{origin}"));
    Made::new(Kind::Name, origin_name(origin), Value::Words(given))
}

pub(super) fn family(dice: &mut Dice, from: &Inventory) -> Made {
    let origin = dice.pick(from.list("origins"));
    let family = picked(dice, from, &format!("family-{origin}"));
    Made::new(Kind::Name, origin_name(origin), Value::Words(family))
}

pub(super) fn spelled(dice: &mut Dice, from: &Inventory) -> Made {
    let origin = dice.pick(from.list("origins"));
    let family = picked(dice, from, &format!("family-{origin}"));
    Made::new(Kind::Name, "spelled name", Value::Spelled(family))
}

fn origin_name(origin: &str) -> &'static str {
    match origin {
        "us" => "us name",
        "uk" => "uk name",
        "india" => "indian name",
        "hispanic" => "hispanic name",
        "east-asia" => "east asian name",
        "africa" => "african name",
        _ => "rare name",
    }
}

fn picked(dice: &mut Dice, from: &Inventory, list: &str) -> String {
    (dice.pick(from.list(list))).to_owned()
}

pub(super) fn words(dice: &mut Dice, list: &[&str]) -> Value {
    Value::Words((dice.pick(list)).to_owned())
}

fn plain_letters(name: &str) -> String {
    name.to_lowercase().chars().filter(char::is_ascii_lowercase).collect()
}

pub(super) fn email(dice: &mut Dice, from: &Inventory) -> Made {
    let local = local_part(dice, from);
    let list = if dice.percent(30) { "mail-common" } else { "mail-domains" };
    let domain = dice.pick(from.list(list));
    Made::new(Kind::Email, "email", Value::Dotted(format!("{local}@{domain}")))
}

fn local_part(dice: &mut Dice, from: &Inventory) -> String {
    let origin = dice.pick(from.list("origins"));
    let given = plain_letters(&picked(dice, from, &format!("given-{origin}")));
    let family = plain_letters(&picked(dice, from, &format!("family-{origin}")));
    let number = match dice.roll(4) {
        0 => dice.between(1950, 2012).to_string(),
        1 => dice.between(1, 99).to_string(),
        _ => String::new(),
    };
    let separator = dice.pick(&[".", ".", "_", "-", "|", "|", "+"]);
    let word = dice.pick(from.list("handles"));
    match dice.roll(7) {
        0 | 1 => format!("{given}{separator}{family}{number}"),
        2 => format!("{}{separator}{family}{number}", first(&given)),
        3 => format!("{given}|{number}"),
        4 => format!("{word}{separator}{given}{number}"),
        5 => format!("{family}{separator}{word}{number}"),
        _ => format!("{word}|{number}"),
    }
}

fn first(name: &str) -> String {
    name.chars().take(1).collect()
}

pub(super) fn url(dice: &mut Dice, from: &Inventory) -> Made {
    let host =
        format!("{}.{}", dice.pick(from.list("handles")), dice.pick(&["com", "org", "net", "co.uk", "io"]));
    let begin = dice.pick(&["", "www.", "www.", "https://", "http://www."]);
    let path = match dice.roll(3) {
        0 => format!("/{}", dice.pick(from.list("handles"))),
        1 => format!("/{}/{}", dice.pick(from.list("handles")), dice.digits(3)),
        _ => String::new(),
    };
    Made::new(Kind::Url, "url", Value::Dotted(format!("{begin}{host}{path}")))
}

pub(super) fn ip(dice: &mut Dice) -> Made {
    let parts: Vec<String> = [dice.between(1, 223), dice.roll(256), dice.roll(256), dice.between(1, 254)]
        .iter()
        .map(usize::to_string)
        .collect();
    Made::new(Kind::IpAddress, "ipv4", Value::Dotted(parts.join(".")))
}

pub(super) fn street(dice: &mut Dice, from: &Inventory) -> Made {
    let number = match dice.roll(3) {
        0 => dice.between(1, 99),
        1 => dice.between(100, 999),
        _ => dice.between(1_000, 15_999),
    };
    let uk = dice.percent(40);
    let number = if uk { dice.between(1, 240) } else { number }.to_string();
    let name = picked(dice, from, "street-names");
    let suffix = dice.pick(from.list(if uk { "street-types-uk" } else { "street-types-us" }));
    let direction =
        if uk || dice.percent(70) { "" } else { dice.pick(&["North ", "South ", "East ", "West "]) };
    let unit = dice.percent(25).then(|| {
        let word = if uk { "Flat" } else { dice.pick(&["Apartment", "Unit", "Suite", "Apt"]) };
        let letter = if dice.percent(40) { dice.letters(1) } else { String::new() };
        format!("{word} {}{letter}", dice.between(1, 48))
    });
    let sort = if uk { "uk street" } else { "us street" };
    Made::new(
        Kind::Address,
        sort,
        Value::Street { number, street: format!("{direction}{name} {suffix}"), unit },
    )
}

pub(super) fn city(dice: &mut Dice, from: &Inventory) -> Made {
    Made::new(Kind::Location, "city", Value::Words(picked(dice, from, "cities")))
}

pub(super) fn region(dice: &mut Dice, from: &Inventory) -> Made {
    Made::new(Kind::Location, "state", Value::Words(picked(dice, from, "regions")))
}

pub(super) fn zip(dice: &mut Dice) -> Made {
    if dice.percent(15) {
        return Made::digits(Kind::Postcode, "us zip+4", dice.digits(9), &[5, 4]);
    }
    Made::digits(Kind::Postcode, "us zip", dice.digits(5), &[5])
}

pub(super) fn postcode(dice: &mut Dice) -> Made {
    let (area, district) =
        (dice.pick(&["SW", "M", "B", "LS", "EH", "CF", "G", "BT", "NE", "N"]), dice.between(1, 29));
    let inward = format!("{}{}", dice.digit(), dice.letters(2));
    let outward = format!("{area}{district}");
    let groups = [outward.len(), 3];
    Made::code(Kind::Postcode, "uk postcode", format!("{outward}{inward}"), &groups)
}

pub(super) fn birth_date(dice: &mut Dice) -> Made {
    let value =
        Value::Date { day: dice.between(1, 28), month: dice.between(1, 12), year: dice.between(1931, 2007) };
    Made::new(Kind::BirthDate, "birth date", value)
}

pub(super) fn date(dice: &mut Dice) -> Made {
    let value =
        Value::Date { day: dice.between(1, 28), month: dice.between(1, 12), year: dice.between(2019, 2027) };
    Made::new(Kind::Date, "date", value)
}

pub(super) fn password(dice: &mut Dice, from: &Inventory) -> Made {
    let (a, b) = (picked(dice, from, "handles"), picked(dice, from, "handles"));
    let text = match dice.roll(3) {
        0 => format!("{a}{}", dice.digits(2)),
        1 => format!("{a}|{b}{}", dice.digits(3)),
        _ => format!("{}{}", a, dice.digits(4)),
    };
    Made::new(Kind::Password, "password", Value::Dotted(text))
}

pub(super) fn user_name(dice: &mut Dice, from: &Inventory) -> Made {
    Made::new(Kind::UserName, "user name", Value::Dotted(local_part(dice, from)))
}

pub(super) fn answer(dice: &mut Dice, from: &Inventory) -> Made {
    Made::new(Kind::SecurityAnswer, "security answer", words(dice, from.list("answers")))
}
