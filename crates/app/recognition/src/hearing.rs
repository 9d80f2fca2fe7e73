//! One call's recognition over several recognisers, as a state machine: no clock, no IO.
//!
//! It keeps the audio whose words are not final, knows what was told of each channel, and decides when a stream is
//! given up, who is asked next and where the next stream begins. One stream is open at a time; what a stream that was
//! given up still says is not heard.

mod search;
mod stream;
mod told;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use model::{Channel, MediaTime, Timestamp};
use ports::{Language, SpeechResult, TranscriptionRequest};

use self::{
    search::{Next, Search},
    stream::{HearingStream, Reached},
    told::Told,
};
use crate::{
    fault::Fault,
    held::{Held, Piece},
};

/// While nobody hears the call, whoever reads is told so often that it is not forgotten.
const BEAT: Duration = Duration::from_secs(15);
/// A stream that has lived so long and still gets further is well, whatever it has met before.
pub(crate) const STEADY_AFTER: Duration = Duration::from_secs(30);
/// A stream that ends so little before the end of the audio has heard it all.
const END_SLACK: Duration = Duration::from_millis(500);

/// What happens to a call.
#[derive(Debug)]
pub(crate) enum Input<'a> {
    /// The next samples of a channel.
    Audio { channel: Channel, at: MediaTime, samples: &'a [i16] },
    /// No more audio will come.
    Finish,
    /// Of the tiers that were to be asked, this one is opening a stream.
    Opening { attempt: u64, tier: usize },
    /// None of them may be asked now. `unavailable`: not before someone has done something; otherwise perhaps at `again`.
    NoneTakes { attempt: u64, unavailable: bool, again: Option<Timestamp> },
    /// The stream is open.
    Opened { attempt: u64 },
    /// The stream's next result.
    Result { attempt: u64, result: SpeechResult },
    /// The stream was refused or failed.
    Failed { attempt: u64, fault: Fault },
    /// The stream ended.
    Ended { attempt: u64 },
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Output {
    /// Nothing until then, or until the next input.
    Timeout(Option<Timestamp>),
    /// Ask these tiers, in order, for a stream from `start` on.
    Open { attempt: u64, ask: Vec<usize>, start: MediaTime, language: Language },
    /// Hand this to the stream.
    Push { channel: Channel, at: MediaTime, piece: Piece },
    /// Tell the stream that no more comes.
    FinishStream,
    /// Drop the stream, for this fault.
    Abandon(Fault),
    /// Tell whoever reads.
    Tell(SpeechResult),
    /// The results end: all was heard.
    End,
    /// The results end in an error.
    GiveUp(GiveUp),
}

/// Why there will be no more words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GiveUp {
    /// Every recogniser says that someone has to do something.
    Unavailable,
    /// No recogniser got any further for too long.
    TooLong,
    /// More audio was pushed than may wait.
    Overflow,
}

