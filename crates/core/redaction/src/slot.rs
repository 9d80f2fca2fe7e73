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

/// The most digits that an answer has.
pub(crate) const fn max_digits(slot: EntityKind) -> usize {
    match slot {
        EntityKind::Cvv => 4,
        EntityKind::CardExpiry | EntityKind::Pin => 8,
        EntityKind::Ssn => 12,
        EntityKind::Phone => 16,
        _ => usize::MAX,
    }
}

/// From how many digits on the answer is complete.
pub(crate) const fn full_at(slot: EntityKind) -> Option<usize> {
    match slot {
        EntityKind::Card => Some(15),
        EntityKind::Cvv | EntityKind::CardExpiry => Some(3),
        EntityKind::Pin | EntityKind::BirthDate => Some(4),
        EntityKind::Ssn | EntityKind::RoutingNumber => Some(9),
        EntityKind::Phone => Some(10),
        _ => None,
    }
}

/// Dates and ordinals are part of the answer.
pub(crate) const fn takes_dates(slot: EntityKind) -> bool {
    matches!(slot, EntityKind::CardExpiry | EntityKind::BirthDate)
}
