//! Words that announce or ask for something that is said in words: a name, an e-mail address, a password.

use events::EntityKind::{self, *};

/// Phrases, words apart by a space, and what they open. The longest that matches counts.
pub(super) const PHRASES: &[(&str, EntityKind)] = &[
    ("your name", Name),
    ("full name", Name),
    ("first name", Name),
    ("last name", Name),
    ("email", Email),
    ("email address", Email),
    ("home address", Address),
    ("billing address", Address),
    ("mailing address", Address),
    ("user name", UserName),
    ("username", UserName),
    ("maiden name", SecurityAnswer),
];
