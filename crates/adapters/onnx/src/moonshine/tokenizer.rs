//! Token numbers to text.

use thiserror::Error;

/// Token files are small; a larger one is something else.
pub(super) const MAX_TOKENIZER_BYTES: usize = 4 << 20;

/// The piece that stands for a space, as `SentencePiece` writes it.
const SPACE: &str = "\u{2581}";
/// Tokens of this range stand for single bytes: 3 is byte 0.
const BYTES: std::ops::Range<u32> = 3..259;

/// Why a token file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// The file ends within a piece.
    #[error("the token file ends within a piece")]
    Truncated,
    /// The file holds too few pieces, or is too large to be a token file.
    #[error("the file is no token file")]
    NotTokens,
}

/// The pieces of a vocabulary.
#[derive(Debug)]
pub(super) struct Tokenizer {
    pieces: Vec<Box<[u8]>>,
}

impl Tokenizer {
    /// Reads a token file: each piece behind its length, in one byte or, from 128 on, in two.
    pub(super) fn parse(mut bytes: &[u8]) -> Result<Self, TokenizerError> {
        if bytes.len() > MAX_TOKENIZER_BYTES {
            return Err(TokenizerError::NotTokens);
        }
        let mut pieces = Vec::new();
        while let Some((&first, mut rest)) = bytes.split_first() {
            let mut length = usize::from(first);
            if length >= 128 {
                let (&second, after) = rest.split_first().ok_or(TokenizerError::Truncated)?;
                length = usize::from(second) * 128 + length - 128;
                rest = after;
            }
            let (piece, rest) = rest.split_at_checked(length).ok_or(TokenizerError::Truncated)?;
            pieces.push(piece.into());
            bytes = rest;
        }
        if pieces.len() <= BYTES.end as usize {
            return Err(TokenizerError::NotTokens);
        }
        Ok(Self { pieces })
    }

    /// The text that a token adds, with whether a new word starts at it. Control tokens add nothing.
    pub(super) fn piece(&self, token: u32) -> Piece {
        if BYTES.contains(&token) {
            return Piece { text: vec![(token - BYTES.start) as u8], starts_word: false };
        }
        let raw = self.pieces.get(token as usize).map_or(&[][..], |piece| piece);
        if raw.first() == Some(&b'<') && raw.last() == Some(&b'>') {
            return Piece { text: Vec::new(), starts_word: false };
        }
        match raw.strip_prefix(SPACE.as_bytes()) {
            Some(rest) => Piece { text: spaced(rest), starts_word: true },
            None => Piece { text: spaced(raw), starts_word: false },
        }
    }
}

/// What one token adds to the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// UTF-8, possibly a part of a character.
    pub(super) text: Vec<u8>,
    /// A space stands before it.
    pub(super) starts_word: bool,
}

fn spaced(raw: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(raw).replace(SPACE, " ").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(last: &[&str]) -> Vec<u8> {
        let mut out = vec![0; 259];
        for piece in last {
            let bytes = piece.as_bytes();
            if bytes.len() < 128 {
                out.push(bytes.len() as u8);
            } else {
                out.extend([(bytes.len() % 128 + 128) as u8, (bytes.len() / 128) as u8]);
            }
            out.extend(bytes);
        }
        out
    }

    #[test]
    fn pieces_bytes_and_controls_read_as_the_format_says() {
        let long = "x".repeat(300);
        let tokens = Tokenizer::parse(&file(&["\u{2581}hello", "s", "<<unk>>", &long])).unwrap();
        assert_eq!(tokens.piece(259), Piece { text: b"hello".to_vec(), starts_word: true });
        assert_eq!(tokens.piece(260), Piece { text: b"s".to_vec(), starts_word: false });
        assert!(tokens.piece(261).text.is_empty());
        assert_eq!(tokens.piece(262).text.len(), 300);
        assert_eq!(tokens.piece(3 + 0xe2), Piece { text: vec![0xe2], starts_word: false });
        assert!(tokens.piece(9_999).text.is_empty());
    }

    #[test]
    fn a_cut_or_foreign_file_is_refused() {
        let whole = file(&["hello"]);
        assert_eq!(Tokenizer::parse(&whole[..whole.len() - 1]).unwrap_err(), TokenizerError::Truncated);
        assert_eq!(Tokenizer::parse(b"").unwrap_err(), TokenizerError::NotTokens);
    }
}
