//! `GetMedia` as it is: bodies that end at any byte, damage, errors, fragments twice.

use std::collections::BTreeSet;

use call::{Input, StartAt};
use mkv::{FragmentReader, Item, Limits};

use super::{rng::Rng, script::Stored};
use crate::support::{T0, number};

/// How one service behaves, the same for all its bodies.
#[derive(Clone, Debug)]
pub(crate) struct Manners {
    /// Chance that a body breaks at some byte.
    pub(crate) breaks: u64,
    /// Chance that a fragment is damaged on its way.
    pub(crate) damages: u64,
    /// Chance that an opening fails, or gives an error in the body.
    pub(crate) refuses: u64,
    /// From when to when no opening succeeds, in milliseconds after [`T0`].
    pub(crate) outage: Option<(i64, i64)>,
    /// Chance that a body begins one fragment too early.
    pub(crate) repeats: u64,
    /// A body without a new fragment for this long ends.
    pub(crate) quiet_end_ms: Option<i64>,
    /// A body ends at this age.
    pub(crate) max_age_ms: i64,
}

/// One open body.
#[derive(Debug)]
pub(crate) struct Body {
    reader: FragmentReader,
    next: usize,
    opened_ms: i64,
    quiet_since_ms: i64,
    /// Bytes until it breaks.
    budget: Option<usize>,
    error: Option<&'static str>,
}

/// The stream and what happened on its way.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) stored: Vec<Stored>,
    pub(crate) manners: Manners,
    /// Fragments that were damaged on their way.
    pub(crate) damaged: BTreeSet<u64>,
    pub(crate) rng: Rng,
}

impl Server {
    /// Opens a body; `None` when it fails.
    pub(crate) fn open(&mut self, start: &StartAt, now_ms: i64) -> Option<Body> {
        let out = self.manners.outage.is_some_and(|(from, to)| (from..to).contains(&now_ms));
        if out || self.rng.percent(self.manners.refuses) {
            return None;
        }
        let mut next = match start {
            StartAt::Earliest => 0,
            StartAt::AfterFragment(after) => self.position(|stored| number(stored.number) > *after),
            StartAt::ProducerTime(at) => {
                let at_ms = at.as_millis() - T0;
                self.position(|stored| stored.end_ms > at_ms)
            }
        };
        if next > 0 && self.rng.percent(self.manners.repeats) {
            next -= 1;
        }
        let error =
            self.rng.percent(self.manners.refuses).then(|| ["4000", "4503", "5000"][self.rng.index(3)]);
        let budget = self.rng.percent(self.manners.breaks).then(|| self.rng.index(400_000));
        let reader = FragmentReader::new(Limits::default());
        Some(Body { reader, next, opened_ms: now_ms, quiet_since_ms: now_ms, budget, error })
    }

    /// When something comes from this body next.
    pub(crate) fn due_ms(&self, body: &Body) -> i64 {
        if body.error.is_some() {
            return body.opened_ms;
        }
        let aged = body.opened_ms + self.manners.max_age_ms;
        let quiet = self.manners.quiet_end_ms.map_or(i64::MAX, |quiet| body.quiet_since_ms + quiet);
        let fragment = self.stored.get(body.next).map_or(i64::MAX, |stored| stored.available_ms);
        aged.min(fragment.max(body.opened_ms).min(quiet))
    }

    /// What comes from it, and whether it is still open.
    pub(crate) fn advance(&mut self, body: &mut Body, now_ms: i64) -> (Vec<Input>, bool) {
        let mut inputs = Vec::new();
        if let Some(error) = body.error {
            let tags = [(mkv::tag::ERROR_CODE, error)];
            let mut bytes = Vec::new();
            mkv::write::document_header(&mut bytes);
            mkv::write::unknown_size(&mut bytes, mkv::id::SEGMENT);
            mkv::write::tags(&mut bytes, mkv::write::Width::Four, &tags);
            body.reader.push(&bytes);
            return (finish(body, inputs, true), false);
        }
        let ready = self.stored.get(body.next).is_some_and(|stored| stored.available_ms <= now_ms);
        if now_ms >= body.opened_ms + self.manners.max_age_ms || !ready {
            return (finish(body, inputs, true), false);
        }
        let mut bytes = self.stored[body.next].bytes.clone();
        if self.rng.percent(self.manners.damages) {
            self.damage(body.next, &mut bytes);
        }
        body.next += 1;
        body.quiet_since_ms = now_ms;
        if let Some(budget) = &mut body.budget {
            if *budget < bytes.len() {
                body.reader.push(&bytes[..*budget]);
                let clean = self.rng.percent(50);
                return (finish(body, inputs, clean), false);
            }
            *budget -= bytes.len();
        }
        for piece in bytes.chunks(16 << 10) {
            body.reader.push(piece);
            take(body, &mut inputs);
        }
        (inputs, true)
    }

    /// Damage that a reader can see: the header of the document or of its cluster is gone.
    fn damage(&mut self, index: usize, bytes: &mut [u8]) {
        self.damaged.insert(self.stored[index].number);
        let cluster = bytes.windows(4).position(|id| id == [0x1f, 0x43, 0xb6, 0x75]).unwrap();
        let at = if self.rng.percent(50) { 0 } else { cluster };
        bytes[at..at + 4].fill(0);
    }

    fn position(&self, holds: impl Fn(&Stored) -> bool) -> usize {
        self.stored.iter().position(holds).unwrap_or(self.stored.len())
    }
}

fn take(body: &mut Body, inputs: &mut Vec<Input>) {
    while let Some(item) = body.reader.next() {
        inputs.push(match item {
            Item::Fragment(fragment) => Input::Fragment(fragment),
            Item::Damaged { skipped, reason, .. } => Input::Damaged { skipped, reason },
        });
    }
}

fn finish(body: &mut Body, mut inputs: Vec<Input>, clean: bool) -> Vec<Input> {
    take(body, &mut inputs);
    body.reader.finish();
    take(body, &mut inputs);
    inputs.push(if clean { Input::BodyClosed } else { Input::BodyFailed { retryable: true } });
    inputs
}
