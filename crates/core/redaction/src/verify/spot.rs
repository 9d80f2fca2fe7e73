//! Digits heard where none should be: in a redacted recording that was recognised again.

use events::TranscriptUtterance;
use model::{Channel, MediaTime, Utterance};

use super::shapes::Words;
use crate::{
    lexicon::Class,
    token::{Kind, Token, tokens},
};

/// So many digits within [`WINDOW_MS`] are a finding.
pub const MIN_SPOTTED: usize = 3;

const WINDOW_MS: u64 = 5_000;

/// How far two recognitions place the same word apart, in milliseconds.
const SLACK_MS: u64 = 700;

/// Digits that were heard. Holds none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardDigits {
    /// The channel.
    pub channel: Channel,
    /// Where they start on the call's timeline, in milliseconds.
    pub from_ms: u64,
    /// Where they end.
    pub to_ms: u64,
    /// How many.
    pub digits: usize,
}

/// Stretches of time, in order and apart.
struct Stretches(Vec<(u64, u64)>);

impl Stretches {
    fn new(mut all: Vec<(u64, u64)>) -> Self {
        all.sort_unstable();
        let mut out: Vec<(u64, u64)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match out.last_mut() {
                Some((_, last)) if from <= *last => *last = (*last).max(to),
                Some(_) | None => out.push((from, to)),
            }
        }
        Self(out)
    }

    fn touches(&self, from: u64, to: u64) -> bool {
        let after = self.0.partition_point(|(_, end)| *end <= from);
        self.0.get(after).is_some_and(|(start, _)| *start < to)
    }
}

struct Digit {
    from_ms: u64,
    to_ms: u64,
    count: usize,
}

/// Digits in what was heard again, outside of `masks`, that the transcript does not show at the same place: there they
/// were judged harmless. Without a transcript every digit counts but those of amounts and times.
///
/// Simpler than the redaction on purpose: it knows twelve words and numerals, and no context that could excuse them.
#[must_use]
pub fn spot_digits(
    heard: &[Utterance],
    masks: &[(Channel, MediaTime, MediaTime)],
    shown: Option<&[TranscriptUtterance]>,
) -> Vec<HeardDigits> {
    let mut out = Vec::new();
    for channel in Channel::ALL {
        let known = shown.map(|shown| shown_digits(shown, channel));
        let masked = masks.iter().filter(|(of, ..)| *of == channel);
        let masked = Stretches::new(masked.map(|(_, from, to)| (from.as_millis(), to.as_millis())).collect());
        let mut digits: Vec<Digit> = heard
            .iter()
            .filter(|utterance| utterance.id.channel() == channel)
            .flat_map(
                |utterance| if known.is_some() { all_digits(utterance) } else { plain_digits(utterance) },
            )
            .filter(|digit| !masked.touches(digit.middle(), digit.middle() + 1))
            .filter(|digit| {
                !known.as_ref().is_some_and(|known| known.touches(digit.from_ms, digit.to_ms + 1))
            })
            .collect();
        digits.sort_by_key(|digit| digit.from_ms);
        group(channel, &digits, &mut out);
    }
    out
}

impl Digit {
    /// In a mask it is what a recogniser makes of a tone.
    const fn middle(&self) -> u64 {
        u64::midpoint(self.from_ms, self.to_ms)
    }
}

fn group(channel: Channel, digits: &[Digit], out: &mut Vec<HeardDigits>) {
    let mut first = 0;
    for (n, digit) in digits.iter().enumerate() {
        while digits.get(first).is_some_and(|old| old.from_ms + WINDOW_MS < digit.from_ms) {
            first += 1;
        }
        let within = digits.get(first..=n).unwrap_or_default();
        if within.iter().map(|digit| digit.count).sum::<usize>() < MIN_SPOTTED {
            continue;
        }
        let from_ms = within.first().map_or(digit.from_ms, |digit| digit.from_ms);
        match out.last_mut() {
            Some(last) if last.channel == channel && from_ms <= last.to_ms => {
                last.to_ms = last.to_ms.max(digit.to_ms);
                last.digits += digit.count;
            }
            Some(_) | None => out.push(HeardDigits {
                channel,
                from_ms,
                to_ms: digit.to_ms,
                digits: within.iter().map(|digit| digit.count).sum(),
            }),
        }
    }
}

/// Every word that may be digits.
fn all_digits(utterance: &Utterance) -> Vec<Digit> {
    digit_words(utterance).into_iter().filter_map(|(word, count)| digit(utterance, word, count)).collect()
}

/// Words and how many digits they may be.
fn digit_words(utterance: &Utterance) -> Vec<(usize, usize)> {
    let count = |token: &Token| match &token.kind {
        Kind::Written(digits, _) => digits.len(),
        Kind::Spoken(Class::Unit(_) | Class::Oh) => 1,
        Kind::Spoken(Class::Teen(_) | Class::Tens(_)) => 2,
        Kind::Spoken(_) => 0,
    };
    let tokens = tokens(&utterance.words);
    tokens.iter().map(|token| (token.word, count(token))).filter(|(_, count)| *count > 0).collect()
}

/// Those of runs that are neither amounts nor measured.
fn plain_digits(utterance: &Utterance) -> Vec<Digit> {
    let words = Words::clear(&utterance.words);
    let runs = words.runs();
    let plain = runs.iter().filter(|run| !run.amount && !words.is_measured(run) && !words.is_year(run));
    let within: Vec<(usize, usize)> = plain.map(|run| words.words(run.first, run.last)).collect();
    let mut within = within.into_iter().peekable();
    let is_plain = |(word, _): &(usize, usize)| {
        while within.next_if(|(_, to)| to <= word).is_some() {}
        within.peek().is_some_and(|(from, _)| from <= word)
    };
    digit_words(utterance)
        .into_iter()
        .filter(is_plain)
        .filter_map(|(word, count)| digit(utterance, word, count))
        .collect()
}

fn digit(utterance: &Utterance, word: usize, count: usize) -> Option<Digit> {
    let word = utterance.words.get(word)?;
    Some(Digit { from_ms: word.start.as_millis(), to_ms: word.end.as_millis(), count })
}

/// Where the transcript shows digits in clear, and what may be digits.
fn shown_digits(shown: &[TranscriptUtterance], channel: Channel) -> Stretches {
    let mut out = Vec::new();
    for utterance in shown.iter().filter(|utterance| utterance.channel == channel) {
        let words = Words::of(utterance);
        for (at, token) in words.tokens.iter().enumerate() {
            let says_number = token.is_number()
                || matches!(
                    token.class(),
                    Some(Class::Oh | Class::Homophone(_) | Class::Ordinal | Class::Month)
                );
            if let Some(word) =
                utterance.words.get(token.word).filter(|_| says_number && words.mask(at).is_none())
            {
                out.push((word.start_ms.saturating_sub(SLACK_MS), word.end_ms.saturating_add(SLACK_MS)));
            }
        }
    }
    Stretches::new(out)
}
