//! Codes of letters and digits, written or spelled: "a b c one two three", "b for bravo", "AB123456C".

use events::EntityKind;

use super::{Hidden, MAX_CANDIDATES, MAX_INTRODUCTION, Scene, Verdict};
use crate::{
    echo::NGRAM,
    lexicon::{Class, is_counted, is_label, is_phonetic},
    slot,
    token::{Kind, Shape, Token},
    view::Span,
};

/// How many words that say nothing may stand between two parts of a code.
const MAX_GAP: usize = 3;

/// How many characters of a code are looked at to name it.
const MAX_NAMED: usize = 24;

/// The longest group of letters that is read as letters: "ABC", "qxz".
const MAX_GROUP: usize = 5;

/// The most letters and digits of what is numbered in public: flight "LH1234".
const MAX_LABELLED: usize = 6;

/// One part of a code.
struct Part {
    /// How many tokens it takes.
    len: usize,
    letters: usize,
    digits: usize,
    /// It is a letter only beside other parts: "a", "i", "mike".
    doubtful: bool,
    /// It is mostly a word: "a", "i".
    weak: bool,
    /// It is one only where a code is expected.
    expected_only: bool,
}

/// Tokens `first..=last` are parts of one code.
#[derive(Default)]
struct Code {
    first: usize,
    last: usize,
    letters: usize,
    doubtful: usize,
    weak: usize,
    digits: usize,
    parts: usize,
    /// The first token that is no digit.
    first_letter: Option<usize>,
    expected_only: bool,
    /// The last part is a doubtful letter after digits.
    ends_doubtful: bool,
    /// The last token of the part before the last.
    before_last: usize,
    chars: Vec<u8>,
}

