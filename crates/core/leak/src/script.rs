//! A dialogue as a recogniser gives it.

use dialogues::Dialogue;
use model::{Channel, MediaTime, Participant, Pii, SpokenWord, Utterance, UtteranceId, UtteranceText};

/// How long a word lasts with the pause after it, and how much of that is pause, in milliseconds.
const WORD_MS: u64 = 400;
const PAUSE_MS: u64 = 100;
/// The pause between two turns.
const TURN_MS: u64 = 300;

/// All versions of all utterances of a dialogue, in order: after each word a partial, then the final.
#[derive(Debug)]
pub struct Script<'a> {
    dialogue: &'a Dialogue,
    turn: usize,
    /// Words heard of the turn.
    heard: usize,
    now_ms: u64,
    partials: bool,
}

/// One version of an utterance.
#[derive(Debug)]
pub struct Step {
    /// Which turn of the dialogue it is.
    pub turn: usize,
    /// What was recognised.
    pub utterance: Utterance,
    /// Who spoke.
    pub participant: Participant,
}

impl<'a> Script<'a> {
    /// Every word is heard in a partial before the final comes.
    #[must_use]
    pub const fn word_by_word(dialogue: &'a Dialogue) -> Self {
        Self { dialogue, turn: 0, heard: 0, now_ms: 1_000, partials: true }
    }

    /// Finals alone.
    #[must_use]
    pub const fn finals(dialogue: &'a Dialogue) -> Self {
        Self { partials: false, ..Self::word_by_word(dialogue) }
    }
}

impl Iterator for Script<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let turn = self.dialogue.turns.get(self.turn)?;
        let is_final = !self.partials || self.heard == turn.words.len();
        self.heard = if is_final { turn.words.len() } else { self.heard + 1 };
        let (text, revision) =
            if is_final { (UtteranceText::Final, 1_000) } else { (UtteranceText::Partial, 1) };
        let mut at = self.now_ms;
        let words = turn.words.iter().take(self.heard).map(|word| {
            let start = MediaTime::from_millis(at);
            at += WORD_MS;
            SpokenWord {
                text: Pii::new(word.text.clone()),
                start,
                end: MediaTime::from_millis(at - PAUSE_MS),
                confidence: 0.9,
            }
        });
        let words = words.collect();
        let utterance = Utterance {
            id: UtteranceId::new(turn.channel, MediaTime::from_millis(self.now_ms)),
            revision,
            text,
            end: MediaTime::from_millis(at),
            words,
        };
        let participant = match turn.channel {
            Channel::Customer => Participant::Customer,
            Channel::ToCustomer => Participant::Agent,
        };
        let step = Step { turn: self.turn, utterance, participant };
        if is_final {
            self.turn += 1;
            self.heard = 0;
            self.now_ms = at + TURN_MS;
        }
        Some(step)
    }
}
