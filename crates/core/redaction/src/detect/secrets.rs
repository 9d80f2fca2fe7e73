//! Passwords, user names and the answers to security questions.

mod answer;
mod nouns;
mod value;

use events::EntityKind;

pub(crate) use self::nouns::{Noun, nouns};
use super::Found;
use crate::judge::Scene;

/// Finds what was announced ("my password is ..."), and what was asked for.
pub(super) fn find(scene: &Scene<'_>) -> Found {
    let mut found = Found::default();
    for noun in nouns(scene.tokens) {
        if !matches!(noun.kind, EntityKind::Email | EntityKind::Url | EntityKind::IpAddress) {
            found.spans.extend(value::after_noun(scene, noun));
        }
    }
    found.spans.extend(value::signed_in_as(scene));
    found.spans.extend(value::set_to(scene));
    for expected in scene.asked {
        found.spans.extend(answer::spans(scene, *expected));
    }
    found
}
