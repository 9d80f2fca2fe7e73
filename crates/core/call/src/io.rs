//! What goes into a session and what comes out of it.

use events::{CallEndReason, QuarantineReason};
use mkv::{DamageReason, Fragment};
use model::{Channel, ContactId, FragmentNumber, MediaGap, MediaTime, Timestamp};

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// The body that [`Command::OpenMedia`] asked for is open; what follows comes from it.
    Opened,
    /// The body's next fragment.
    Fragment(Fragment),
    /// Bytes of the body could not be read.
    Damaged {
        /// How many bytes were passed over.
        skipped: u64,
        /// What was wrong with the first of them.
        reason: DamageReason,
    },
    /// The body ended without an error. Says nothing about the call.
    BodyClosed,
    /// The body could not be opened, or broke off.
    BodyFailed {
        /// Whether opening it again later can help.
        retryable: bool,
    },
    /// A fragment of the archive that [`Command::ReadArchive`] asked for, in the order of their numbers.
    ArchiveFragment(Fragment),
    /// The archive has no more of it.
    ArchiveEnded,
    /// The archive could not be read, or broke off.
    ArchiveFailed,
    /// The driver reads the body no further until [`Input::ReadingResumed`]: what was read before waits to be dealt
    /// with. Until then nothing is concluded from the stream's silence.
    ReadingPaused,
    /// The driver reads on.
    ReadingResumed,
    /// The fragment with which the call stops became known.
    StopFragment(FragmentNumber),
    /// An agent is connected from this wall time on.
    AgentConnected {
        /// The agent's ARN or user name.
        id: String,
        /// The name to show.
        name: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// The agent is no longer connected from this wall time on.
    AgentDisconnected {
        /// The agent's ARN or user name.
        id: String,
        /// The name to show.
        name: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// The customer is on hold from this wall time on.
    HoldStarted {
        /// When.
        at: Timestamp,
    },
    /// The customer is off hold from this wall time on.
    HoldEnded {
        /// When.
        at: Timestamp,
    },
    /// The call goes on under another contact of the same chain, whose fragments are this call's too.
    Transferred {
        /// The next contact.
        next: ContactId,
    },
    /// Connect said that the contact disconnected at this wall time.
    Disconnected {
        /// When.
        at: Timestamp,
    },
    /// The answer to [`Command::CheckDirectory`].
    DirectoryAnswer(ContactState),
}

/// Whether a contact is still going on, as far as the directory knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactState {
    /// It is going on.
    Open,
    /// It is over.
    Closed,
    /// The directory does not know, or did not answer.
    Unknown,
}

/// What a session wants or tells. [`Output::Timeout`] comes when nothing else is left.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Nothing more until the next input, or this time.
    Timeout(Timestamp, Reason),
    /// Something to do, in this order.
    Command(Command),
    /// Something to tell.
    Event(Event),
    /// The next stretch of one channel.
    Audio(AudioSpan),
}

/// What a timeout waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// To open the stream again.
    Reconnect,
    /// To replace a body before the service closes it.
    Rollover,
    /// For the contact of a held fragment.
    Held,
    /// For a sign of life.
    Idle,
    /// For the directory's answer.
    Directory,
    /// For what was still on its way when the contact disconnected.
    Drain,
    /// For the reading to go on.
    Paused,
    /// For the archive to bring what is missing.
    Archive,
    /// For nothing: the call is over.
    Ended,
}

/// What the driver must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open the stream here and answer with [`Input::Opened`] or [`Input::BodyFailed`].
    OpenMedia {
        /// Where to begin.
        start: StartAt,
    },
    /// Drop the open body, or the attempt to open one; feed nothing more of it and do not answer.
    CloseMedia,
    /// Read what the archive has of this stretch of the producer's time, beside the body: give each fragment as
    /// [`Input::ArchiveFragment`], then [`Input::ArchiveEnded`], also when there is none; or [`Input::ArchiveFailed`]
    /// when it cannot be opened or breaks off. Comes only with [`CallConfig::archive`](crate::CallConfig::archive),
    /// and never twice at a time. While the reading is paused, the archive is to be read no further either.
    ReadArchive {
        /// Its first moment.
        from: Timestamp,
        /// The first moment after it.
        to: Timestamp,
    },
    /// Drop the reading of the archive; feed nothing more of it and do not answer.
    CloseArchive,
    /// Ask whether the contact is still going on and answer with [`Input::DirectoryAnswer`].
    CheckDirectory,
}

/// Where in a stream to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartAt {
    /// At the fragment that holds this producer time (inclusive).
    ProducerTime(Timestamp),
    /// After this fragment (exclusive, as KVS means it).
    AfterFragment(FragmentNumber),
    /// At the oldest fragment that the stream keeps.
    Earliest,
}

