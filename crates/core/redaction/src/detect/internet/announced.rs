//! What a speaker says before an address: "my email address is", "send it to", "the website is".

use events::EntityKind;

use super::super::{
    pieces::Piece,
    vocabulary::{Class, class_of},
};

/// An address is said to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Announced {
    /// The first piece that may belong to it.
    pub(super) from: usize,
    pub(super) kind: EntityKind,
    /// Something else may come as well: "send it to" a house.
    pub(super) weak: bool,
}

/// How many pieces may stand between the noun and "is": "address on the account".
const MAX_LINK: usize = 5;

/// All announcements in order.
pub(super) fn scan(pieces: &[Piece<'_>]) -> Vec<Announced> {
    let says =
        |at: usize, words: &[&str]| pieces.get(at).is_some_and(|piece| words.contains(&piece.text.as_ref()));
    let mut out = Vec::new();
    for at in 0..pieces.len() {
        let noun = noun(pieces, at);
        if let Some((end, kind)) = noun {
            let link = (end..end + MAX_LINK)
                .take_while(|at| {
                    !says(at.saturating_sub(1), &["is", "its"]) && pieces.get(*at).is_some_and(Piece::is_atom)
                })
                .find(|at| says(*at, &["is", "was", "its", "shows", "says", "be"]));
            if let Some(link) = link {
                out.push(Announced { from: link + 1, kind, weak: false });
            } else if pieces.get(end).is_some_and(|piece| is_part(kind, piece)) {
                out.push(Announced { from: end, kind, weak: true });
            }
        }
        let house = at.checked_sub(1).is_some_and(|at| {
            says(
                at,
                &[
                    "home", "billing", "mailing", "street", "shipping", "postal", "delivery", "physical",
                    "ip", "mac", "web", "email", "mail",
                ],
            )
        });
        if says(at, &["address"]) && !house && says(at + 1, &["is", "would"]) {
            let be = usize::from(says(at + 2, &["be"]));
            out.push(Announced { from: at + 2 + be, kind: EntityKind::Email, weak: true });
        }
        if says(at, &["send", "email", "mail", "forward", "sent", "write"]) {
            let to = (at + 1..at + 5).find(|at| {
                says(*at, &["to"])
                    || pieces.get(*at).is_some_and(|piece| piece.kind == super::super::pieces::Kind::At)
            });
            if let Some(to) = to.filter(|to| to - at > 1 && !says(to + 1, &["me", "you", "us", "him", "her"]))
            {
                out.push(Announced { from: to + 1, kind: EntityKind::Email, weak: true });
            }
        }
        let registered =
            says(at, &["registered", "listed", "filed", "account", "its"]) && says(at + 1, &["under"]);
        if registered || (says(at, &["registered"]) && says(at + 1, &["with", "to"])) {
            out.push(Announced { from: at + 2, kind: EntityKind::Email, weak: true });
        }
        if says(at, &["saw", "found", "see", "bought", "ordered"])
            && says(at + 1, &["it", "that", "this"])
            && says(at + 2, &["on", "from"])
        {
            out.push(Announced { from: at + 3, kind: EntityKind::Url, weak: true });
        }
    }
    out
}

/// What may come right behind a noun: "the IP ninety two dot", "email bob dot".
fn is_part(kind: EntityKind, piece: &Piece<'_>) -> bool {
    let class = class_of(&piece.text);
    piece.is_atom()
        && if kind == EntityKind::IpAddress {
            matches!(class, Class::Digits | Class::Number)
        } else {
            class == Class::Word || (class == Class::Letter && !piece.is("i"))
        }
}

/// The first piece after a noun, and what it names.
fn noun(pieces: &[Piece<'_>], at: usize) -> Option<(usize, EntityKind)> {
    let says = |n: usize, word: &str| pieces.get(at + n).is_some_and(|piece| piece.is(word));
    let address = |n: usize| if says(n, "address") || says(n, "id") { n + 1 } else { n };
    let (len, kind) = match () {
        () if says(0, "email") => (address(1), EntityKind::Email),
        () if says(0, "e") && says(1, "mail") => (address(2), EntityKind::Email),
        () if says(0, "mail") && says(1, "id") => (2, EntityKind::Email),
        () if says(0, "website") || says(0, "url") || says(0, "link") || says(0, "site") => {
            (1, EntityKind::Url)
        }
        () if says(0, "web") && (says(1, "address") || says(1, "site")) => (2, EntityKind::Url),
        () if says(0, "ip") => (address(1), EntityKind::IpAddress),
        () if says(0, "i") && says(1, "p") => (address(2), EntityKind::IpAddress),
        () if says(0, "mac") && says(1, "address") => (2, EntityKind::IpAddress),
        () => return None,
    };
    Some((at + len, kind))
}
