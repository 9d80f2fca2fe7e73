//! `ListFragments` and `GetMediaForFragmentList` as the driver uses them: listed, sorted, read to an end or a break.

use call::Input;
use mkv::{FragmentReader, Item, Limits};
use model::Timestamp;

use super::{rng::Rng, script::Stored};
use crate::support::T0;

/// How the archive behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manners {
    /// The driver can read it.
    pub(crate) is_there: bool,
    /// Chance that a fragment is not in it.
    pub(crate) lacks: u64,
    /// Chance that a reading breaks off.
    pub(crate) breaks: u64,
    /// Chance that a reading brings nothing and does not end.
    pub(crate) hangs: u64,
}

impl Manners {
    pub(crate) fn of(rng: &mut Rng) -> Self {
        match rng.index(4) {
            0 => Self::default(),
            1 => Self { is_there: true, lacks: 20, breaks: 20, hangs: 15 },
            _ => Self { is_there: true, ..Self::default() },
        }
    }

    /// Whether all that was lost on the way can be had from it.
    pub(crate) const fn is_whole(self) -> bool {
        self.is_there && self.lacks == 0 && self.breaks == 0 && self.hangs == 0
    }
}

/// One reading of the archive.
#[derive(Debug)]
pub(crate) struct Reading {
    /// When its next input comes, in milliseconds after [`T0`].
    pub(crate) due_ms: i64,
    inputs: std::collections::VecDeque<Input>,
}

impl Reading {
    pub(crate) fn open(
        manners: Manners,
        stored: &[Stored],
        range: (Timestamp, Timestamp),
        now_ms: i64,
        rng: &mut Rng,
    ) -> Self {
        let (from_ms, to_ms) = (range.0.as_millis() - T0, range.1.as_millis() - T0);
        let inside = |it: &&Stored| it.end_ms > from_ms && it.start_ms < to_ms && it.available_ms <= now_ms;
        let mut reader = FragmentReader::new(Limits::default());
        for stored in stored.iter().filter(inside) {
            if !rng.percent(manners.lacks) {
                reader.push(&stored.archived);
            }
        }
        reader.finish();
        let mut inputs = std::collections::VecDeque::new();
        while let Some(item) = reader.next() {
            if let Item::Fragment(fragment) = item {
                inputs.push_back(Input::ArchiveFragment(fragment));
            }
        }
        if rng.percent(manners.breaks) {
            inputs.truncate(rng.index(inputs.len() + 1));
            inputs.push_back(Input::ArchiveFailed);
        } else {
            inputs.push_back(Input::ArchiveEnded);
        }
        let hangs = rng.percent(manners.hangs);
        Self { due_ms: if hangs { i64::MAX } else { now_ms + rng.between(20, 900) }, inputs }
    }

    /// What comes next; the last one ends it.
    pub(crate) fn next(&mut self, rng: &mut Rng) -> (Option<Input>, bool) {
        self.due_ms += rng.between(1, 200);
        (self.inputs.pop_front(), !self.inputs.is_empty())
    }
}
