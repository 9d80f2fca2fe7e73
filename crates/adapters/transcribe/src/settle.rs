//! What is settled, though the service says nothing in silence.
//!
//! The service gives results in time order for each channel, so a final settles all before its end. Beyond it:
//!
//! - Where there is no sound there will be no words. An energy gate finds sound; [`SILENCE_LAG`] is left for speech so
//!   soft that only the service hears it, whose result comes within a second or two.
//! - Sound is not passed before the service has heard it and had its say. While it works it sends an event at least
//!   every few seconds, an empty one when there are no words (hold music, noise). It hears no slower than in real time,
//!   so at any event it has heard what had been sent long enough ago to be played by then, less [`EVENT_LAG`]. A
//!   result shows the same of the other channel, less [`CHANNEL_LAG`].
//! - When sound, or an utterance that is open, is not answered by any event for [`NO_ANSWER`] of audio, the stream has
//!   failed: nothing unheard is ever passed.
//!
//! So in audio that is heard `through` follows within 15 s, or the stream fails within 25.

use std::{collections::VecDeque, time::Duration};

use audio::rms_dbfs;
use turn::EnergyGate;

use crate::feed::{Chunk, Rate};

/// Silence is settled this far behind what was sent.
const SILENCE_LAG: Duration = Duration::from_secs(5);
/// How far what the service says at an event may be behind what it could have heard by then.
const EVENT_LAG: Duration = Duration::from_secs(10);
/// How far the results of one channel may be behind the other's.
const CHANNEL_LAG: Duration = Duration::from_secs(5);
/// Sound that is not answered for this long has not been heard.
pub(crate) const NO_ANSWER: Duration = Duration::from_secs(25);
/// Speech may begin this much before the gate opens.
const ONSET: Duration = Duration::from_millis(500);
/// Sounds nearer to each other are one.
const SAME_SOUND: Duration = Duration::from_secs(1);
/// What sounds on after the end of a final, such as breath and echo, is not waited for.
const RESIDUE: Duration = Duration::from_millis(300);
/// Sounds that are remembered; beyond it the last one grows, which holds more back.
const MAX_SOUNDS: usize = 256;
/// Levels are taken forty times a second.
const FRAMES_PER_SECOND: u32 = 40;
/// The gate stays open for 16 frames after sound.
const HOLD: Duration = Duration::from_millis(400);

/// What is known of one channel's results.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// The end of the last final.
    pub(crate) final_end: Duration,
    /// The start of the utterance that is not final yet.
    pub(crate) open: Option<Duration>,
}

/// Derives what is settled. Positions are in the stream; `now` is the time since it began.
#[derive(Debug, Default)]
pub(crate) struct Settle {
    sent: Duration,
    played: Played,
    /// The service has heard all before this.
    heard: Duration,
    /// What had been played at the last event.
    answered: Duration,
    channels: [Sounds; 2],
}

/// What would have been played by now, had each chunk been played at once and in real time.
#[derive(Clone, Copy, Debug, Default)]
struct Played {
    position: Duration,
    at: Duration,
}

/// The sounds of a channel that no result covers yet.
#[derive(Debug, Default)]
struct Sounds {
    gate: EnergyGate,
    open: VecDeque<Sound>,
}

#[derive(Clone, Copy, Debug)]
struct Sound {
    start: Duration,
    end: Duration,
}

impl Settle {
    /// How much was sent.
    pub(crate) const fn sent_so_far(&self) -> Duration {
        self.sent
    }

    /// A chunk was sent.
    pub(crate) fn sent(&mut self, chunk: &Chunk, rate_hz: u32, now: Duration) {
        self.play(now);
        let frame = usize::try_from(rate_hz / FRAMES_PER_SECOND).unwrap_or(1).max(1);
        let start = self.sent;
        for (channel, sounds) in self.channels.iter_mut().enumerate() {
            let own: Vec<i16> = chunk.samples.iter().skip(channel).step_by(2).copied().collect();
            let mut at = 0_usize;
            for samples in own.chunks(frame) {
                let from = start + rate_hz.duration(count(at));
                at += samples.len();
                let through = start + rate_hz.duration(count(at));
                if sounds.gate.is_open(rms_dbfs(samples)) {
                    sounds.add(from, through);
                }
            }
        }
        self.sent += rate_hz.duration(count(chunk.samples.len() / 2));
    }

    /// The service said something; `result_end` is the latest end of a result in it.
    pub(crate) fn event(&mut self, result_end: Option<Duration>, now: Duration) {
        self.play(now);
        self.answered = self.played.position;
        let by_time = self.played.position.saturating_sub(EVENT_LAG);
        let by_result = result_end.unwrap_or_default().saturating_sub(CHANNEL_LAG);
        self.heard = self.heard.max(by_time).max(by_result).min(self.sent);
    }

    /// Up to where a channel is settled.
    pub(crate) fn through(&mut self, channel: usize, progress: Progress) -> Duration {
        let Some(sounds) = self.channels.get_mut(channel) else { return progress.final_end };
        sounds.forget(progress.final_end, self.heard);
        let mut limit = self.sent.saturating_sub(SILENCE_LAG);
        if let Some(sound) = sounds.open.front() {
            limit = limit.min(sound.start.saturating_sub(ONSET));
        }
        if let Some(open) = progress.open {
            limit = limit.min(open);
        }
        limit.max(progress.final_end)
    }

    /// Whether the service owes an answer for too long. Comes after [`Self::through`] of both channels.
    pub(crate) fn is_unanswered(&mut self, is_any_open: bool, now: Duration) -> bool {
        self.play(now);
        let sounds = self.channels.iter().filter_map(|sounds| sounds.open.front());
        let first = sounds.map(|sound| sound.start).min();
        let Some(owed_since) = is_any_open.then_some(Duration::ZERO).or(first) else { return false };
        self.played.position.saturating_sub(self.answered.max(owed_since)) > NO_ANSWER
    }

