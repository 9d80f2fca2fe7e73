//! Text that shows what it is and nothing else.

/// The text in one line: no control characters, nothing that turns or hides other characters, single spaces.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars().filter(|c| !is_steering(*c)) {
        if c.is_whitespace() || c.is_control() {
            space = !out.is_empty();
        } else {
            if std::mem::take(&mut space) {
                out.push(' ');
            }
            out.push(c);
        }
    }
    out
}

/// Characters that change how others are shown, and show nothing themselves.
const fn is_steering(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{feff}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// At most so many words, whole ones.
pub(crate) fn first_words(text: &str, most: usize) -> String {
    text.split_whitespace().take(most).collect::<Vec<_>>().join(" ")
}

/// At most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_gone_and_what_is_said_stays() {
        let said = " Pay\u{202e}\u{2066} now\r\n\u{0007}\u{1b}[31m\u{e0041} <b>d\u{e9}j\u{e0}</b>\u{feff} \u{1F600} ";
        assert_eq!(plain(said), "Pay now [31m <b>d\u{e9}j\u{e0}</b> \u{1F600}");
        assert_eq!(plain("\u{200b}\n"), "");
    }

    #[test]
    fn cuts_are_between_characters_and_words() {
        assert_eq!(cut("d\u{e9}j\u{e0} vu", 3), "d\u{e9}j");
        assert_eq!(cut("ab", 3), "ab");
        assert_eq!(first_words("one  two three", 2), "one two");
    }
}
