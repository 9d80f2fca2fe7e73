//! Web addresses, written and said.

use events::EntityKind;

use super::{
    super::{
        Found,
        pieces::{Kind, Piece},
        spelling,
        vocabulary::{Class, class_of},
    },
    Place,
    domain::ending,
};

/// The most pieces of a path.
const MAX_PATH: usize = 64;

/// The most pieces of a host before its ending.
const MAX_HOST: usize = 24;

/// The most words of a host's first label that are joined by nothing.
const MAX_WORDS: usize = 2;

/// Endings that are words of their own: they end a host only behind a dot that was said, or with more evidence.
const WORDS: &[&str] = &[
    "at", "be", "come", "email", "id", "in", "info", "is", "it", "law", "life", "live", "me", "my", "name",
    "network", "news", "no", "online", "pro", "shop", "site", "store", "tech", "to", "travel", "us", "work",
    "world", "health", "cam", "calm", "con", "comma", "int", "de", "se", "th",
];

/// Finds hosts that end with a known ending, with the scheme before and the path behind.
pub(super) fn find(place: &Place<'_>, found: &mut Found) {
    let pieces = place.pieces;
    let mut at = 0;
    while at < pieces.len() {
        let dot = pieces.get(at).is_some_and(|piece| matches!(piece.kind, Kind::Dot | Kind::Point));
        let Some((first, end)) = dot.then(|| host(place, at)).flatten() else {
            at += 1;
            continue;
        };
        let (first, end) = (scheme(pieces, first), path(pieces, end));
        found.spans.push(place.span(first, end, EntityKind::Url, 94, "a web address"));
        at = end;
    }
    begun(place, found);
}

/// What goes on behind "www" and "https", though its end was not said.
fn begun(place: &Place<'_>, found: &mut Found) {
    let pieces = place.pieces;
    let mut at = 0;
    while at < pieces.len() {
        let Some(after) = opening(pieces, at) else {
            at += 1;
            continue;
        };
        let mut end = after;
        while end < at + MAX_HOST
            && let Some(piece) = pieces.get(end)
        {
            let beside = pieces.get(end - 1).is_some_and(|before| !before.is_atom()) || piece.glued;
            let part = match piece.kind {
                Kind::Dot | Kind::Point | Kind::Slash | Kind::Colon | Kind::Joiner => true,
                Kind::At => false,
                Kind::Atom => match class_of(&piece.text) {
                    Class::Letter | Class::Digits | Class::Number | Class::Word => true,
                    Class::Common | Class::Filler | Class::Manner | Class::Homophone | Class::Function => {
                        beside
                    }
                },
            };
            if !part {
                break;
            }
            end += 1;
        }
        let first = scheme(pieces, at);
        found.spans.push(place.span(first, end, EntityKind::Url, 75, "the beginning of a web address"));
        at = end.max(at + 1);
    }
}

/// The first piece after "www", "triple w", "https", "h t t p s".
fn opening(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    let says = |n: usize, word: &str| pieces.get(at + n).is_some_and(|piece| piece.is(word));
    match () {
        () if says(0, "www") || says(0, "http") || says(0, "https") => Some(at + 1),
        () if says(0, "w") && says(1, "w") && says(2, "w") => Some(at + 3),
        () if says(0, "triple") && says(1, "w") => Some(at + 2),
        () if says(0, "h") && says(1, "t") && says(2, "t") && says(3, "p") => {
            Some(at + if says(4, "s") { 5 } else { 4 })
        }
        () => None,
    }
}

/// The host whose last dot is at `dot`: its first piece, and the first one after it.
fn host(place: &Place<'_>, dot: usize) -> Option<(usize, usize)> {
    let pieces = place.pieces;
    let end = ending(pieces, dot + 1)?;
    let first = labels(pieces, dot)?;
    let (mark, last) = (pieces.get(dot)?, pieces.get(dot + 1)?);
    let written = last.glued && mark.text.is_empty();
    let more = pieces.get(end).is_some_and(|piece| piece.kind == Kind::Slash) || is_web(pieces, first);
    let word = WORDS.contains(&last.text.as_ref());
    if word && written && !more {
        return None;
    }
    // "At that point in time", "harmony point com".
    let unusual = matches!(
        class_of(&pieces.get(dot.checked_sub(1)?)?.text),
        Class::Word | Class::Letter | Class::Digits
    );
    let expected = more || place.expects(EntityKind::Url, dot);
    (mark.kind == Kind::Dot || (!word && (unusual || expected))).then_some((first, end))
}

