//! A call, the recognisers behind it, and whoever reads it.

use std::{collections::BTreeSet, time::Duration};

use model::{Channel, MediaTime, SpokenWord, Timestamp};
use ports::{Language, SpeechResult, TranscriptionRequest, testing::ids};

use super::super::{GiveUp, HearingSession, Input, Output, Rules, TierRule};
use crate::{ear::Ear, fault::Fault};

pub(super) const RATE_HZ: u32 = 1_000;

/// A call, the recognisers behind it, and whoever reads it.
pub(super) struct World {
    pub(super) session: HearingSession,
    pub(super) now: Timestamp,
    /// The stream that is being opened or open.
    pub(super) stream: Option<(u64, Ear)>,
    /// The last stream that was given up: what it still says must not be heard.
    pub(super) stale: Option<(u64, Ear)>,
    /// How the next attempts to open a stream end, before they end well.
    pub(super) refusals: Vec<Fault>,
    /// Streams open when [`Self::let_open`] says so.
    pub(super) slow: bool,
    pub(super) opening: Option<(u64, usize, MediaTime)>,
    pub(super) starts: Vec<MediaTime>,
    pub(super) languages: Vec<Language>,
    pub(super) asked: Vec<Vec<usize>>,
    pub(super) reader: Reader,
    pub(super) over: Option<Result<(), GiveUp>>,
}

/// What was told, and that it was told as the port promises.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) words: [Vec<String>; 2],
    pub(super) shown: [BTreeSet<MediaTime>; 2],
    pub(super) last_start: [Option<MediaTime>; 2],
    pub(super) end: [MediaTime; 2],
    pub(super) settled: [MediaTime; 2],
    pub(super) names: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) told: Vec<SpeechResult>,
}

fn rules(tiers: usize) -> Rules {
    let tier = |n| TierRule { name: format!("tier-{n}"), answers_within: Duration::from_secs(30) };
    Rules {
        tiers: (0..tiers).map(tier).collect(),
        opens_within: Duration::from_secs(10),
        give_up_after: Duration::from_secs(900),
    }
}

impl World {
    pub(super) fn new(tiers: usize) -> Self {
        let mut this = Self::unopened(tiers, Vec::new());
        this.drain();
        this
    }

    pub(super) fn unopened(tiers: usize, refusals: Vec<Fault>) -> Self {
        let (tenant, call) = ids("acme", "call-1");
        let request = TranscriptionRequest::new(tenant, call, RATE_HZ);
        Self {
            session: HearingSession::new(rules(tiers), &request, 7),
            now: Timestamp::from_millis(1_000_000),
            stream: None,
            stale: None,
            refusals,
            slow: false,
            opening: None,
            starts: Vec::new(),
            languages: Vec::new(),
            asked: Vec::new(),
            reader: Reader::default(),
            over: None,
        }
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
        self.session.handle_input(self.now, input);
        self.drain();
    }

    /// Does what the session wants; gives back when it wants to be woken.
    pub(super) fn drain(&mut self) -> Option<Timestamp> {
        loop {
            match self.session.poll_output() {
                Output::Timeout(at) => return at,
                Output::Open { attempt, ask, start, language } => {
                    self.languages.push(language);
                    self.open(attempt, ask, start);
                }
                Output::Push { channel, at, piece } => self.ear().push(channel, at, piece.samples()),
                Output::FinishStream => self.ear().finish(),
                Output::Abandon(_) => self.drop_stream(),
                Output::Tell(result) => self.reader.take(result),
                Output::End => self.over = Some(Ok(())),
                Output::GiveUp(why) => self.over = Some(Err(why)),
            }
        }
    }

    pub(super) fn open(&mut self, attempt: u64, ask: Vec<usize>, start: MediaTime) {
        let tier = ask.first().copied().expect("someone is asked");
        self.asked.push(ask);
        self.starts.push(start);
        self.session.handle_input(self.now, Input::Opening { attempt, tier });
        self.opening = Some((attempt, tier, start));
        if !self.slow {
            self.finish_opening();
        }
    }

    pub(super) fn finish_opening(&mut self) {
        let Some((attempt, tier, start)) = self.opening.take() else { return };
        if let Some(fault) = self.refusals.pop() {
            self.session.handle_input(self.now, Input::Failed { attempt, fault });
            return;
        }
        self.stream = Some((attempt, Ear::new(tier, start, RATE_HZ)));
        self.session.handle_input(self.now, Input::Opened { attempt });
    }

    pub(super) fn let_open(&mut self) {
        self.slow = false;
        self.finish_opening();
        self.drain();
    }

