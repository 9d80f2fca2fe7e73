//! Judges the utterances of a call beside each other.

use std::collections::BTreeMap;

use events::{EntityKind, TranscriptUtterance};
use model::Channel;

use super::{
    Suspect,
    shapes::{Run, Words, is_number},
};
use crate::{
    cue::{self, Cue},
    slot,
};

/// As many digits are an amount only when they are said as one.
const LONG: usize = 7;

/// As many digits may be part of a number where one is near.
const SHORT: usize = 3;

/// How far a mask or a question for a number reaches, in milliseconds.
const NEAR_MS: u64 = 15_000;

/// How long a speaker may pause within one number, in milliseconds.
const BREATH_MS: u64 = 12_000;

/// How long after one side the other repeats it, in milliseconds.
const ECHO_MS: u64 = 60_000;

/// As many digits, the same on both sides, are a number that is read back.
const REPEATED: usize = 4;

struct Heard<'a> {
    utterance: &'a TranscriptUtterance,
    words: Words,
    runs: Vec<Run>,
    /// The last number that was asked for in it or announced, and the token after that.
    cues: Vec<(usize, Option<EntityKind>)>,
    has_number_mask: bool,
}

/// What is remembered of what came before an utterance.
#[derive(Default)]
struct Before {
    /// When a number was last masked.
    masked_ms: Option<u64>,
    /// Which number was last asked for, and when.
    asked: Option<(EntityKind, u64)>,
    /// Per channel: digits at the end of the last utterances.
    tail: [Option<Tail>; 2],
}

/// Digits that the next utterance of the same speaker may go on with.
struct Tail {
    count: usize,
    end_ms: u64,
    /// Where they are: utterance and run.
    parts: Vec<(usize, usize)>,
}

pub(super) fn judge(utterances: &[TranscriptUtterance]) -> Vec<Suspect> {
    let mut order: Vec<&TranscriptUtterance> = utterances.iter().collect();
    order.sort_by_key(|utterance| (utterance.start_ms, utterance.id));
    let heard: Vec<Heard<'_>> = order.into_iter().map(Heard::of).collect();
    let mut out = Vec::new();
    let next_mask = next_masks(&heard);
    let mut before = Before::default();
    for (n, one) in heard.iter().enumerate() {
        let mask_ahead = next_mask.get(n).copied().flatten();
        one.judge_runs(&before, mask_ahead, &mut out);
        one.judge_letters(&before, &mut out);
        one.judge_addresses(&mut out);
        before.split(n, &heard, &mut out);
        before.take(one);
    }
    repeated(&heard, &mut out);
    out
}

