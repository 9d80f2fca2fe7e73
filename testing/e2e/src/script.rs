//! Calls of which every word and sample is known.

use lab::{Call, CallFacts, ContactMoment, EventKind};
use model::Channel;
use std::sync::Arc;
use tone_words::{GAP_MS, WORD_MS, encode};

const RATE_HZ: u32 = 8_000;
const SAMPLES_PER_MS: usize = 8;
/// What people say when they say nothing of weight.
const TALK: &[&str] = &[
    "and", "my", "the", "please", "thank", "you", "yes", "no", "hello", "how", "can", "i", "help", "account",
    "balance", "bill", "payment", "address", "name", "on", "to", "pay", "want", "cancel", "refund", "a",
    "moment", "okay", "right", "for", "today", "was", "late", "again", "good", "it", "in", "not", "with",
    "this", "that", "call",
];
const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
/// Digits of a card number.
const CARD_DIGITS: usize = 16;
/// The pause between two turns, and how much it varies.
const PAUSE_MS: u64 = 500;
const PAUSE_VARIES_MS: u64 = 700;
/// The customer is put on hold for so long, once a call.
const HOLD_MS: u64 = 1_500;

/// A word that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Where it is heard.
    pub channel: Channel,
    /// The word.
    pub word: &'static str,
    /// When it begins, from the call's first sample.
    pub start_ms: u64,
    /// When it ends.
    pub end_ms: u64,
    /// A digit of a card number: nobody may see or hear it afterwards.
    pub secret: bool,
}

/// A call as it will be.
#[derive(Clone, Debug)]
pub struct Scripted {
    /// What is played.
    pub call: Call,
    /// Every word, by start within its channel.
    pub spoken: Vec<Spoken>,
    /// What decides its fragments, and every word.
    pub seed: u64,
}

