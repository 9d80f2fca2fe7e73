//! A written text to the words that the redactor reads, each with its place.
//!
//! Words end at white space and at what glues fields together: quotes, brackets, `key:value`, `key=value`, commas
//! of a CSV. What belongs to one thing stays one word: a web address, an e-mail address, a time, a date, a grouped
//! number. Signs that nobody sees are left out of the words, but lie within their places.

use std::ops::Range;

/// The longest piece, in bytes of the text; a longer one is cut.
pub(crate) const MAX_PIECE: usize = 512;

/// The longest stretch without white space that is looked at as one; a longer one is cut, where fields end if it can
/// be.
pub(crate) const MAX_CHUNK: usize = 4_096;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it stands, in bytes.
    pub(crate) place: Range<usize>,
    /// What is read there.
    pub(crate) text: String,
    /// It goes on in the next piece: it was cut only because it is long.
    pub(crate) cut: bool,
}

/// Whether a byte needs more than white space to be looked at: it may end a word, or be no ASCII.
const fn needs_care(byte: u8) -> bool {
    matches!(
        byte,
        b'"' | b'{'
            | b'}'
            | b'['
            | b']'
            | b'<'
            | b'>'
            | b'|'
            | b';'
            | b'='
            | b'&'
            | b':'
            | b','
            | b'('
            | b'\\'
            | b'`'
    ) || byte < 0x20
        || byte > 0x7e
}

/// Which bytes need care.
static CARE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = needs_care(byte as u8);
        byte += 1;
    }
    table
};

/// A stretch without ASCII white space.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) place: Range<usize>,
    care: bool,
    /// It goes on in the next chunk: it was cut only because it is long.
    cut: bool,
}

/// The next chunk at or after `from`.
pub(crate) fn chunk(text: &str, from: usize) -> Option<Chunk> {
    let rest = text.as_bytes().get(from..)?;
    let start = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let rest = rest.get(start..)?;
    let mut care = false;
    let mut len = 0;
    for byte in rest {
        if byte.is_ascii_whitespace() {
            break;
        }
        care |= CARE[usize::from(*byte)];
        len += 1;
        if len > MAX_CHUNK {
            return Some(long(text, from + start));
        }
    }
    Some(Chunk { place: from + start..from + start + len, care, cut: false })
}

/// A chunk that is too long, cut.
fn long(text: &str, start: usize) -> Chunk {
    let bytes = text.as_bytes().get(start..start + MAX_CHUNK).unwrap_or_default();
    let field = bytes.iter().rposition(|byte| byte.is_ascii() && needs_care(*byte) && *byte != b':');
    // The second half only: the rest is not to become many small chunks.
    if let Some(field) = field.filter(|field| *field > MAX_CHUNK / 2) {
        return Chunk { place: start..start + field + 1, care: true, cut: false };
    }
    let end = (start..=start + MAX_CHUNK).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    Chunk { place: start..end, care: true, cut: true }
}

/// Appends the pieces of a chunk.
pub(crate) fn pieces(text: &str, chunk: &Chunk, out: &mut Vec<Piece>) {
    let Some(word) = text.get(chunk.place.clone()) else { return };
    if !chunk.care && word.len() <= MAX_PIECE {
        return out.push(Piece { place: chunk.place.clone(), text: word.to_owned(), cut: chunk.cut });
    }
    let mut splitter = Splitter {
        word,
        base: chunk.place.start,
        keeps_colons: keeps_colons(word),
        keeps_ampersands: !word.contains('='),
        open: None,
        url: false,
        out,
    };
    splitter.run(chunk.cut);
}

/// The colons of hardware addresses, of times and of IP addresses are part of them.
fn keeps_colons(word: &str) -> bool {
    let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    let hex = core.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'%' | b'/'));
    hex && core.bytes().filter(|byte| *byte == b':').count() >= 2
        && core.split(':').all(|group| group.len() <= 4 || group.contains(['.', '/']))
}

/// What a character does to the words beside it.
enum Sign {
    /// It is part of the word.
    Part(char),
    /// It ends the word.
    Apart,
    /// It is not seen.
    Unseen,
}

