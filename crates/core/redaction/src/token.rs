//! Words as a recogniser writes them to tokens: "(555)", "1-0-0-0-1", "twenty-five", "$49.99", "a.m.".

use model::SpokenWord;

use crate::lexicon::{Class, classify};

/// One part of one word.
#[derive(Clone)]
pub(crate) struct Token {
    /// The word it is part of.
    pub(crate) word: usize,
    pub(crate) kind: Kind,
    /// Lower case, without punctuation.
    pub(crate) text: String,
    /// A full stop, question mark or exclamation mark follows.
    pub(crate) ends_sentence: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Spoken(Class),
    /// Digits, as ASCII.
    Written(Vec<u8>, Shape),
}

/// What the writing of a numeral says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Digits with any separators.
    Plain,
    /// Letters and digits in one: "x100".
    Mixed,
    /// Letters and digits taking turns: "a1b2c3".
    Code,
    /// "$49.99".
    Money,
    /// "5%".
    Percent,
    /// "3:30", "8pm".
    Time,
    /// "12/05/1980".
    Date,
    /// "1,200".
    Thousands,
    /// "3.5".
    Decimal,
    /// "21st".
    Ordinal,
    /// "5km", "1990s".
    Measure,
}

impl Shape {
    /// Whether a numeral written like this is complete: it is part of a longer number only right beside one.
    pub(crate) const fn stands_alone(self) -> bool {
        matches!(self, Self::Money | Self::Percent | Self::Time | Self::Date | Self::Ordinal | Self::Measure)
    }
}

/// The text of a token that is the sign of a currency, before its number.
pub(crate) const MONEY_SIGN: &str = "$";

/// The longest word whose writing can say that it is harmless.
const MAX_SHAPED: usize = 16;

pub(crate) fn tokens(words: &[SpokenWord]) -> Vec<Token> {
    let mut out = Vec::with_capacity(words.len());
    for (n, word) in words.iter().enumerate() {
        for part in word.text.expose().split_whitespace() {
            if let Some(token) = plain(n, part) {
                out.push(token);
                continue;
            }
            let had = out.len();
            let text = normal(part);
            if is_mail(&text) {
                out.push(Token { word: n, kind: Kind::Spoken(Class::Word), text, ends_sentence: false });
            } else {
                split(n, &text, &mut out);
            }
            if let Some(last) = out.get_mut(had..).and_then(<[_]>::last_mut) {
                last.ends_sentence = part.ends_with(['.', '?', '!']);
            }
        }
    }
    out
}

/// The most marks of a word that is taken whole as an address.
const MAX_MARKS: usize = 16;

/// "bob72@example.com": its digits are no number. It is hidden by its form.
fn is_mail(text: &str) -> bool {
    let flanked = |at: usize| {
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        before.ends_with(char::is_alphanumeric) && after.chars().nth(1).is_some_and(char::is_alphanumeric)
    };
    text.find('@').is_some_and(flanked)
        && text.chars().filter(|c| !c.is_alphanumeric()).nth(MAX_MARKS).is_none()
}

/// The token of a word of plain letters, as most are: the same as the rules below make of it.
fn plain(word: usize, part: &str) -> Option<Token> {
    let core = part.trim_end_matches(['.', ',', '?', '!']);
    if core.is_empty() || !core.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let text = core.to_ascii_lowercase();
    let ends_sentence = part.ends_with(['.', '?', '!']);
    Some(Token { word, kind: Kind::Spoken(classify(&text)), text, ends_sentence })
}

impl Token {
    pub(crate) const fn class(&self) -> Option<Class> {
        match &self.kind {
            Kind::Spoken(class) => Some(*class),
            Kind::Written(..) => None,
        }
    }

    /// Whether the token is a number by itself.
    pub(crate) const fn is_number(&self) -> bool {
        match &self.kind {
            Kind::Written(..) => true,
            Kind::Spoken(class) => {
                matches!(class, Class::Unit(_) | Class::Teen(_) | Class::Tens(_) | Class::Scale(_))
            }
        }
    }

    pub(crate) fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.text.as_str())
    }
}

/// Lower case, digits of every script as ASCII, without apostrophes and invisible characters.
fn normal(text: &str) -> String {
    let visible = text
        .chars()
        .filter(|c| !matches!(c, '\'' | '’' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'));
    visible.flat_map(char::to_lowercase).map(|c| if c.is_numeric() { ascii_digit(c) } else { c }).collect()
}

/// The value of a digit; 0 for what is a number but no digit, such as a fraction: what counts is how many.
fn ascii_digit(c: char) -> char {
    const ZEROS: &[u32] = &[
        0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
        0xf20, 0x1040, 0xff10,
    ];
    let code = u32::from(c);
    let value = ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|value| *value < 10));
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or('0')
}

