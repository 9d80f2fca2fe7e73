//! What the words of one utterance look like: masks, runs of digits, letters one by one, addresses.

use events::{EntityKind, TranscriptUtterance, TranscriptWord};
use model::{MediaTime, Pii, SpokenWord};

use crate::{
    lexicon::{Class, is_counted, is_label, is_plural, leads_price, leads_year},
    token::{Kind, Shape, Token, tokens},
};

/// The most words that say nothing inside one number.
const MAX_BETWEEN: usize = 3;

/// Digits of one run beyond these are counted, not kept.
const MAX_KEPT: usize = 64;

/// Letters in a row that are a word spelled out: fewer are a name such as "ATM".
const SPELLED: usize = 4;

/// How far before its "at" or "dot" an address begins.
const LOCAL_PART: usize = 4;

/// The words of an utterance, as tokens. A masked stretch is one token that says nothing.
pub(super) struct Words {
    pub(super) tokens: Vec<Token>,
    /// What each word of the utterance hides.
    masks: Vec<Option<EntityKind>>,
}

/// Digits that belong together. Its digits print as nothing.
pub(super) struct Run {
    /// Tokens `first..=last`.
    pub(super) first: usize,
    pub(super) last: usize,
    /// How many digits it has.
    pub(super) count: usize,
    /// The digits, as far as they are known one by one.
    pub(super) digits: Vec<u8>,
    /// It is said as an amount: "two hundred", "1,200", "3.5".
    pub(super) amount: bool,
}

impl Words {
    pub(super) fn of(utterance: &TranscriptUtterance) -> Self {
        let mut all = Vec::with_capacity(utterance.words.len());
        for (n, word) in utterance.words.iter().enumerate() {
            if word.masked.is_some() {
                let text = String::new();
                all.push(Token { word: n, kind: Kind::Spoken(Class::Word), text, ends_sentence: false });
            } else {
                all.extend(tokens(&[spoken(word)]).into_iter().map(|token| Token { word: n, ..token }));
            }
        }
        Self { tokens: all, masks: utterance.words.iter().map(|word| word.masked).collect() }
    }

    /// Words of which none is masked.
    pub(super) fn clear(words: &[SpokenWord]) -> Self {
        Self { tokens: tokens(words), masks: Vec::new() }
    }

    /// What the token hides.
    pub(super) fn mask(&self, at: usize) -> Option<EntityKind> {
        self.tokens.get(at).and_then(|token| self.masks.get(token.word).copied().flatten())
    }

    fn class(&self, at: usize) -> Option<Class> {
        if self.mask(at).is_some() { None } else { self.tokens.get(at).and_then(Token::class) }
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// Words `from..to` of tokens `first..=last`.
    pub(super) fn words(&self, first: usize, last: usize) -> (usize, usize) {
        let word = |at: usize| self.tokens.get(at).map_or(0, |token| token.word);
        (word(first), word(last) + 1)
    }

    /// All runs in order.
    pub(super) fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut times = 1;
        for at in 0..self.tokens.len() {
            let near = runs.last().is_some_and(|run| self.goes_on(run, at));
            let Some(part) = self.part(at, near) else {
                times = if let Some(Class::Times(n)) = self.class(at) { usize::from(n).max(1) } else { 1 };
                continue;
            };
            let run = match runs.last_mut() {
                Some(run) if near => run,
                Some(_) | None => {
                    runs.push(Run { first: at, last: at, count: 0, digits: Vec::new(), amount: false });
                    let Some(run) = runs.last_mut() else { break };
                    run
                }
            };
            run.take(at, &part, std::mem::replace(&mut times, 1));
        }
        runs
    }

    /// Whether only words that say nothing stand between a run and a token.
    fn goes_on(&self, run: &Run, at: usize) -> bool {
        let between = run.last + 1..at;
        between.len() <= MAX_BETWEEN && between.into_iter().all(|at| self.is_quiet(at))
    }

    pub(super) fn is_quiet(&self, at: usize) -> bool {
        matches!(
            self.class(at),
            Some(
                Class::Filler
                    | Class::Link
                    | Class::Times(_)
                    | Class::Letter
                    | Class::Point
                    | Class::Oh
                    | Class::Homophone(_)
            )
        )
    }

