//! Parts of an address that is said over turns: "so it's w", "dot", "then com".

use std::sync::LazyLock;

use events::EntityKind;

use super::{
    super::{
        Found,
        pieces::{Kind, Piece},
        vocabulary::{Class, class_of, is_reply},
    },
    Place, domain,
};
use crate::{
    asked::{Expected, Stage},
    lookup::WordSet,
};

/// What is said around a part of an address.
static QUIET: LazyLock<WordSet> =
    LazyLock::new(|| include_str!("../vocabulary/quiet.txt").split_whitespace().collect());

/// The most words of a provider's name.
const MAX_PROVIDER: usize = 3;

/// An answer of so few pieces may begin an address, whatever it is.
const MAX_FIRST: usize = 3;

/// So many numbers by themselves go on with what is being given.
const MAX_NUMBERS: usize = 4;

/// How far a number is followed.
const MAX_NUMBER: usize = 12;

/// So many telling parts beside each other are told from plain talk around them.
const MIN_TELLING: usize = 2;

/// What one piece is where an address is being given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Part of the address, and rarely of plain talk.
    Telling,
    /// Part of it beside others.
    Part,
    /// A number: part of it beside what is not one.
    Number,
    /// Said around it.
    Quiet,
    /// Of something else.
    Other,
}

/// Finds the parts in an utterance, or a stretch of one, that holds nothing else.
pub(super) fn find(place: &Place<'_>, found: &mut Found) {
    let open = || place.asked.iter().rev().filter(|expected| in_parts(expected.kind));
    let Some(given) = open().find(|expected| !expected.echo).or_else(|| open().next()) else { return };
    let roles: Vec<Role> = (0..place.pieces.len()).map(|at| role(place, at, given)).collect();
    let mut at = 0;
    while at < roles.len() {
        let len = roles.get(at..).unwrap_or_default().iter().take_while(|role| **role != Role::Other).count();
        let bare = len == roles.len();
        stretch(place, given, &roles, (at, at + len), bare, found);
        at += len + 1;
    }
}

fn stretch(
    place: &Place<'_>,
    given: &Expected,
    roles: &[Role],
    (from, to): (usize, usize),
    bare: bool,
    found: &mut Found,
) {
    let here = roles.get(from..to).unwrap_or_default();
    let telling = here.iter().filter(|role| **role == Role::Telling).count();
    // While it is given, a number is a part by itself.
    let numbers =
        is_giving(given) && here.iter().filter(|role| **role == Role::Number).count() <= MAX_NUMBERS;
    let counts =
        |role: &&Role| matches!(role, Role::Telling | Role::Part) || (numbers && **role == Role::Number);
    let parts = here.iter().filter(counts).count();
    let few = to - from <= MAX_FIRST;
    let open = is_giving(given) || place.partial || (few && given.stage != Stage::Done);
    let least = if bare { 1 } else { MIN_TELLING };
    if telling < least && !(bare && parts > 0 && open) {
        return;
    }
    for at in from..to {
        let hides = match roles.get(at) {
            Some(Role::Telling | Role::Part) => true,
            Some(Role::Number) => bare || touches(roles, at),
            Some(Role::Quiet | Role::Other) | None => false,
        };
        if hides {
            found.spans.push(place.span(
                at,
                at + 1,
                given.kind,
                93,
                "a part of an address that is being given",
            ));
        }
    }
}

/// Whether a number stands beside a part, or beside numbers that do.
fn touches(roles: &[Role], at: usize) -> bool {
    let part = |role: Option<&Role>| matches!(role, Some(Role::Telling | Role::Part));
    let (before, after) = roles.split_at_checked(at).unwrap_or_default();
    part(before.iter().rev().take(MAX_NUMBER).find(|role| **role != Role::Number))
        || part(after.iter().take(MAX_NUMBER).find(|role| **role != Role::Number))
}

fn is_giving(given: &Expected) -> bool {
    given.stage == Stage::Begun && !given.echo
}

const fn in_parts(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::Email
            | EntityKind::Url
            | EntityKind::UserName
            | EntityKind::Password
            | EntityKind::IpAddress
    )
}

