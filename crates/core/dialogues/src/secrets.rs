//! Secrets by name of their slot in a sentence.

mod cards;
mod contact;
mod ids;

use events::EntityKind;

pub(crate) use cards::with_one_digit_wrong;

use crate::{dice::Dice, inventory::Inventory, truth::Secret};

/// A secret and what it is in detail, before somebody says or writes it.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) secret: Secret,
    pub(crate) value: Value,
}

/// What a secret consists of.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Digits, with the groups in which people say and write them.
    Digits { digits: String, groups: Vec<usize> },
    /// Capital letters and digits, with their groups.
    Code { code: String, groups: Vec<usize> },
    /// What is written in one piece and spoken part by part: `a.b@c.com`, `www.a.com/b`, `10.0.0.1`. Joints without
    /// a sign are marked by `|`.
    Dotted(String),
    /// A word that is said letter by letter.
    Spelled(String),
    /// One or more words as they are written.
    Words(String),
    /// A person.
    Name { given: String, family: String },
    /// A house in a street.
    Street { number: String, street: String, unit: Option<String> },
    /// A day.
    Date { day: usize, month: usize, year: usize },
    /// The month in which a card expires.
    Expiry { month: usize, year: usize },
}

impl Made {
    const fn new(kind: EntityKind, sort: &'static str, value: Value) -> Self {
        Self { secret: Secret { kind, sort }, value }
    }

    fn digits(kind: EntityKind, sort: &'static str, digits: String, groups: &[usize]) -> Self {
        Self::new(kind, sort, Value::Digits { digits, groups: groups.to_vec() })
    }

    fn code(kind: EntityKind, sort: &'static str, code: String, groups: &[usize]) -> Self {
        Self::new(kind, sort, Value::Code { code, groups: groups.to_vec() })
    }
}

/// Makes what a slot names, or nothing where no secret is called so.
pub(crate) fn make(slot: &str, dice: &mut Dice, from: &Inventory) -> Option<Made> {
    use EntityKind as Kind;
    let made = match slot {
        "card" => cards::card(dice),
        "cvv" => cards::cvv(dice),
        "expiry" => cards::expiry(dice),
        "pin" => Made::digits(Kind::Pin, "pin", dice.digits(4), &[4]),
        "account" => ids::account(dice),
        "routing" => ids::routing(dice),
        "sortcode" => Made::digits(Kind::RoutingNumber, "uk sort code", dice.digits(6), &[2, 2, 2]),
        "iban" => ids::iban(dice),
        "swift" => ids::swift(dice),
        "ssn" => ids::ssn(dice),
        "nino" => ids::nino(dice),
        "nhs" => ids::nhs(dice),
        "sin" => ids::sin(dice),
        "aadhaar" => ids::aadhaar(dice),
        "taxid" => ids::tax_id(dice),
        "passport" => ids::passport(dice),
        "licence" => ids::licence(dice),
        "plate" => ids::plate(dice),
        "member" => ids::member(dice),
        "order" => ids::order(dice),
        "policy" => ids::policy(dice),
        "phone" => contact::phone(dice),
        "email" => contact::email(dice, from),
        "url" => contact::url(dice, from),
        "ip" => contact::ip(dice),
        "name" => contact::name(dice, from),
        "given" => contact::given(dice, from),
        "family" => contact::family(dice, from),
        "spelled" => contact::spelled(dice, from),
        "street" => contact::street(dice, from),
        "city" => contact::city(dice, from),
        "region" => contact::region(dice, from),
        "zip" => contact::zip(dice),
        "postcode" => contact::postcode(dice),
        "dob" => contact::birth_date(dice),
        "date" => contact::date(dice),
        "age" => Made::digits(Kind::Age, "age", dice.between(18, 97).to_string(), &[2]),
        "otp" => Made::digits(Kind::OneTimeCode, "one-time code", dice.digits(6), &[3, 3]),
        "password" => contact::password(dice, from),
        "username" => contact::user_name(dice, from),
        "answer" => contact::answer(dice, from),
        "condition" => {
            Made::new(Kind::HealthTerm, "condition", contact::words(dice, from.list("conditions")))
        }
        "drug" => Made::new(Kind::HealthTerm, "drug", contact::words(dice, from.list("drugs"))),
        _ => return None,
    };
    Some(made)
}