    /// Whether the service could have heard everything by now.
    pub(crate) fn is_played_out(&mut self, now: Duration) -> bool {
        self.play(now);
        self.played.position == self.sent
    }

    fn play(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.played.at);
        self.played = Played { position: (self.played.position + passed).min(self.sent), at: now };
    }
}

impl Sounds {
    fn add(&mut self, start: Duration, end: Duration) {
        let full = self.open.len() >= MAX_SOUNDS;
        match self.open.back_mut() {
            Some(last) if full || start.saturating_sub(last.end) <= SAME_SOUND => {
                last.end = last.end.max(end.saturating_sub(HOLD));
            }
            Some(_) | None => self.open.push_back(Sound { start, end }),
        }
    }

    /// Forgets what a final covers, and what was heard and found to be no speech.
    fn forget(&mut self, final_end: Duration, heard: Duration) {
        while let Some(first) = self.open.front_mut() {
            if first.end > final_end + RESIDUE && first.end > heard {
                first.start = first.start.max(final_end).max(heard);
                return;
            }
            self.open.pop_front();
        }
    }
}

fn count(samples: usize) -> u64 {
    u64::try_from(samples).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 8_000;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// A stream that is sent in real time. The customer's channel holds `level` wherever `sounds` says so.
    #[derive(Default)]
    struct Live {
        settle: Settle,
        now: Duration,
    }

    impl Live {
        fn run(&mut self, until: Duration, sounds: impl Fn(u128) -> bool) {
            while self.now < until {
                let level = if sounds(self.now.as_millis()) { 5_000 } else { 0 };
                // A square wave; the other channel is silent.
                let pair = [[level, 0], [-level, 0]].concat();
                let chunk = Chunk { samples: pair.repeat(400), fill: 0 };
                self.now += Duration::from_millis(100);
                self.settle.sent(&chunk, RATE_HZ, self.now);
            }
        }

        fn through(&mut self, progress: Progress) -> Duration {
            self.settle.through(0, progress)
        }
    }

    const NOTHING: Progress = Progress { final_end: Duration::ZERO, open: None };

    /// Words with pauses, so that it is not taken for noise.
    fn speech(ms: u128) -> bool {
        ms % 1_000 < 600
    }

    #[test]
    fn silence_is_settled_without_the_service_a_little_behind() {
        let mut live = Live::default();
        live.run(secs(60), |_| false);
        assert_eq!(live.through(NOTHING), secs(55));
        assert!(!live.settle.is_unanswered(false, live.now));
    }

    #[test]
    fn sound_that_is_not_answered_is_never_passed_and_fails_the_stream() {
        let mut live = Live::default();
        live.run(secs(30), |ms| ms >= 10_000 && speech(ms));
        assert_eq!(live.through(NOTHING), Duration::from_millis(9_500));
        assert!(!live.settle.is_unanswered(false, live.now));
        live.run(secs(60), |_| false);
        assert_eq!(live.through(NOTHING), Duration::from_millis(9_500), "though silence followed");
        assert!(live.settle.is_unanswered(false, live.now));
    }

    #[test]
    fn sound_without_words_is_passed_once_the_service_shows_that_it_heard_it() {
        let mut live = Live::default();
        live.run(secs(12), |ms| ms >= 10_000 && speech(ms));
        live.settle.event(None, live.now);
        assert_eq!(live.through(NOTHING), Duration::from_millis(6_999).max(Duration::from_millis(7_000)));
        live.run(secs(30), |_| false);
        live.settle.event(None, live.now);
        assert_eq!(live.through(NOTHING), secs(25));
        assert!(!live.settle.is_unanswered(false, live.now));
    }

    #[test]
    fn a_final_settles_what_it_covers_and_an_open_utterance_holds_the_rest() {
        let mut live = Live::default();
        live.run(secs(20), |ms| (5_000..8_000).contains(&ms) && speech(ms));
        let done = Progress { final_end: Duration::from_millis(7_600), open: None };
        assert_eq!(live.through(done), secs(15));
        let open = Progress { final_end: Duration::from_millis(7_600), open: Some(secs(9)) };
        assert_eq!(live.through(open), secs(9));
    }

    #[test]
    fn speech_after_a_final_is_waited_for() {
        let mut live = Live::default();
        live.run(secs(20), |ms| (5_000..12_000).contains(&ms) && speech(ms));
        let done = Progress { final_end: Duration::from_millis(7_600), open: None };
        assert_eq!(live.through(done), Duration::from_millis(7_600));
    }

    #[test]
    fn audio_that_was_sent_fast_is_not_taken_as_heard() {
        let mut settle = Settle::default();
        let loud = Chunk { samples: [[5_000, 0], [-5_000, 0]].concat().repeat(400), fill: 0 };
        for _ in 0..600 {
            settle.sent(&loud, RATE_HZ, secs(1));
        }
        settle.event(None, secs(3));
        assert!(
            settle.through(0, NOTHING) < secs(1),
            "a minute was sent, two seconds of it can have been heard"
        );
        settle.event(Some(secs(40)), secs(4));
        assert!(settle.through(0, NOTHING) >= secs(34), "a result of the other channel shows how far it is");
    }

    #[test]
    fn an_utterance_that_stays_open_without_any_event_fails_the_stream() {
        let mut live = Live::default();
        live.run(secs(5), |_| false);
        live.settle.event(Some(secs(4)), live.now);
        live.run(secs(29), |_| false);
        assert!(!live.settle.is_unanswered(true, live.now));
        live.run(secs(31), |_| false);
        assert!(live.settle.is_unanswered(true, live.now));
    }
}
