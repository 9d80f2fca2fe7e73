//! Plain text: the same text with masks, line by line as it was.

use std::io::{Read, Write};

use model::Channel;
use redaction::{MaskedText, Policy, TextSpan, TextStream, Turn, WordByWord, masked};

use crate::{
    MaskError,
    input::{Decoder, MAX_LINE},
    lines,
    output::LineOut,
};

/// The longest line that is said as one turn, word by word; a longer one is said in several.
const MAX_TURN: usize = 1 << 20;

/// How a plain text is given out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    /// As the text itself.
    #[default]
    Text,
    /// As one JSON object per line of it.
    Json,
}

/// A masked place of a plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The line, from 1.
    pub line: u64,
    /// The first masked character of the line, from 1.
    pub column: usize,
    /// What it is, and why it is masked.
    pub span: &'a TextSpan,
}

/// What became of a plain text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlainDone {
    /// Masked places; one that lies on several lines counts on each.
    pub spans: u64,
    /// How often bytes that are no UTF-8 were replaced.
    pub replaced: u64,
}

/// Masks a text. Each masked place is also shown to `found`, in order.
///
/// # Errors
/// When the input cannot be read or the output not written.
pub fn mask_plain(
    input: impl Read,
    out: impl Write,
    policy: &Policy,
    form: Plain,
    found: impl FnMut(Found<'_>),
) -> Result<PlainDone, MaskError> {
    let mut decoder = Decoder::new(input);
    let mut stream = TextStream::new(policy.clone());
    let mut writer =
        Writer { out, form, found, line: 1, chars: 0, text: String::new(), spans: Vec::new(), done: 0 };
    let mut block = String::new();
    loop {
        block.clear();
        let more = decoder.read(&mut block).map_err(MaskError::Read)?;
        stream.push(&block);
        if !more {
            stream.finish();
        }
        while let Some(part) = stream.next() {
            writer.take(&part)?;
        }
        if !more {
            break;
        }
    }
    writer.finish()?;
    Ok(PlainDone { spans: writer.done, replaced: decoder.replaced })
}

/// Says a text word by word, each line a turn of the customer, and writes every revision as a line of JSON.
///
/// # Errors
/// When the input cannot be read or the output not written.
pub fn reveal_plain(input: impl Read, mut out: impl Write, policy: &Policy) -> Result<PlainDone, MaskError> {
    let mut decoder = Decoder::new(input);
    let mut dialogue = WordByWord::new(policy.clone());
    let (mut text, mut more, mut spans) = (String::new(), true, 0);
    while more || !text.is_empty() {
        let line_end = text.find('\n').map(|at| at + 1);
        if more && line_end.is_none() && text.len() < MAX_TURN {
            more = decoder.read(&mut text).map_err(MaskError::Read)?;
            continue;
        }
        let longest = (1..=MAX_TURN.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        let end = line_end.into_iter().chain(longest).min().unwrap_or(text.len());
        let rest = text.split_off(end);
        let line = std::mem::replace(&mut text, rest);
        let turn =
            Turn { channel: Channel::Customer, text: line.trim_end_matches(['\n', '\r']), times: None };
        let mut written = Ok(());
        dialogue.say(&turn, |text, revision| {
            if written.is_ok() {
                spans += if revision.is_final { revision.spans.len() as u64 } else { 0 };
                written = lines::write_revision(None, text, revision, &mut out);
            }
        });
        written?;
    }
    out.flush().map_err(MaskError::Write)?;
    Ok(PlainDone { spans, replaced: decoder.replaced })
}

struct Writer<W, F> {
    out: W,
    form: Plain,
    found: F,
    /// The line that is being written, from 1, and how many characters of it were taken.
    line: u64,
    chars: usize,
    /// Of a line that is written as a whole: what was taken of it, in clear, and the places in it.
    text: String,
    spans: Vec<TextSpan>,
    done: u64,
}

impl<W: Write, F: FnMut(Found<'_>)> Writer<W, F> {
    /// Takes the next part of the text.
    fn take(&mut self, part: &MaskedText) -> Result<(), MaskError> {
        let mut spans = part.spans.iter().peekable();
        let mut begin = 0;
        for piece in part.text.split_inclusive('\n') {
            let end = begin + piece.len();
            let content = piece.trim_end_matches(['\n', '\r']).len();
            let mut own = Vec::new();
            while let Some(span) = spans.peek().filter(|span| span.bytes.start < end) {
                own.extend(within(piece, content, begin, span));
                // What goes on in the next line is masked there, too.
                if span.bytes.end > end {
                    break;
                }
                spans.next();
            }
            self.piece(piece, own)?;
            begin = end;
        }
        Ok(())
    }

    /// Takes a piece of one line, with the places in it.
    fn piece(&mut self, piece: &str, spans: Vec<TextSpan>) -> Result<(), MaskError> {
        self.done += spans.len() as u64;
        for span in &spans {
            (self.found)(Found { line: self.line, column: self.chars + span.chars.start + 1, span });
        }
        match self.form {
            Plain::Text if spans.is_empty() => self.write(piece.as_bytes())?,
            Plain::Text => self.write(masked(piece, &spans).as_bytes())?,
            Plain::Json => {
                let (bytes, chars) = (self.text.len(), self.chars);
                self.text.push_str(piece);
                self.spans.extend(spans.into_iter().map(|span| TextSpan {
                    bytes: span.bytes.start + bytes..span.bytes.end + bytes,
                    chars: span.chars.start + chars..span.chars.end + chars,
                    ..span
                }));
            }
        }
        if piece.ends_with('\n') {
            self.end_line()?;
        } else {
            self.chars += piece.chars().count();
            if self.text.len() > MAX_LINE {
                self.write_line()?;
                self.chars = 0;
            }
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), MaskError> {
        self.write_line()?;
        self.line += 1;
        self.chars = 0;
        Ok(())
    }

    fn write_line(&mut self) -> Result<(), MaskError> {
        if self.form == Plain::Text {
            return Ok(());
        }
        let text = self.text.trim_end_matches(['\n', '\r']);
        let masked = masked(text, &self.spans);
        let spans = self.spans.iter().map(Into::into).collect();
        lines::write(&mut self.out, &LineOut { line: self.line, masked: &masked, spans })?;
        self.text.clear();
        self.spans.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), MaskError> {
        self.out.write_all(bytes).map_err(MaskError::Write)
    }

    fn finish(&mut self) -> Result<(), MaskError> {
        if !self.text.is_empty() {
            self.write_line()?;
        }
        self.out.flush().map_err(MaskError::Write)
    }
}

/// What of a span lies in a piece that begins at `begin` and holds a line up to `content`.
fn within(piece: &str, content: usize, begin: usize, span: &TextSpan) -> Option<TextSpan> {
    let from = span.bytes.start.saturating_sub(begin);
    let to = (span.bytes.end - begin).min(content);
    let inside = piece.get(from..to).filter(|inside| !inside.trim().is_empty())?;
    let before = piece.get(..from)?.chars().count();
    Some(TextSpan { bytes: from..to, chars: before..before + inside.chars().count(), ..span.clone() })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn policy() -> Policy {
        Policy::new([4; 16])
    }

    fn mask(text: &[u8]) -> String {
        let mut out = Vec::new();
        mask_plain(text, &mut out, &policy(), Plain::Text, |_| {}).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_stay_as_they_are() {
        let text =
            "\u{feff}hello\r\n\r\n  my card is 4111 1111\r\n1111 1111 ok\r\n\ttabs\u{b}\0 stay \n\nno end";
        let shown = "\u{feff}hello\r\n\r\n  my card is [card]\r\n[card] ok\r\n\ttabs\u{b}\0 stay \n\nno end";
        assert_eq!(mask(text.as_bytes()), shown);
    }

    #[test]
    fn places_are_told_by_line_and_column() {
        let mut seen = Vec::new();
        let text = "hello\ncaf\u{e9} card 4111 1111 1111 1111 and\n";
        let found = |found: Found<'_>| seen.push((found.line, found.column, found.span.kind.as_str()));
        let done = mask_plain(text.as_bytes(), io::sink(), &policy(), Plain::Text, found).unwrap();
        assert_eq!((seen.as_slice(), done.spans), (&[(2, 11, "card")][..], 1));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_hide_nothing() {
        assert_eq!(mask(b"card 4111 \xff1111 1111 1111"), "card [card]");
        assert_eq!(mask(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn each_line_is_an_object() {
        let mut out = Vec::new();
        let text = "one\nmy card is 4111 1111\n1111 1111\nend";
        mask_plain(text.as_bytes(), &mut out, &policy(), Plain::Json, |_| {}).unwrap();
        let lines: Vec<serde_json::Value> =
            String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let shown: Vec<_> = lines.iter().map(|line| line["masked"].as_str().unwrap()).collect();
        assert_eq!(shown, ["one", "my card is [card]", "[card]", "end"]);
        assert_eq!(lines[1]["spans"][0]["start"], 11);
        assert_eq!((&lines[2]["spans"][0]["end"], &lines[2]["line"]), (&9.into(), &3.into()));
    }

    #[test]
    fn revisions_of_a_plain_text_show_no_digit() {
        let mut out = Vec::new();
        reveal_plain("my card is 4111 1111\n1111 1111".as_bytes(), &mut out, &policy()).unwrap();
        let out = String::from_utf8(out).unwrap();
        for line in out.lines() {
            let revision: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(!revision["masked"].as_str().unwrap().contains("11"), "{line}");
        }
        assert!(out.lines().count() >= 9);
    }
}