/// What a session knows of its recognisers, best first.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) tiers: Arc<[TierRule]>,
    pub(crate) opens_within: Duration,
    pub(crate) give_up_after: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct TierRule {
    pub(crate) name: String,
    pub(crate) answers_within: Duration,
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct HearingSession {
    rules: Rules,
    rate_hz: u32,
    language: Language,
    channels: [ChannelState; 2],
    stage: Stage,
    attempt: u64,
    /// Where the stream that is being opened begins.
    start: u64,
    search: Search,
    /// Who hears the call, as far as was told.
    hears: Option<usize>,
    opened_ever: bool,
    /// Since when nobody got any further.
    stuck_since: Option<Timestamp>,
    beat_at: Option<Timestamp>,
    finishing: bool,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
struct ChannelState {
    held: Held,
    told: Told,
}

#[derive(Debug)]
enum Stage {
    /// Whoever drives this has been told to open a stream.
    Asking,
    Waiting {
        until: Timestamp,
    },
    /// All that was pushed has been heard; the next audio asks for a stream.
    Idle,
    Opening {
        tier: usize,
        until: Timestamp,
    },
    Hearing(HearingStream),
    Over,
}

impl HearingSession {
    /// A call that nobody hears yet; asks for its first stream at once.
    pub(crate) fn new(rules: Rules, request: &TranscriptionRequest, seed: u64) -> Self {
        let rate_hz = request.sample_rate_hz;
        let start = request.start.as_samples(rate_hz);
        let channel = || ChannelState { held: Held::new(start, rate_hz), told: Told::new(request.start) };
        let search = Search::new(rules.tiers.len(), seed);
        let mut this = Self {
            rules,
            rate_hz,
            language: request.language.clone(),
            channels: [channel(), channel()],
            stage: Stage::Asking,
            attempt: 0,
            start,
            search,
            hears: Some(0),
            opened_ever: false,
            stuck_since: None,
            beat_at: None,
            finishing: false,
            outputs: VecDeque::new(),
        };
        this.ask();
        this
    }

    /// Takes what happened in. Drain [`Self::poll_output`] after it.
    pub(crate) fn handle_input(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Audio { channel, at, samples } => self.audio(now, channel, at, samples),
            Input::Finish => self.finish(now),
            Input::Opening { attempt, tier } if self.is_asking(attempt) => {
                self.stage = Stage::Opening { tier, until: now + self.rules.opens_within };
            }
            Input::NoneTakes { attempt, unavailable, again } if self.is_asking(attempt) => {
                self.search.none_takes(unavailable);
                self.next_round(now, again);
            }
            Input::Opened { attempt } if attempt == self.attempt => self.opened(now),
            Input::Result { attempt, result } if attempt == self.attempt => self.result(now, result),
            Input::Failed { attempt, fault } if attempt == self.attempt => self.failed(now, fault),
            Input::Ended { attempt } if attempt == self.attempt => self.ended(now),
            // Of a stream that was given up.
            Input::Opening { .. }
            | Input::NoneTakes { .. }
            | Input::Opened { .. }
            | Input::Result { .. }
            | Input::Failed { .. }
            | Input::Ended { .. } => {}
        }
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        match &self.stage {
            Stage::Waiting { until } if *until <= now => self.ask(),
            Stage::Opening { until, .. } if *until <= now => self.abandon(now, Fault::Hung),
            Stage::Hearing(stream) if self.hung_at(stream).is_some_and(|at| at <= now) => {
                self.abandon(now, Fault::Hung);
            }
            Stage::Asking
            | Stage::Waiting { .. }
            | Stage::Idle
            | Stage::Opening { .. }
            | Stage::Hearing(_)
            | Stage::Over => {}
        }
        if self.beat_at.is_some_and(|at| at <= now) {
            self.beat_at = Some(now + BEAT);
            let through = self.channels[0].told.settled();
            self.tell(SpeechResult::Settled { channel: Channel::Customer, through });
        }
    }

    /// What is to be done next. After `Timeout` there is nothing.
    pub(crate) fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| Output::Timeout(self.timeout()))
    }

    /// Whether no recogniser hears the call now, though there is something to hear.
    pub(crate) const fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Asking | Stage::Waiting { .. } | Stage::Opening { .. })
    }

    /// Whether someone has heard the call, or all were asked in vain.
    pub(crate) const fn has_begun(&self) -> bool {
        self.opened_ever || self.search.is_long()
    }

    /// Whether this stream hears the call.
    pub(crate) const fn is_heard_by(&self, attempt: u64) -> bool {
        matches!(self.stage, Stage::Hearing(_)) && self.attempt == attempt
    }

    /// How much audio is kept, the longer channel.
    pub(crate) fn held(&self) -> Duration {
        let held = self.channels.iter().map(|channel| channel.held.end().saturating_sub(self.done(channel)));
        MediaTime::from_samples(held.max().unwrap_or(0), self.rate_hz).since(MediaTime::ZERO)
    }

    fn audio(&mut self, now: Timestamp, channel: Channel, at: MediaTime, samples: &[i16]) {
        if matches!(self.stage, Stage::Over) || self.finishing {
            return;
        }
        let state = &mut self.channels[channel.index()];
        if state.held.add(at.as_samples(self.rate_hz), samples).is_err() {
            self.over(Output::GiveUp(GiveUp::Overflow));
            return;
        }
        if matches!(self.stage, Stage::Idle) {
            self.beat_at = Some(now + BEAT);
            self.ask();
        }
        self.pump(now);
    }

    fn finish(&mut self, now: Timestamp) {
        if matches!(self.stage, Stage::Over) {
            return;
        }
        self.finishing = true;
        match self.stage {
            Stage::Hearing(_) => self.pump(now),
            Stage::Asking | Stage::Waiting { .. } | Stage::Idle | Stage::Opening { .. } | Stage::Over => {
                self.end_if_heard();
            }
        }
    }

    fn opened(&mut self, now: Timestamp) {
        let Stage::Opening { tier, .. } = self.stage else { return };
        self.opened_ever = true;
        self.beat_at = None;
        if self.hears != Some(tier) {
            self.hears = Some(tier);
            let name = self.rules.tiers.get(tier).map(|tier| tier.name.clone()).unwrap_or_default();
            self.tell(SpeechResult::RecogniserChanged { name });
        }
        let done_before = self.channels.each_ref().map(|channel| self.done(channel));
        let stream = HearingStream::new(tier, self.rate_hz, self.start, done_before, now);
        self.stage = Stage::Hearing(stream);
        self.pump(now);
    }

    fn result(&mut self, now: Timestamp, result: SpeechResult) {
        let Stage::Hearing(stream) = &mut self.stage else { return };
        stream.answered(now);
        let sent = [stream.sent_time(0), stream.sent_time(1)];
        if !told::is_plausible(&result, sent[0].max(sent[1])) {
            self.abandon(now, Fault::Garbled);
            return;
        }
        let before = self.channels.each_ref().map(|channel| channel.told.done());
        match result {
            SpeechResult::Partial { channel, .. }
            | SpeechResult::Final { channel, .. }
            | SpeechResult::Settled { channel, .. } => {
                let n = channel.index();
                let told = self.channels[n].told.take(result, sent[n]);
                self.outputs.extend(told.into_iter().map(Output::Tell));
            }
            SpeechResult::LanguageIdentified { tag } => {
                let language = Language::Tag(tag.clone());
                if self.language != language {
                    self.language = language;
                    self.tell(SpeechResult::LanguageIdentified { tag });
                }
            }
            changed @ SpeechResult::RecogniserChanged { .. } => self.tell(changed),
        }
        if before != self.channels.each_ref().map(|channel| channel.told.done()) {
            self.advanced(now);
        }
        self.pump(now);
    }

    /// More is done than before.
    fn advanced(&mut self, now: Timestamp) {
        for n in 0..self.channels.len() {
            let done = self.done(&self.channels[n]);
            self.channels[n].held.forget(done);
        }
        self.stuck_since = None;
        let lasts = matches!(&self.stage, Stage::Hearing(stream) if stream.age(now) >= STEADY_AFTER);
        self.search.got_further(lasts);
    }

    fn ended(&mut self, now: Timestamp) {
        let Stage::Hearing(stream) = &self.stage else { return };
        let slack = MediaTime::ZERO + END_SLACK;
        let slack = slack.as_samples(self.rate_hz);
        let heard = |channel| self.done(channel).saturating_add(slack) >= channel.held.end();
        if stream.finished && self.channels.iter().all(heard) {
            self.end();
        } else {
            self.abandon(now, Fault::Failed);
        }
    }

    /// The stream is given up, which it does not know yet.
    fn abandon(&mut self, now: Timestamp, fault: Fault) {
        self.outputs.push_back(Output::Abandon(fault));
        self.failed(now, fault);
    }

    fn failed(&mut self, now: Timestamp, fault: Fault) {
        let (Stage::Opening { tier, .. } | Stage::Hearing(HearingStream { tier, .. })) = self.stage else {
            return;
        };
        for channel in &mut self.channels {
            channel.told.stream_gone();
        }
        if self.opened_ever && !self.holds_audio() {
            self.search.reset();
            self.stage = Stage::Idle;
            self.beat_at = None;
            self.end_if_heard();
            return;
        }
        self.beat_at.get_or_insert(now + BEAT);
        self.stuck_since.get_or_insert(now);
        match self.search.failed(tier, fault) {
            Next::Ask => self.ask(),
            Next::Wait(wait) => self.stage = Stage::Waiting { until: now + wait },
            Next::Round => self.next_round(now, None),
        }
    }

    /// Nobody takes the call: all are asked again after a wait.
    fn next_round(&mut self, now: Timestamp, again: Option<Timestamp>) {
        let stuck_since = *self.stuck_since.get_or_insert(now);
        if !self.opened_ever && !self.search.has_hope() {
            self.over(Output::GiveUp(GiveUp::Unavailable));
            return;
        }
        if self.holds_audio() && now.since(stuck_since) >= self.rules.give_up_after {
            self.over(Output::GiveUp(GiveUp::TooLong));
            return;
        }
        self.hears = None;
        self.beat_at.get_or_insert(now + BEAT);
        self.stage = Stage::Waiting { until: now + self.search.next_round(now, again) };
    }

    fn ask(&mut self) {
        self.attempt += 1;
        self.start = self.channels.iter().map(|channel| self.done(channel)).min().unwrap_or(0);
        self.stage = Stage::Asking;
        self.outputs.push_back(Output::Open {
            attempt: self.attempt,
            ask: self.search.order(),
            start: MediaTime::from_samples(self.start, self.rate_hz),
            language: self.language.clone(),
        });
    }

    /// Hands the stream what it may have, the channel that is behind first.
    fn pump(&mut self, now: Timestamp) {
        let Stage::Hearing(mut stream) = self.stage else { return };
        while let Some(channel) = self.unsent(&stream) {
            let n = channel.index();
            let ChannelState { held, told } = &self.channels[n];
            if !stream.takes_more(n, told.done()) {
                break;
            }
            let piece = match stream.silence(n) {
                0 => held.from(stream.sent(n)),
                heard_before => Some(Piece::silence(heard_before)),
            };
            let Some(piece) = piece else { break };
            let at = stream.send(n, piece.samples().len());
            self.outputs.push_back(Output::Push { channel, at, piece });
        }
        if self.finishing && !stream.finished && self.unsent(&stream).is_none() {
            stream.finished = true;
            self.outputs.push_back(Output::FinishStream);
        }
        let reached = self
            .channels
            .each_ref()
            .map(|channel| Reached { done: channel.told.done(), open_end: channel.told.open_end() });
        stream.note_debt(reached, now);
        self.stage = Stage::Hearing(stream);
    }

    /// The channel that has audio for the stream and was sent the least.
    fn unsent(&self, stream: &HearingStream) -> Option<Channel> {
        let unsent = Channel::ALL.into_iter().filter(|channel| {
            let n = channel.index();
            stream.sent(n) < self.channels[n].held.end()
        });
        unsent.min_by_key(|channel| stream.sent(channel.index()))
    }

    fn hung_at(&self, stream: &HearingStream) -> Option<Timestamp> {
        stream.hung_at(self.rules.tiers.get(stream.tier)?.answers_within)
    }

    fn timeout(&self) -> Option<Timestamp> {
        let stage = match &self.stage {
            Stage::Waiting { until } | Stage::Opening { until, .. } => Some(*until),
            Stage::Hearing(stream) => self.hung_at(stream),
            Stage::Asking | Stage::Idle | Stage::Over => None,
        };
        stage.into_iter().chain(self.beat_at).min()
    }

    fn is_asking(&self, attempt: u64) -> bool {
        matches!(self.stage, Stage::Asking) && attempt == self.attempt
    }

    /// The sample up to which a channel needs no recogniser any more.
    fn done(&self, channel: &ChannelState) -> u64 {
        channel.told.done().as_samples(self.rate_hz).min(channel.held.end())
    }

    fn holds_audio(&self) -> bool {
        self.channels.iter().any(|channel| self.done(channel) < channel.held.end())
    }

    fn tell(&mut self, result: SpeechResult) {
        self.outputs.push_back(Output::Tell(result));
    }

    fn end_if_heard(&mut self) {
        if self.finishing && !self.holds_audio() {
            self.end();
        }
    }

    fn end(&mut self) {
        for (channel, state) in Channel::ALL.into_iter().zip(&mut self.channels) {
            let end = MediaTime::from_samples(state.held.end(), self.rate_hz);
            self.outputs.extend(state.told.end(channel, end).into_iter().map(Output::Tell));
        }
        self.over(Output::End);
    }

    fn over(&mut self, last: Output) {
        self.outputs.push_back(last);
        self.stage = Stage::Over;
        self.beat_at = None;
    }
}

#[cfg(test)]
mod tests;
