//! Words as they were written to pieces: atoms of letters and digits, and the marks between them, whether they
//! were written ("@", ".") or said ("at the rate", "dot").
//!
//! Tokens keep what numbers need; addresses live by their marks.

use std::borrow::Cow;

use model::SpokenWord;

use super::fold::fold;

/// The most pieces of one word. What is longer is looked at no further: a mask covers whole words.
const MAX_PIECES_PER_WORD: usize = 64;

/// One piece of words `from..to`.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: Kind,
    /// Lower case. Of a mark, how it was said; empty when it was written.
    pub(super) text: Cow<'a, str>,
    /// It was written right beside the piece before.
    pub(super) glued: bool,
    pub(super) end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Atom,
    /// "@", "at", "at the rate of".
    At,
    /// ".", "dot".
    Dot,
    /// "point", "period": a dot only where one is expected.
    Point,
    /// "_", "-", "+" and their names.
    Joiner,
    /// "/", "slash".
    Slash,
    /// ":", "colon".
    Colon,
}

/// What ends after a piece, by its punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Nothing,
    Clause,
    Sentence,
}

impl Piece<'_> {
    pub(super) fn is_atom(&self) -> bool {
        self.kind == Kind::Atom
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// A dot that was said, or an underscore: plain talk does not hold it.
    pub(super) fn is_telling(&self) -> bool {
        match self.kind {
            Kind::Dot => !self.text.is_empty(),
            Kind::Joiner => {
                matches!(self.text.as_ref(), "_" | "underscore" | "underscores" | "score" | "underline")
            }
            Kind::Atom | Kind::At | Kind::Point | Kind::Slash | Kind::Colon => false,
        }
    }

    /// Whether it joins what stands on its two sides: "bob dot smith", "bob-smith".
    pub(super) const fn joins(&self) -> bool {
        matches!(self.kind, Kind::Dot | Kind::Point | Kind::Joiner)
    }
}

/// The pieces of an utterance. The last word of a partial may be the first of a mark: "under" of "under score".
pub(super) fn pieces(words: &[SpokenWord], partial: bool) -> Vec<Piece<'_>> {
    let mut out = Vec::with_capacity(words.len());
    for (n, word) in words.iter().enumerate() {
        // A word is one, but a text may have been given whole.
        for part in word.text.expose().split_whitespace() {
            let first = out.len();
            match fold(part) {
                Cow::Borrowed(text) => cut(n, text, Cow::Borrowed, &mut out),
                Cow::Owned(text) => cut(n, &text, |atom| Cow::Owned(atom.to_owned()), &mut out),
            }
            if out.len() == first + 1 {
                name_mark(&mut out);
            }
        }
    }
    if partial
        && let [.., mark, the] = &mut out[..]
        && mark.kind == Kind::At
        && the.is("the")
    {
        mark.to = the.to;
        out.pop();
    }
    if let Some(last) = out.last_mut().filter(|_| partial) {
        last.kind = match last.text.as_ref() {
            "under" => Kind::Joiner,
            "forward" => Kind::Slash,
            _ => last.kind,
        };
    }
    out
}

/// Cuts one folded word.
fn cut<'a, 't>(word: usize, text: &'t str, keep: fn(&'t str) -> Cow<'a, str>, out: &mut Vec<Piece<'a>>) {
    let first = out.len();
    let (mut rest, mut glued) = (text, false);
    while let Some(c) = rest.chars().next() {
        if out.len() - first >= MAX_PIECES_PER_WORD {
            return;
        }
        let atom = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (taken, left) = rest.split_at_checked(atom.max(c.len_utf8())).unwrap_or((rest, ""));
        let kind = if atom > 0 { Some(Kind::Atom) } else { mark(c) };
        if let Some(kind) = kind {
            let text = match (kind, c) {
                (Kind::Atom, _) => keep(taken),
                (Kind::Joiner, '_') => Cow::Borrowed("_"),
                _ => Cow::Borrowed(""),
            };
            out.push(Piece { from: word, to: word + 1, kind, text, glued, end: End::Nothing });
        }
        glued = kind.is_some();
        rest = left;
    }
    // A mark at the end of a word is punctuation.
    while out.len() > first + 1 && out.last().is_some_and(|last| !matches!(last.kind, Kind::Atom | Kind::At))
    {
        out.pop();
    }
    if out.len() > first
        && let Some(last) = out.last_mut()
    {
        last.end = end_of(text);
    }
}

const fn mark(c: char) -> Option<Kind> {
    match c {
        '@' => Some(Kind::At),
        '.' => Some(Kind::Dot),
        '_' | '-' | '+' => Some(Kind::Joiner),
        '/' => Some(Kind::Slash),
        ':' => Some(Kind::Colon),
        _ => None,
    }
}

fn end_of(text: &str) -> End {
    let last = text.trim_end_matches(['"', '”', ')', ']', '}', '>']).chars().next_back();
    match last {
        Some('.' | '?' | '!') => End::Sentence,
        Some(',' | ';' | ':') => End::Clause,
        Some(_) | None => End::Nothing,
    }
}

