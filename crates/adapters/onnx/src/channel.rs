//! What one channel of a call has waiting.

use std::{
    collections::VecDeque,
    mem,
    time::{Duration, Instant},
};

use audio::Resampler;
use model::MediaTime;
use turn::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

use crate::{
    call::Work,
    draft::Drafts,
    listener::{Heard, Listener, Spoken},
    moonshine::HeardWord,
};

/// Audio of one channel that may wait to be listened to: ten minutes. Beyond it the call's recognition ends with
/// an error, so that what is missing is known.
pub(crate) const MAX_BACKLOG_SAMPLES: usize = 10 * 60 * SAMPLE_RATE_HZ as usize;
/// Utterances of one channel that may wait to be recognised; beyond it the channel is not listened to, and its
/// audio waits in the backlog.
const MAX_WAITING_FINALS: usize = 8;
/// Frames that are listened to in one go: about a second.
const FRAMES_PER_TURN: usize = 31;
/// Audio that waited longer than this makes its words late.
const LISTEN_DEADLINE: Duration = Duration::from_millis(500);

/// One channel of a call.
#[derive(Default)]
pub(crate) struct ChannelState {
    /// Makes other rates 8 kHz.
    resampler: Option<Resampler>,
    inbox: VecDeque<i16>,
    /// When the oldest audio of the inbox came.
    waiting_since: Option<Instant>,
    /// Away while a thread listens.
    listener: Option<Listener>,
    started: bool,
    finished: bool,
    listened: bool,
    finals: VecDeque<WaitingFinal>,
    /// The start of the utterance that a thread recognises for good.
    in_work: Option<MediaTime>,
    draft: Option<WaitingDraft>,
    recognising: bool,
    drafts: Drafts,
    /// Work of each kind that the pool knows of.
    queued: [bool; 3],
    /// Nothing that is still to be heard starts before this.
    unheard_from: MediaTime,
}

/// An utterance that waits to be recognised.
pub(crate) struct WaitingFinal {
    pub(crate) spoken: Spoken,
    /// It is long enough for a word.
    pub(crate) holds_words: bool,
    pub(crate) since: Instant,
    /// Its audio was late already.
    pub(crate) behind: bool,
}

/// The newest state of an open utterance.
pub(crate) struct WaitingDraft {
    pub(crate) spoken: Spoken,
    pub(crate) since: Instant,
    pub(crate) behind: bool,
}

/// Audio taken out to be listened to.
pub(crate) struct Turn {
    pub(crate) listener: Listener,
    pub(crate) samples: Vec<i16>,
    /// The channel ends with it.
    pub(crate) last: bool,
    behind: bool,
}

/// The backlog has no room for more audio.
#[derive(Debug)]
pub(crate) struct Full;

impl ChannelState {
    pub(crate) fn new(resampler: Option<Resampler>, start: MediaTime) -> Self {
        Self { resampler, unheard_from: start, ..Self::default() }
    }

    pub(crate) const fn is_started(&self) -> bool {
        self.started
    }

    pub(crate) const fn is_finished(&self) -> bool {
        self.finished
    }

    /// The first audio comes.
    pub(crate) fn begin(&mut self, listener: Listener) {
        self.listener = Some(listener);
        self.started = true;
    }

    /// Takes audio into the backlog.
    pub(crate) fn take(&mut self, samples: &[i16], now: Instant) -> Result<(), Full> {
        if self.inbox.len().saturating_add(samples.len()) > MAX_BACKLOG_SAMPLES {
            return Err(Full);
        }
        self.waiting_since.get_or_insert(now);
        if let Some(resampler) = &mut self.resampler {
            let mut changed = Vec::new();
            resampler.push(samples, &mut changed);
            self.inbox.extend(changed);
        } else {
            self.inbox.extend(samples);
        }
        Ok(())
    }

    /// No more audio will come.
    pub(crate) fn finish(&mut self) {
        if mem::replace(&mut self.finished, true) {
            return;
        }
        if let Some(resampler) = &mut self.resampler {
            let mut rest = Vec::new();
            resampler.finish(&mut rest);
            self.inbox.extend(rest);
        }
        self.listened |= !self.started;
    }

    /// Drops all work.
    pub(crate) fn clear(&mut self) {
        let queued = self.queued;
        *self = Self { queued, finished: true, listened: true, ..Self::default() };
    }

