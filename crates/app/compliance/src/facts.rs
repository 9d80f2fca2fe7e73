//! What the log says of a call that is over.

use engine::Outline;
use events::{CallEnded, CallStarted, Event, Recording, TranscriptUtterance};
use model::CallKey;
use ports::{BlobError, BlobStore, ByteRange, EventLog, EventLogError};
use review::ReviewState;

use crate::VerifyError;

/// Events read at once.
const PAGE: u32 = 500;

/// The largest outline that is read: one of a day has some two megabytes of peaks.
const MAX_OUTLINE_BYTES: u64 = 64 << 20;

/// A finished call as its log and its outline show it.
pub(crate) struct Facts {
    pub(crate) started: CallStarted,
    pub(crate) ended: CallEnded,
    /// The recording that counts.
    pub(crate) recording: Option<Recording>,
    /// Recordings before it, which should be gone.
    pub(crate) older: Vec<String>,
    pub(crate) review: ReviewState,
    pub(crate) utterances: Vec<TranscriptUtterance>,
    pub(crate) outline: Option<Outline>,
    /// The last event that this takes in.
    pub(crate) seq: u64,
}

impl Facts {
    /// Reads a call; [`VerifyError::NotOver`] while it goes on.
    pub(crate) async fn read(
        log: &dyn EventLog,
        blobs: &dyn BlobStore,
        key: &CallKey,
    ) -> Result<Self, VerifyError> {
        let mut folded = Folded::default();
        let mut seq = 0;
        loop {
            let page = log.read_call(&key.tenant, &key.call, seq, PAGE).await?;
            let Some(last) = page.last() else { break };
            seq = last.seq;
            for envelope in &page {
                folded.take(&envelope.event);
            }
        }
        if seq == 0 {
            return Err(EventLogError::NoSuchCall(key.call.clone()).into());
        }
        let (Some(started), Some(ended)) = (folded.started, folded.ended) else {
            return Err(VerifyError::NotOver);
        };
        let outline = match &folded.recording {
            Some(recording) => outline(blobs, &recording.key).await?,
            None => None,
        };
        let utterances = log.transcript(&key.tenant, &key.call).await?.utterances;
        let (recording, older, review) = (folded.recording, folded.older, folded.review);
        Ok(Self { started, ended, recording, older, review, utterances, outline, seq })
    }
}

#[derive(Default)]
struct Folded {
    started: Option<CallStarted>,
    ended: Option<CallEnded>,
    recording: Option<Recording>,
    older: Vec<String>,
    review: ReviewState,
}

impl Folded {
    fn take(&mut self, event: &Event) {
        self.review.apply(event);
        if let Event::CallStarted(started) = event {
            self.started = Some(started.clone());
        } else if let Event::CallEnded(ended) = event {
            self.ended.get_or_insert_with(|| ended.clone());
        } else if let Event::RecordingCompleted(recording) = event {
            let before = self.recording.replace(recording.clone());
            self.older.extend(before.map(|before| before.key).filter(|key| *key != recording.key));
        } else if let Event::RecordingRemoved(_) = event {
            self.recording = None;
        }
    }
}

/// The outline beside a recording; none when it is not there or not ours.
async fn outline(blobs: &dyn BlobStore, key: &str) -> Result<Option<Outline>, VerifyError> {
    let key = engine::peaks_key(key);
    let bytes = match blobs.size(&key).await {
        Ok(bytes) => bytes.min(MAX_OUTLINE_BYTES),
        Err(BlobError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(VerifyError::Blobs(error)),
    };
    let json = blobs.read(&key, ByteRange { start: 0, end: bytes }).await.map_err(VerifyError::Blobs)?;
    Ok(serde_json::from_slice(&json).ok())
}