/// What the session tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The first fragment was accepted: this is the wall time of position zero.
    Started {
        /// The producer's time of the call's first sample.
        at: Timestamp,
    },
    /// An agent is heard on `to_customer` from this position on.
    AgentConnected {
        /// The agent's ARN or user name.
        id: String,
        /// The name to show.
        name: Option<String>,
        /// Where on the timeline.
        at: MediaTime,
    },
    /// The agent is not heard from this position on.
    AgentDisconnected {
        /// The agent's ARN or user name.
        id: String,
        /// The name to show.
        name: Option<String>,
        /// Where on the timeline.
        at: MediaTime,
    },
    /// The customer is on hold from this position on.
    HoldStarted {
        /// Where on the timeline.
        at: MediaTime,
    },
    /// The customer is off hold from this position on.
    HoldEnded {
        /// Where on the timeline.
        at: MediaTime,
    },
    /// A stretch of a channel is missing; its silence was or will be given as audio.
    Gap(MediaGap),
    /// A fragment was kept out. Before the call's own first fragment, told once per foreign contact.
    Quarantined {
        /// The fragment, when it has a number.
        fragment: Option<FragmentNumber>,
        /// Why.
        reason: QuarantineReason,
    },
    /// The service reported an error in the body.
    StreamError(StreamError),
    /// How far the reading is behind what is being said: told when it falls behind by more than two seconds, each time
    /// this changes by ten, and when it has caught up.
    StreamLag {
        /// In milliseconds; less than two seconds when it has caught up.
        behind_ms: u64,
    },
    /// Something that should not be, and was dealt with.
    Anomaly(Anomaly),
    /// The call is over. Comes once, and nothing comes after it.
    Ended {
        /// What ended it.
        reason: CallEndReason,
        /// Its length.
        duration: MediaTime,
    },
}

/// An error that the service reported in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// The stream's key cannot be used (4500 to 4506): someone must repair its policy or its key.
    Kms {
        /// The service's number.
        id: u16,
    },
    /// The fragment to start from is not there (3000, 4000).
    FragmentNotFound,
    /// Anything else.
    Service {
        /// The service's number; 0 when it gave none.
        id: u16,
    },
}

/// Something that should not be, and was dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anomaly {
    /// A part of the body could not be read.
    Damaged {
        /// How many bytes were passed over.
        skipped: u64,
        /// What was wrong with the first of them.
        reason: DamageReason,
    },
    /// A track has a name that Connect does not use; its audio was dropped. Told once per name.
    UnknownTrack {
        /// The name, cut to a bounded length.
        name: String,
    },
    /// Two tracks of a fragment are the same channel; the later one was dropped.
    DuplicateTrack {
        /// The channel.
        channel: Channel,
    },
    /// Blocks of a fragment belong to no declared track; they were dropped.
    UndeclaredTrack {
        /// The track number that they name.
        number: u64,
    },
    /// Blocks of a fragment end in half a sample; the half was dropped.
    OddPayload {
        /// The channel.
        channel: Channel,
    },
    /// A timecode far from all that came before; the fragment or block was dropped.
    Timecode {
        /// The fragment, when it has a number.
        fragment: Option<FragmentNumber>,
    },
    /// The producer's clock was set anew; from here on the timeline follows the new one.
    ClockChanged {
        /// Where on the timeline.
        at: MediaTime,
    },
    /// Audio overlaps what was already there; the later part of it was dropped.
    Overlap {
        /// The channel.
        channel: Channel,
        /// Where on the timeline.
        at: MediaTime,
        /// How many samples were dropped.
        samples: u64,
    },
    /// Too many contact or agent events came before the first audio; the oldest was dropped.
    TooManyMarks,
}

/// Consecutive samples of one channel at 8 kHz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioSpan {
    /// The channel.
    pub channel: Channel,
    /// The position of the first sample.
    pub at: MediaTime,
    /// The samples.
    pub samples: Samples,
    /// The producer's time of the end of the last sample.
    pub captured_at: Timestamp,
    /// When the fragment that carried them, or that showed that they are missing, reached the session.
    pub received_at: Timestamp,
}

/// Samples, or their absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Signed 16-bit linear samples.
    Pcm(Vec<i16>),
    /// This many samples of silence where audio is missing.
    Silence(u64),
}

impl Samples {
    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Pcm(samples) => u64::try_from(samples.len()).unwrap_or(u64::MAX),
            Self::Silence(count) => *count,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl AudioSpan {
    /// The position after the last sample.
    #[must_use]
    pub fn end(&self) -> MediaTime {
        self.at + MediaTime::from_samples(self.samples.len(), crate::SAMPLE_RATE_HZ).since(MediaTime::ZERO)
    }
}
