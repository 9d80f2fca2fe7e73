//! One stream: what was sent, what was said, what is settled. Without a clock: `now` is the time since it began.

use std::time::Duration;

use model::{Channel, MediaTime};
use ports::{SpeechResult, TranscriberError};

use crate::{
    error::{StreamFailure, garbled},
    feed::{Chunk, Rate},
    results::{Known, RawResult, Utterances},
    settle::{NO_ANSWER, Settle},
    timeline::Timeline,
};

/// What is settled is told in steps of this, and with each final.
const SETTLED_STEP: Duration = Duration::from_secs(5);
/// A smaller step is told when none was for this long.
const SETTLED_PAUSE: Duration = Duration::from_secs(2);
/// How long the service may take to say its last words and end the stream.
const MAX_ENDING: Duration = Duration::from_secs(30);

/// What one stream is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionConfig {
    pub(crate) rate_hz: u32,
    pub(crate) start: MediaTime,
    /// Whether the service finds out the language.
    pub(crate) identifies: bool,
    pub(crate) limit: Duration,
}

/// The state of one stream.
#[derive(Debug)]
pub(crate) struct Session {
    config: SessionConfig,
    timeline: Timeline,
    settle: Settle,
    channels: [ChannelState; 2],
    /// When the last audio was sent.
    finished: Option<Duration>,
    last_event: Duration,
}

#[derive(Debug)]
struct ChannelState {
    channel: Channel,
    utterances: Utterances,
    language: Option<String>,
    settled: Duration,
    /// Where that lies on the call, as it was told.
    told: MediaTime,
    told_at: Duration,
}

impl ChannelState {
    const fn new(channel: Channel, told: MediaTime) -> Self {
        let (settled, told_at) = (Duration::ZERO, Duration::ZERO);
        Self { channel, utterances: Utterances::new(channel), language: None, settled, told, told_at }
    }
}

impl Session {
    pub(crate) fn new(config: SessionConfig) -> Self {
        Self {
            config,
            timeline: Timeline::new(config.start),
            settle: Settle::default(),
            channels: Channel::ALL.map(|channel| ChannelState::new(channel, config.start)),
            finished: None,
            last_event: Duration::ZERO,
        }
    }

    /// A chunk is being sent.
    pub(crate) fn sent(&mut self, chunk: &Chunk, now: Duration) -> Result<(), StreamFailure> {
        self.settle.sent(chunk, self.config.rate_hz, now);
        let sent = self.settle.sent_so_far();
        if chunk.fill > 0 {
            let length = self.config.rate_hz.duration(u64::try_from(chunk.fill).unwrap_or(u64::MAX));
            self.timeline.fill(sent.saturating_sub(length), length);
        }
        if sent > self.config.limit { Err(StreamFailure::SessionLimit(self.config.limit)) } else { Ok(()) }
    }

    /// All audio was sent.
    pub(crate) const fn finished(&mut self, now: Duration) {
        self.finished = Some(now);
    }

    /// The service said something, if only that there are no words.
    pub(crate) fn said(
        &mut self,
        results: Vec<RawResult>,
        now: Duration,
    ) -> Result<Vec<SpeechResult>, TranscriberError> {
        self.last_event = now;
        let mut out = Vec::new();
        let mut furthest = None;
        for result in results {
            let end = Duration::try_from_secs_f64(result.end).ok();
            out.extend(self.take(result)?);
            furthest = furthest.max(end);
        }
        self.settle.event(furthest, now);
        let is_final = out.iter().any(|result| matches!(result, SpeechResult::Final { .. }));
        self.settled(if is_final { Duration::ZERO } else { SETTLED_STEP }, now, &mut out);
        Ok(out)
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Duration) -> Result<Vec<SpeechResult>, TranscriberError> {
        let mut out = Vec::new();
        self.settled(SETTLED_STEP, now, &mut out);
        let is_any_open = self.channels.iter().any(|channel| channel.utterances.progress().open.is_some());
        if self.settle.is_unanswered(is_any_open, now) {
            return Err(StreamFailure::NoAnswer(NO_ANSWER).into());
        }
        if let Some(finished) = self.finished {
            let quiet = now.saturating_sub(finished.max(self.last_event));
            if quiet > MAX_ENDING && self.settle.is_played_out(now) {
                return Err(StreamFailure::NoEnd(MAX_ENDING).into());
            }
        }
        Ok(out)
    }

    /// The service has ended the stream. What is open stays as it is, and each channel is settled to the end of what
    /// was pushed.
    pub(crate) fn ended(&mut self, pushed: [Duration; 2]) -> Result<Vec<SpeechResult>, TranscriberError> {
        if self.finished.is_none() {
            return Err(StreamFailure::ClosedEarly.into());
        }
        let mut out = Vec::new();
        for (state, pushed) in self.channels.iter_mut().zip(pushed) {
            out.extend(state.utterances.close(self.settle.sent_so_far()));
            let through = state.told.max(self.config.start + pushed);
            out.push(SpeechResult::Settled { channel: state.channel, through });
        }
        Ok(out)
    }

    fn take(&mut self, mut result: RawResult) -> Result<Vec<SpeechResult>, TranscriberError> {
        let place = match result.channel.as_deref() {
            Some("ch_0") => 0,
            Some("ch_1") => 1,
            Some(_) | None => return Err(garbled("a result without its channel")),
        };
        let Some(state) = self.channels.get_mut(place) else {
            return Err(garbled("a result without its channel"));
        };
        let language = result.language.take().filter(|_| self.config.identifies);
        let sent = self.settle.sent_so_far();
        let known = Known { sent, settled: state.told, timeline: &self.timeline };
        let mut out = state.utterances.take(result, known)?;
        if let Some(tag) = language.filter(|tag| !out.is_empty() && state.language.as_ref() != Some(tag)) {
            state.language = Some(tag.clone());
            out.insert(0, SpeechResult::LanguageIdentified { tag });
        }
        Ok(out)
    }

    /// Tells what is settled where that has moved on by `step`, or by less since a while.
    fn settled(&mut self, step: Duration, now: Duration, out: &mut Vec<SpeechResult>) {
        for (index, state) in self.channels.iter_mut().enumerate() {
            let through = self.settle.through(index, state.utterances.progress()).max(state.settled);
            let on_call = self.timeline.on_call(through);
            let is_due =
                through >= state.settled + step || now.saturating_sub(state.told_at) >= SETTLED_PAUSE;
            if is_due && on_call > state.told {
                (state.settled, state.told, state.told_at) = (through, on_call, now);
                out.push(SpeechResult::Settled { channel: state.channel, through: on_call });
            }
        }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