/// Makes the mark that the last word says of it, with the words before that say the same mark.
fn name_mark(out: &mut Vec<Piece<'_>>) {
    let Some(((last, before), text)) = out.split_last().map(|pair| (pair, pair.0.text.as_ref())) else {
        return;
    };
    if last.kind != Kind::Atom {
        return;
    }
    let back = |n: usize| before.len().checked_sub(n).and_then(|at| before.get(at));
    let at_before = |n: usize| back(n).is_some_and(|piece| piece.kind == Kind::At);
    let said = |n: usize, words: &[&str]| back(n).is_some_and(|piece| words.contains(&piece.text.as_ref()));
    let (kind, also) = match text {
        "at" | "arroba" | "attherate" | "atsign" | "ampersat" => (Kind::At, 0),
        "rate" if at_before(1) => (Kind::At, 1),
        "rate" if at_before(2) && said(1, &["the", "d", "da", "a"]) => (Kind::At, 2),
        "of" if said(1, &["rate", "attherate"]) && at_before(1) => (Kind::At, 1),
        "sign" | "symbol" if at_before(1) => (Kind::At, 1),
        "dot" | "dott" | "dots" => (Kind::Dot, 0),
        "point" | "period" => (Kind::Point, 0),
        "stop" if said(1, &["full"]) => (Kind::Point, 1),
        "underscore" | "underscores" | "underbar" | "underline" | "dash" | "hyphen" | "minus" | "plus" => {
            (Kind::Joiner, 0)
        }
        "score" | "bar" if said(1, &["under"]) => (Kind::Joiner, 1),
        "slash" if said(1, &["forward", "back"]) => (Kind::Slash, 1),
        "slash" => (Kind::Slash, 0),
        "colon" => (Kind::Colon, 0),
        "dotcom" => return dot_com(out),
        _ => return,
    };
    let from = back(also).filter(|_| also > 0).map(|piece| piece.from);
    let Some(mut last) = out.pop() else { return };
    out.truncate(out.len() - also.min(out.len()));
    (last.from, last.kind) = (from.unwrap_or(last.from), kind);
    // Words that go on with the mark are known by the last of it.
    out.push(last);
}

/// "dotcom" is "dot com".
fn dot_com(out: &mut Vec<Piece<'_>>) {
    let Some(last) = out.last_mut() else { return };
    let (word, end) = (last.from, last.end);
    (last.kind, last.end) = (Kind::Dot, End::Nothing);
    let text = Cow::Borrowed("com");
    out.push(Piece { from: word, to: word + 1, kind: Kind::Atom, text, glued: true, end });
}

#[cfg(test)]
mod tests {
    use model::{MediaTime, Pii};

    use super::*;

    fn shown(text: &str) -> String {
        let word = |text: &str| SpokenWord {
            text: Pii::new(text.to_owned()),
            start: MediaTime::ZERO,
            end: MediaTime::ZERO,
            confidence: 1.0,
        };
        let words: Vec<SpokenWord> = text.split(' ').map(word).collect();
        let marks = pieces(&words, false).into_iter().map(|piece| match piece.kind {
            Kind::Atom => piece.text.into_owned(),
            Kind::At => "@".to_owned(),
            Kind::Dot => ".".to_owned(),
            Kind::Point => "(.)".to_owned(),
            Kind::Joiner => "_".to_owned(),
            Kind::Slash => "/".to_owned(),
            Kind::Colon => ":".to_owned(),
        });
        marks.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn written_and_said_marks_are_the_same() {
        for (text, pieces) in [
            ("bob.smith@example.com.", "bob . smith @ example . com"),
            ("Bob Smith at example dot com", "bob smith @ example . com"),
            ("bob at the rate example dot com", "bob @ example . com"),
            ("bob at the rate of example dotcom", "bob @ example . com"),
            ("bob at rate of example", "bob @ example"),
            ("bob at sign example", "bob @ example"),
            ("bob under score smith full stop jones", "bob _ smith (.) jones"),
            ("example dot com forward slash pay", "example . com / pay"),
            ("it's a rate of five", "its a rate of five"),
            ("<b>bob@x.com</b>", "b bob @ x . com / b"),
            ("http://x.com/a", "http : / / x . com / a"),
            ("@", "@"),
        ] {
            assert_eq!(shown(text), pieces, "{text}");
        }
    }

    #[test]
    fn a_said_mark_covers_all_its_words() {
        let words: Vec<SpokenWord> = ["bob", "at", "the", "rate", "of", "x"]
            .iter()
            .map(|text| SpokenWord {
                text: Pii::new((*text).to_owned()),
                start: MediaTime::ZERO,
                end: MediaTime::ZERO,
                confidence: 1.0,
            })
            .collect();
        let at: Vec<(usize, usize)> = pieces(&words, false)
            .iter()
            .filter(|piece| piece.kind == Kind::At)
            .map(|piece| (piece.from, piece.to))
            .collect();
        assert_eq!(at, [(1, 5)]);
    }
}