    /// What a token adds to a number; `beside` when it stands in or after one.
    fn part(&self, at: usize, beside: bool) -> Option<Part<'_>> {
        if self.mask(at).is_some() {
            return None;
        }
        let token = self.tokens.get(at)?;
        match &token.kind {
            Kind::Written(digits, Shape::Plain | Shape::Mixed | Shape::Code) => Some(Part::Digits(digits)),
            Kind::Written(digits, Shape::Thousands | Shape::Decimal) => Some(Part::Amount(digits.len())),
            Kind::Written(
                _,
                Shape::Money | Shape::Percent | Shape::Time | Shape::Date | Shape::Ordinal | Shape::Measure,
            ) => None,
            Kind::Spoken(Class::Unit(n)) => Some(Part::Unit(*n)),
            Kind::Spoken(Class::Oh) if beside || self.starts_number(at + 1) => Some(Part::Unit(0)),
            Kind::Spoken(Class::Homophone(n)) if beside && self.starts_number(at + 1) => Some(Part::Unit(*n)),
            Kind::Spoken(Class::Teen(n)) => Some(Part::Pair(*n)),
            Kind::Spoken(Class::Tens(n)) => match self.class(at + 1) {
                // The next one adds the second digit.
                Some(Class::Unit(1..)) => Some(Part::Unit(n / 10)),
                _ => Some(Part::Pair(*n)),
            },
            Kind::Spoken(Class::Scale(_)) if beside => Some(Part::Amount(2)),
            Kind::Spoken(_) => None,
        }
    }

    fn starts_number(&self, at: usize) -> bool {
        self.mask(at).is_none() && self.tokens.get(at).is_some_and(Token::is_number)
    }

    /// Whether what stands around a run says that it counts or measures something.
    pub(super) fn is_measured(&self, run: &Run) -> bool {
        let after = self.text(run.last + 1);
        let amount = matches!(
            after,
            "dollars"
                | "dollar"
                | "bucks"
                | "cents"
                | "cent"
                | "euros"
                | "euro"
                | "pounds"
                | "pence"
                | "percent"
                | "quid"
                | "am"
                | "pm"
                | "oclock"
                | "degrees"
                | "thirty"
        );
        let time = run.first.checked_sub(1).is_some_and(|at| {
            matches!(
                self.text(at),
                "at" | "around" | "about" | "until" | "by" | "before" | "after" | "between"
            )
        });
        let ordinal = matches!(self.class(run.last + 1), Some(Class::Ordinal | Class::Month));
        let before = run.first.checked_sub(1).map_or("", |at| self.text(at));
        let named = (is_label(before) || leads_price(before) || is_plural(after)) && run.count <= 4;
        let year = self.is_year(run) && run.first.checked_sub(1).is_some_and(|at| leads_year(self.text(at)));
        amount || is_counted(after) || ordinal || year || named || (time && run.count <= 4)
    }

    /// "nineteen eighty four", "2024".
    pub(super) fn is_year(&self, run: &Run) -> bool {
        run.count == 4 && (run.digits.starts_with(b"19") || run.digits.starts_with(b"20"))
    }

    /// The kind of a masked stretch right before or after a run.
    pub(super) fn mask_beside(&self, run: &Run) -> Option<EntityKind> {
        let quiet_to = |mut at: usize, step: isize| {
            for _ in 0..=MAX_BETWEEN {
                at = at.checked_add_signed(step)?;
                if let Some(kind) = self.mask(at) {
                    return Some(kind);
                }
                if !self.is_quiet(at) {
                    return None;
                }
            }
            None
        };
        quiet_to(run.first, -1).or_else(|| quiet_to(run.last, 1)).filter(|kind| is_number(*kind))
    }

    /// The first token after which nothing but words that say nothing comes.
    pub(super) fn quiet_from(&self) -> usize {
        let quiet = (0..self.tokens.len()).rev().take_while(|at| self.is_quiet(*at)).count();
        self.tokens.len() - quiet
    }

    /// Tokens `first..=last` of letters one by one.
    pub(super) fn spelled(&self) -> Vec<(usize, usize)> {
        let mut out: Vec<(usize, usize)> = Vec::new();
        for at in (0..self.tokens.len()).filter(|at| self.class(*at) == Some(Class::Letter)) {
            match out.last_mut() {
                Some((_, last)) if *last + 1 == at => *last = at,
                Some(_) | None => out.push((at, at)),
            }
        }
        out.retain(|(first, last)| last - first + 1 >= SPELLED);
        out
    }

    /// Tokens `first..=last` of e-mail addresses, spoken or written, and whether there is no doubt.
    pub(super) fn addresses(&self, utterance: &TranscriptUtterance) -> Vec<(usize, usize, bool)> {
        let mut out = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let written = utterance.words.get(token.word).filter(|word| word.masked.is_none());
            let first_of_word = at
                .checked_sub(1)
                .and_then(|before| self.tokens.get(before))
                .is_none_or(|before| before.word != token.word);
            if first_of_word && written.is_some_and(|word| is_address(&word.text)) {
                let parts = self.tokens.iter().skip(at).take_while(|other| other.word == token.word).count();
                out.push((at, at + parts.max(1) - 1, true));
            } else if token.text == "dot" && is_domain_end(self.text(at + 1)) && self.mask(at + 1).is_none() {
                let from = at.saturating_sub(LOCAL_PART);
                let sign = (from..at).rev().find(|at| self.text(*at) == "at" && self.mask(*at).is_none());
                let mailer = at.checked_sub(1).is_some_and(|at| is_mailer(self.text(at)));
                match sign {
                    Some(sign) => out.push((self.local_part(sign), at + 1, true)),
                    None if mailer => out.push((self.local_part(at.saturating_sub(1)), at + 1, false)),
                    None => {}
                }
            }
        }
        out
    }

    /// Where the name before an "at" begins: masks and the beginning of the utterance end it.
    fn local_part(&self, sign: usize) -> usize {
        let from = sign.saturating_sub(LOCAL_PART);
        (from..sign).rev().take_while(|at| self.mask(*at).is_none()).last().unwrap_or(sign)
    }
}

