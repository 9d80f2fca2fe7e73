//! The work of one call: what each channel has waiting, and what may be done next.
//!
//! A channel is listened to by one thread at a time and recognised by one thread at a time, in order; so its
//! results come in order, and its finals depend on its audio alone, however busy the machine is.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use audio::Resampler;
use model::{Channel, MediaTime, SpokenWord, TenantId};
use ports::{SpeechResult, TranscriberError};
use turn::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

use crate::{
    EngineError,
    channel::{ChannelState, MAX_BACKLOG_SAMPLES, WaitingFinal},
    engine::{SpeechEngine, Tier},
    listener::{Listener, Spoken},
    moonshine::HeardWord,
    outbox::Outbox,
};

/// Work that waited longer than this for a thread is late.
const FINAL_DEADLINE: Duration = Duration::from_millis(500);
const DRAFT_DEADLINE: Duration = Duration::from_millis(300);

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Find the speech in what arrived.
    Listen,
    /// Recognise an utterance that is over.
    Final,
    /// Recognise what an open utterance holds so far.
    Draft,
}

impl Work {
    pub(crate) const ALL: [Self; 3] = [Self::Listen, Self::Final, Self::Draft];
}

/// One call.
pub(crate) struct Call {
    pub(crate) tenant: TenantId,
    pub(crate) outbox: Arc<Outbox>,
    engine: Arc<dyn SpeechEngine>,
    drafts: bool,
    channels: [Mutex<ChannelState>; 2],
}

impl Call {
    /// A call whose audio of `rate_hz` begins at `start`.
    pub(crate) fn new(
        tenant: TenantId,
        engine: Arc<dyn SpeechEngine>,
        drafts: bool,
        rate_hz: u32,
        start: MediaTime,
    ) -> Self {
        let channel = || {
            let resampler = (rate_hz != SAMPLE_RATE_HZ).then(|| Resampler::new(rate_hz, SAMPLE_RATE_HZ));
            Mutex::new(ChannelState::new(resampler, start))
        };
        let outbox = Arc::new(Outbox::default());
        Self { tenant, outbox, engine, drafts, channels: [channel(), channel()] }
    }

    /// Takes audio; says which work became possible.
    pub(crate) fn push(&self, channel: Channel, at: MediaTime, samples: &[i16], now: Instant) -> Vec<Work> {
        if self.outbox.is_closed() {
            return Vec::new();
        }
        let mut state = self.lock(channel);
        if state.is_finished() {
            return Vec::new();
        }
        if !state.is_started() {
            state.begin(Listener::new(Arc::clone(&self.engine), at));
        }
        if state.take(samples, now).is_err() {
            drop(state);
            self.fail(TranscriberError::Failed(Box::new(BacklogFull)));
            return Vec::new();
        }
        self.possible(&mut state)
    }

    /// No more audio will come.
    pub(crate) fn finish(&self, channel: Channel) -> Vec<Work> {
        let mut state = self.lock(channel);
        state.finish();
        let possible = self.possible(&mut state);
        drop(state);
        self.end_when_done();
        possible
    }

    /// What became possible without new audio, such as after the reader made room.
    pub(crate) fn recheck(&self, channel: Channel) -> Vec<Work> {
        self.possible(&mut self.lock(channel))
    }

    /// Does one piece of work; says which work is possible then.
    pub(crate) fn work(&self, channel: Channel, work: Work, now: Instant) -> Vec<Work> {
        self.lock(channel).unqueue(work);
        if self.outbox.is_closed() {
            self.lock(channel).clear();
            return Vec::new();
        }
        let done = match work {
            Work::Listen => self.listen(channel, now),
            Work::Final => self.recognise_final(channel, now),
            Work::Draft => self.recognise_draft(channel, now),
        };
        if let Err(error) = done {
            self.fail(TranscriberError::Failed(Box::new(error)));
        }
        let possible = self.possible(&mut self.lock(channel));
        self.end_when_done();
        possible
    }