fn split(word: usize, text: &str, out: &mut Vec<Token>) {
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return split_letters(word, text, out);
    }
    let shape = shape(text);
    if shape != Shape::Plain {
        let letters_too = text.chars().filter(|c| c.is_alphanumeric() || *c == '.').collect();
        return out.push(Token {
            word,
            kind: Kind::Written(digits_of(text), shape),
            text: letters_too,
            ends_sentence: false,
        });
    }
    let mut digits: Vec<u8> = Vec::new();
    for atom in text.split(|c: char| !c.is_alphanumeric()).filter(|atom| !atom.is_empty()) {
        if atom.bytes().all(|b| b.is_ascii_digit()) {
            digits.extend(atom.bytes());
            continue;
        }
        flush(word, &mut digits, out);
        if atom.contains(|c: char| c.is_ascii_digit()) {
            let shape = mixed_shape(atom);
            out.push(Token {
                word,
                kind: Kind::Written(digits_of(atom), shape),
                text: atom.to_owned(),
                ends_sentence: false,
            });
        } else {
            out.push(Token {
                word,
                kind: Kind::Spoken(classify(atom)),
                text: atom.to_owned(),
                ends_sentence: false,
            });
        }
    }
    flush(word, &mut digits, out);
}

fn flush(word: usize, digits: &mut Vec<u8>, out: &mut Vec<Token>) {
    if !digits.is_empty() {
        let text = String::from_utf8_lossy(digits).into_owned();
        let kind = Kind::Written(std::mem::take(digits), Shape::Plain);
        out.push(Token { word, kind, text, ends_sentence: false });
    }
}

fn split_letters(word: usize, text: &str, out: &mut Vec<Token>) {
    // What a sign says of the number beside it.
    if let Some(name) = sign(text) {
        let (kind, text) = (Kind::Spoken(Class::Word), name.to_owned());
        return out.push(Token { word, kind, text, ends_sentence: false });
    }
    let atoms = || text.split(|c: char| !c.is_alphanumeric()).filter(|atom| !atom.is_empty());
    let mut push = |text: String| {
        out.push(Token { word, kind: Kind::Spoken(classify(&text)), text, ends_sentence: false })
    };
    // "a.m.", "s.s.n." are one word each.
    if text.contains('.') && atoms().count() > 1 && atoms().all(|atom| atom.chars().count() == 1) {
        return push(atoms().collect());
    }
    atoms().map(str::to_owned).for_each(push);
}

/// The name of a sign that stands by itself.
fn sign(text: &str) -> Option<&'static str> {
    match text {
        "%" => Some("percent"),
        "$" | "€" | "£" | "¥" | "₹" => Some(MONEY_SIGN),
        _ => None,
    }
}

fn digits_of(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).collect()
}

/// What the writing says, or `Plain` when it says nothing.
fn shape(text: &str) -> Shape {
    let core = text.trim_matches(|c: char| !c.is_alphanumeric() && !"$€£¥₹%".contains(c));
    if core.len() > MAX_SHAPED {
        return Shape::Plain;
    }
    let money = core.trim_matches(['$', '€', '£', '¥', '₹']);
    if money.len() < core.len() && digits_and(money.trim_end_matches(['k', 'm']), ".,") {
        return Shape::Money;
    }
    if core.strip_suffix('%').is_some_and(|rest| digits_and(rest, ".,-")) {
        return Shape::Percent;
    }
    if let Some(shape) = suffixed(core) {
        return shape;
    }
    let lengths = |separator| core.split(separator).map(part_len).collect::<Option<Vec<_>>>();
    if let Some([1 | 2, 2] | [1 | 2, 2, 2]) = lengths(':').as_deref() {
        return Shape::Time;
    }
    match (lengths('/').as_deref(), lengths('-').as_deref()) {
        (Some([1 | 2, 1 | 2] | [1 | 2, 1 | 2, 2 | 4]), _) | (_, Some([4, 2, 2] | [1 | 2, 1 | 2, 4])) => {
            return Shape::Date;
        }
        (Some(_) | None, Some(_) | None) => {}
    }
    if let Some([1..=3, rest @ ..]) = lengths(',').as_deref()
        && !rest.is_empty()
        && rest.iter().all(|len| *len == 3)
    {
        return Shape::Thousands;
    }
    match lengths('.').as_deref() {
        Some([1 | 2, 1 | 2, 4] | [4, 2, 2]) => Shape::Date,
        Some([1..=4, 1 | 2]) => Shape::Decimal,
        Some(_) | None => Shape::Plain,
    }
}

