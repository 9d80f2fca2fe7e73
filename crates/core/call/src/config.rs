//! What a session is told at its start.

use std::time::Duration;

use model::{ContactId, FragmentNumber, Timestamp};

use crate::Checkpoint;

/// The call to carry.
#[derive(Clone, Debug)]
pub struct CallConfig {
    /// The contact whose audio it is.
    pub contact_id: ContactId,
    /// Other contacts of the same chain (initial, previous, next), whose audio is this call's too.
    pub also_accepted: Vec<ContactId>,
    /// The producer's time at which the streaming began (Connect's `StartTimestamp`).
    pub start: Option<Timestamp>,
    /// The first fragment of the call (Connect's `StartFragmentNumber`): smaller numbers are older contacts'.
    pub start_fragment: Option<FragmentNumber>,
    /// The call begins with a fragment that names it: what no contact names before it may be another's, however near.
    /// For a stream that other contacts use, when the call's first fragment is not known.
    pub begins_named: bool,
    /// The last fragment of the call, when it is known already.
    pub stop_fragment: Option<FragmentNumber>,
    /// Where an earlier owner of the call stopped.
    pub resume: Option<Checkpoint>,
    /// Whether the driver reads the stream's archive when it is asked to ([`Command::ReadArchive`](crate::Command)).
    /// Without it what the body does not bring is a gap at once.
    pub archive: bool,
    /// Spreads this call's retries from those of other calls; any number.
    pub jitter_seed: u64,
    /// How long things may take.
    pub timing: Timing,
    /// How much may be held.
    pub limits: Limits,
}

impl CallConfig {
    /// A call of this contact with default timing and limits, to be read from the stream's oldest fragment.
    #[must_use]
    pub fn new(contact_id: ContactId) -> Self {
        Self {
            contact_id,
            also_accepted: Vec::new(),
            start: None,
            start_fragment: None,
            begins_named: false,
            stop_fragment: None,
            resume: None,
            archive: false,
            jitter_seed: 0,
            timing: Timing::default(),
            limits: Limits::default(),
        }
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How much earlier than `start` the first reading begins.
    pub start_margin: Duration,
    /// A body is replaced at a fragment boundary after this long; the service closes it at 45 minutes.
    pub rollover_after: Duration,
    /// Shortest time between two openings; the service allows five a second on a stream.
    pub min_open_interval: Duration,
    /// The first wait before opening again when the last body brought nothing new.
    pub backoff_first: Duration,
    /// The longest such wait.
    pub backoff_max: Duration,
    /// The wait after an error that only a person can repair.
    pub slow_retry: Duration,
    /// Without a new fragment for this long, the directory is asked.
    pub idle_timeout: Duration,
    /// How long the directory may take to answer, and how long to wait before asking it a second time.
    pub directory_timeout: Duration,
    /// After a disconnect: how long nothing new must come until all is read.
    pub drain_quiet: Duration,
    /// The same while the audio ends well before the disconnect.
    pub drain_behind: Duration,
    /// After a disconnect, or when the directory says that the contact is over: how long to try a stream that cannot
    /// be read.
    pub drain_limit: Duration,
    /// Without a new fragment for this long, the call ends whatever the directory says.
    pub give_up_after: Duration,
    /// Without a fragment from the archive for this long, what it was asked for is a gap. What follows waits for it.
    pub archive_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            start_margin: Duration::from_secs(2),
            rollover_after: Duration::from_secs(40 * 60),
            min_open_interval: Duration::from_millis(250),
            backoff_first: Duration::from_millis(250),
            backoff_max: Duration::from_secs(10),
            slow_retry: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(30),
            directory_timeout: Duration::from_secs(10),
            drain_quiet: Duration::from_secs(3),
            drain_behind: Duration::from_secs(10),
            drain_limit: Duration::from_secs(15 * 60),
            give_up_after: Duration::from_secs(24 * 60 * 60),
            archive_timeout: Duration::from_secs(5),
        }
    }
}

/// How much may be held: while a fragment's contact is not known, and behind a hole that the archive is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fragments whose contact is not known. What exceeds it is quarantined, oldest first, as with the next two.
    pub max_held_fragments: usize,
    /// Bytes of their audio.
    pub max_held_bytes: usize,
    /// How long one is held.
    pub max_held_age: Duration,
    /// Fragments that wait for the archive. When there are as many the body is closed, and is opened again after the
    /// last of them when the archive was read.
    pub max_waiting_fragments: usize,
    /// Bytes of their audio; the same act.
    pub max_waiting_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_held_fragments: 16,
            max_held_bytes: 1 << 20,
            max_held_age: Duration::from_secs(10),
            max_waiting_fragments: 32,
            max_waiting_bytes: 2 << 20,
        }
    }
}
