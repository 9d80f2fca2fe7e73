//! Which fragments were read already, and where to read on.

use std::collections::VecDeque;

use model::{FragmentNumber, Timestamp};

use crate::{CallConfig, Checkpoint, StartAt, StreamError};

/// Numbers of the newest decided fragments that are remembered. Numbers rise, so what is below them was read too,
/// unless its audio is new.
const MAX_REMEMBERED: usize = 64;

/// After this many openings in a row that failed, every other one begins by time: the service may refuse the
/// fragment to start after.
const FAILED_OPENINGS: u32 = 3;

/// Where the reading of the stream stands.
#[derive(Debug)]
pub(crate) struct Cursor {
    start: Option<Timestamp>,
    last: Option<FragmentNumber>,
    /// The newest that was this call's, or was decided on by an earlier owner.
    last_ours: Option<FragmentNumber>,
    /// The same without what an earlier owner decided on.
    last_own: Option<FragmentNumber>,
    /// Decided fragments, and whether they were this call's.
    recent: VecDeque<(FragmentNumber, bool)>,
    /// Fragments that came and were not decided on.
    undecided: VecDeque<FragmentNumber>,
    newest_seen: Option<FragmentNumber>,
    /// How often in a row the service did not find where to start.
    not_found: u8,
    failed_openings: u32,
}

impl Cursor {
    pub(crate) fn new(config: &CallConfig, checkpoint: &Checkpoint) -> Self {
        let last = checkpoint.last_complete.clone();
        let start = config.start.map(|start| start - config.timing.start_margin);
        Self {
            start,
            newest_seen: last.clone(),
            last_ours: last.clone(),
            last_own: None,
            last,
            recent: VecDeque::new(),
            undecided: VecDeque::new(),
            not_found: 0,
            failed_openings: 0,
        }
    }

    /// The last decided fragment.
    pub(crate) const fn last(&self) -> Option<&FragmentNumber> {
        self.last.as_ref()
    }

    /// The newest fragment of this call.
    pub(crate) const fn last_ours(&self) -> Option<&FragmentNumber> {
        self.last_ours.as_ref()
    }

    /// The newest fragment of this call that this owner read.
    pub(crate) const fn last_own(&self) -> Option<&FragmentNumber> {
        self.last_own.as_ref()
    }

    /// Where to open the stream; `reached` is the producer's time up to which audio was given, less a margin.
    pub(crate) fn start_at(&self, reached: Option<Timestamp>) -> StartAt {
        let by_time = || reached.or(self.start).map_or(StartAt::Earliest, StartAt::ProducerTime);
        let elsewhere = self.failed_openings >= FAILED_OPENINGS && self.failed_openings % 2 == 1;
        match (&self.last, self.not_found) {
            (Some(_), 0) if elsewhere => by_time(),
            (Some(last), 0) => StartAt::AfterFragment(self.witness().unwrap_or(last).clone()),
            (None, 0) | (_, 1) => by_time(),
            (_, _) => StartAt::Earliest,
        }
    }

    /// Where fragments wait in vain for their contact, the last decided one is read again before them: a neighbour in
    /// the same body can tell whose they are.
    fn witness(&self) -> Option<&FragmentNumber> {
        let ours = self.recent.back().is_some_and(|(_, ours)| *ours);
        let before = self.recent.len().checked_sub(2)?;
        self.recent.get(before).filter(|_| ours && !self.undecided.is_empty()).map(|(number, _)| number)
    }

    /// The stream was opened.
    pub(crate) const fn opened(&mut self) {
        self.failed_openings = 0;
    }

    /// The stream could not be opened.
    pub(crate) const fn not_opened(&mut self) {
        self.failed_openings = self.failed_openings.saturating_add(1);
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
        number <= last && (number == last || !audio_is_new || self.decision(number).is_some())
    }

    /// Whether a fragment is newer than all that came; remembers it.
    pub(crate) fn is_newest(&mut self, number: &FragmentNumber) -> bool {
        let newest = self.newest_seen.as_ref().is_none_or(|newest| number > newest);
        if newest {
            self.newest_seen = Some(number.clone());
        }
        newest
    }

    /// Whether a remembered fragment was this call's.
    pub(crate) fn decision(&self, number: &FragmentNumber) -> Option<bool> {
        self.recent.iter().rev().find(|(it, _)| it == number).map(|(_, ours)| *ours)
    }

    /// A fragment came, and it is not yet known whose it is or whether it is whole.
    pub(crate) fn came(&mut self, number: &FragmentNumber) {
        if self.undecided.contains(number) {
            return;
        }
        if self.undecided.len() == MAX_REMEMBERED {
            self.undecided.pop_front();
        }
        self.undecided.push_back(number.clone());
    }

    /// The fragments that came and were never decided on.
    pub(crate) fn take_undecided(&mut self) -> VecDeque<FragmentNumber> {
        std::mem::take(&mut self.undecided)
    }

    /// A fragment was decided on that is not the newest: the archive brought it. The reading goes on where it is.
    pub(crate) fn remember(&mut self, number: Option<&FragmentNumber>, ours: bool) {
        let Some(number) = number else { return };
        let newer = self.recent.iter().rev().take_while(|(it, _)| it > number).count();
        let at = self.recent.len() - newer;
        // One that is older than all that are remembered is known by its number.
        if at > 0 || self.recent.len() < MAX_REMEMBERED {
            self.recent.insert(at, (number.clone(), ours));
        }
        if self.recent.len() > MAX_REMEMBERED {
            self.recent.pop_front();
        }
    }

    /// A fragment was decided on.
    pub(crate) fn decided(&mut self, number: Option<&FragmentNumber>, ours: bool) {
        self.not_found = 0;
        let Some(number) = number else { return };
        self.undecided.retain(|it| it > number);
        if self.recent.len() == MAX_REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((number.clone(), ours));
        self.last = Some(number.clone());
        if ours {
            self.last_ours = Some(number.clone());
            self.last_own = Some(number.clone());
        }
    }
}
