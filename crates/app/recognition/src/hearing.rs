//! One call's recognition over several recognisers, as a state machine: no clock, no IO.
//!
//! It keeps the audio whose words are not final, knows what was told of each channel, and decides when a stream is
//! given up, who is asked next and where the next stream begins. One stream is open at a time; what a stream that was
//! given up still says is not heard.

mod told;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use model::{Channel, MediaTime, Timestamp};
use ports::{Language, SpeechResult, TranscriptionRequest};

use self::told::Told;
use crate::{
    fault::Fault,
    held::{Held, Piece},
};

/// How far a stream is sent ahead of what it has settled.
const MAX_AHEAD: Duration = Duration::from_secs(60);
/// Audio so long behind what was sent is settled by any recogniser that works: the port says 30 s.
const SETTLES_WITHIN: Duration = Duration::from_secs(35);
/// An utterance that was shown grows or ends before so much more has been sent.
const GROWS_WITHIN: Duration = Duration::from_secs(10);
/// The waits before the same recogniser is asked again.
const REPEAT_AFTER: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];
/// The wait after all were asked, at first; doubled each time.
const ROUND_AFTER: Duration = Duration::from_millis(500);
/// And at the most.
const MAX_ROUND_AFTER: Duration = Duration::from_secs(10);
/// The wait for a moment that a recogniser named, at the least.
const MIN_ROUND_AFTER: Duration = Duration::from_millis(50);
/// While nobody hears the call, whoever reads is told so often that it is not forgotten.
const BEAT: Duration = Duration::from_secs(15);
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
    /// Spreads the waits of calls that lost the same recogniser at once.
    seed: u64,
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
    Hearing(Hearing),
    Over,
}

#[derive(Clone, Copy, Debug)]
struct Hearing {
    tier: usize,
    start: u64,
    /// Up to where each channel was done before: silence for this stream.
    done_before: [u64; 2],
    sent: [u64; 2],
    finished: bool,
    answered_at: Timestamp,
    owes_since: Option<Timestamp>,
}

/// The search for the next stream.
#[derive(Debug)]
struct Search {
    /// The one to ask first.
    prefer: Option<usize>,
    /// Those that are not asked again in this round.
    tried: Vec<bool>,
    repeats: u32,
    rounds: u32,
    /// Someone in this round may take the call later without anybody doing something.
    hope: bool,
}

