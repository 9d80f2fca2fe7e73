//! Which fragments were read already, and where to read on.

use std::collections::VecDeque;

use model::{FragmentNumber, Timestamp};

use crate::{CallConfig, Checkpoint, StartAt, StreamError};

/// Numbers of the newest decided fragments that are remembered. Numbers rise, so what is below them was read too,
/// unless its audio is new.
const MAX_REMEMBERED: usize = 64;

/// Where the reading of the stream stands.
#[derive(Debug)]
pub(crate) struct Cursor {
    start: Option<Timestamp>,
    last: Option<FragmentNumber>,
    recent: VecDeque<FragmentNumber>,
    newest_seen: Option<FragmentNumber>,
    /// How often in a row the service did not find where to start.
    not_found: u8,
}

impl Cursor {
    pub(crate) fn new(config: &CallConfig, checkpoint: &Checkpoint) -> Self {
        let last = checkpoint.last_complete.clone();
        let start = config.start.map(|start| start - config.timing.start_margin);
        Self { start, newest_seen: last.clone(), last, recent: VecDeque::new(), not_found: 0 }
    }

    /// The last decided fragment.
    pub(crate) const fn last(&self) -> Option<&FragmentNumber> {
        self.last.as_ref()
    }

    /// Where to open the stream; `reached` is the producer's time up to which audio was given, less a margin.
    pub(crate) fn start_at(&self, reached: Option<Timestamp>) -> StartAt {
        let by_time = || reached.or(self.start).map_or(StartAt::Earliest, StartAt::ProducerTime);
        match (&self.last, self.not_found) {
            (Some(last), 0) => StartAt::AfterFragment(last.clone()),
            (None, 0) | (_, 1) => by_time(),
            (_, _) => StartAt::Earliest,
        }
    }

    /// The service reported an error.
    pub(crate) const fn failed(&mut self, error: StreamError) {
        match error {
            StreamError::FragmentNotFound => self.not_found = self.not_found.saturating_add(1),
            StreamError::Kms { .. } | StreamError::Service { .. } => {}
        }
    }

    /// Whether a fragment was decided on before. A number that did not rise is no proof when its audio is new.
    pub(crate) fn is_known(&self, number: &FragmentNumber, audio_is_new: bool) -> bool {
        let Some(last) = &self.last else { return false };
        number <= last && (number == last || !audio_is_new || self.recent.contains(number))
    }

    /// Whether a fragment is newer than all that came; remembers it.
    pub(crate) fn is_newest(&mut self, number: &FragmentNumber) -> bool {
        let newest = self.newest_seen.as_ref().is_none_or(|newest| number > newest);
        if newest {
            self.newest_seen = Some(number.clone());
        }
        newest
    }

    /// A fragment was decided on.
    pub(crate) fn decided(&mut self, number: Option<&FragmentNumber>) {
        self.not_found = 0;
        let Some(number) = number else { return };
        if self.recent.len() == MAX_REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(number.clone());
        self.last = Some(number.clone());
    }
}
