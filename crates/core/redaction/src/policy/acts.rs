//! What is shown for each kind.

use std::collections::BTreeMap;

use events::{EntityGroup, EntityKind};

use crate::view::Span;

/// What is shown for what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Its kind: `[card]`.
    Name,
    /// `XXXX`, however long it is: neither what nor how much.
    Cross,
    /// Its kind and the last four digits: `[card 1234]`. Only of a number that is whole for sure; else its kind.
    LastFour,
    /// It stays in clear, in words and in sound.
    Show,
}

impl Act {
    /// All of them, as a policy can name them.
    pub const ALL: [Self; 4] = [Self::Name, Self::Cross, Self::LastFour, Self::Show];

    /// The name as policies spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "type",
            Self::Cross => "x",
            Self::LastFour => "last4",
            Self::Show => "show",
        }
    }

    /// Why a kind may not be treated so; `None` when it may.
    #[must_use]
    pub fn refused_for(self, kind: EntityKind) -> Option<&'static str> {
        match self {
            Self::Name | Self::Cross => None,
            Self::LastFour if KEEPS_LAST_FOUR.contains(&kind) => None,
            Self::LastFour => Some(why_nothing_is_kept(kind)),
            Self::Show if kind.group() == EntityGroup::Pci => {
                Some("PCI DSS forbids keeping it in clear, in a transcript or a recording")
            }
            Self::Show if kind == EntityKind::Number => {
                Some("digits of an unknown kind may be a card's that was not told as one")
            }
            Self::Show => None,
        }
    }
}

/// Why not even four digits of a kind are kept.
fn why_nothing_is_kept(kind: EntityKind) -> &'static str {
    use EntityKind::{CardTrack, Cvv, OneTimeCode, Password, Pin, SecurityAnswer};
    if [Cvv, Pin, CardTrack].contains(&kind) {
        "PCI DSS 3.3.1 forbids keeping any part of it, even encrypted"
    } else if [Password, OneTimeCode, SecurityAnswer].contains(&kind) {
        "a part of what opens an account helps to guess the rest"
    } else if kind.group() == EntityGroup::Phi {
        "health data has no part that says less than the whole"
    } else {
        "four of its characters may be most of it, or it has no digits"
    }
}

/// Kinds of which the last four digits may be kept.
const KEEPS_LAST_FOUR: &[EntityKind] = &[
    EntityKind::Card,
    EntityKind::Phone,
    EntityKind::Ssn,
    EntityKind::BankAccount,
    EntityKind::Iban,
    EntityKind::Reference,
];

/// An act per kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acts(BTreeMap<EntityKind, Act>);

impl Default for Acts {
    /// All is masked by its kind but health terms: most calls that hold any are about them, and without a person they
    /// say nothing of one.
    fn default() -> Self {
        Self(BTreeMap::from([(EntityKind::HealthTerm, Act::Show)]))
    }
}

impl Acts {
    /// The act of a kind.
    #[must_use]
    pub fn of(&self, kind: EntityKind) -> Act {
        self.0.get(&kind).copied().unwrap_or(Act::Name)
    }

    /// Whether a kind stays in clear.
    #[must_use]
    pub fn shows(&self, kind: EntityKind) -> bool {
        self.of(kind) == Act::Show
    }

    /// Sets the act of a kind.
    ///
    /// # Errors
    /// Why the kind may not be treated so.
    pub fn set(&mut self, kind: EntityKind, act: Act) -> Result<(), &'static str> {
        if let Some(why) = act.refused_for(kind) {
            return Err(why);
        }
        self.0.insert(kind, act);
        Ok(())
    }
}

/// How many words after it make sure that what is found in a partial stays what it is.
const SURE_AFTER: usize = 3;

/// Whether what is found in a partial of so many words is of its kind for sure: digits may become a card's, a name an
/// e-mail address.
pub(crate) fn settled(span: &Span, words: usize) -> bool {
    span.kind == EntityKind::HealthTerm
        || (!crate::slot::takes_digits(span.kind) && span.to + SURE_AFTER <= words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pci_protects_is_never_shown_and_codes_keep_nothing() {
        let mut acts = Acts::default();
        for kind in EntityKind::ALL {
            let shown = acts.set(*kind, Act::Show).is_ok();
            let protected = kind.group() == EntityGroup::Pci || *kind == EntityKind::Number;
            assert_eq!(shown, !protected, "{kind:?}");
        }
        for kind in [EntityKind::Cvv, EntityKind::Pin, EntityKind::CardTrack, EntityKind::Password] {
            assert!(acts.set(kind, Act::LastFour).is_err(), "{kind:?}");
        }
        assert_eq!(acts.set(EntityKind::Card, Act::LastFour), Ok(()));
        assert_eq!(acts.of(EntityKind::Card), Act::LastFour);
    }
}