    pub(super) fn drop_stream(&mut self) {
        self.opening = None;
        self.stale = self.stream.take().or_else(|| self.stale.take());
    }

    /// Hands the stream's next results on; `false` when there are none.
    pub(super) fn deliver(&mut self, count: usize) -> bool {
        for _ in 0..count {
            let Some((attempt, ear)) = &mut self.stream else { return false };
            let attempt = *attempt;
            let Some(result) = ear.results.pop_front() else {
                let ended = ear.finished;
                if ended {
                    self.stream = None;
                    self.input(Input::Ended { attempt });
                }
                return ended;
            };
            self.input(Input::Result { attempt, result });
        }
        true
    }

    pub(super) fn deliver_stale(&mut self) {
        let Some((attempt, ear)) = &mut self.stale else { return };
        let attempt = *attempt;
        let Some(result) = ear.results.pop_front() else {
            self.input(Input::Ended { attempt });
            return;
        };
        self.input(Input::Result { attempt, result });
    }

    pub(super) fn fail(&mut self, fault: Fault) {
        if let Some((attempt, _)) = self.stream {
            self.drop_stream();
            self.input(Input::Failed { attempt, fault });
        }
    }

    pub(super) fn end_early(&mut self) {
        if let Some((attempt, _)) = self.stream {
            self.drop_stream();
            self.input(Input::Ended { attempt });
        }
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.now = self.now + by;
        self.session.handle_timeout(self.now);
        self.drain();
    }

    /// Time goes on until the session wants something.
    pub(super) fn wake(&mut self) -> bool {
        let Some(at) = self.drain() else { return false };
        self.advance(at.since(self.now));
        true
    }

    pub(super) fn push(&mut self, channel: Channel, at: u64, samples: &[i16]) {
        let at = MediaTime::from_samples(at, RATE_HZ);
        self.input(Input::Audio { channel, at, samples });
    }

    pub(super) fn push_all(&mut self, samples: [&[i16]; 2]) {
        for (channel, samples) in Channel::ALL.into_iter().zip(samples) {
            self.push(channel, 0, samples);
        }
    }

    /// The stream that is open.
    pub(super) fn ear(&mut self) -> &mut Ear {
        let (_, ear) = self.stream.as_mut().expect("there is a stream");
        ear
    }

    pub(super) fn say(&mut self, result: SpeechResult) {
        let (attempt, _) = self.stream.as_ref().expect("a stream");
        let attempt = *attempt;
        self.input(Input::Result { attempt, result });
    }

    pub(super) fn last(&self) -> &SpeechResult {
        self.reader.told.last().expect("something was told")
    }

    pub(super) fn run_to_the_end(&mut self) {
        self.input(Input::Finish);
        for _ in 0..100_000 {
            if self.over.is_some() {
                return;
            }
            if !self.deliver(1) && !self.wake() {
                break;
            }
        }
        panic!("the call does not end");
    }
}

impl Reader {
    pub(super) fn take(&mut self, result: SpeechResult) {
        match result.clone() {
            SpeechResult::Partial { channel, start, end, words, .. } => {
                let n = channel.index();
                self.check(n, start, end, &words);
                self.shown[n].insert(start);
            }
            SpeechResult::Final { channel, start, words, .. } if words.is_empty() => {
                self.shown[channel.index()].remove(&start);
            }
            SpeechResult::Final { channel, start, end, words, .. } => {
                let n = channel.index();
                self.check(n, start, end, &words);
                assert!(Some(start) > self.last_start[n], "finals come in order");
                self.last_start[n] = Some(start);
                self.end[n] = end;
                self.shown[n].remove(&start);
                self.words[n].extend(words.iter().map(|word| word.text.expose().clone()));
            }
            SpeechResult::Settled { channel, through } => {
                let settled = &mut self.settled[channel.index()];
                assert!(through >= *settled, "what is settled stays settled");
                *settled = through;
            }
            SpeechResult::LanguageIdentified { tag } => self.tags.push(tag),
            SpeechResult::RecogniserChanged { name } => self.names.push(name),
        }
        self.told.push(result);
    }

    pub(super) fn check(&self, n: usize, start: MediaTime, end: MediaTime, words: &[SpokenWord]) {
        assert!(start <= end);
        assert!(start >= self.end[n], "utterances do not overlap");
        assert!(start >= self.settled[n], "nothing comes before what is settled");
        assert!(words.iter().all(|word| word.end >= self.end[n]), "nothing is said twice");
    }
}