fn is_web(pieces: &[Piece<'_>], first: usize) -> bool {
    pieces.get(first).is_some_and(|piece| piece.is("www") || piece.is("w"))
        || first.checked_sub(1).and_then(|at| pieces.get(at)).is_some_and(|piece| piece.kind == Kind::Slash)
}

/// The first piece of the labels before the dot at `dot`.
fn labels(pieces: &[Piece<'_>], dot: usize) -> Option<usize> {
    let (mut first, mut words) = (None, 0);
    let mut next = dot;
    while let Some(n) = next.checked_sub(1).filter(|n| dot - n <= MAX_HOST) {
        let piece = pieces.get(n)?;
        let behind = pieces.get(next)?;
        // Right before the last dot anything may stand; further left only what is joined or spelled.
        let joined =
            behind.kind == Kind::Dot || behind.kind == Kind::Joiner || (behind.glued && piece.is_atom());
        if piece.is_atom()
            && !behind.joins()
            && let Some(letter) = spelling::letter_before(pieces, n)
        {
            (first, next) = (Some(letter), letter);
            continue;
        }
        let taken = match (piece.kind, class_of(&piece.text)) {
            (Kind::Dot | Kind::Joiner | Kind::Point, _) => true,
            (Kind::At | Kind::Slash | Kind::Colon, _) => false,
            (Kind::Atom, Class::Function) => joined && (behind.glued || piece.is("web")) && next < dot,
            (Kind::Atom, Class::Letter | Class::Digits | Class::Number) => {
                joined || (first == Some(next) && spelling::is_letter(behind))
            }
            (Kind::Atom, Class::Word) => {
                words += usize::from(!joined);
                joined || words < MAX_WORDS
            }
            (Kind::Atom, Class::Common) => joined,
            (Kind::Atom, Class::Filler | Class::Manner | Class::Homophone) => joined && behind.glued,
        };
        if !taken {
            break;
        }
        if piece.is_atom() {
            first = Some(n);
        }
        next = n;
    }
    first
}

/// Takes "https colon slash slash" and "triple w dot" before a host.
fn scheme(pieces: &[Piece<'_>], mut first: usize) -> usize {
    while let Some(before) = first.checked_sub(1).and_then(|at| pieces.get(at)) {
        let part = match before.kind {
            Kind::Slash | Kind::Colon => true,
            Kind::Atom => matches!(
                before.text.as_ref(),
                "http" | "https" | "www" | "triple" | "double" | "h" | "t" | "p" | "s" | "w" | "u"
            ),
            Kind::Dot | Kind::Point => true,
            Kind::At | Kind::Joiner => false,
        };
        let bare = matches!(before.text.as_ref(), "double" | "h" | "t" | "p" | "s" | "u");
        let beside = pieces.get(first).is_some_and(|piece| {
            matches!(piece.kind, Kind::Colon | Kind::Slash | Kind::Dot)
                || matches!(piece.text.as_ref(), "w" | "u" | "t" | "p" | "s" | "double")
        });
        if !part || (bare && !beside) {
            break;
        }
        first -= 1;
    }
    first
}

/// The first piece after the path that begins at `end`.
fn path(pieces: &[Piece<'_>], end: usize) -> usize {
    let mut at = end;
    let mut last = end;
    while at < end + MAX_PATH {
        let Some(piece) = pieces.get(at) else { break };
        match piece.kind {
            Kind::Slash => {}
            Kind::Joiner | Kind::Dot | Kind::Colon if at > end => {}
            Kind::Colon if piece.glued => {}
            Kind::Atom
                if at > end
                    && (piece.glued || pieces.get(at - 1).is_some_and(|before| !before.is_atom())) => {}
            Kind::Atom if at > end && spelling::is_letter(piece) => {}
            Kind::Atom | Kind::At | Kind::Dot | Kind::Point | Kind::Joiner | Kind::Colon => break,
        }
        at += 1;
        last = at;
    }
    last
}
