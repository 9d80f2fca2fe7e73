//! Writes a recording again with more masks. What was masked stays the tone; what is masked now becomes it.

use audio::{MAX_COMPARED_SECONDS, MAX_LAG_MS, Masker, Peaks, SampleRange, cross_talk, wav_header};
use bytes::Bytes;
use engine::{Outline, OutlineMask, peaks_key};
use events::Recording;
use model::{Channel, MediaTime};
use ports::{BlobError, BlobStore, BlobWriter};
use sha2::{Digest, Sha256};

use crate::{
    account::other,
    recording::{RecordingError, RecordingReader, hex},
    wav_file::put_together,
};

/// Writes `from` again under `to`, with `masks`, and its outline beside it. What is at `to` already was left by one who
/// died, and is replaced.
pub(crate) async fn rerender(
    blobs: &dyn BlobStore,
    from: &str,
    to: &str,
    masks: &[OutlineMask],
) -> Result<Recording, RecordingError> {
    let mut reader = RecordingReader::open(blobs, from).await?;
    let (rate_hz, frames) = (reader.layout.rate_hz, reader.layout.frames());
    for key in [to.to_owned(), peaks_key(to)] {
        blobs.delete(&key).await?;
    }
    let mut writer = blobs.create(to).await?;
    let header = wav_header(2, rate_hz, Some(frames.saturating_mul(4)));
    let mut hash = Sha256::new_with_prefix(header);
    writer.write(Bytes::copy_from_slice(&header)).await?;
    let mut maskers = Channel::ALL.map(|channel| {
        let ranges = masks.iter().filter(|mask| mask.channel == channel);
        Masker::new(rate_hz, ranges.map(|mask| mask.range(rate_hz)).collect())
    });
    let mut peaks = Channel::ALL.map(|_| Peaks::new(rate_hz));
    while let Some(mut block) = reader.next().await? {
        for ((masker, peaks), samples) in maskers.iter_mut().zip(&mut peaks).zip(&mut block) {
            masker.process(samples);
            peaks.push(samples);
        }
        let mut bytes = Vec::new();
        put_together(&block, &mut bytes);
        hash.update(&bytes);
        writer.write(bytes.into()).await?;
        tokio::task::yield_now().await;
    }
    let duration = MediaTime::from_samples(frames, rate_hz);
    let outline = Outline::new(duration, peaks, masks.to_vec());
    let json = serde_json::to_vec(&outline).map_err(|error| BlobError::Store(error.into()))?;
    put(blobs, &peaks_key(to), json.into()).await?;
    writer.commit().await?;
    Ok(Recording {
        key: to.to_owned(),
        bytes: frames.saturating_mul(4).saturating_add(header.len() as u64),
        duration_ms: duration.as_millis(),
        masks: u32::try_from(masks.len()).unwrap_or(u32::MAX),
        sha256: hex(&hash.finalize()),
    })
}

/// Where what is to be masked is heard on the other channel.
pub(crate) async fn leaks(
    blobs: &dyn BlobStore,
    key: &str,
    added: &[OutlineMask],
) -> Result<Vec<OutlineMask>, RecordingError> {
    let layout = RecordingReader::open(blobs, key).await?.layout;
    let rate_hz = layout.rate_hz;
    let lag = u64::from(rate_hz) * u64::from(MAX_LAG_MS) / 1_000;
    let compared = u64::from(rate_hz) * MAX_COMPARED_SECONDS;
    let mut out = Vec::new();
    for mask in added {
        let range = mask.range(rate_hz);
        let to = range.to.min(range.from.saturating_add(compared));
        let sound =
            crate::recording::samples(blobs, key, &layout, SampleRange { from: range.from, to: to + lag })
                .await?;
        let count = usize::try_from(to.saturating_sub(range.from)).unwrap_or(usize::MAX);
        let [Some(source), Some(heard)] =
            [mask.channel, other(mask.channel)].map(|channel| sound.get(channel.index()))
        else {
            continue;
        };
        let source = source.get(..count.min(source.len())).unwrap_or_default();
        if let Some(found) = cross_talk(source, heard, rate_hz) {
            let range = found.range(range, rate_hz);
            let leak = OutlineMask::new(other(mask.channel), range, mask.kind, rate_hz);
            out.push(OutlineMask { cross_talk: true, ..leak });
        }
    }
    Ok(out)
}

/// Writes a whole blob.
pub(crate) async fn put(blobs: &dyn BlobStore, key: &str, bytes: Bytes) -> Result<(), BlobError> {
    let mut writer: Box<dyn BlobWriter> = blobs.create(key).await?;
    writer.write(bytes).await?;
    writer.commit().await
}