/// For each utterance, when the next number after it is masked.
fn next_masks(heard: &[Heard<'_>]) -> Vec<Option<u64>> {
    let mut next = None;
    let mut out: Vec<Option<u64>> = heard
        .iter()
        .rev()
        .map(|one| {
            let after = next;
            if one.has_number_mask {
                next = Some(one.utterance.start_ms);
            }
            after
        })
        .collect();
    out.reverse();
    out
}

impl<'a> Heard<'a> {
    fn of(utterance: &'a TranscriptUtterance) -> Self {
        let words = Words::of(utterance);
        let cues = cue::scan(&words.tokens)
            .into_iter()
            .map(|(at, cue)| match cue {
                Cue::Opens(kind) => (at, Some(kind)),
                Cue::LastFour => (at, Some(EntityKind::Number)),
                Cue::Counts => (at, None),
            })
            .collect();
        let runs = words.runs();
        let has_number_mask = utterance.words.iter().filter_map(|word| word.masked).any(is_number);
        Self { utterance, words, runs, cues, has_number_mask }
    }

    /// The number asked for before a token of this utterance; `Some(None)` when a harmless one was.
    fn cue_before(&self, at: usize) -> Option<Option<EntityKind>> {
        let until = self.cues.partition_point(|(after, _)| *after <= at);
        self.cues.get(until.checked_sub(1)?).map(|(_, kind)| *kind)
    }

    fn judge_runs(&self, before: &Before, mask_ahead: Option<u64>, out: &mut Vec<Suspect>) {
        for run in &self.runs {
            let harmless = self.words.is_measured(run) || (run.amount && run.count < LONG);
            let cue = self.cue_before(run.first);
            if run.count >= LONG && !(run.amount && self.words.is_measured(run)) {
                out.push(self.run(
                    run,
                    guess(run, cue.flatten()),
                    0.9,
                    true,
                    "seven digits or more in clear",
                ));
            } else if let Some(kind) = self.words.mask_beside(run).filter(|_| !harmless) {
                out.push(self.run(run, kind, 0.8, true, "digits right beside a masked number"));
            } else if run.count >= SHORT && !harmless {
                let announced = cue.flatten().filter(|kind| slot::takes_digits(*kind));
                if let Some(kind) = announced {
                    out.push(self.run(
                        run,
                        guess(run, Some(kind)),
                        0.7,
                        true,
                        "digits after words that announce a number",
                    ));
                } else if cue.is_none()
                    && let Some(kind) = self.expected(before, mask_ahead)
                    && !self.words.is_year(run)
                {
                    out.push(self.run(
                        run,
                        guess(run, Some(kind)),
                        0.5,
                        false,
                        "digits near a masked number or a question for one",
                    ));
                }
            }
        }
    }

    /// Whether a number is near: masked in this utterance, before it or after it, or asked for.
    fn expected(&self, before: &Before, mask_ahead: Option<u64>) -> Option<EntityKind> {
        let start = self.utterance.start_ms;
        let recent = |at: u64| start.saturating_sub(at) <= NEAR_MS;
        if let Some((kind, _)) = before.asked.filter(|(_, at)| recent(*at)) {
            return Some(kind);
        }
        let masked = self.has_number_mask
            || before.masked_ms.is_some_and(recent)
            || mask_ahead.is_some_and(|at| at.saturating_sub(self.utterance.end_ms) <= NEAR_MS);
        masked.then_some(EntityKind::Number)
    }

    fn judge_letters(&self, before: &Before, out: &mut Vec<Suspect>) {
        let asked = before.asked.filter(|(_, at)| self.utterance.start_ms.saturating_sub(*at) <= NEAR_MS);
        for (first, last) in self.words.spelled() {
            let kind = self.cue_before(first).flatten().or_else(|| asked.map(|(kind, _)| kind));
            if let Some(kind) = kind {
                out.push(self.suspect(first, last, kind, 0.6, false, "letters spelled after a question"));
            }
        }
    }

    fn judge_addresses(&self, out: &mut Vec<Suspect>) {
        for (first, last, certain) in self.words.addresses(self.utterance) {
            let (confidence, reason) = if certain {
                (0.95, "an e-mail address in clear")
            } else {
                (0.6, "the host of an e-mail address")
            };
            out.push(self.suspect(first, last, EntityKind::Email, confidence, certain, reason));
        }
    }

    fn run(
        &self,
        run: &Run,
        kind: EntityKind,
        confidence: f32,
        certain: bool,
        reason: &'static str,
    ) -> Suspect {
        self.suspect(run.first, run.last, kind, confidence, certain, reason)
    }

    fn suspect(
        &self,
        first: usize,
        last: usize,
        entity: EntityKind,
        confidence: f32,
        certain: bool,
        reason: &'static str,
    ) -> Suspect {
        let (from, to) = self.words.words(first, last);
        let words = self.utterance.words.get(from..to).unwrap_or_default();
        let from_ms = words.iter().map(|word| word.start_ms).min().unwrap_or(self.utterance.start_ms);
        let to_ms = words.iter().map(|word| word.end_ms).max().unwrap_or(self.utterance.end_ms);
        Suspect {
            utterance: self.utterance.id,
            from,
            to,
            from_ms,
            to_ms,
            entity,
            confidence,
            certain,
            reason,
        }
    }

    /// Nothing is said but digits and words that say nothing.
    fn is_bare(&self) -> bool {
        let mut at = 0;
        for run in &self.runs {
            if !(at..run.first).all(|at| self.words.is_quiet(at)) {
                return false;
            }
            at = run.last + 1;
        }
        at >= self.words.quiet_from()
    }
}

impl Before {
    fn take(&mut self, one: &Heard<'_>) {
        if one.has_number_mask {
            self.masked_ms = Some(one.utterance.end_ms);
        }
        if let Some((_, kind)) = one.cues.last() {
            self.asked = kind.map(|kind| (kind, one.utterance.end_ms));
        }
    }

    /// A number that is read in breaths, each too short to be one.
    fn split(&mut self, n: usize, heard: &[Heard<'_>], out: &mut Vec<Suspect>) {
        let Some(one) = heard.get(n) else { return };
        let Some(tail) = self.tail.get_mut(one.utterance.channel.index()) else { return };
        if one.runs.is_empty() {
            return;
        }
        let goes_on = one.is_bare();
        let earlier = tail
            .take()
            .filter(|tail| goes_on && one.utterance.start_ms.saturating_sub(tail.end_ms) <= BREATH_MS);
        let mut now = earlier.unwrap_or(Tail { count: 0, end_ms: 0, parts: Vec::new() });
        let quiet_from = one.words.quiet_from();
        // Of an utterance that says more, only what it ends with may go on.
        for (at, run) in one.runs.iter().enumerate() {
            let ends = run.last + 1 >= quiet_from;
            if (goes_on || ends) && !run.amount && !one.words.is_measured(run) {
                now.count += run.count;
                now.parts.push((n, at));
            }
        }
        now.end_ms = one.utterance.end_ms;
        if now.count >= LONG && now.parts.iter().any(|(of, _)| *of != n) {
            for (of, at) in now.parts.drain(..) {
                if let Some(one) = heard.get(of)
                    && let Some(run) = one.runs.get(at)
                {
                    out.push(one.run(run, EntityKind::Number, 0.8, true, "a number read in breaths"));
                }
            }
        }
        *tail = (now.count > 0).then_some(now);
    }
}

/// The same digits on both sides: a number that is read back.
fn repeated(heard: &[Heard<'_>], out: &mut Vec<Suspect>) {
    let mut seen: BTreeMap<&[u8], Vec<(usize, usize)>> = BTreeMap::new();
    for (n, one) in heard.iter().enumerate() {
        for (at, run) in one.runs.iter().enumerate() {
            let plain = run.digits.len() == run.count && !run.amount && !one.words.is_measured(run);
            if run.count >= REPEATED && plain && !one.words.is_year(run) {
                seen.entry(&run.digits).or_default().push((n, at));
            }
        }
    }
    let side = |n: usize| heard.get(n).map_or(Channel::Customer, |one| one.utterance.channel);
    let time = |n: usize| heard.get(n).map_or(0, |one| one.utterance.start_ms);
    for places in seen.values() {
        for pair in places.windows(2) {
            let &[(a, run_a), (b, run_b)] = pair else { continue };
            if side(a) == side(b) || time(b).saturating_sub(time(a)) > ECHO_MS {
                continue;
            }
            for (n, at) in [(a, run_a), (b, run_b)] {
                if let Some(one) = heard.get(n)
                    && let Some(run) = one.runs.get(at)
                {
                    out.push(one.run(run, guess(run, None), 0.6, false, "the same digits on both sides"));
                }
            }
        }
    }
}

fn guess(run: &Run, cue: Option<EntityKind>) -> EntityKind {
    match (run.count, cue) {
        (13..=19, _) => EntityKind::Card,
        (_, Some(kind)) if slot::takes_digits(kind) => kind,
        (9, _) => EntityKind::Ssn,
        (10, _) => EntityKind::Phone,
        _ => EntityKind::Number,
    }
}
