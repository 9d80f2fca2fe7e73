//! A call's recording as its task sees it: never in the way, and kept only when all of it was redacted.

use std::{sync::PoisonError, time::Duration};

use call::{AudioSpan, Samples};
use events::{Event, RecordingFailed, RecordingFailure};
use metrics::{counter, gauge};
use model::{CallId, Epoch, MediaTime, TenantId};
use ports::BlobStore;
use redaction::Mute;
use tokio::time;

use crate::{
    engine::Shared,
    keys, names,
    recorder::{FinishError, Recorder},
};

/// How long a call waits for its recording's disk.
const MAX_DISK_WAIT: Duration = Duration::from_secs(5);

/// How long a finished recording waits for a store that is away.
const MAX_STORE_WAIT: Duration = Duration::from_secs(5 * 60);

/// Owners before this one whose recordings are looked for, to be removed.
const MAX_OLDER_KEYS: u64 = 32;

/// The recording of one call.
pub(crate) struct CallRecording {
    /// `None` when recordings are not kept here, or this one is done with.
    recorder: Option<Recorder>,
    key: String,
    /// Where earlier owners may have left theirs.
    older_keys: Vec<String>,
    /// The failure was told.
    told: bool,
}

impl CallRecording {
    pub(crate) fn start(shared: &Shared, tenant: &TenantId, call: &CallId, epoch: Epoch) -> Self {
        let recorder =
            shared.options.spool.as_ref().map(|folder| Recorder::start(folder, call::SAMPLE_RATE_HZ));
        let older = epoch.get().saturating_sub(MAX_OLDER_KEYS).max(1)..epoch.get();
        let older_keys = older.map(|older| keys::recording_key(tenant, call, Epoch::new(older))).collect();
        Self { recorder, key: keys::recording_key(tenant, call, epoch), older_keys, told: false }
    }

    /// An earlier owner has committed it: it stays as it is.
    pub(crate) const fn kept() -> Self {
        Self { recorder: None, key: String::new(), older_keys: Vec::new(), told: true }
    }

    pub(crate) fn write(&mut self, span: &AudioSpan) {
        let Some(recorder) = &mut self.recorder else { return };
        match &span.samples {
            Samples::Pcm(samples) => recorder.write(span.channel, span.at, samples),
            Samples::Silence(count) => recorder.silence(span.channel, span.at, *count),
        }
    }

    /// Waits until the disk keeps up, at once for live audio. A disk that hangs stops the recording, not the call.
    pub(crate) async fn ready(&self) {
        if let Some(recorder) = &self.recorder {
            drop(time::timeout(MAX_DISK_WAIT, recorder.ready()).await);
        }
    }

    pub(crate) fn mute(&mut self, mutes: &[Mute]) {
        let Some(recorder) = &mut self.recorder else { return };
        for mute in mutes {
            recorder.mute(mute.channel, mute.from, mute.to, mute.kind);
        }
    }

    /// Some words are not known, so nothing shows that the audio is free of what must not be kept.
    pub(crate) fn give_up_unredacted(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.stop(RecordingFailure::NotRedacted, recorder.written());
        }
    }

    /// The call began before this owner, and its audio cannot be read again.
    pub(crate) fn give_up_unread(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.stop(RecordingFailure::OwnerLost, recorder.written());
        }
    }

    /// The event of a recording that stopped, once.
    pub(crate) fn failure(&mut self, shared: &Shared) -> Option<Event> {
        if self.told {
            return None;
        }
        let failed = self.recorder.as_mut().and_then(Recorder::failure)?;
        self.told = true;
        Some(tell(shared, failed))
    }

    /// Commits the recording under its key; the event says what became of it.
    pub(crate) async fn finish(&mut self, shared: &Shared, end: MediaTime) -> Option<Event> {
        let recorder = self.recorder.take()?;
        let blobs: &dyn BlobStore = shared.parts.blobs.as_ref();
        // An earlier owner of the call may have died between the recording and the end of the call.
        for key in
            self.older_keys.iter().chain([&self.key]).flat_map(|key| [key.clone(), keys::peaks_key(key)])
        {
            if let Err(error) = blobs.delete(&key).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "an old recording cannot be removed"
                );
            }
        }
        match recorder.finish(blobs, &self.key, end, MAX_STORE_WAIT).await {
            Ok(recording) => {
                set_stopped(shared, None);
                Some(Event::RecordingCompleted(recording))
            }
            Err(FinishError::Stopped(_)) if self.told => None,
            Err(FinishError::Stopped(failed)) => Some(tell(shared, failed)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a recording is lost");
                Some(tell(shared, RecordingFailed { cause: error.cause(), at_ms: end.as_millis() }))
            }
        }
    }
}

/// Counts a failure; one of the disk raises the alarm.
fn tell(shared: &Shared, failed: RecordingFailed) -> Event {
    let (cause, stopped) = match failed.cause {
        RecordingFailure::DiskFull => (
            "disk_full",
            Some("the disk is full: recordings stopped, calls go on; make room in the storage folder"),
        ),
        RecordingFailure::StoreFailed => {
            ("store_failed", Some("recordings cannot be stored, calls go on; the server's log has the cause"))
        }
        RecordingFailure::NotRedacted => ("not_redacted", None),
        RecordingFailure::OwnerLost => ("owner_lost", None),
    };
    counter!(names::RECORDINGS_FAILED, "cause" => cause).increment(1);
    if stopped.is_some() {
        tracing::error!(cause, "a recording stopped; its call goes on");
        set_stopped(shared, stopped);
    }
    Event::RecordingFailed(failed)
}

fn set_stopped(shared: &Shared, why: Option<&str>) {
    gauge!(names::RECORDING_STOPPED).set(if why.is_some() { 1.0 } else { 0.0 });
    *shared.recording_stopped.lock().unwrap_or_else(PoisonError::into_inner) = why.map(str::to_owned);
}