fn role(place: &Place<'_>, at: usize, given: &Expected) -> Role {
    let pieces = place.pieces;
    let Some(piece) = pieces.get(at) else { return Role::Other };
    let said = !piece.text.is_empty();
    match piece.kind {
        Kind::Point if given.kind == EntityKind::IpAddress => return Role::Telling,
        Kind::At | Kind::Point => return Role::Part,
        Kind::Dot | Kind::Slash | Kind::Colon => return if said { Role::Telling } else { Role::Part },
        Kind::Joiner => return if piece.is_telling() { Role::Telling } else { Role::Part },
        Kind::Atom => {}
    }
    if is_ending(pieces, at) {
        return Role::Telling;
    }
    let class = |at: usize| pieces.get(at).filter(|piece| piece.is_atom()).map(|piece| class_of(&piece.text));
    let before = at.checked_sub(1);
    let spelled = |class: Option<Class>| matches!(class, Some(Class::Letter | Class::Digits | Class::Number));
    let beside = spelled(before.and_then(class)) || spelled(class(at + 1));
    // "8:20" is a time, and "follow-up" a word.
    let marks = |piece: Option<&Piece<'_>>| {
        piece.is_some_and(|piece| match piece.kind {
            Kind::Dot => true,
            Kind::Joiner | Kind::Slash | Kind::Colon => !piece.text.is_empty(),
            Kind::Atom | Kind::At | Kind::Point => false,
        })
    };
    let joined = marks(before.and_then(|before| pieces.get(before))) || marks(pieces.get(at + 1));
    let first = given.stage == Stage::Fresh && pieces.len() <= MAX_FIRST;
    match class_of(&piece.text) {
        // "I", "a" in plain talk, but "a" alone is the letter; "e-mail".
        Class::Letter if matches!(piece.text.as_ref(), "a" | "i" | "o") => match () {
            () if beside || joined => Role::Part,
            () if pieces.len() == 1 && !given.echo && given.stage != Stage::Done => Role::Part,
            () if place.partial && at + 1 == pieces.len() && !given.echo => Role::Part,
            () if piece.is("i") => Role::Quiet,
            () => Role::Other,
        },
        Class::Letter if (at + 1..at + 3).any(|at| pieces.get(at).is_some_and(|piece| piece.is("mail"))) => {
            Role::Other
        }
        Class::Letter => Role::Telling,
        Class::Digits | Class::Number => Role::Number,
        Class::Homophone if beside && spelled(before.and_then(class)) => Role::Number,
        Class::Word if joined || is_known(place, piece) => Role::Telling,
        Class::Word if is_giving(given) || (first && !given.echo) => Role::Part,
        Class::Common if joined || is_known(place, piece) => Role::Part,
        Class::Common if is_giving(given) && pieces.len() <= MAX_FIRST => Role::Part,
        Class::Common if first && !given.echo && !is_reply(&piece.text) && !says_nothing(piece) => Role::Part,
        _ if says_nothing(piece) => Role::Quiet,
        Class::Homophone | Class::Word | Class::Common | Class::Filler | Class::Manner | Class::Function => {
            Role::Other
        }
    }
}

/// "com", or part of the name of a mail provider.
fn is_ending(pieces: &[Piece<'_>], at: usize) -> bool {
    let plain = pieces.get(at).is_some_and(|piece| {
        matches!(
            piece.text.as_ref(),
            "com" | "net" | "org" | "co" | "uk" | "io" | "edu" | "gov" | "comm" | "kom"
        )
    });
    plain
        || (at.saturating_sub(MAX_PROVIDER - 1)..=at)
            .any(|from| domain::provider(pieces, from).is_some_and(|after| after > at))
}

/// Whether it was masked before, and is read back.
fn is_known(place: &Place<'_>, piece: &Piece<'_>) -> bool {
    place.said.knows(&piece.text).is_some()
}

/// What is said around a part.
pub(super) fn says_nothing(piece: &Piece<'_>) -> bool {
    QUIET.contains(piece.text.as_ref())
}