struct Splitter<'a> {
    word: &'a str,
    base: usize,
    keeps_colons: bool,
    keeps_ampersands: bool,
    /// Where the piece that is being read began, and its text so far.
    open: Option<(usize, String)>,
    url: bool,
    out: &'a mut Vec<Piece>,
}

impl Splitter<'_> {
    fn run(&mut self, cut: bool) {
        let mut at = 0;
        while let Some(rest) = self.word.get(at..).filter(|rest| !rest.is_empty()) {
            let (sign, len) = self.sign(at, rest);
            match sign {
                Sign::Part(c) => {
                    let begun = self.open.as_ref().map_or(at, |(begun, _)| *begun);
                    if at - begun >= MAX_PIECE {
                        self.close(at, true);
                    }
                    self.open.get_or_insert_with(|| (at, String::new())).1.push(c);
                }
                Sign::Apart => {
                    self.end_field(rest);
                    self.close(at, false);
                }
                Sign::Unseen => {}
            }
            at += len;
        }
        self.close(self.word.len(), cut);
    }

    /// A number is not to go on over the end of its field, past the name of the next one.
    fn end_field(&mut self, rest: &str) {
        if let Some((_, text)) = &mut self.open
            && rest.starts_with(['"', ';', '}', '|', ','])
            && text.ends_with(|c: char| c.is_ascii_digit())
        {
            text.push('.');
        }
    }

    fn close(&mut self, at: usize, cut: bool) {
        if let Some((begun, text)) = self.open.take() {
            self.out.push(Piece { place: self.base + begun..self.base + at, text, cut });
        }
        self.url &= cut;
    }

    /// What stands at `at`, and how many bytes it takes.
    fn sign(&mut self, at: usize, rest: &str) -> (Sign, usize) {
        let Some(c) = rest.chars().next() else { return (Sign::Apart, 1) };
        let len = c.len_utf8();
        if is_unseen(c) {
            return (Sign::Unseen, len);
        }
        let c = narrow(c);
        let before = self.word.get(..at).and_then(|text| text.chars().next_back());
        let after = rest.chars().nth(1);
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        match c {
            '"' | '{' | '}' | '[' | ']' | '>' | '|' | ';' | '`' | '\\' | '“' | '”' | '«' | '»' | '—' => {
                (Sign::Apart, len)
            }
            _ if c.is_whitespace() => (Sign::Apart, len),
            '<' => (Sign::Apart, tag(rest).unwrap_or(len)),
            '&' => match entity(rest) {
                Some((Some(c), len)) if c.is_alphanumeric() => (Sign::Part(c), len),
                Some((_, len)) => (Sign::Apart, len),
                None if self.url || self.keeps_ampersands => (Sign::Part(c), len),
                None => (Sign::Apart, len),
            },
            ':' if rest.starts_with("://") => {
                self.url = true;
                (Sign::Part(c), len)
            }
            _ if self.url => (Sign::Part(c), len),
            ':' if self.keeps_colons || (is_digit(before) && is_digit(after)) => (Sign::Part(c), len),
            ':' | '=' => (Sign::Apart, len),
            ',' if is_digit(before) && self.groups_thousands(at, rest) => (Sign::Part(c), len),
            // What the word ends with belongs to it: recognisers write so.
            ',' if after.is_none() => (Sign::Part(c), len),
            ',' => (Sign::Apart, len),
            '(' if before.is_some_and(char::is_alphanumeric) => (Sign::Apart, len),
            _ => (Sign::Part(c), len),
        }
    }

    /// "1,200": up to three digits before the comma, and three after it.
    fn groups_thousands(&self, at: usize, rest: &str) -> bool {
        let digits = |text: &mut dyn Iterator<Item = u8>| text.take_while(u8::is_ascii_digit).take(4).count();
        let before = digits(&mut self.word.bytes().take(at).rev());
        let after = digits(&mut rest.bytes().skip(1));
        (1..=3).contains(&before) && after == 3
    }
}