impl Scripted {
    /// A call of about so many seconds. Calls of different seeds say different things.
    #[must_use]
    pub fn new(seed: u64, seconds: u64) -> Self {
        let mut writer =
            Writer { dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), ..Writer::default() };
        let card = writer.card();
        writer.at_ms = 400;
        writer.says(
            Channel::ToCustomer,
            &["hello", "agent", "how", "can", "i", "help", "you", "today"],
            false,
        );
        let mut moments = vec![ContactMoment { at_ms: 300, kind: EventKind::AgentConnected }];
        let third = seconds * 1_000 / 3;
        writer.talks_until(third);
        writer.says(Channel::ToCustomer, &["what", "is", "your", "card", "number", "please"], false);
        writer.says(Channel::Customer, &["my", "card", "number", "is"], false);
        writer.at_ms -= writer.last_pause_ms;
        writer.says(Channel::Customer, &card, true);
        writer.says(Channel::ToCustomer, &["okay", "the", "card", "number", "is"], false);
        writer.at_ms -= writer.last_pause_ms;
        writer.says(Channel::ToCustomer, &card, true);
        writer.says(Channel::Customer, &["yes", "that", "is", "right"], false);
        moments.push(ContactMoment { at_ms: writer.at_ms, kind: EventKind::HoldStarted });
        writer.at_ms += HOLD_MS;
        moments.push(ContactMoment { at_ms: writer.at_ms, kind: EventKind::HoldEnded });
        writer.at_ms += PAUSE_MS;
        writer.talks_until((seconds * 1_000).saturating_sub(4_000));
        writer.says(Channel::Customer, &["thank", "you", "good", "bye"], false);
        writer.says(Channel::ToCustomer, &["good", "bye"], false);
        moments.push(ContactMoment { at_ms: writer.at_ms, kind: EventKind::AgentDisconnected });
        writer.into_scripted(seed, moments)
    }

    /// A call in which exactly this is said, a turn after the other. A turn's words are secret or not as a whole.
    #[must_use]
    pub fn turns(seed: u64, turns: &[(Channel, &[&'static str], bool)]) -> Self {
        let mut writer =
            Writer { dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), ..Writer::default() };
        writer.at_ms = 400;
        for (channel, words, secret) in turns {
            writer.says(*channel, words, *secret);
        }
        let moments = vec![
            ContactMoment { at_ms: 300, kind: EventKind::AgentConnected },
            ContactMoment { at_ms: writer.at_ms, kind: EventKind::AgentDisconnected },
        ];
        writer.into_scripted(seed, moments)
    }

    /// The words of a channel.
    pub fn of(&self, channel: Channel) -> impl Iterator<Item = &Spoken> {
        self.spoken.iter().filter(move |spoken| spoken.channel == channel)
    }

    /// The samples of a channel.
    #[must_use]
    pub fn samples(&self, channel: Channel) -> &[i16] {
        match channel {
            Channel::Customer => &self.call.customer,
            Channel::ToCustomer => &self.call.to_customer,
        }
    }
}

/// Writes a script, turn by turn.
#[derive(Default)]
struct Writer {
    dice: Dice,
    at_ms: u64,
    last_pause_ms: u64,
    spoken: Vec<Spoken>,
    samples: [Vec<i16>; 2],
}

impl Writer {
    /// Somebody says words, and a pause follows.
    fn says(&mut self, channel: Channel, words: &[&'static str], secret: bool) {
        let start_ms = self.at_ms;
        self.overlaps(channel, words, secret, start_ms);
        self.last_pause_ms = PAUSE_MS + self.dice.below(PAUSE_VARIES_MS);
        self.at_ms += words.len() as u64 * u64::from(WORD_MS + GAP_MS) + self.last_pause_ms;
    }

    /// Puts words at a place without going on.
    fn overlaps(&mut self, channel: Channel, words: &[&'static str], secret: bool, start_ms: u64) {
        let samples = &mut self.samples[channel.index()];
        samples.resize(usize::try_from(start_ms).expect("a short call") * SAMPLES_PER_MS, 0);
        samples.extend(encode(words, RATE_HZ));
        for (place, &word) in (0_u64..).zip(words) {
            let start_ms = start_ms + place * u64::from(WORD_MS + GAP_MS);
            self.spoken.push(Spoken {
                channel,
                word,
                start_ms,
                end_ms: start_ms + u64::from(WORD_MS),
                secret,
            });
        }
    }

    /// Both talk in turns, and now and then at once.
    fn talks_until(&mut self, ms: u64) {
        let mut channel = Channel::Customer;
        while self.at_ms < ms {
            let count = 3 + self.dice.below(9);
            let words: Vec<_> = (0..count).map(|_| self.dice.word()).collect();
            if self.dice.below(3) == 0 {
                let other = [self.dice.word()];
                self.overlaps(other_side(channel), &other, false, self.at_ms + 450);
            }
            self.says(channel, &words, false);
            channel = other_side(channel);
        }
    }

    /// A card number that passes its own check (ISO/IEC 7812-1, annex B).
    fn card(&mut self) -> Vec<&'static str> {
        let mut digits = vec![4];
        digits.extend((2..CARD_DIGITS).map(|_| usize::try_from(self.dice.below(10)).expect("a digit")));
        let sum: usize = digits.iter().enumerate().map(|(at, &digit)| luhn(digit, at % 2 == 0)).sum();
        digits.push((10 - sum % 10) % 10);
        digits.into_iter().map(|digit| DIGITS[digit]).collect()
    }

    fn into_scripted(mut self, seed: u64, events: Vec<ContactMoment>) -> Scripted {
        self.spoken.sort_by_key(|spoken| (spoken.channel, spoken.start_ms));
        let [customer, to_customer] = self.samples;
        let mut call = Call::new(format!("call {seed}"), customer, to_customer);
        call.facts = Arc::new(CallFacts { events, ..CallFacts::default() });
        Scripted { call, spoken: self.spoken, seed }
    }
}

const fn other_side(channel: Channel) -> Channel {
    match channel {
        Channel::Customer => Channel::ToCustomer,
        Channel::ToCustomer => Channel::Customer,
    }
}

const fn luhn(digit: usize, doubled: bool) -> usize {
    let value = if doubled { digit * 2 } else { digit };
    if value > 9 { value - 9 } else { value }
}

/// The same numbers for the same seed.
#[derive(Default)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn word(&mut self) -> &'static str {
        let place = self.below(TALK.len() as u64);
        TALK[usize::try_from(place).expect("a place of the list")]
    }
}

#[cfg(test)]
mod tests {
    use tone_words::Decoder;

    use super::*;

    #[test]
    fn what_is_written_is_what_is_heard() {
        let scripted = Scripted::new(7, 40);
        for channel in Channel::ALL {
            let mut decoder = Decoder::new(RATE_HZ);
            let mut heard = decoder.push(scripted.samples(channel));
            heard.extend(decoder.finish());
            let heard: Vec<_> = heard.iter().map(|heard| (heard.word, heard.start_sample / 8)).collect();
            let spoken: Vec<_> = scripted.of(channel).map(|spoken| (spoken.word, spoken.start_ms)).collect();
            assert_eq!(heard, spoken);
            assert_eq!(scripted.of(channel).filter(|spoken| spoken.secret).count(), CARD_DIGITS);
        }
        let seconds = scripted.call.duration_ms() / 1_000;
        assert!((36..46).contains(&seconds), "{seconds}");
    }

    #[test]
    fn no_two_calls_say_the_same() {
        let words =
            |seed| Scripted::new(seed, 30).spoken.iter().map(|spoken| spoken.word).collect::<Vec<_>>();
        assert_ne!(words(1), words(2));
        assert_eq!(words(3), words(3));
    }
}
