//! Bytes to text.

use std::borrow::Cow;

use crate::problem::Unreadable;

/// What the bytes 0x80 to 0x9f stand for in Windows-1252; the five that stand for nothing are spaces here.
const UPPER: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’', '“', '”',
    '•', '–', '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

/// The text in these bytes: UTF-8, UTF-16 that says so, else Windows-1252, in which older documents are.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return utf16(rest, u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if bytes.iter().any(is_no_text) {
        return Err(Unreadable::NotText);
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(windows_1252).collect()),
    })
}

/// The character that a byte stands for in Windows-1252.
pub(crate) fn windows_1252(byte: u8) -> char {
    usize::from(byte)
        .checked_sub(0x80)
        .and_then(|at| UPPER.get(at).copied())
        .unwrap_or_else(|| char::from(byte))
}

/// Controls that no text has; tabs, ends of lines and pages are text, and so is the escape of old terminals.
const fn is_no_text(byte: &u8) -> bool {
    matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

fn utf16(bytes: &[u8], number: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, Unreadable> {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [one, two] => number([*one, *two]),
        _ => 0,
    });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|text| !text.contains('\0')).map(Cow::Owned).ok_or(Unreadable::NotText)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_three_encodings_read_alike() {
        assert_eq!(decode("Café – 5 €".as_bytes()).unwrap(), "Café – 5 €");
        assert_eq!(decode(b"\xef\xbb\xbfCaf\xc3\xa9").unwrap(), "Café");
        assert_eq!(decode(b"Caf\xe9 \x96 5 \x80").unwrap(), "Café – 5 €");
        assert_eq!(decode(b"\xff\xfeC\0a\0f\0\xe9\0").unwrap(), "Café");
        assert_eq!(decode(b"\xfe\xff\0C\0a\0f\0\xe9").unwrap(), "Café");
    }

    #[test]
    fn other_bytes_are_no_text() {
        for bytes in [&b"\x7fELF\x02\x01\x01\0"[..], b"GIF89a\x01\0\x01", b"\xff\xfe\0\xd8"] {
            assert_eq!(decode(bytes), Err(Unreadable::NotText));
        }
    }
}
