//! What is said of the reading of a stream: trouble that lasts, and making up for it.

use call::StreamError;
use events::{MediaState, MediaStatus, MediaTrouble};
use ports::MediaSourceError;

/// A connection that breaks once is opened again at once and nobody need know; from so many in a row on it is told.
const PATIENCE: u32 = 3;
/// From so far behind on the call is said to catch up, and until so near.
const BEHIND_MS: u64 = 10_000;
const CAUGHT_UP_MS: u64 = 3_000;

/// What is known of the reading, to say what is news.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    failures: u32,
    told: Option<MediaStatus>,
}

impl Trouble {
    /// The stream was not opened, or broke off.
    pub(crate) fn failed(&mut self, error: &MediaSourceError) -> Option<MediaStatus> {
        self.failures = self.failures.saturating_add(1);
        let (trouble, patience) = match error {
            MediaSourceError::Unauthorized { .. } => (MediaTrouble::Unauthorized, 1),
            MediaSourceError::RoleRefused { .. } => (MediaTrouble::RoleRefused, 1),
            MediaSourceError::KeyRefused { .. } => (MediaTrouble::KeyRefused, 1),
            MediaSourceError::Gone { .. } => (MediaTrouble::StreamGone, 1),
            MediaSourceError::Throttled { .. } => (MediaTrouble::Throttled, PATIENCE),
            MediaSourceError::Connection { .. } | _ => (MediaTrouble::Connection, PATIENCE),
        };
        (self.failures >= patience).then(|| self.waits(trouble)).flatten()
    }

    /// The stream itself reported an error.
    pub(crate) fn reported(&mut self, error: StreamError) -> Option<MediaStatus> {
        match error {
            StreamError::Kms { .. } => self.waits(MediaTrouble::KeyRefused),
            StreamError::FragmentNotFound | StreamError::Service { .. } => None,
        }
    }

    /// A fragment was read.
    pub(crate) fn read(&mut self) -> Option<MediaStatus> {
        self.failures = 0;
        let waited = self.told.as_ref().is_some_and(|told| told.state == MediaState::Waiting);
        waited.then(|| self.says(MediaState::Live, None, None)).flatten()
    }

    /// The reading is so far behind the stream.
    pub(crate) fn behind(&mut self, behind_ms: u64) -> Option<MediaStatus> {
        let catching_up = self.told.as_ref().is_some_and(|told| told.state == MediaState::CatchingUp);
        if behind_ms >= BEHIND_MS {
            return self.says(MediaState::CatchingUp, None, Some(behind_ms));
        }
        (catching_up && behind_ms <= CAUGHT_UP_MS).then(|| self.says(MediaState::Live, None, None)).flatten()
    }

    fn waits(&mut self, trouble: MediaTrouble) -> Option<MediaStatus> {
        self.says(MediaState::Waiting, Some(trouble), None)
    }

    fn says(
        &mut self,
        state: MediaState,
        trouble: Option<MediaTrouble>,
        behind_ms: Option<u64>,
    ) -> Option<MediaStatus> {
        let same = self.told.as_ref().is_some_and(|told| (told.state, told.trouble) == (state, trouble));
        let status = MediaStatus { state, trouble, behind_ms };
        self.told = Some(status.clone());
        (!same).then_some(status)
    }
}

#[cfg(test)]
mod tests {
    use model::StreamName;

    use super::*;

    fn stream() -> StreamName {
        StreamName::new("s").unwrap()
    }

    #[test]
    fn what_only_a_person_can_mend_is_told_at_once_and_once() {
        let mut trouble = Trouble::default();
        let refused = MediaSourceError::RoleRefused { stream: stream(), source: None };
        let status = trouble.failed(&refused).unwrap();
        assert_eq!((status.state, status.trouble), (MediaState::Waiting, Some(MediaTrouble::RoleRefused)));
        assert_eq!(trouble.failed(&refused), None);
        assert_eq!(trouble.read().unwrap().state, MediaState::Live);
        assert_eq!(trouble.read(), None);
    }

    #[test]
    fn a_connection_that_breaks_once_is_not_told() {
        let mut trouble = Trouble::default();
        let broken = MediaSourceError::Connection { stream: stream(), source: None };
        assert_eq!(trouble.failed(&broken), None);
        assert_eq!(trouble.read(), None);
        assert_eq!([0; 3].map(|_| trouble.failed(&broken).is_some()), [false, false, true]);
    }

    #[test]
    fn catching_up_is_told_until_it_is_done() {
        let mut trouble = Trouble::default();
        assert_eq!(trouble.behind(5_000), None);
        assert_eq!(trouble.behind(60_000).unwrap().behind_ms, Some(60_000));
        assert_eq!(trouble.behind(20_000), None);
        assert_eq!(trouble.behind(5_000), None);
        assert_eq!(trouble.behind(2_000).unwrap().state, MediaState::Live);
    }
}
