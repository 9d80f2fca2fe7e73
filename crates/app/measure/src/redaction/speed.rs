//! How fast words are masked, and texts.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::Context;
use dialogues::{Corpus, Half};
use hdrhistogram::Histogram;
use leak::{Script, strict_policy};
use redaction::{Redactor, redact_text};

use super::{RedactionBench, corpus::Documents};

/// Bytes of ordinary text to measure on for each call of the bench, and at the most.
const ORDINARY_BYTES: usize = 4 << 10;
const MAX_ORDINARY_BYTES: usize = 4 << 20;

/// How often each is measured, and how long at the least: the system counts processor time in ticks.
const ROUNDS: usize = 3;
const LEAST: Duration = Duration::from_millis(200);

/// The longest time for a word that is told from longer ones, in nanoseconds.
const MAX_WORD_NS: u64 = 10_000_000_000;

/// How long single words took.
#[derive(Debug)]
pub(super) struct Words(Histogram<u64>);

/// How fast.
#[derive(Debug)]
pub struct Speed {
    /// Nanoseconds from a word to its mask: of every partial and final.
    pub words: Histogram<u64>,
    /// Bytes a second of written text in which nothing is secret.
    pub ordinary: f64,
    /// Bytes a second of written text that is full of secrets.
    pub secrets: Option<f64>,
    /// Bytes a second of dialogues, as finals.
    pub spoken: Option<f64>,
    /// Bytes a second of a copy of the ordinary text in lower case that counts digits: what it costs to look at each
    /// character once.
    pub scan: f64,
}

impl Words {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, MAX_WORD_NS, 3).context("a histogram cannot be made")?))
    }

    pub(super) fn timed<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let out = black_box(work());
        self.0.saturating_record(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
        out
    }
}

pub(super) fn measure(sets: &[Documents], bench: &RedactionBench, words: Words) -> Speed {
    let ordinary = ordinary(bench);
    let secrets: String =
        sets.iter().flat_map(|set| &set.texts).flat_map(|text| [text.text.as_str(), "\n"]).collect();
    let rate = |bytes: usize, taken: Duration| bytes as f64 / taken.as_secs_f64().max(1e-9);
    let of_text =
        |text: &str| rate(text.len(), fastest(|| drop(black_box(redact_text(text, strict_policy())))));
    Speed {
        words: words.0,
        ordinary: of_text(&ordinary),
        secrets: (!secrets.is_empty()).then(|| of_text(&secrets)),
        spoken: spoken(sets).map(|(bytes, taken)| rate(bytes, taken)),
        scan: rate(ordinary.len(), fastest(|| drop(black_box(scan(&ordinary))))),
    }
}

fn ordinary(bench: &RedactionBench) -> String {
    let corpus = Corpus::new(bench.seed, Half::Tune);
    let calls = usize::try_from(bench.calls).unwrap_or(usize::MAX);
    let length = ORDINARY_BYTES.saturating_mul(calls).min(MAX_ORDINARY_BYTES);
    let mut out = String::new();
    for n in 0.. {
        if out.len() >= length {
            break;
        }
        out.push_str(&corpus.ordinary(n).text);
        out.push('\n');
    }
    out
}

/// Every final of every dialogue.
fn spoken(sets: &[Documents]) -> Option<(usize, Duration)> {
    let calls = || sets.iter().flat_map(|set| &set.dialogues);
    let steps: Vec<Vec<_>> = calls().map(|call| Script::finals(call).collect()).collect();
    let bytes = calls().flat_map(|call| &call.turns).map(|turn| turn.text().len() + 1).sum();
    let policy = strict_policy();
    (bytes > 0).then(|| {
        let taken = fastest(|| {
            for call in &steps {
                let mut redactor = Redactor::new(policy.clone());
                for step in call {
                    black_box(redactor.redact(&step.utterance, step.participant));
                }
            }
        });
        (bytes, taken)
    })
}

/// The least processor time of a few rounds: other programs on the machine are not measured with us.
fn fastest(mut work: impl FnMut()) -> Duration {
    let once = |()| {
        let (mut times, start, before) = (0_u32, Instant::now(), processor_time());
        while start.elapsed() < LEAST || times == 0 {
            work();
            times += 1;
        }
        let spent = processor_time().zip(before).map(|(after, before)| after.saturating_sub(before));
        spent.unwrap_or_else(|| start.elapsed()) / times
    };
    [(); ROUNDS].map(once).into_iter().min().unwrap_or_default()
}

/// What this thread has taken of the processor, where the system tells it.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Looks at each character once.
fn scan(text: &str) -> (String, usize) {
    let mut digits = 0;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        digits += usize::from(c.is_ascii_digit());
        out.push(c.to_ascii_lowercase());
    }
    (out, digits)
}

impl Speed {
    /// Lines for people.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let us = |quantile: f64| self.words.value_at_quantile(quantile) as f64 / 1_000.0;
        let mut out = Vec::new();
        if !self.words.is_empty() {
            out.push(format!(
                "word to mask   p50 {:.1} us, p99 {:.1} us, p99.9 {:.1} us, longest {:.1} us, of {} versions of utterances",
                us(0.5),
                us(0.99),
                us(0.999),
                self.words.max() as f64 / 1_000.0,
                self.words.len(),
            ));
        }
        let mut rate = |what: &str, bytes: f64| {
            let times = self.scan / bytes.max(1.0);
            out.push(format!(
                "{what} {:.1} MB/s of one core; a plain scan is {times:.0} times as fast",
                bytes / 1e6
            ));
        };
        rate("ordinary text ", self.ordinary);
        if let Some(secrets) = self.secrets {
            rate("text of secrets", secrets);
        }
        if let Some(spoken) = self.spoken {
            rate("spoken finals ", spoken);
        }
        out
    }
}