impl Scene<'_> {
    /// Hides codes, and holds back what may become one at the end of a partial.
    pub(super) fn hide_codes(&self, verdict: &mut Verdict) {
        // Which words the runs hide.
        let mut known = vec![false; self.words.len()];
        for span in &verdict.spans {
            known.get_mut(span.from..span.to).unwrap_or_default().fill(true);
        }
        let mut at = 0;
        while at < self.tokens.len() {
            let Some(code) = self.code(at) else {
                at += 1;
                continue;
            };
            verdict.steps += code.last + 1 - at;
            at = code.last + 1;
            if code.letters == 0 {
                continue;
            }
            let slot = self.code_slot(code.first);
            let expected = slot.is_some_and(|slot| slot != EntityKind::Number);
            if self.is_hidden_code(&code, slot) {
                self.hide_code(&code, slot, &known, verdict);
            } else if self.may_become_code(&code, expected) {
                let word = self.words(code.first, code.last).0;
                verdict.held_from = Some(verdict.held_from.map_or(word, |held| held.min(word)));
            }
        }
    }

    /// The longest code that begins at `first`.
    fn code(&self, first: usize) -> Option<Code> {
        let mut code = Code { first, last: first, ..Code::default() };
        let (mut at, mut gap) = (first, 0);
        while let Some(token) = self.token(at) {
            if let Some(part) = self.part(at) {
                let spells = self.token(at + 2).and_then(Token::class) == Some(Class::Letter);
                let may_gloss =
                    code.parts > 0 || ((!part.doubtful || spells) && self.code_slot(first).is_some());
                let gloss =
                    usize::from(may_gloss && part.letters == 1 && part.len == 1 && self.is_glossed(at));
                code.take(&part, at);
                self.spell(at, &mut code.chars);
                at += part.len + gloss;
                code.last = at - 1;
                gap = 0;
            } else if code.parts > 0 && gap < MAX_GAP && is_gap(token) {
                at += 1;
                gap += 1;
            } else {
                break;
            }
        }
        self.trim(&mut code);
        (code.parts > 0).then_some(code)
    }

    /// "I" and "a" after digits are words where something follows: "one two three i think".
    fn trim(&self, code: &mut Code) {
        let glossed = |token: &Token| {
            self.partial
                && code.last + 2 >= self.tokens.len()
                && token.is(&["as", "for", "like", "in", "is", "from"])
        };
        let follows = self.token(code.last + 1).is_some_and(|token| !is_gap(token) && !glossed(token));
        let word = self.token(code.last).is_some_and(|token| token.is(&["a", "i"]));
        if follows
            && word
            && code.ends_doubtful
            && code.known_form().is_none()
            && code.parts > 1
            && code.before_last < code.last
        {
            code.last = code.before_last;
            code.letters -= 1;
            code.doubtful -= 1;
            code.weak -= 1;
            code.chars.pop();
        }
    }

    fn part(&self, at: usize) -> Option<Part> {
        let token = self.token(at)?;
        let part = |len, letters, digits| Part {
            len,
            letters,
            digits,
            doubtful: false,
            weak: false,
            expected_only: false,
        };
        match &token.kind {
            Kind::Written(digits, Shape::Plain) => return Some(part(1, 0, digits.len())),
            Kind::Written(digits, Shape::Mixed | Shape::Code) => {
                return Some(part(1, token.text.chars().count() - digits.len(), digits.len()));
            }
            Kind::Written(digits, Shape::Measure | Shape::Ordinal | Shape::Time) if self.is_inward(at) => {
                return Some(part(1, 2, digits.len()));
            }
            Kind::Written(..) => return None,
            Kind::Spoken(_) => {}
        }
        match token.class()? {
            Class::Oh if self.explanation(at) > 0 => Some(part(1 + self.explanation(at), 1, 0)),
            Class::Unit(_) | Class::Oh | Class::Scale(_) => Some(part(1, 0, 1)),
            // "Sixty three" has two digits.
            Class::Tens(_) if matches!(self.token(at + 1).and_then(Token::class), Some(Class::Unit(1..))) => {
                Some(part(1, 0, 1))
            }
            Class::Teen(_) | Class::Tens(_) => Some(part(1, 0, 2)),
            Class::Times(times) => {
                let next = self.token(at + 1)?;
                let letter = next.class() == Some(Class::Letter) || next.is(&["a", "i"]);
                letter.then(|| part(2, usize::from(times), 0))
            }
            Class::Letter => Some(part(1 + self.explanation(at), 1, 0)),
            Class::Homophone(_) if self.is_between_digits(at) => Some(part(1, 0, 1)),
            Class::Homophone(_)
            | Class::Point
            | Class::Filler
            | Class::Link
            | Class::Ordinal
            | Class::Month
            | Class::Word => self.word_part(at),
        }
    }

    /// A letter that is also a word.
    fn word_part(&self, at: usize) -> Option<Part> {
        let token = self.token(at)?;
        let part = |len, letters| Part {
            len,
            letters,
            digits: 0,
            doubtful: false,
            weak: false,
            expected_only: false,
        };
        if token.is(&["a", "i"]) {
            let explained = self.explanation(at);
            let bare = explained == 0;
            return Some(Part { doubtful: bare, weak: bare, ..part(1 + explained, 1) });
        }
        if token.is(&["capital", "uppercase", "lowercase"]) {
            return (self.token(at + 1)?.class() == Some(Class::Letter)).then(|| part(2, 1));
        }
        if is_phonetic(&token.text) && !self.is_month_of_date(at) {
            return Some(Part { doubtful: true, ..part(1, 1) });
        }
        self.is_group(at).then(|| Part { expected_only: true, ..part(1, token.text.len()) })
    }

    /// "9HR", "1ST", "4PM": the second half of a UK postcode, after its first.
    fn is_inward(&self, at: usize) -> bool {
        let Some((before, token)) =
            at.checked_sub(1).and_then(|before| self.token(before)).zip(self.token(at))
        else {
            return false;
        };
        let written = self.words.get(token.word).map_or("", |word| word.text.expose().as_str());
        matches!(before.kind, Kind::Written(_, Shape::Mixed | Shape::Code))
            && token.text.trim_end_matches('.').len() == 3
            && token.text.bytes().take(1).all(|b| b.is_ascii_digit())
            && !written.chars().any(char::is_lowercase)
    }

    /// "November" that is no letter: none stands beside it.
    fn is_month_of_date(&self, at: usize) -> bool {
        let spelled = |at: usize| {
            self.token(at).is_some_and(|token| {
                token.class() == Some(Class::Letter)
                    || (is_phonetic(&token.text) && token.class() != Some(Class::Month))
            })
        };
        self.token(at).and_then(Token::class) == Some(Class::Month)
            && !at.checked_sub(1).is_some_and(spelled)
            && !spelled(at + 1)
            && self.is_dated(at)
    }

    /// How many tokens after a letter say which one it is: "for bravo", "as in alpha", "ray" after "x".
    fn explanation(&self, at: usize) -> usize {
        let Some(letter) = self.text(at).chars().next() else { return 0 };
        let fits = |n: usize| {
            let word = self.text(at + n);
            word.len() > 1 && word.starts_with(letter)
        };
        match (self.text(at + 1), self.text(at + 2)) {
            ("as" | "is", "in" | "for" | "from")
                if fits(3) || (self.text(at + 1) == "as" && self.token(at + 3).is_some()) =>
            {
                // "X as in x ray".
                3 + usize::from(self.text(at + 3) == "x" && self.text(at + 4) == "ray")
            }
            ("for" | "like" | "as" | "in" | "from", _) if fits(2) => 2,
            ("for" | "like", "x") if letter == 'x' && self.text(at + 3) == "ray" => 3,
            ("ray", _) if letter == 'x' => 1,
            _ => 0,
        }
    }

    /// "S sam": a letter and its word, amid a code.
    fn is_glossed(&self, at: usize) -> bool {
        let (letter, word) = (self.text(at), self.text(at + 1));
        let goes_on =
            |token: &Token| token.is_number() || matches!(token.class(), Some(Class::Letter | Class::Oh));
        let amid = self.token(at + 2).is_none_or(goes_on);
        amid && word.len() >= 3
            && word.starts_with(letter)
            && self.token(at + 1).and_then(Token::class) == Some(Class::Word)
    }

    fn is_between_digits(&self, at: usize) -> bool {
        let digit = |at: usize| {
            self.token(at).is_some_and(|token| token.is_number() || token.class() == Some(Class::Oh))
        };
        at.checked_sub(1).is_some_and(digit) && digit(at + 1)
    }

    /// A few letters written together that are no word: "ABC" amid lower case, "bcd".
    fn is_group(&self, at: usize) -> bool {
        let Some(token) = self.token(at).filter(|token| (2..=MAX_GROUP).contains(&token.text.len())) else {
            return false;
        };
        let written = self.words.get(token.word).map_or("", |word| word.text.expose().as_str());
        let capital = || written.chars().any(char::is_uppercase) && !written.chars().any(char::is_lowercase);
        if token.class() != Some(Class::Word) {
            // "ON 0642488".
            let number = self.token(at + 1).is_some_and(|next| matches!(next.kind, Kind::Written(..)));
            return number && capital();
        }
        let consonants = !token.text.contains(['a', 'e', 'i', 'o', 'u', 'y']);
        (consonants || capital())
            && token.text.bytes().all(|b| b.is_ascii_lowercase())
            && !is_counted(&token.text)
            && !token.is(&["mr", "mrs", "ms", "dr", "vs", "tv", "pc", "st", "pls", "thx", "hmm"])
    }

    /// The newest open slot whose answer may have letters.
    fn code_slot(&self, first: usize) -> Option<EntityKind> {
        let open = self.slots.partition_point(|(from, _)| *from <= first);
        let newest = self.slots.get(..open).unwrap_or_default().iter().rev().take(MAX_CANDIDATES);
        let slot = newest.map(|(_, slot)| *slot).find(|slot| slot::takes_letters(*slot));
        slot.or_else(|| self.unfinished.filter(|kind| slot::takes_letters(*kind) && first == 0))
    }

    fn is_hidden_code(&self, code: &Code, slot: Option<EntityKind>) -> bool {
        // "A", "I", and "mike" count beside another letter.
        let letters = if code.doubtful == code.letters && code.letters == 1 { 0 } else { code.letters };
        let label = code.first.checked_sub(1).filter(|before| is_label(self.text(*before)));
        let labelled = label.is_some() && code.digits + letters <= MAX_LABELLED;
        if labelled && !self.is_cued_at(code.first) {
            return false;
        }
        if self.is_echoed(code) {
            return true;
        }
        match slot {
            None => {
                let letters = code.letters - code.weak;
                let told = !code.expected_only && letters >= 2 && code.digits >= 2;
                told && (code.digits + letters >= 6 || code.known_form().is_some())
            }
            Some(EntityKind::Number) => {
                let letters = code.letters - code.weak;
                !code.expected_only && letters >= 2 && (code.digits >= 1 || letters >= 3)
            }
            Some(_) => self.is_expected_code(code, letters),
        }
    }

    /// Whether what may be a code is one where one is expected.
    fn is_expected_code(&self, code: &Code, letters: usize) -> bool {
        let ends = self.reaches_end(code);
        let phonetic = is_phonetic(self.text(code.first));
        // A single letter at the end of a partial is no word, and none that goes on a code.
        if ends && (letters > 0 || phonetic) && (self.partial || self.unfinished.is_some()) {
            return true;
        }
        if self.answers(code.first) {
            // "A two hour flight".
            let counted = is_counted(self.known(code.last + 1));
            return ends || letters > 0 || (code.digits > 0 && !counted);
        }
        letters >= 2 && (!code.expected_only || code.digits >= 1)
            || code.digits >= 1 && (letters >= 1 || phonetic)
    }

    /// Four characters in a row were hidden before; the first four where only the first is a letter.
    fn is_echoed(&self, code: &Code) -> bool {
        let all = code.letters > code.doubtful || code.letters > 1;
        let looked_at = if all { &code.chars[..] } else { code.chars.get(..NGRAM).unwrap_or_default() };
        looked_at.len() >= NGRAM && self.echo.kind_of(looked_at).is_some()
    }

    /// Nothing but words that say nothing stand before `at` since the last cue, or since the beginning.
    fn answers(&self, at: usize) -> bool {
        let open = self.slots.partition_point(|(from, _)| *from <= at);
        let cue = open.checked_sub(1).and_then(|newest| self.slots.get(newest)).map_or(0, |(from, _)| *from);
        at - cue <= MAX_INTRODUCTION && (cue..at).all(|at| self.is_quiet(at))
    }

    /// What may be the beginning of a code at the end of a partial: letters whose digits are yet to come, or "a" and
    /// "i" where one is expected.
    fn may_become_code(&self, code: &Code, expected: bool) -> bool {
        self.partial
            && self.reaches_end(code)
            && !code.expected_only
            && (expected || code.letters > code.weak)
    }

    /// Whether the code may go on after what was heard.
    fn reaches_end(&self, code: &Code) -> bool {
        let goes_on = |token: &Token| {
            is_gap(token)
                || matches!(token.class(), Some(Class::Times(_)))
                || (self.partial && token.is(&["as", "in", "is", "for", "like", "from"]))
        };
        code.last + 1 + MAX_GAP >= self.tokens.len()
            && (code.last + 1..self.tokens.len()).all(|at| self.token(at).is_some_and(goes_on))
    }

    fn hide_code(&self, code: &Code, slot: Option<EntityKind>, known: &[bool], verdict: &mut Verdict) {
        let echoed = self.echo.kind_of(&code.chars).filter(|kind| *kind != EntityKind::Number);
        let kind = code.known_form().or(echoed).or_else(|| slot.filter(|slot| *slot != EntityKind::Number));
        // Digits before the first letter are no part of a code that nobody asked for.
        let first = if slot.is_none() { code.first_letter.unwrap_or(code.first) } else { code.first };
        let (from, to) = self.words(first, code.last);
        let (confidence, reason) = match (code.known_form(), slot) {
            (Some(_), _) => (94, "letters and digits in a known form"),
            (None, Some(_)) => (93, "letters and digits where they are expected"),
            (None, None) => (75, "letters and digits in a row"),
        };
        let kind = kind.unwrap_or(EntityKind::Reference);
        let known = known.get(from..to).unwrap_or_default().contains(&true);
        verdict.spans.push(Span { from, to, kind, confidence, reason });
        let open = self.reaches_end(code);
        let digits =
            if known { Vec::new() } else { code.chars.iter().copied().filter(u8::is_ascii_digit).collect() };
        let code_chars = code.chars.clone();
        verdict.hidden.push(Hidden { digits, code: code_chars, kind, slot, leading: code.first == 0, open });
    }

    /// Adds the characters of the part at `at`.
    fn spell(&self, at: usize, out: &mut Vec<u8>) {
        let Some(token) = self.token(at).filter(|_| out.len() < MAX_NAMED) else { return };
        match &token.kind {
            Kind::Written(..) => {
                out.extend(token.text.bytes().filter(u8::is_ascii_alphanumeric).take(MAX_NAMED))
            }
            Kind::Spoken(Class::Unit(value) | Class::Homophone(value)) => out.push(b'0' + value),
            Kind::Spoken(Class::Oh) => out.push(b'0'),
            Kind::Spoken(Class::Teen(value)) => out.extend([b'0' + value / 10, b'0' + value % 10]),
            Kind::Spoken(Class::Tens(value)) => {
                out.push(b'0' + value / 10);
                if !matches!(self.token(at + 1).and_then(Token::class), Some(Class::Unit(1..))) {
                    out.push(b'0');
                }
            }
            Kind::Spoken(Class::Times(times)) => {
                let letter = self.text(at + 1).bytes().next();
                out.extend(letter.into_iter().cycle().take(usize::from(*times)));
            }
            Kind::Spoken(_) if self.is_group(at) => out.extend(token.text.bytes()),
            Kind::Spoken(_) => out.extend(token.text.bytes().take(1)),
        }
        out.truncate(MAX_NAMED);
    }
}