impl HearingSession {
    /// A call that nobody hears yet; asks for its first stream at once.
    pub(crate) fn new(rules: Rules, request: &TranscriptionRequest, seed: u64) -> Self {
        let rate_hz = request.sample_rate_hz;
        let start = request.start.as_samples(rate_hz);
        let channel = || ChannelState { held: Held::new(start, rate_hz), told: Told::new(request.start) };
        let tried = vec![false; rules.tiers.len()];
        let mut this = Self {
            rules,
            rate_hz,
            seed,
            language: request.language.clone(),
            channels: [channel(), channel()],
            stage: Stage::Asking,
            attempt: 0,
            start,
            search: Search { prefer: None, tried, repeats: 0, rounds: 0, hope: false },
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
                self.search.hope |= !unavailable;
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
            Stage::Hearing(hearing) if self.hung_at(hearing).is_some_and(|at| at <= now) => {
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
        self.opened_ever || self.search.rounds > 0
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
            self.give_up(GiveUp::Overflow);
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
        self.stage = Stage::Hearing(Hearing {
            tier,
            start: self.start,
            done_before: [0, 1].map(|n| self.done(&self.channels[n])),
            sent: [self.start; 2],
            finished: false,
            answered_at: now,
            owes_since: None,
        });
        self.pump(now);
    }

    fn result(&mut self, now: Timestamp, result: SpeechResult) {
        let Stage::Hearing(hearing) = &mut self.stage else { return };
        hearing.answered_at = now;
        let sent = hearing.sent.map(|sent| MediaTime::from_samples(sent, self.rate_hz));
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
            self.advanced();
        }
        self.pump(now);
    }

    /// More is done than before: what failed so far is forgiven.
    fn advanced(&mut self) {
        for n in 0..self.channels.len() {
            let done = self.done(&self.channels[n]);
            self.channels[n].held.forget(done);
        }
        self.stuck_since = None;
        self.search.reset();
        self.search.rounds = 0;
    }

    fn ended(&mut self, now: Timestamp) {
        let Stage::Hearing(hearing) = &self.stage else { return };
        let slack = MediaTime::ZERO + END_SLACK;
        let slack = slack.as_samples(self.rate_hz);
        let heard = |channel| self.done(channel).saturating_add(slack) >= channel.held.end();
        if hearing.finished && self.channels.iter().all(heard) {
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
        let (Stage::Opening { tier, .. } | Stage::Hearing(Hearing { tier, .. })) = self.stage else { return };
        for channel in &mut self.channels {
            channel.told.stream_gone();
        }
        self.search.hope |= fault != Fault::Unavailable;
        let rest = self.holds_audio();
        if self.opened_ever && !rest {
            self.search.reset();
            self.stage = Stage::Idle;
            self.beat_at = None;
            self.end_if_heard();
            return;
        }
        self.beat_at.get_or_insert(now + BEAT);
        self.stuck_since.get_or_insert(now);
        if self.search.repeats < fault.repeats() {
            let wait = REPEAT_AFTER.get(self.search.repeats as usize).copied().unwrap_or(ROUND_AFTER);
            self.search.repeats += 1;
            self.search.prefer = Some(tier);
            self.stage = Stage::Waiting { until: now + self.spread(wait) };
            return;
        }
        self.search.repeats = 0;
        self.search.prefer = None;
        if let Some(tried) = self.search.tried.get_mut(tier) {
            *tried = true;
        }
        if self.search.tried.iter().all(|tried| *tried) {
            self.next_round(now, None);
        } else {
            self.ask();
        }
    }

    /// Nobody takes the call: all are asked again after a wait.
    fn next_round(&mut self, now: Timestamp, again: Option<Timestamp>) {
        let stuck_since = *self.stuck_since.get_or_insert(now);
        if !self.opened_ever && !self.search.hope {
            self.give_up(GiveUp::Unavailable);
            return;
        }
        if self.holds_audio() && now.since(stuck_since) >= self.rules.give_up_after {
            self.give_up(GiveUp::TooLong);
            return;
        }
        self.hears = None;
        self.beat_at.get_or_insert(now + BEAT);
        let wait = (ROUND_AFTER * 2_u32.saturating_pow(self.search.rounds.min(16))).min(MAX_ROUND_AFTER);
        let wait = again.map_or(wait, |at| at.since(now).clamp(MIN_ROUND_AFTER, wait.max(MIN_ROUND_AFTER)));
        self.search.rounds = self.search.rounds.saturating_add(1);
        self.search.reset();
        self.stage = Stage::Waiting { until: now + self.spread(wait) };
    }

    fn ask(&mut self) {
        let tried = self.search.tried.iter().enumerate();
        let rest = tried.filter(|(tier, tried)| !**tried && Some(*tier) != self.search.prefer);
        let ask = self.search.prefer.into_iter().chain(rest.map(|(tier, _)| tier)).collect();
        self.attempt += 1;
        self.start = self.channels.iter().map(|channel| self.done(channel)).min().unwrap_or(0);
        self.stage = Stage::Asking;
        self.outputs.push_back(Output::Open {
            attempt: self.attempt,
            ask,
            start: MediaTime::from_samples(self.start, self.rate_hz),
            language: self.language.clone(),
        });
    }

    /// Hands the stream what it may have, the channel that is behind first.
    fn pump(&mut self, now: Timestamp) {
        let Stage::Hearing(mut hearing) = self.stage else { return };
        let ahead = (MediaTime::ZERO + MAX_AHEAD).as_samples(self.rate_hz);
        loop {
            let unsent = Channel::ALL.into_iter().filter(|channel| {
                let n = channel.index();
                hearing.sent[n] < self.channels[n].held.end()
            });
            let Some(channel) = unsent.min_by_key(|channel| hearing.sent[channel.index()]) else { break };
            let n = channel.index();
            let sent = hearing.sent[n];
            if sent.saturating_sub(self.done(&self.channels[n]).max(hearing.start)) >= ahead {
                break;
            }
            let piece = match hearing.done_before[n].saturating_sub(sent) {
                0 => self.channels[n].held.from(sent),
                said => Some(Piece::silence(said)),
            };
            let Some(piece) = piece else { break };
            hearing.sent[n] += piece.samples().len() as u64;
            let at = MediaTime::from_samples(sent, self.rate_hz);
            self.outputs.push_back(Output::Push { channel, at, piece });
        }
        let all_sent =
            self.channels.iter().zip(hearing.sent).all(|(channel, sent)| sent >= channel.held.end());
        if self.finishing && all_sent && !hearing.finished {
            hearing.finished = true;
            self.outputs.push_back(Output::FinishStream);
        }
        hearing.owes_since = self.owes(&hearing).then(|| hearing.owes_since.unwrap_or(now));
        self.stage = Stage::Hearing(hearing);
    }

    /// Whether a recogniser that works would have something to say soon.
    fn owes(&self, hearing: &Hearing) -> bool {
        let owes = |(channel, sent): (&ChannelState, u64)| {
            let sent = MediaTime::from_samples(sent, self.rate_hz);
            let settled = channel.told.done();
            let grown = channel.told.open_end();
            sent.since(settled) >= SETTLES_WITHIN || grown.is_some_and(|end| sent.since(end) >= GROWS_WITHIN)
        };
        hearing.finished || self.channels.iter().zip(hearing.sent).any(owes)
    }

    fn hung_at(&self, hearing: &Hearing) -> Option<Timestamp> {
        let since = hearing.owes_since?.max(hearing.answered_at);
        Some(since + self.rules.tiers.get(hearing.tier)?.answers_within)
    }

    fn timeout(&self) -> Option<Timestamp> {
        let stage = match &self.stage {
            Stage::Waiting { until } | Stage::Opening { until, .. } => Some(*until),
            Stage::Hearing(hearing) => self.hung_at(hearing),
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

    /// `wait` and up to a quarter more.
    fn spread(&self, wait: Duration) -> Duration {
        // Fibonacci hashing: near seeds and attempts come out far apart.
        let hash = (self.seed ^ self.attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        wait + wait.mul_f64(hash as f64 / 65_536.0 / 4.0)
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

    fn give_up(&mut self, why: GiveUp) {
        self.over(Output::GiveUp(why));
    }

    fn over(&mut self, last: Output) {
        self.outputs.push_back(last);
        self.stage = Stage::Over;
        self.beat_at = None;
    }
}

impl Search {
    /// All may be asked again.
    fn reset(&mut self) {
        self.prefer = None;
        self.tried.fill(false);
        self.repeats = 0;
        self.hope = false;
    }
}
