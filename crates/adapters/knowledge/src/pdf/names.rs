//! What single bytes and glyphs' names stand for in fonts that carry no map.

use unicode_normalization::UnicodeNormalization;

/// 0x80 to 0xff in the encoding of old Macintoshes.
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»… ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// Where Adobe's standard encoding is not ASCII.
const STANDARD: [(u8, char); 42] = [
    (0x27, '’'),
    (0x60, '‘'),
    (0xa1, '¡'),
    (0xa2, '¢'),
    (0xa3, '£'),
    (0xa4, '⁄'),
    (0xa5, '¥'),
    (0xa6, 'ƒ'),
    (0xa7, '§'),
    (0xa8, '¤'),
    (0xa9, '\''),
    (0xaa, '“'),
    (0xab, '«'),
    (0xac, '‹'),
    (0xad, '›'),
    (0xae, 'ﬁ'),
    (0xaf, 'ﬂ'),
    (0xb1, '–'),
    (0xb2, '†'),
    (0xb3, '‡'),
    (0xb4, '·'),
    (0xb6, '¶'),
    (0xb7, '•'),
    (0xb8, '‚'),
    (0xb9, '„'),
    (0xba, '”'),
    (0xbb, '»'),
    (0xbc, '…'),
    (0xbd, '‰'),
    (0xbf, '¿'),
    (0xd0, '—'),
    (0xe1, 'Æ'),
    (0xe3, 'ª'),
    (0xe8, 'Ł'),
    (0xe9, 'Ø'),
    (0xea, 'Œ'),
    (0xeb, 'º'),
    (0xf1, 'æ'),
    (0xf5, 'ı'),
    (0xf8, 'ł'),
    (0xf9, 'ø'),
    (0xfb, 'ß'),
];
/// Glyphs whose names are not letters.
const NAMED: [(&str, &str); 74] = [
    ("space", " "),
    ("exclam", "!"),
    ("quotedbl", "\""),
    ("numbersign", "#"),
    ("dollar", "$"),
    ("percent", "%"),
    ("ampersand", "&"),
    ("quotesingle", "'"),
    ("parenleft", "("),
    ("parenright", ")"),
    ("asterisk", "*"),
    ("plus", "+"),
    ("comma", ","),
    ("hyphen", "-"),
    ("minus", "-"),
    ("period", "."),
    ("slash", "/"),
    ("zero", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("colon", ":"),
    ("semicolon", ";"),
    ("less", "<"),
    ("equal", "="),
    ("greater", ">"),
    ("question", "?"),
    ("at", "@"),
    ("bracketleft", "["),
    ("backslash", "\\"),
    ("bracketright", "]"),
    ("asciicircum", "^"),
    ("underscore", "_"),
    ("grave", "`"),
    ("braceleft", "{"),
    ("bar", "|"),
    ("braceright", "}"),
    ("asciitilde", "~"),
    ("quoteleft", "‘"),
    ("quoteright", "’"),
    ("quotedblleft", "“"),
    ("quotedblright", "”"),
    ("quotesinglbase", "‚"),
    ("quotedblbase", "„"),
    ("endash", "–"),
    ("emdash", "—"),
    ("bullet", "•"),
    ("ellipsis", "…"),
    ("fi", "fi"),
    ("fl", "fl"),
    ("ff", "ff"),
    ("ffi", "ffi"),
    ("ffl", "ffl"),
    ("germandbls", "ß"),
    ("ae", "æ"),
    ("AE", "Æ"),
    ("oe", "œ"),
    ("OE", "Œ"),
    ("oslash", "ø"),
    ("Oslash", "Ø"),
    ("Euro", "€"),
    ("sterling", "£"),
    ("cent", "¢"),
    ("degree", "°"),
    ("section", "§"),
    ("copyright", "©"),
    ("registered", "®"),
    ("trademark", "™"),
];
/// What the names of letters with accents end in.
const ACCENTS: [(&str, char); 12] = [
    ("acute", '\u{301}'),
    ("grave", '\u{300}'),
    ("circumflex", '\u{302}'),
    ("dieresis", '\u{308}'),
    ("tilde", '\u{303}'),
    ("ring", '\u{30a}'),
    ("cedilla", '\u{327}'),
    ("caron", '\u{30c}'),
    ("macron", '\u{304}'),
    ("breve", '\u{306}'),
    ("ogonek", '\u{328}'),
    ("dotaccent", '\u{307}'),
];

/// Which table a font's bytes are looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Windows,
    MacRoman,
    Standard,
}

impl Base {
    /// What a byte stands for.
    pub(super) fn character(self, byte: u8) -> Option<char> {
        if byte < 0x20 {
            return None;
        }
        match self {
            Self::Windows => Some(crate::read::windows_1252(byte)),
            Self::MacRoman => match usize::from(byte).checked_sub(0x80) {
                Some(at) => MAC_ROMAN.chars().nth(at),
                None => Some(char::from(byte)),
            },
            Self::Standard => match STANDARD.iter().find(|(code, _)| *code == byte) {
                Some((_, character)) => Some(*character),
                None => (byte < 0x7f).then(|| char::from(byte)),
            },
        }
    }
}

/// What a glyph of this name stands for.
pub(super) fn glyph(name: &str) -> Option<String> {
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    if let Some((_, text)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some((*text).to_owned());
    }
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(letter.to_string());
    }
    let digits =
        name.strip_prefix("uni").or_else(|| name.strip_prefix('u')).filter(|digits| digits.len() >= 4);
    if let Some(c) = digits
        .and_then(|digits| digits.get(..digits.len().min(6)))
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .and_then(char::from_u32)
    {
        return Some(c.to_string());
    }
    ACCENTS.iter().find_map(|(ending, accent)| {
        let letter = name.strip_suffix(ending)?;
        let mut letters = letter.chars();
        let (base, None) = (letters.next()?, letters.next()) else { return None };
        base.is_alphabetic().then(|| [base, *accent].into_iter().nfc().collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_glyphs_stand_for_text() {
        for (name, text) in [
            ("A", "A"),
            ("seven", "7"),
            ("quoteright", "’"),
            ("eacute", "é"),
            ("Udieresis", "Ü"),
            ("ffi", "ffi"),
            ("uni20AC", "€"),
            ("u1F600", "😀"),
            ("a.sc", "a"),
        ] {
            assert_eq!(glyph(name).as_deref(), Some(text), "{name}");
        }
        for name in ["", "g37", "unknown", "uniZZZZ", "uniD800"] {
            assert_eq!(glyph(name), None, "{name}");
        }
    }

    #[test]
    fn the_three_tables_agree_on_letters_and_differ_elsewhere() {
        for base in [Base::Windows, Base::MacRoman, Base::Standard] {
            assert_eq!(base.character(b'Q'), Some('Q'));
            assert_eq!(base.character(7), None);
        }
        assert_eq!(Base::Windows.character(0x92), Some('’'));
        assert_eq!(Base::MacRoman.character(0xd5), Some('’'));
        assert_eq!(Base::MacRoman.character(0xff), Some('ˇ'));
        assert_eq!(Base::Standard.character(0x27), Some('’'));
        assert_eq!(Base::Standard.character(0xae), Some('ﬁ'));
    }
}