    /// Whether all that came is recognised.
    pub(crate) fn is_done(&self) -> bool {
        self.finished && self.listened && self.finals.is_empty() && !self.recognising
    }

    /// Marks work as queued when it is possible and not queued yet; true when it was marked.
    pub(crate) fn queue(&mut self, work: Work) -> bool {
        let new = !self.queued[work as usize] && self.can(work);
        self.queued[work as usize] |= new;
        new
    }

    /// The pool has taken the work up.
    pub(crate) const fn unqueue(&mut self, work: Work) {
        self.queued[work as usize] = false;
    }

    fn can(&self, work: Work) -> bool {
        match work {
            Work::Listen => {
                self.listener.is_some()
                    && !self.listened
                    && self.finals.len() < MAX_WAITING_FINALS
                    && (self.finished || self.inbox.len() >= FRAME_SAMPLES)
            }
            Work::Final => !self.recognising && !self.finals.is_empty(),
            Work::Draft => !self.recognising && self.finals.is_empty() && self.draft.is_some(),
        }
    }

    /// Takes audio and the listener out.
    pub(crate) fn begin_listening(&mut self, now: Instant) -> Option<Turn> {
        if !self.can(Work::Listen) {
            return None;
        }
        let listener = self.listener.take()?;
        let whole = (self.inbox.len() / FRAME_SAMPLES).min(FRAMES_PER_TURN) * FRAME_SAMPLES;
        let rest = self.finished && self.inbox.len() - whole < FRAME_SAMPLES;
        let count = if rest { self.inbox.len() } else { whole };
        let samples: Vec<i16> = self.inbox.drain(..count).collect();
        let behind =
            self.waiting_since.is_some_and(|since| now.saturating_duration_since(since) > LISTEN_DEADLINE);
        if self.inbox.len() < FRAME_SAMPLES {
            self.waiting_since = None;
        }
        Some(Turn { listener, samples, last: rest, behind })
    }

    /// Takes the listener back, and what it heard.
    pub(crate) fn end_listening(&mut self, turn: Turn, heard: Vec<Heard>, now: Instant, drafts: bool) {
        if self.listened {
            // The call's recognition ended meanwhile.
            return;
        }
        self.listened = turn.last;
        self.unheard_from = if turn.last { turn.listener.heard_through() } else { turn.listener.settled() };
        self.listener = Some(turn.listener);
        let (since, behind) = (now, turn.behind);
        for heard in heard {
            match heard {
                Heard::Draft(spoken) if drafts => {
                    // One that still waits is coalesced with this; its deadline stays.
                    let since = self.draft.take().map_or(since, |waiting| waiting.since);
                    self.draft = Some(WaitingDraft { spoken, since, behind });
                }
                Heard::Draft(_) => {}
                Heard::Utterance(spoken) => self.end_utterance(spoken, true, since, behind),
                Heard::Nothing(spoken) => self.end_utterance(spoken, false, since, behind),
            }
        }
    }

    fn end_utterance(&mut self, spoken: Spoken, holds_words: bool, since: Instant, behind: bool) {
        self.draft = None;
        self.finals.push_back(WaitingFinal { spoken, holds_words, since, behind });
    }

    pub(crate) fn begin_final(&mut self) -> Option<WaitingFinal> {
        if !self.can(Work::Final) {
            return None;
        }
        let waiting = self.finals.pop_front()?;
        self.recognising = true;
        self.in_work = Some(waiting.spoken.start);
        Some(waiting)
    }

    pub(crate) fn end_final(&mut self) {
        self.recognising = false;
        self.in_work = None;
        self.drafts = Drafts::default();
    }

    pub(crate) fn begin_draft(&mut self) -> Option<WaitingDraft> {
        if !self.can(Work::Draft) {
            return None;
        }
        self.recognising = true;
        self.draft.take()
    }

    /// Takes a draft's words and says which to show.
    pub(crate) fn end_draft(&mut self, words: Vec<HeardWord>) -> Option<Vec<HeardWord>> {
        self.recognising = false;
        self.drafts.next(words)
    }

    /// Everything before this is final.
    pub(crate) fn settled(&self) -> MediaTime {
        let waiting = self.finals.front().map(|waiting| waiting.spoken.start);
        self.in_work.or(waiting).unwrap_or(self.unheard_from)
    }
}