fn suffixed(core: &str) -> Option<Shape> {
    let (number, suffix) = core.split_at_checked(core.find(|c: char| c.is_alphabetic())?)?;
    let suffix = suffix.replace('.', "");
    let number_len = number.bytes().filter(u8::is_ascii_digit).count();
    match suffix.as_str() {
        "st" | "nd" | "rd" | "th" if number_len <= 4 && digits_and(number, ",") => Some(Shape::Ordinal),
        "am" | "pm" if number_len <= 4 && digits_and(number, ":") => Some(Shape::Time),
        "k" | "m" | "g" | "s" | "x" | "h" | "hr" | "hrs" | "min" | "mins" | "gb" | "mb" | "tb" | "kg"
        | "lb" | "lbs" | "cm" | "mm" | "km" | "ft" | "in" | "mg" | "ml" | "oz" | "mph" | "d"
            if number_len <= 4 && digits_and(number, ".,") =>
        {
            Some(Shape::Measure)
        }
        _ => None,
    }
}

fn part_len(part: &str) -> Option<usize> {
    part.bytes().all(|b| b.is_ascii_digit()).then_some(part.len())
}

fn digits_and(text: &str, others: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_digit() || others.contains(c))
        && text.contains(|c: char| c.is_ascii_digit())
}

fn mixed_shape(atom: &str) -> Shape {
    let kinds = atom.chars().map(|c| c.is_ascii_digit());
    let turns = kinds.clone().zip(kinds.skip(1)).filter(|(a, b)| a != b).count();
    if turns >= 3 { Shape::Code } else { Shape::Mixed }
}

#[cfg(test)]
mod tests {
    use model::{MediaTime, Pii};

    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        let word = SpokenWord {
            text: Pii::new(text.to_owned()),
            start: MediaTime::ZERO,
            end: MediaTime::ZERO,
            confidence: 1.0,
        };
        tokens(&[word]).into_iter().map(|token| token.kind).collect()
    }

    fn written(digits: &str, shape: Shape) -> Vec<Kind> {
        vec![Kind::Written(digits.bytes().collect(), shape)]
    }

    #[test]
    fn punctuated_numerals_are_their_digits() {
        for (text, digits) in [
            ("4111-1111", "41111111"),
            ("(555)", "555"),
            ("010-0199.", "0100199"),
            ("1-0-0-0-1", "10001"),
            ("+15550100", "15550100"),
            ("４１１１", "4111"),
            ("555.010.0199", "5550100199"),
            ("123-45-6789", "123456789"),
        ] {
            assert_eq!(kinds(text), written(digits, Shape::Plain), "{text}");
        }
    }

    #[test]
    fn writing_tells_money_times_dates_and_measures() {
        for (text, digits, shape) in [
            ("$49.99,", "4999", Shape::Money),
            ("5%", "5", Shape::Percent),
            ("3:30", "330", Shape::Time),
            ("8pm.", "8", Shape::Time),
            ("12/05/1980", "12051980", Shape::Date),
            ("3.5", "35", Shape::Decimal),
            ("4,111", "4111", Shape::Thousands),
            ("21st", "21", Shape::Ordinal),
            ("5km", "5", Shape::Measure),
        ] {
            assert_eq!(kinds(text), written(digits, shape), "{text}");
        }
    }

    #[test]
    fn letters_and_digits_stay_together() {
        assert_eq!(kinds("A1B2C3"), written("123", Shape::Code));
        assert_eq!(kinds("x100"), written("100", Shape::Mixed));
    }

    #[test]
    fn joined_words_are_taken_apart() {
        use Class::{Tens, Unit};
        assert_eq!(kinds("twenty-five"), [Kind::Spoken(Tens(20)), Kind::Spoken(Unit(5))]);
        assert_eq!(kinds("four,one"), [Kind::Spoken(Unit(4)), Kind::Spoken(Unit(1))]);
        assert_eq!(kinds("fo\u{200b}ur"), [Kind::Spoken(Unit(4))]);
        assert_eq!(kinds("—"), []);
    }

    #[test]
    fn dotted_letters_are_one_word() {
        let [only] = &tokens(&[SpokenWord {
            text: Pii::new("a.m.".to_owned()),
            start: MediaTime::ZERO,
            end: MediaTime::ZERO,
            confidence: 1.0,
        }])[..] else {
            panic!("one token expected")
        };
        assert_eq!(only.text, "am");
    }
}