/// What one token adds to a number.
enum Part<'a> {
    Digits(&'a [u8]),
    Unit(u8),
    Pair(u8),
    /// Digits that are part of an amount.
    Amount(usize),
}

impl Run {
    fn take(&mut self, at: usize, part: &Part<'_>, times: usize) {
        self.last = at;
        for _ in 0..times {
            match part {
                Part::Digits(digits) => self.push(digits),
                Part::Unit(n) => self.push(&[b'0'.saturating_add(*n)]),
                Part::Pair(n) => self.push(&[b'0'.saturating_add(n / 10), b'0'.saturating_add(n % 10)]),
                Part::Amount(count) => {
                    self.amount = true;
                    self.count += count;
                }
            }
        }
    }

    fn push(&mut self, digits: &[u8]) {
        self.count += digits.len();
        let room = MAX_KEPT.saturating_sub(self.digits.len());
        self.digits.extend(digits.iter().take(room));
    }
}

/// Whether a mask of this kind hides digits.
pub(super) const fn is_number(kind: EntityKind) -> bool {
    crate::slot::takes_digits(kind)
        && !matches!(kind, EntityKind::Age | EntityKind::Date | EntityKind::Password)
}

fn spoken(word: &TranscriptWord) -> SpokenWord {
    SpokenWord {
        text: Pii::new(word.text.clone()),
        start: MediaTime::ZERO,
        end: MediaTime::ZERO,
        confidence: word.confidence,
    }
}

fn is_address(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let named = name.chars().any(char::is_alphanumeric);
    named
        && host
            .split_once('.')
            .is_some_and(|(host, end)| !host.is_empty() && end.chars().any(char::is_alphabetic))
}

fn is_domain_end(text: &str) -> bool {
    matches!(
        text,
        "com"
            | "net"
            | "org"
            | "edu"
            | "gov"
            | "co"
            | "uk"
            | "us"
            | "ca"
            | "in"
            | "io"
            | "me"
            | "de"
            | "fr"
            | "es"
            | "it"
            | "au"
            | "info"
            | "biz"
            | "ie"
    )
}

fn is_mailer(text: &str) -> bool {
    matches!(
        text,
        "gmail" | "hotmail" | "yahoo" | "outlook" | "icloud" | "aol" | "protonmail" | "mail" | "live"
    )
}
