//! What is said, by how much was heard.

use serde::Serialize;

const RATE_HZ: f64 = 8_000.0;
/// One of Connect's fragments: 16 blocks of 64 ms. A result rests on the end of one, so that the time that a fragment
/// takes to fill is in nobody's latency.
const STRETCH_FRAMES: u64 = 8_192;
/// How many stretches make an utterance.
const STRETCHES: usize = 4;
/// What is said in each.
const WORDS: [[&str; 3]; STRETCHES] =
    [["thank", "you", "for"], ["calling", "how", "may"], ["I", "help", "you"], ["with", "your", "account"]];
const CHANNELS: u32 = 2;

/// One message of the protocol.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum Message {
    /// What was heard on a channel.
    Results {
        channel_index: [u32; 2],
        start: f64,
        duration: f64,
        is_final: bool,
        speech_final: bool,
        from_finalize: bool,
        channel: Heard,
    },
    /// The stream's summary.
    Metadata { request_id: &'static str, duration: f64, channels: u32 },
}

#[derive(Debug, Serialize)]
pub(super) struct Heard {
    alternatives: [Alternative; 1],
}

#[derive(Debug, Serialize)]
struct Alternative {
    transcript: String,
    confidence: f64,
    words: Vec<Word>,
}

#[derive(Debug, Serialize)]
struct Word {
    word: &'static str,
    punctuated_word: &'static str,
    start: f64,
    end: f64,
    confidence: f64,
}

/// One stream's place in the script.
#[derive(Debug, Default)]
pub(super) struct Script {
    heard_frames: u64,
    /// Stretches that were answered.
    answered: u64,
}

impl Script {
    /// So many frames more were heard; gives what is said to it.
    pub(super) fn hear(&mut self, frames: u64) -> Vec<Message> {
        self.heard_frames += frames;
        let mut out = Vec::new();
        while (self.answered + 1) * STRETCH_FRAMES <= self.heard_frames {
            self.answered += 1;
            out.extend((0..CHANNELS).map(|channel| self.result(channel)));
        }
        out
    }

    /// What is said at the end: the open utterances, and the summary.
    pub(super) fn close(&self) -> Vec<Message> {
        let end = self.heard_frames as f64 / RATE_HZ;
        let stretches = self.stretches();
        let mut out = Vec::new();
        for channel in 0..CHANNELS {
            let from = self.answered - stretches as u64;
            out.push(results(channel, seconds(from), end, words(from, stretches), true));
        }
        out.push(Message::Metadata { request_id: "stand-in", duration: end, channels: CHANNELS });
        out
    }

    /// How many stretches the open utterance has.
    fn stretches(&self) -> usize {
        usize::try_from(self.answered).unwrap_or(usize::MAX) % STRETCHES
    }

    fn result(&self, channel: u32) -> Message {
        let stretches = match self.stretches() {
            0 => STRETCHES,
            some => some,
        };
        let from = self.answered - stretches as u64;
        let last = stretches == STRETCHES;
        results(channel, seconds(from), seconds(self.answered), words(from, stretches), last)
    }
}

fn seconds(stretches: u64) -> f64 {
    (stretches * STRETCH_FRAMES) as f64 / RATE_HZ
}

fn words(from: u64, stretches: usize) -> Vec<Word> {
    let said = WORDS.iter().take(stretches).flatten().enumerate();
    let each = STRETCH_FRAMES as f64 / RATE_HZ / WORDS[0].len() as f64;
    said.map(|(n, &word)| Word {
        word,
        punctuated_word: word,
        start: seconds(from) + n as f64 * each,
        end: seconds(from) + (n + 1) as f64 * each,
        confidence: 0.98,
    })
    .collect()
}

fn results(channel: u32, start: f64, end: f64, words: Vec<Word>, last: bool) -> Message {
    let transcript: Vec<&str> = words.iter().map(|word| word.word).collect();
    let alternative = Alternative { transcript: transcript.join(" "), confidence: 0.98, words };
    Message::Results {
        channel_index: [channel, CHANNELS],
        start,
        duration: end - start,
        is_final: last,
        speech_final: last,
        from_finalize: false,
        channel: Heard { alternatives: [alternative] },
    }
}
