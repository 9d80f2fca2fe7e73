//! Spans over words to places in a text.

use std::ops::Range;

use events::EntityKind;

use super::piece::Piece;
use crate::view::Span;

/// A masked place of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextSpan {
    /// Where it is, in bytes.
    pub bytes: Range<usize>,
    /// Where it is, in Unicode scalar values.
    pub chars: Range<usize>,
    /// What it is.
    pub kind: EntityKind,
    /// How sure that is, in percent.
    pub confidence: u8,
    /// Why it is masked, in words of ours.
    pub reason: &'static str,
    /// What is shown instead.
    pub mask: String,
}

/// The text with its masks. Spans are in order and apart from each other, as they are given.
#[must_use]
pub fn masked(text: &str, spans: &[TextSpan]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        out.push_str(text.get(at..span.bytes.start).unwrap_or_default());
        out.push_str(&span.mask);
        at = span.bytes.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Adds the places of a window to those of the windows before it: what goes on over the border is one place.
pub(crate) fn append(out: &mut Vec<TextSpan>, spans: Vec<TextSpan>) {
    for span in spans {
        match out.last_mut() {
            Some(last) if span.mask.is_empty() && span.bytes.start == last.bytes.end => {
                (last.bytes.end, last.chars.end) = (span.bytes.end, span.chars.end);
            }
            Some(_) | None => out.push(span),
        }
    }
}

/// A span, and what is shown for it.
pub(crate) type Shown = (Span, String);

/// Gives the places of the windows of one text, in order.
#[derive(Debug, Default)]
pub(crate) struct Placer {
    /// Up to here scalars were counted.
    counted: (usize, usize),
    /// What the last piece held, if that was masked and cut: what goes on with it is masked, too.
    goes_on: Option<Shown>,
}

impl Placer {
    /// What comes next is another text, which goes on where the last one ended.
    pub(crate) const fn restart(&mut self) {
        self.counted = (0, 0);
    }

    /// The places of a window's spans.
    pub(crate) fn places(&mut self, text: &str, pieces: &[Piece], spans: &[Shown]) -> Vec<TextSpan> {
        let mut out: Vec<TextSpan> = Vec::with_capacity(spans.len());
        let is_cut = |at: usize| pieces.get(at).is_some_and(|piece| piece.cut);
        // Its mask stands where it began.
        let before = self.goes_on.take().map(|(span, _)| (Span { from: 0, to: 1, ..span }, String::new()));
        let mut masked_to = 0;
        for (mut span, mask) in before.into_iter().chain(spans.iter().cloned()) {
            while span.from > masked_to && is_cut(span.from - 1) {
                span.from -= 1;
            }
            while span.to > 0 && span.to < pieces.len() && is_cut(span.to - 1) {
                span.to += 1;
            }
            masked_to = span.to;
            let Some(bytes) = place(text, pieces, &span) else { continue };
            if let Some(last) = out.last_mut()
                && bytes.start < last.bytes.end
            {
                last.bytes.end = last.bytes.end.max(bytes.end);
                last.chars.end = self.chars(text, last.bytes.end);
                continue;
            }
            let chars = self.chars(text, bytes.start)..self.chars(text, bytes.end);
            if span.to >= pieces.len() && is_cut(pieces.len() - 1) {
                self.goes_on = Some((span, mask.clone()));
            }
            let Span { kind, confidence, reason, .. } = span;
            out.push(TextSpan { bytes, chars, kind, confidence, reason, mask });
        }
        out
    }

    /// How many scalars stand before a byte. Asked in rising order it counts each once.
    fn chars(&mut self, text: &str, byte: usize) -> usize {
        let (from, count) = if byte < self.counted.0 { (0, 0) } else { self.counted };
        let more = text.get(from..byte).map_or(0, |text| text.chars().count());
        self.counted = (byte, count + more);
        count + more
    }
}

/// The bytes of a span, without the punctuation around it.
fn place(text: &str, pieces: &[Piece], span: &Span) -> Option<Range<usize>> {
    let first = pieces.get(span.from)?;
    let last = pieces.get(span.to.checked_sub(1)?)?;
    let whole = first.place.start..last.place.end;
    let inside = text.get(whole.clone())?;
    // Any sign may be part of what somebody made up.
    let made_up =
        matches!(span.kind, EntityKind::Password | EntityKind::UserName | EntityKind::SecurityAnswer);
    let before = |c: char| if made_up { is_quote(c) } else { c.is_ascii_punctuation() && c != '+' };
    let behind = |c: char| if made_up { is_quote(c) || ".,?".contains(c) } else { c.is_ascii_punctuation() };
    let from = inside.len() - inside.trim_start_matches(before).len();
    let to = inside.trim_end_matches(behind).len();
    if from >= to {
        return Some(whole);
    }
    Some(whole.start + from..whole.start + to)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '‘' | '’')
}
