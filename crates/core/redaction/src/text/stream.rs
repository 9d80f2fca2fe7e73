//! A text that comes piece by piece and is too long to be held.

use std::collections::VecDeque;

use model::Channel;

use super::{
    piece::MAX_CHUNK,
    place::{Placer, TextSpan},
    session::{Heard, Session, Times},
    window::{MAX_BYTES, window},
};
use crate::{MAX_REMEMBERED_UTTERANCES, Policy};

/// So much of a text is there before its next window is cut, so that it is cut alike however the text comes.
const AHEAD: usize = 4 * (MAX_BYTES + MAX_CHUNK);

/// From so many bytes on that are done with, the buffer gives them up.
const MAX_DONE: usize = 256 * 1024;

/// A part of a text that nothing masks any more than it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedText {
    /// The part in clear. What follows another part goes on right behind it.
    pub text: String,
    /// What is masked of it, with places in it.
    pub spans: Vec<TextSpan>,
}

/// Masks a text of any length in bounded memory.
#[derive(Debug)]
pub struct TextStream {
    session: Session,
    placer: Placer,
    /// What is not given back yet, and up to where it was given back, and judged.
    buffer: String,
    done: usize,
    judged: usize,
    ended: bool,
    /// Where in the buffer each window ends that is judged and not given back.
    ends: VecDeque<usize>,
}

impl TextStream {
    /// A stream at its beginning.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            session: Session::new(policy, true),
            placer: Placer::default(),
            buffer: String::new(),
            done: 0,
            judged: 0,
            ended: false,
            ends: VecDeque::new(),
        }
    }

    /// Takes more of the text. It is to be read dry with [`Self::next`] before more is given.
    pub fn push(&mut self, text: &str) {
        if self.done > MAX_DONE {
            self.buffer.drain(..self.done);
            self.judged -= self.done;
            self.ends.iter_mut().for_each(|end| *end -= self.done);
            self.done = 0;
        }
        self.buffer.push_str(text);
    }

    /// No more text comes.
    pub const fn finish(&mut self) {
        self.ended = true;
    }

    /// The next part that is done; `None` when more text is needed, or after the end.
    #[expect(clippy::should_implement_trait, reason = "it goes on after `None`, when more was pushed")]
    pub fn next(&mut self) -> Option<MaskedText> {
        loop {
            let all_judged = self.judged == self.buffer.len();
            if self.session.heard.len() > MAX_REMEMBERED_UTTERANCES || (self.ended && all_judged) {
                return self.release();
            }
            if !self.ended && self.buffer.len() - self.judged < AHEAD {
                return None;
            }
            self.judge();
        }
    }

    fn judge(&mut self) {
        let Some(rest) = self.buffer.get(self.judged..) else { return };
        let Some(mut window) = window(rest, 0) else { return };
        self.judged += window.place.end;
        if window.pieces.is_empty() {
            return;
        }
        let utterance = self.session.utterance(Channel::Customer, &mut window, Times::Even);
        let heard = Heard {
            id: utterance.id,
            turn: 0,
            part: 0,
            place: window.place,
            pieces: window.pieces,
            revision: 1,
            spans: Vec::new(),
        };
        let redacted = self.session.judge(utterance);
        self.session.finish(heard, &redacted);
        self.ends.push_back(self.judged);
    }

    /// Gives the oldest window up, with white space that was cut off before it; at the end what is left.
    fn release(&mut self) -> Option<MaskedText> {
        let (Some(heard), Some(end)) = (self.session.heard.pop_front(), self.ends.pop_front()) else {
            let text = self.buffer.get(self.done..).filter(|rest| !rest.is_empty())?.to_owned();
            self.done = self.buffer.len();
            return Some(MaskedText { text, spans: Vec::new() });
        };
        // Where the window's places count from.
        let begin = end - heard.place.end;
        let lead = self.buffer.get(self.done..begin).unwrap_or_default();
        let (lead_bytes, lead_chars) = (lead.len(), lead.chars().count());
        let own = self.buffer.get(begin..end).unwrap_or_default();
        self.placer.restart();
        let mut spans = self.placer.places(own, &heard.pieces, &heard.spans);
        for span in &mut spans {
            span.bytes = span.bytes.start + lead_bytes..span.bytes.end + lead_bytes;
            span.chars = span.chars.start + lead_chars..span.chars.end + lead_chars;
        }
        let text = self.buffer.get(self.done..end).unwrap_or_default().to_owned();
        self.done = end;
        Some(MaskedText { text, spans })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{masked, redact_text};

    fn streamed(text: &str, size: usize) -> String {
        let mut stream = TextStream::new(Policy::new([3; 16]));
        let mut out = String::new();
        let chars: Vec<char> = text.chars().collect();
        let mut drain = |stream: &mut TextStream| {
            while let Some(part) = stream.next() {
                out.push_str(&masked(&part.text, &part.spans));
            }
        };
        for part in chars.chunks(size) {
            stream.push(&part.iter().collect::<String>());
            drain(&mut stream);
        }
        stream.finish();
        drain(&mut stream);
        out
    }

    #[test]
    fn a_stream_is_masked_as_the_whole_is_however_it_comes() {
        let text = "Hello, my card is 4111 1111\n1111 1111 thanks.\n\nAnd the next line.\r\n".repeat(900)
            + &" ".repeat(40_000)
            + "call me at 212-555-0143\n";
        let whole = masked(&text, &redact_text(&text, Policy::new([3; 16])));
        for size in [7, 1_000, 1_000_000] {
            assert_eq!(streamed(&text, size), whole, "{size}");
        }
        assert!(!whole.contains("1111") && !whole.contains("0143"));
    }

    #[test]
    fn what_is_not_masked_stays_as_it_is() {
        for text in ["", " ", "\n\n", "a\r\n\r\n\tb  c\n", "\u{feff}hello\u{0} there"] {
            assert_eq!(streamed(text, 1), text);
        }
    }
}
