//! A recogniser whose words depend on the audio alone: a run of the same sample is a word of that number.

use std::collections::VecDeque;

use model::{Channel, MediaTime, Pii, SpokenWord};
use ports::SpeechResult;
use proptest::prelude::*;

/// Positions settle in silence, so often.
const SETTLES_EVERY_MS: u64 = 700;

/// What is said on a channel: number, length and the silence after it, in samples.
#[derive(Clone, Debug)]
pub(crate) struct Speech {
    silence: usize,
    words: Vec<(i16, usize, usize)>,
}

impl Speech {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let gap = prop_oneof![20..150_usize, 350..2_500_usize];
        let word = (1..200_i16, 50..400_usize, gap);
        (0..2_000_usize, prop::collection::vec(word, 0..25))
            .prop_map(|(silence, words)| Self { silence, words })
    }

    pub(crate) fn samples(&self) -> Vec<i16> {
        let mut samples = vec![0; self.silence];
        for &(number, length, gap) in &self.words {
            samples.extend(std::iter::repeat_n(number, length));
            samples.extend(std::iter::repeat_n(0, gap));
        }
        samples
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.words.iter().map(|(number, _, _)| format!("w{number}")).collect()
    }
}

pub(crate) fn times(start_ms: u64, end_ms: u64) -> (MediaTime, MediaTime) {
    (MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms))
}

pub(crate) fn word(number: i16, start: MediaTime, end: MediaTime) -> SpokenWord {
    SpokenWord { text: Pii::new(format!("w{number}")), start, end, confidence: 1.0 }
}

/// One stream. Recognisers differ in how much silence ends an utterance and in how early they take it to start.
#[derive(Debug)]
pub(crate) struct Ear {
    rate_hz: u32,
    ends_after: u64,
    lead: u64,
    settles_every: u64,
    channels: [State; 2],
    pub(crate) heard: [Vec<i16>; 2],
    pub(crate) results: VecDeque<SpeechResult>,
    pub(crate) finished: bool,
}

#[derive(Debug)]
struct State {
    at: u64,
    /// The number and start of the word that is being said.
    word: Option<(i16, u64)>,
    words: Vec<SpokenWord>,
    start: u64,
    /// The end of the last sound.
    sound_end: u64,
    settled: u64,
}

impl Ear {
    pub(crate) fn new(tier: usize, start: MediaTime, rate_hz: u32) -> Self {
        let at = start.as_samples(rate_hz);
        let samples = |ms: u64| ms * u64::from(rate_hz) / 1_000;
        let state = || State { at, word: None, words: Vec::new(), start: at, sound_end: at, settled: at };
        Self {
            rate_hz,
            ends_after: samples([600, 250, 900][tier % 3]),
            lead: samples([0, 120, 40][tier % 3]),
            settles_every: samples(SETTLES_EVERY_MS),
            channels: [state(), state()],
            heard: [Vec::new(), Vec::new()],
            results: VecDeque::new(),
            finished: false,
        }
    }

    pub(crate) fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        assert!(!self.finished, "nothing comes after the end");
        let n = channel.index();
        assert_eq!(
            at.as_samples(self.rate_hz),
            self.channels[n].at,
            "audio comes in order and without holes"
        );
        self.heard[n].extend_from_slice(samples);
        for &sample in samples {
            self.hear(channel, sample);
        }
    }

    pub(crate) fn finish(&mut self) {
        let time = self.time();
        self.finished = true;
        for channel in Channel::ALL {
            self.end_word(channel);
            self.end_utterance(channel);
            let through = time(self.channels[channel.index()].at);
            self.results.push_back(SpeechResult::Settled { channel, through });
        }
    }

    fn hear(&mut self, channel: Channel, sample: i16) {
        let time = self.time();
        let state = &mut self.channels[channel.index()];
        if state.word.is_some_and(|(number, _)| number != sample) {
            self.end_word(channel);
        }
        let (lead, ends_after, settles_every) = (self.lead, self.ends_after, self.settles_every);
        let state = &mut self.channels[channel.index()];
        if sample != 0 && state.word.is_none() {
            if state.words.is_empty() {
                state.start = state.at.saturating_sub(lead).max(state.sound_end).max(state.settled);
            }
            state.word = Some((sample, state.at));
        }
        state.at += 1;
        if sample != 0 {
            state.sound_end = state.at;
        }
        let silence = state.at - state.sound_end;
        if silence == ends_after {
            self.end_utterance(channel);
        }
        let state = &mut self.channels[channel.index()];
        let through = state.at.saturating_sub(lead);
        if state.word.is_none() && state.words.is_empty() && through >= state.settled + settles_every {
            state.settled = through;
            self.results.push_back(SpeechResult::Settled { channel, through: time(through) });
        }
    }

    fn time(&self) -> impl Fn(u64) -> MediaTime + use<> {
        let rate_hz = self.rate_hz;
        move |samples| MediaTime::from_samples(samples, rate_hz)
    }

    fn end_word(&mut self, channel: Channel) {
        let time = self.time();
        let state = &mut self.channels[channel.index()];
        let Some((number, start)) = state.word.take() else { return };
        state.words.push(word(number, time(start), time(state.at)));
        let (start, end, words) = (time(state.start), time(state.at), state.words.clone());
        self.results.push_back(SpeechResult::Partial { channel, start, end, words, late: false });
    }

    fn end_utterance(&mut self, channel: Channel) {
        let time = self.time();
        let state = &mut self.channels[channel.index()];
        let words = std::mem::take(&mut state.words);
        if words.is_empty() {
            return;
        }
        let (start, end) = (time(state.start), time(state.sound_end));
        self.results.push_back(SpeechResult::Final { channel, start, end, words, late: false });
    }
}
