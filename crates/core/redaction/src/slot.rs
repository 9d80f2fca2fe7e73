//! What is expected after a cue: a kind, and what can be told of its answers.

use events::EntityKind;

/// Whether the answer has digits, so that a run of them is one wherever it stands.
pub(crate) const fn takes_digits(slot: EntityKind) -> bool {
    !matches!(
        slot,
        EntityKind::Name
            | EntityKind::Email
            | EntityKind::Address
            | EntityKind::Location
            | EntityKind::UserName
            | EntityKind::SecurityAnswer
            | EntityKind::Url
            | EntityKind::HealthTerm
            | EntityKind::Swift
    )
}

/// Whether the answer may have letters among its digits.
pub(crate) const fn takes_letters(slot: EntityKind) -> bool {
    matches!(
        slot,
        EntityKind::BankAccount
            | EntityKind::RoutingNumber
            | EntityKind::Iban
            | EntityKind::Passport
            | EntityKind::DriverLicence
            | EntityKind::TaxId
            | EntityKind::GovernmentId
            | EntityKind::Vehicle
            | EntityKind::Postcode
            | EntityKind::OneTimeCode
            | EntityKind::HealthId
            | EntityKind::Reference
            | EntityKind::CardTrack
            | EntityKind::Number
    )
}

/// The most digits that an answer has, with some for corrections.
const MOST_DIGITS: &[(EntityKind, usize)] = &[
    (EntityKind::Age, 3),
    (EntityKind::Cvv, 4),
    (EntityKind::CardExpiry, 8),
    (EntityKind::Pin, 8),
    (EntityKind::Postcode, 10),
    (EntityKind::Ssn, 12),
    (EntityKind::RoutingNumber, 12),
    (EntityKind::BirthDate, 12),
    (EntityKind::Phone, 18),
];

/// From how many digits on an answer is complete.
const FULL_AT: &[(EntityKind, usize)] = &[
    (EntityKind::Age, 2),
    (EntityKind::Cvv, 3),
    (EntityKind::CardExpiry, 3),
    (EntityKind::Pin, 4),
    (EntityKind::BirthDate, 4),
    (EntityKind::Postcode, 5),
    (EntityKind::OneTimeCode, 6),
    (EntityKind::Ssn, 9),
    (EntityKind::RoutingNumber, 9),
    (EntityKind::Phone, 10),
    (EntityKind::HealthId, 10),
    (EntityKind::GovernmentId, 12),
    (EntityKind::Card, 15),
];

fn of(table: &[(EntityKind, usize)], slot: EntityKind) -> Option<usize> {
    table.iter().find(|(kind, _)| *kind == slot).map(|(_, digits)| *digits)
}

/// The most digits that an answer has.
pub(crate) fn max_digits(slot: EntityKind) -> usize {
    of(MOST_DIGITS, slot).unwrap_or(usize::MAX)
}

/// From how many digits on the answer is complete.
pub(crate) fn full_at(slot: EntityKind) -> Option<usize> {
    of(FULL_AT, slot)
}

/// Dates and ordinals are part of the answer.
pub(crate) const fn takes_dates(slot: EntityKind) -> bool {
    matches!(slot, EntityKind::CardExpiry | EntityKind::BirthDate)
}
