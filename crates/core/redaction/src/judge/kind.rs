//! What to call a hidden run, and how sure that is.

use events::EntityKind;

use super::checks::{is_aadhaar, is_branded, luhn};
use crate::{
    run::{Item, Run},
    slot,
    token::Shape,
};

/// A kind, how sure it is in percent, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) kind: EntityKind,
    pub(super) confidence: u8,
    pub(super) reason: &'static str,
}

const fn named(kind: EntityKind, confidence: u8, reason: &'static str) -> Named {
    Named { kind, confidence, reason }
}

/// Names a run: by what was asked for, by what is being given, then by its looks. `groups` are the lengths of its
/// written groups.
pub(super) fn name(
    run: &Run,
    slot: Option<EntityKind>,
    unfinished: Option<EntityKind>,
    groups: &[usize],
) -> Named {
    let n = run.digits.len();
    if matches!(run.items[..], [Item::Written(6.., Shape::Date, _)]) && !slot.is_some_and(slot::takes_dates) {
        return named(EntityKind::Date, 90, "written as a date");
    }
    let said = slot.or(unfinished);
    let asked = slot
        .filter(|slot| *slot != EntityKind::Number)
        .or_else(|| unfinished.filter(|kind| *kind != EntityKind::Number && n <= slot::max_digits(*kind)));
    match asked {
        Some(EntityKind::Card) if (12..=19).contains(&n) => card(run, said),
        Some(EntityKind::Phone) if n <= 15 && !is_card(run) => {
            named(EntityKind::Phone, 92, "digits where they are expected")
        }
        Some(kind) if (13..=19).contains(&n) && (!takes_long(kind) || is_card(run)) => card(run, said),
        Some(kind) => named(kind, 92, "digits where they are expected"),
        None => by_looks(run, slot, groups),
    }
}

/// Kinds whose numbers may be as long as a card's.
const fn takes_long(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::BankAccount
            | EntityKind::Reference
            | EntityKind::HealthId
            | EntityKind::GovernmentId
            | EntityKind::DriverLicence
            | EntityKind::Vehicle
            | EntityKind::Iban
            | EntityKind::CardTrack
    )
}

fn is_card(run: &Run) -> bool {
    is_branded(&run.digits) && luhn(&run.digits)
}

fn card(run: &Run, said: Option<EntityKind>) -> Named {
    match (is_branded(&run.digits), luhn(&run.digits)) {
        (true, true) => named(EntityKind::Card, 99, "a card brand's digits with their check digit"),
        _ if said == Some(EntityKind::Card) => {
            named(EntityKind::Card, 95, "a card's digits where one is expected")
        }
        (true, false) | (false, true) => named(EntityKind::Card, 90, "as many digits as a card has"),
        (false, false) => named(EntityKind::Card, 80, "as many digits as a card has"),
    }
}

/// The kind of a run that nobody asked for or announced.
fn by_looks(run: &Run, said: Option<EntityKind>, groups: &[usize]) -> Named {
    use EntityKind::{Date, GovernmentId, Number, Phone, Ssn};
    let digits = &run.digits[..];
    let first = digits.first().copied().unwrap_or_default();
    match digits.len() {
        13..=19 => card(run, said),
        12 if is_card(run) => card(run, said),
        12 if groups == [4, 4, 4] || is_aadhaar(digits) => {
            named(GovernmentId, 75, "digits grouped as an id's")
        }
        11 | 12 if digits.starts_with(b"91") || digits.starts_with(b"44") => {
            named(Phone, 75, "a country code and a phone's digits")
        }
        12 if is_branded(digits) => card(run, said),
        11 if matches!(first, b'0' | b'1') => named(Phone, 80, "as many digits as a phone has"),
        10 if said.is_none() || matches!(groups, [3, 3, 4] | [5, 5]) => {
            named(Phone, 80, "as many digits as a phone has")
        }
        9 if groups == [3, 3, 3] => named(GovernmentId, 75, "digits grouped as an id's"),
        9 if groups == [3, 2, 4] => named(Ssn, 90, "digits grouped as a social security number's"),
        9 if said.is_none() => named(Ssn, 75, "as many digits as a social security number has"),
        8 if matches!(groups, [2, 2, 4] | [4, 2, 2]) => named(Date, 70, "digits grouped as a date's"),
        7 if said.is_none() => named(Phone, 70, "as many digits as a phone has"),
        _ => named(Number, 60, "digits in a row"),
    }
}
