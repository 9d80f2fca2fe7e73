//! Bytes to text and to lines, in bounded memory.

use std::io::{self, BufRead, Read};

/// How much is read at once.
const BLOCK: usize = 64 * 1024;

/// The longest line of JSON. A longer one is refused, and passed over.
pub(crate) const MAX_LINE: usize = 64 * 1024 * 1024;

/// Reads text; bytes that are no UTF-8 become U+FFFD, which is also what is given out for them.
pub(crate) struct Decoder<R> {
    input: R,
    /// Bytes of a character that is not whole yet.
    rest: Vec<u8>,
    ended: bool,
    /// How often bytes were replaced.
    pub(crate) replaced: u64,
}

impl<R: Read> Decoder<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, rest: Vec::with_capacity(BLOCK + 4), ended: false, replaced: 0 }
    }

    /// Appends the next block; false at the end.
    pub(crate) fn read(&mut self, out: &mut String) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let had = self.rest.len();
        self.rest.resize(had + BLOCK, 0);
        let read = loop {
            match self.input.read(self.rest.get_mut(had..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.rest.truncate(had + read);
        self.ended = read == 0;
        let mut at = 0;
        loop {
            let bytes = self.rest.get(at..).unwrap_or_default();
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    out.push_str(text);
                    at = self.rest.len();
                    break;
                }
                Err(error) => {
                    let (good, bad) = bytes.split_at(error.valid_up_to());
                    out.push_str(std::str::from_utf8(good).unwrap_or_default());
                    at += good.len();
                    let len = match error.error_len() {
                        Some(len) => len,
                        None if self.ended => bad.len(),
                        None => break,
                    };
                    out.push(char::REPLACEMENT_CHARACTER);
                    self.replaced += 1;
                    at += len;
                }
            }
        }
        self.rest.drain(..at);
        Ok(!self.ended || !out.is_empty())
    }
}

/// One line of the input, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It is in the buffer.
    Whole,
    /// It is longer than it may be.
    TooLong,
    /// There is none.
    End,
}

/// Reads a line into `buffer`, which is emptied first.
pub(crate) fn read_line(input: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<Line> {
    buffer.clear();
    let limit = MAX_LINE as u64 + 1;
    let read = input.by_ref().take(limit).read_until(b'\n', buffer)?;
    if read == 0 {
        return Ok(Line::End);
    }
    if buffer.last() == Some(&b'\n') {
        buffer.pop();
        if buffer.last() == Some(&b'\r') {
            buffer.pop();
        }
        return Ok(Line::Whole);
    }
    if buffer.len() <= MAX_LINE {
        return Ok(Line::Whole);
    }
    buffer.clear();
    pass_over_line(input)?;
    Ok(Line::TooLong)
}

fn pass_over_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let bytes = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let len = end.map_or(bytes.len(), |end| end + 1);
        let is_last = end.is_some() || len == 0;
        input.consume(len);
        if is_last {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes a few at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let len = self.0.len().min(3).min(out.len());
            out[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    fn decoded(bytes: &[u8]) -> (String, u64) {
        let mut decoder = Decoder::new(Slow(bytes));
        let mut out = String::new();
        while decoder.read(&mut out).unwrap() && !decoder.ended {}
        (out, decoder.replaced)
    }

    #[test]
    fn characters_over_blocks_are_whole_and_what_is_none_is_replaced() {
        assert_eq!(decoded("aé👍b".as_bytes()), ("aé👍b".to_owned(), 0));
        assert_eq!(decoded(b"a\xffb\xf0\x9f"), ("a\u{fffd}b\u{fffd}".to_owned(), 2));
        assert_eq!(decoded(b""), (String::new(), 0));
    }

    #[test]
    fn lines_end_as_they_do_anywhere() {
        let mut input = io::Cursor::new(b"a\r\n\nb".to_vec());
        let mut buffer = Vec::new();
        let mut lines = Vec::new();
        while read_line(&mut input, &mut buffer).unwrap() == Line::Whole {
            lines.push(String::from_utf8(buffer.clone()).unwrap());
        }
        assert_eq!(lines, ["a", "", "b"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = io::repeat(b'x').take(MAX_LINE as u64 + 10);
        let mut input = io::BufReader::new(long.chain(&b"\nnext"[..]));
        let mut buffer = Vec::new();
        assert_eq!(read_line(&mut input, &mut buffer).unwrap(), Line::TooLong);
        assert_eq!(read_line(&mut input, &mut buffer).unwrap(), Line::Whole);
        assert_eq!(buffer, b"next");
    }
}
