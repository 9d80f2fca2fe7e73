//! The finished recording.

use std::{fmt::Write as _, io, sync::Arc, time::Duration};

use bytes::Bytes;
use events::{Recording, RecordingFailed, RecordingFailure};
use model::MediaTime;
use ports::{BlobError, BlobStore, BlobWriter};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{
    Mask, OpenRecording, Recorder, Track,
    cipher::ChunkCipher,
    leaks::RawAudio,
    render::Renderer,
    spool::Spool,
    waveform::{Outline, shown},
};
use crate::keys::peaks_key;

/// Masks of one kind on one channel that are closer than this become one, so that a number said in breaths is one tone.
const MAX_BREATH: Duration = Duration::from_millis(500);

/// The first and the longest wait before a store is tried again.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Why there is no recording. The key and the spool are destroyed all the same.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FinishError {
    /// The recording had stopped during the call.
    #[error("the recording had stopped")]
    Stopped(RecordingFailed),
    /// The spool cannot be read back.
    #[error("the spool could not be read")]
    Spool(#[source] io::Error),
    /// The blob store did not take it.
    #[error("the recording could not be stored")]
    Store(#[source] BlobError),
    /// The process is shutting down.
    #[error("the recording was interrupted")]
    Interrupted,
}

impl FinishError {
    /// The cause as events name it.
    #[must_use]
    pub const fn cause(&self) -> RecordingFailure {
        match self {
            Self::Stopped(stopped) => stopped.cause,
            Self::Store(BlobError::Full) => RecordingFailure::DiskFull,
            Self::Spool(_) | Self::Store(_) | Self::Interrupted => RecordingFailure::StoreFailed,
        }
    }
}

impl Recorder {
    /// Writes the recording up to `end` under `key`, redacted, and its outline beside it; then the key dies
    /// and the spool goes. Both blobs are there afterwards, or neither. A store that is away is tried again for as long as
    /// `patience`, with the key and the spool kept meanwhile.
    ///
    /// # Errors
    /// When the recording had stopped, or the spool or the store fails.
    pub async fn finish(
        mut self,
        store: &dyn BlobStore,
        key: &str,
        end: MediaTime,
        patience: Duration,
    ) -> Result<Recording, FinishError> {
        if let Some(open) = &self.open
            && !open.spool.flush().await
        {
            return Err(FinishError::Interrupted);
        }
        if let Some(stopped) = self.failure() {
            return Err(FinishError::Stopped(stopped));
        }
        let Some(OpenRecording { cipher, spool, tracks }) = self.open.take() else {
            return Err(FinishError::Interrupted);
        };
        let masks = with_leaks(joined(&self.masks, end), &cipher, &spool, &tracks, self.rate_hz, end).await?;
        let began = Instant::now();
        let mut wait = RETRY_FIRST;
        let written = loop {
            let (cipher, tracks) = (Arc::clone(&cipher), tracks.clone());
            let renderer = Renderer::new(cipher, spool.file(), tracks, &masks, self.rate_hz, end);
            match write(renderer, store, key, end, &masks).await {
                Err(FinishError::Store(BlobError::Store(error))) if began.elapsed() + wait <= patience => {
                    tracing::warn!(
                        error = error.as_ref() as &dyn std::error::Error,
                        "the blob store is not there"
                    );
                    sleep(wait).await;
                    wait = (wait * 2).min(RETRY_MAX);
                    // The answer to a commit may have been lost, and what it wrote is written again.
                    drop(store.delete(key).await);
                }
                written => break written,
            }
        };
        drop(spool);
        written
    }
}

/// The masks, and those that the other channel needs for them.
async fn with_leaks(
    mut masks: Vec<Mask>,
    cipher: &Arc<ChunkCipher>,
    spool: &Spool,
    tracks: &[Track; 2],
    rate_hz: u32,
    end: MediaTime,
) -> Result<Vec<Mask>, FinishError> {
    let (cipher, file, tracks) = (Arc::clone(cipher), spool.file(), tracks.clone());
    let search = move || {
        let audio = RawAudio { cipher: &cipher, file: &file, tracks: &tracks, rate_hz };
        let leaks = audio.leaks(&masks, end)?;
        masks.extend(leaks);
        masks.sort_unstable_by_key(|mask| (mask.from, mask.channel, mask.to));
        Ok(masks)
    };
    spawn_blocking(search).await.map_err(|_| FinishError::Interrupted)?
}

async fn write(
    renderer: Renderer,
    store: &dyn BlobStore,
    key: &str,
    end: MediaTime,
    masks: &[Mask],
) -> Result<Recording, FinishError> {
    let mut writer = store.create(key).await.map_err(FinishError::Store)?;
    let (bytes, rate_hz) = (renderer.file_bytes(), renderer.rate_hz());
    let (peaks, sha256) = render_into(renderer, writer.as_mut()).await?;
    let waveform = serde_json::to_vec(&Outline::new(end, peaks, shown(masks, rate_hz)));
    let waveform = waveform.map_err(|error| FinishError::Spool(error.into()))?;

    // The outline first: once the recording shows, both are there. One that is there already was left by
    // a process that died in between.
    let outline = peaks_key(key);
    store.delete(&outline).await.map_err(FinishError::Store)?;
    put(store, &outline, waveform.into()).await.map_err(FinishError::Store)?;
    if let Err(error) = writer.commit().await {
        if let Err(error) = store.delete(&outline).await {
            tracing::warn!(%error, "the outline of a failed recording could not be removed");
        }
        return Err(FinishError::Store(error));
    }
    Ok(Recording {
        key: key.to_owned(),
        bytes,
        duration_ms: end.as_millis(),
        masks: u32::try_from(masks.len()).unwrap_or(u32::MAX),
        sha256,
    })
}

/// Streams the file into the store; gives the outlines and the file's hash.
async fn render_into(
    mut renderer: Renderer,
    writer: &mut dyn BlobWriter,
) -> Result<([audio::Peaks; 2], String), FinishError> {
    let header = renderer.header();
    let mut hash = Sha256::new_with_prefix(header);
    writer.write(Bytes::copy_from_slice(&header)).await.map_err(FinishError::Store)?;
    loop {
        let step = spawn_blocking(move || {
            let bytes = renderer.next()?;
            if let Some(bytes) = &bytes {
                hash.update(bytes);
            }
            Ok((renderer, hash, bytes))
        });
        let bytes;
        (renderer, hash, bytes) = step.await.map_err(|_| FinishError::Interrupted)??;
        let Some(bytes) = bytes else { break };
        writer.write(bytes.into()).await.map_err(FinishError::Store)?;
    }
    Ok((renderer.into_peaks(), hex(&hash.finalize())))
}

async fn put(store: &dyn BlobStore, key: &str, bytes: Bytes) -> Result<(), BlobError> {
    let mut writer = store.create(key).await?;
    writer.write(bytes).await?;
    writer.commit().await
}

/// The masks within the recording in order of time; those of one kind that nearly touch are one.
fn joined(masks: &[Mask], end: MediaTime) -> Vec<Mask> {
    let mut within: Vec<Mask> = masks
        .iter()
        .filter(|mask| mask.from < end)
        .map(|mask| Mask { to: mask.to.min(end), ..*mask })
        .collect();
    within.sort_unstable_by_key(|mask| (mask.channel, mask.kind, mask.from));
    let mut joined: Vec<Mask> = Vec::with_capacity(within.len());
    for mask in within {
        match joined.last_mut() {
            Some(last)
                if last.channel == mask.channel
                    && last.kind == mask.kind
                    && mask.from <= last.to + MAX_BREATH =>
            {
                last.to = last.to.max(mask.to);
            }
            _ => joined.push(mask),
        }
    }
    joined.sort_unstable_by_key(|mask| (mask.from, mask.channel, mask.to));
    joined
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
    }
    text
}