    /// Ends the call's recognition with an error.
    pub(crate) fn fail(&self, error: TranscriberError) {
        self.outbox.fail(error);
        for channel in Channel::ALL {
            self.lock(channel).clear();
        }
    }

    fn lock(&self, channel: Channel) -> MutexGuard<'_, ChannelState> {
        self.channels[channel.index()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work that is possible and not queued yet; it counts as queued from here on.
    fn possible(&self, state: &mut ChannelState) -> Vec<Work> {
        let full = self.outbox.is_full();
        Work::ALL.into_iter().filter(|&work| !(full && work == Work::Final) && state.queue(work)).collect()
    }

    fn listen(&self, channel: Channel, now: Instant) -> Result<(), EngineError> {
        let Some(mut turn) = self.lock(channel).begin_listening(now) else { return Ok(()) };
        let mut heard = Vec::new();
        for frame in turn.samples.chunks(FRAME_SAMPLES) {
            turn.listener.take(frame, &mut heard)?;
        }
        if turn.last {
            turn.listener.finish(&mut heard)?;
        }
        let mut state = self.lock(channel);
        state.end_listening(turn, heard, now, self.drafts);
        self.outbox.put(SpeechResult::Settled { channel, through: state.settled() });
        Ok(())
    }

    fn recognise_final(&self, channel: Channel, now: Instant) -> Result<(), EngineError> {
        let Some(waiting) = self.lock(channel).begin_final() else { return Ok(()) };
        let late = waiting.behind || now.saturating_duration_since(waiting.since) > FINAL_DEADLINE;
        let WaitingFinal { spoken, holds_words, .. } = waiting;
        let heard =
            if holds_words { self.engine.recognise(Tier::Final, &spoken.samples)? } else { Vec::new() };
        let words = place(heard, &spoken);
        let (start, end) = (spoken.start, spoken.end);
        let mut state = self.lock(channel);
        self.outbox.put(SpeechResult::Final { channel, start, end, words, late });
        state.end_final();
        self.outbox.put(SpeechResult::Settled { channel, through: state.settled() });
        Ok(())
    }

    fn recognise_draft(&self, channel: Channel, now: Instant) -> Result<(), EngineError> {
        let Some(waiting) = self.lock(channel).begin_draft() else { return Ok(()) };
        let late = waiting.behind || now.saturating_duration_since(waiting.since) > DRAFT_DEADLINE;
        let heard = self.engine.recognise(Tier::Draft, &waiting.spoken.samples)?;
        let mut state = self.lock(channel);
        if let Some(shown) = state.end_draft(heard) {
            let words = place(shown, &waiting.spoken);
            let (start, end) = (waiting.spoken.start, waiting.spoken.end);
            self.outbox.put(SpeechResult::Partial { channel, start, end, words, late });
        }
        Ok(())
    }

    fn end_when_done(&self) {
        if Channel::ALL.into_iter().all(|channel| self.lock(channel).is_done()) {
            self.outbox.end();
        }
    }
}

/// More audio waits than may wait.
#[derive(Debug, thiserror::Error)]
#[error("{} minutes of audio wait to be recognised", MAX_BACKLOG_SAMPLES / 60 / SAMPLE_RATE_HZ as usize)]
struct BacklogFull;

/// Puts words on the call's timeline: in order, and within the speech. The decoder stretches the first word over
/// the silence before it and the last one over the silence after it.
fn place(words: Vec<HeardWord>, spoken: &Spoken) -> Vec<SpokenWord> {
    let within = |at: Duration| (spoken.audio + at).clamp(spoken.start, spoken.end.max(spoken.start));
    let mut from = spoken.start;
    words
        .into_iter()
        .map(|word| {
            let start = within(word.start).max(from);
            let end = within(word.end).max(start);
            from = end;
            SpokenWord { text: word.text, start, end, confidence: word.confidence }
        })
        .collect()
}