/// Marks of direction, of nothing, of variants, and accents written apart: nobody sees them, or reads past them.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'..='\u{84}'
            | '\u{86}'..='\u{9f}'
            | '\u{ad}'
            | '\u{300}'..='\u{36f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e01ef}'
    )
}

/// The ASCII character of a full-width one.
fn narrow(c: char) -> char {
    match u32::from(c) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Tags that only shape a text: digits on both sides of them are one number.
const TAGS: &[&str] = &[
    "a", "b", "big", "body", "br", "code", "dd", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4",
    "head", "hr", "html", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table",
    "tbody", "td", "th", "thead", "tr", "tt", "u", "ul", "wbr",
];

/// The length of such a tag without attributes.
fn tag(rest: &str) -> Option<usize> {
    let len = rest.bytes().take(12).position(|byte| byte == b'>')? + 1;
    let name = rest.get(1..len - 1)?.trim_matches('/');
    TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name)).then_some(len)
}

/// A character reference, as HTML writes it: the character, if it is one we know, and the length.
fn entity(rest: &str) -> Option<(Option<char>, usize)> {
    let len = rest.bytes().take(10).position(|byte| byte == b';')? + 1;
    let name = rest.get(1..len - 1)?;
    let code = match name.strip_prefix('#') {
        None => {
            let known =
                matches!(name, "nbsp" | "amp" | "lt" | "gt" | "quot" | "apos" | "ensp" | "emsp" | "thinsp");
            return known.then_some((None, len));
        }
        Some(hex) if hex.starts_with(['x', 'X']) => u32::from_str_radix(hex.get(1..)?, 16),
        Some(decimal) => decimal.parse(),
    };
    Some((char::from_u32(code.ok()?), len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let (mut out, mut at) = (Vec::new(), 0);
        while let Some(chunk) = chunk(text, at) {
            at = chunk.place.end;
            pieces(text, &chunk, &mut out);
        }
        for piece in &out {
            assert!(text.get(piece.place.clone()).is_some(), "{text}: {piece:?}");
        }
        out.into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn fields_are_taken_apart() {
        for (text, words) in [
            ("card:4111-1111", &["card", "4111-1111"][..]),
            ("email=bob@x.com&pin=1234", &["email", "bob@x.com", "pin", "1234"]),
            (r#"{"card":"4111 1111","n":2}"#, &["card", "4111", "1111.", "n", "2."]),
            ("4111111111111111,123,12/27,John", &["4111111111111111.", "123.", "12/27.", "John"]),
            ("<td>4111</td><td>1111</td>", &["4111", "1111"]),
            ("a<br/>b", &["a", "b"]),
            ("4111&nbsp;1111&#52;", &["4111", "11114"]),
            ("name(bob)", &["name", "bob)"]),
            ("mailto:bob@x.com", &["mailto", "bob@x.com"]),
        ] {
            assert_eq!(split(text), words, "{text}");
        }
    }

    #[test]
    fn what_is_one_thing_stays_together() {
        for text in [
            "https://example.com/a?card=1&b=2,3",
            "bob.smith+x@example.co.uk",
            "3:30",
            "12:30:05",
            "00:1a:2b:3c:4d:5e",
            "fe80::1",
            "(555)010-0199",
            "1,200,000",
            "$49.99",
            "12/05/1980",
            "10.0.0.1",
            "hello,",
            "AT&T",
        ] {
            assert_eq!(split(text), [text], "{text}");
        }
    }

    #[test]
    fn what_is_not_seen_is_not_read() {
        assert_eq!(split("41\u{200b}11\u{202e}22\u{0}3"), ["4111223"]);
        assert_eq!(split("bob＠x．com"), ["bob@x.com"]);
        assert_eq!(split("4111\u{a0}1111"), ["4111", "1111"]);
        assert_eq!(split("\u{feff}four"), ["four"]);
    }

    #[test]
    fn a_long_word_is_cut() {
        let text = "4".repeat(3 * MAX_PIECE);
        let lengths: Vec<usize> = split(&text).iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_PIECE; 3]);
    }
}
