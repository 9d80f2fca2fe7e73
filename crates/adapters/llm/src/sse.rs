//! Server-sent events out of bytes, however they are cut.

/// The longest line. A piece of an answer is a few hundred bytes; a whole answer in one is far below this.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;

/// Cuts the data of events out of bytes. Other fields and comments say nothing here.
#[derive(Debug, Default)]
pub(crate) struct Events {
    line: Vec<u8>,
    /// The last byte was a carriage return, which a line feed may belong to.
    after_return: bool,
}

/// A line is longer than any of this protocol is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Events {
    /// Takes bytes, and gives the data of each line that has some. Every event of this protocol is one line.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut out = Vec::new();
        for &byte in bytes {
            let ends = match byte {
                b'\n' => !std::mem::replace(&mut self.after_return, false),
                b'\r' => {
                    self.after_return = true;
                    true
                }
                _ => {
                    self.after_return = false;
                    false
                }
            };
            if ends {
                out.extend(data(&self.line));
                self.line.clear();
            } else if byte != b'\n' {
                if self.line.len() == MAX_LINE_BYTES {
                    return Err(TooLong);
                }
                self.line.push(byte);
            }
        }
        Ok(out)
    }

    /// The bytes are over. A last line without an end counts, too.
    pub(crate) fn finish(&mut self) -> Option<String> {
        data(&std::mem::take(&mut self.line))
    }
}

fn data(line: &[u8]) -> Option<String> {
    let data = line.strip_prefix(b"data:")?;
    let data = data.strip_prefix(b" ").unwrap_or(data);
    Some(String::from_utf8_lossy(data).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_of_line_end_ends_a_line() {
        let mut events = Events::default();
        let found = events.push(b": hello\ndata: a\r\n\r\nevent: x\rdata:b\r\rid: 1\ndata: c").unwrap();
        assert_eq!(found, ["a", "b"]);
        assert_eq!(events.finish().as_deref(), Some("c"));
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut events = Events::default();
        assert_eq!(events.push(&vec![b'x'; MAX_LINE_BYTES]), Ok(Vec::new()));
        assert_eq!(events.push(b"x"), Err(TooLong));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(text in "(data: ?[a-z\u{e9}]{0,5}|: ?[a-z]{0,3}|[a-z]{0,3})?(\r\n|\n|\r)*", cut in 0_usize..80) {
            let text = text.repeat(7);
            let bytes = text.as_bytes();
            let whole = Events::default().push(bytes).unwrap();
            let (one, other) = bytes.split_at(cut.min(bytes.len()));
            let mut events = Events::default();
            let mut parts = events.push(one).unwrap();
            parts.extend(events.push(other).unwrap());
            prop_assert_eq!(parts, whole);
        }
    }
}
