//! Calls in real time, by a fixed schedule.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use lab::{Batch, Call, CallReport, Media, NoticeUrls, OnProgress, PlaceError, Progress, Quirks, Target};
use model::Channel;
use tokio::task::JoinHandle;

/// At how many points of the sample calls may begin.
const MAX_VARIANTS: usize = 8;
/// What became of the calls.
pub type Placed = Vec<Result<CallReport, PlaceError>>;

/// Calls that are being placed; they break off when this is dropped.
#[derive(Debug)]
pub struct Traffic(Option<JoinHandle<Placed>>);

impl Traffic {
    /// Places calls of this length, whose starts are spread over `ramp`. `triggered` gets each call's id.
    ///
    /// # Errors
    /// When an address cannot be read.
    pub fn start(
        streams: &str,
        trigger: &str,
        calls: usize,
        (length, ramp): (Duration, Duration),
        triggered: impl Fn(String) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let progress: OnProgress = Arc::new(move |progress| {
            if let Progress::Triggered { call_id, .. } = progress {
                triggered(call_id);
            }
        });
        let target = target(streams, trigger)?;
        let batch = batch(calls, length, ramp)?;
        Ok(Self(Some(tokio::spawn(batch.run(Arc::new(target), progress)))))
    }

    /// Waits until all calls have ended.
    ///
    /// # Errors
    /// When the generator fails.
    pub async fn ended(mut self) -> anyhow::Result<Placed> {
        match self.0.as_mut() {
            Some(task) => task.await.context("the generator failed"),
            None => Ok(Vec::new()),
        }
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

/// Where calls go, and who hears of them.
pub(crate) fn target(streams: &str, trigger: &str) -> anyhow::Result<Target> {
    let mut target = Target::new(streams.parse().context("the streams' address cannot be read")?);
    let trigger = trigger.parse().context("the trigger's address cannot be read")?;
    target.notices = Some(NoticeUrls::from_trigger(trigger));
    Ok(target)
}

/// A sample's speech, over and over, not all from the same point. Every fragment is whole and tagged: where one is
/// not, its words wait for the next by rule, and the lateness would be the stream's and not the machine's.
fn batch(calls: usize, length: Duration, ramp: Duration) -> anyhow::Result<Batch> {
    let variants = (1..=MAX_VARIANTS).rev().find(|n| calls.is_multiple_of(*n)).unwrap_or(1);
    let media: anyhow::Result<Vec<Media>> = (0..variants).map(|n| speech(length, n, variants)).collect();
    Ok(Batch {
        count: calls / variants,
        stagger: ramp / u32::try_from(calls).unwrap_or(1).max(1),
        quirks: Quirks::plain(),
        ..Batch::new(media?)
    })
}

/// Speech of this length, from the `n`th of `variants` points of the first sample on.
pub(crate) fn speech(length: Duration, n: usize, variants: usize) -> anyhow::Result<Media> {
    let samples = lab::samples::all().context("the sample calls cannot be read")?;
    let sample = samples.into_iter().next().context("there are no sample calls")?;
    let count = length.as_secs() * u64::from(call::SAMPLE_RATE_HZ);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let from = |channel: &[i16]| {
        let skipped = channel.len() / variants * n;
        channel.iter().copied().cycle().skip(skipped).take(count).collect::<Vec<_>>()
    };
    Ok(Media::Audio(Call::new("bench", from(&sample.customer), from(&sample.to_customer))))
}

/// The share of the audio that went out, and what went wrong.
#[must_use]
pub fn outcome(placed: &Placed, calls: usize) -> (f64, usize) {
    let reports: Vec<&CallReport> = placed.iter().flatten().collect();
    let acknowledged: u64 = reports.iter().map(|report| report.acks.received.min(report.fragments)).sum();
    let sent: u64 = reports.iter().map(|report| report.fragments).sum();
    let of_all = reports.len() as f64 / calls.max(1) as f64;
    let offered = if sent == 0 { 0.0 } else { of_all * acknowledged as f64 / sent as f64 };
    let errors =
        placed.len() - reports.len() + reports.iter().map(|report| report.errors.len()).sum::<usize>();
    (offered, errors)
}

/// How many events come of fixed words, which come with every fragment of each channel.
#[must_use]
pub fn fixed_words(length: Duration, calls: usize) -> f64 {
    let quirks = Quirks::plain();
    let samples = (quirks.blocks_per_fragment * quirks.block_samples) as f64;
    let fragments = length.as_secs_f64() * f64::from(call::SAMPLE_RATE_HZ) / samples;
    fragments * (Channel::ALL.len() * calls) as f64
}
