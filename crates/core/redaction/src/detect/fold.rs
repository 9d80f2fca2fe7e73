//! Letters that look like others to the letters that they look like.

use std::borrow::Cow;

/// The text in lower case, without apostrophes and what cannot be seen, and with the plain letter for each that
/// is only another way to write it: full width, mathematical, Cyrillic and Greek ones that look like Latin ones.
///
/// Words of other scripts become nonsense: it is only for finding addresses and codes, never for showing.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase() && b != b'\'') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_unseen(*c)).map(plain).flat_map(char::to_lowercase).collect())
}

/// Apostrophes, and what has no width: soft hyphens, joiners, direction marks, selectors, combining marks, tags.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\''
            | '’'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{300}'..='\u{36f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn plain(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let code = u32::from(c);
    let nth = |base: char, n: u32| char::from_u32(u32::from(base) + n).unwrap_or(c);
    match code {
        // Full width.
        0xff01..=0xff5e => nth('!', code - 0xff01),
        // Mathematical letters in thirteen styles of 52, then digits in five of 10.
        0x1d400..=0x1d6a3 => match (code - 0x1d400) % 52 {
            n @ 0..26 => nth('a', n),
            n => nth('a', n - 26),
        },
        0x1d7ce..=0x1d7ff => nth('0', (code - 0x1d7ce) % 10),
        // In circles.
        0x24b6..=0x24cf => nth('a', code - 0x24b6),
        0x24d0..=0x24e9 => nth('a', code - 0x24d0),
        _ => alike(c),
    }
}

/// The Latin letter or the ASCII mark that a character looks like.
const fn alike(c: char) -> char {
    match c {
        'а' | 'А' | 'α' | 'Α' => 'a',
        'в' | 'В' | 'β' | 'Β' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'Ε' | 'ε' => 'e',
        'һ' | 'Н' | 'Η' => 'h',
        'і' | 'І' | 'ι' | 'Ι' | 'ı' => 'i',
        'ј' | 'Ј' => 'j',
        'к' | 'К' | 'κ' | 'Κ' => 'k',
        'ӏ' | 'Ӏ' => 'l',
        'м' | 'М' | 'Μ' => 'm',
        'Ν' | 'ո' => 'n',
        'о' | 'О' | 'ο' | 'Ο' | 'օ' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        'υ' | 'ս' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'Υ' => 'y',
        'Ζ' => 'z',
        '。' | '．' | '․' | '·' | '•' | '｡' => '.',
        '﹫' => '@',
        '‐' | '‑' | '‒' | '–' | '—' | '−' | '﹣' => '-',
        '⁄' | '∕' => '/',
        '：' | '∶' | '﹕' => ':',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_ways_to_write_a_letter_are_that_letter() {
        for (text, plain) in [
            ("bob.smith@example.com", "bob.smith@example.com"),
            ("Bob's", "bobs"),
            ("ｂｏｂ＠ｅｘａｍｐｌｅ．ｃｏｍ", "bob@example.com"),
            ("b\u{200b}o\u{ad}b\u{202e}@x.com", "bob@x.com"),
            ("bоb@ехаmple.соm", "bob@example.com"),
            ("𝐛𝐨𝐛𝟕", "bob7"),
            ("ⓑⓞⓑ", "bob"),
            ("jose\u{301}", "jose"),
            ("José", "josé"),
        ] {
            assert_eq!(fold(text), plain, "{text}");
        }
        assert!(matches!(fold("plain-text@x.com"), Cow::Borrowed(_)));
    }
}