impl Code {
    fn take(&mut self, part: &Part, at: usize) {
        self.ends_doubtful = part.doubtful && self.chars.last().is_some_and(u8::is_ascii_digit);
        self.before_last = if self.parts == 0 { at } else { self.last };
        self.parts += 1;
        self.letters += part.letters;
        self.digits += part.digits;
        self.doubtful += if part.doubtful { part.letters } else { 0 };
        self.weak += usize::from(part.weak);
        if part.letters > 0 && !part.weak {
            self.first_letter = self.first_letter.or(Some(at));
        }
        self.expected_only |= part.expected_only;
    }

    /// The kind of a code that is written in a way of its own.
    fn known_form(&self) -> Option<EntityKind> {
        let form: Vec<u8> = self.chars.iter().map(|c| if c.is_ascii_digit() { b'9' } else { b'a' }).collect();
        match &form[..] {
            // UK national insurance.
            b"aa999999a" => Some(EntityKind::GovernmentId),
            // Indian PAN.
            b"aaaaa9999a" => Some(EntityKind::TaxId),
            // IFSC.
            [b'a', b'a', b'a', b'a', ..] if self.chars.len() == 11 && self.chars.get(4) == Some(&b'0') => {
                Some(EntityKind::RoutingNumber)
            }
            // UK and Canadian postcodes.
            b"a99aa" | b"a999aa" | b"aa99aa" | b"aa999aa" | b"a9a9aa" | b"aa9a9aa" | b"a9a9a9" => {
                Some(EntityKind::Postcode)
            }
            _ => None,
        }
    }
}

/// What may stand between two parts of a code.
fn is_gap(token: &Token) -> bool {
    token.class() == Some(Class::Filler) && !token.is(&["and", "no", "so", "well", "like", "plus"])
        || token.class() == Some(Class::Point)
        || token.is(&["letter", "letters"])
}
