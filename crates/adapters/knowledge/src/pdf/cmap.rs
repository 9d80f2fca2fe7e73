//! What a font's codes mean: its `ToUnicode` map, which is a small PostScript program.

use std::collections::HashMap;

/// Codes that a map may name. A font has no more than this many glyphs.
const MAX_CODES: usize = 1 << 16;
/// Characters that one code may stand for; ligatures have a few.
const MAX_UNITS: usize = 16;

/// Codes to text.
#[derive(Debug, Default)]
pub(super) struct CodeMap(HashMap<u32, String>);

impl CodeMap {
    /// What a code stands for.
    pub(super) fn text(&self, code: u32) -> Option<&str> {
        self.0.get(&code).map(String::as_str)
    }

    /// Reads a map, as far as it can be read.
    pub(super) fn parse(program: &[u8]) -> Self {
        let mut map = Self::default();
        let mut operands: Vec<Token<'_>> = Vec::new();
        let mut lexer = Lexer(program);
        while let Some(token) = lexer.next() {
            match token {
                Token::Word(word) => {
                    match word {
                        b"endbfchar" => map.chars(&operands),
                        b"endbfrange" => map.ranges(&operands),
                        _ => {}
                    }
                    operands.clear();
                }
                other @ (Token::Hex(_) | Token::Open | Token::Close | Token::Other) => {
                    if operands.len() < MAX_CODES {
                        operands.push(other);
                    }
                }
            }
        }
        map
    }

    fn chars(&mut self, operands: &[Token<'_>]) {
        for pair in operands.chunks_exact(2) {
            if let [Token::Hex(code), Token::Hex(text)] = pair {
                self.insert(number(code), utf16(text, 0));
            }
        }
    }

    fn ranges(&mut self, operands: &[Token<'_>]) {
        let mut left = operands;
        while let [Token::Hex(from), Token::Hex(to), rest @ ..] = left {
            let (from, to) = (number(from), number(to));
            let codes = (from..=to).take(MAX_CODES);
            match rest {
                [Token::Hex(text), rest @ ..] => {
                    for (code, above) in codes.zip(0_u32..) {
                        self.insert(code, utf16(text, above));
                    }
                    left = rest;
                }
                [Token::Open, rest @ ..] => {
                    let texts = rest.iter().map_while(|token| match token {
                        Token::Hex(text) => Some(text),
                        Token::Open | Token::Close | Token::Other | Token::Word(_) => None,
                    });
                    let mut used = 0;
                    for (text, code) in texts.zip(from..) {
                        used += 1;
                        if code <= to {
                            self.insert(code, utf16(text, 0));
                        }
                    }
                    left = rest.get(used + 1..).unwrap_or_default();
                }
                _ => return,
            }
        }
    }

    fn insert(&mut self, code: u32, text: String) {
        if self.0.len() < MAX_CODES {
            self.0.insert(code, text);
        }
    }
}

enum Token<'a> {
    Hex(Vec<u8>),
    Open,
    Close,
    Word(&'a [u8]),
    Other,
}

struct Lexer<'a>(&'a [u8]);

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (&first, rest) = self.0.split_first()?;
            if !ends_word(first) && first != b'-' && !first.is_ascii_digit() {
                return Some(Token::Word(self.skip_to(ends_word)));
            }
            self.0 = rest;
            match first {
                b'%' => {
                    self.skip_to(|byte| byte == b'\n' || byte == b'\r');
                }
                b'<' if rest.first() == Some(&b'<') => self.0 = rest.get(1..).unwrap_or_default(),
                b'<' => return Some(Token::Hex(hex(self.skip_to(|byte| byte == b'>')))),
                b'[' => return Some(Token::Open),
                b']' => return Some(Token::Close),
                b'/' | b'-' | b'0'..=b'9' => {
                    self.skip_to(ends_word);
                    return Some(Token::Other);
                }
                _ => {}
            }
        }
    }

    /// Takes what stands before the byte that ends it.
    fn skip_to(&mut self, ends: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.0.iter().position(|byte| ends(*byte)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0 || b"<>[]/%(){}".contains(&byte)
}

fn hex(digits: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> =
        digits.iter().filter_map(|byte| char::from(*byte).to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The text in UTF-16, the last character of it moved up.
fn utf16(bytes: &[u8], above: u32) -> String {
    let mut units: Vec<u16> = match bytes {
        [one] => vec![u16::from(*one)],
        _ => bytes
            .chunks_exact(2)
            .take(MAX_UNITS)
            .map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)))
            .collect(),
    };
    if let Some(last) = units.last_mut() {
        *last = last.wrapping_add(above as u16);
    }
    char::decode_utf16(units).filter_map(Result::ok).filter(|c| *c != '\0').collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_stand_for_texts() {
        let map = CodeMap::parse(
            b"/CIDInit /ProcSet findresource begin 1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
              2 beginbfchar <0003> <0020> <0010> <00660069> endbfchar % comment <0003> <0041>\n\
              2 beginbfrange <0024> <0026> <0041> <0030> <0031> [<0061> <D83DDE00>] endbfrange\n\
              1 beginbfrange <0040> <0041> <007A> endbfrange",
        );
        let texts: Vec<Option<&str>> =
            [3, 16, 0x24, 0x26, 0x27, 0x30, 0x31, 0x40, 0x41].map(|code| map.text(code)).to_vec();
        let expected =
            [Some(" "), Some("fi"), Some("A"), Some("C"), None, Some("a"), Some("😀"), Some("z"), Some("{")];
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_range_without_end_is_bounded() {
        let map = CodeMap::parse(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange");
        assert!(map.0.len() <= MAX_CODES);
    }

    proptest! {
        #[test]
        fn any_program_is_read(program in prop::collection::vec(any::<u8>(), 0..300)) {
            CodeMap::parse(&program);
        }
    }
}
