//! What must be nowhere: the secret words in a row, their digits in a row, their samples in a row.

use std::collections::HashSet;

use e2e::{Scripted, Spoken};
use model::Channel;

/// So many digits of a secret in a row are a part of it.
const WORDS: usize = 3;
const DIGITS: usize = 4;

/// So many samples in a row tell where they are from.
const SAMPLES: usize = 12;

const SAMPLES_PER_MS: u64 = 8;

pub(crate) struct Secrets {
    texts: Vec<Vec<u8>>,
    sound: HashSet<[u8; SAMPLES * 2]>,
}

impl Secrets {
    pub(crate) fn of(calls: &[Scripted]) -> Self {
        let mut texts = HashSet::new();
        let mut sound = HashSet::new();
        for call in calls {
            for channel in Channel::ALL {
                let secret: Vec<&Spoken> = call.of(channel).filter(|spoken| spoken.secret).collect();
                let words: Vec<&str> = secret.iter().map(|spoken| spoken.word).collect();
                for run in words.windows(WORDS) {
                    texts.insert(run.join(" "));
                    texts.insert(run.join("\",\""));
                }
                let digits: String = words.iter().filter_map(|word| digit(word)).collect();
                let digits: Vec<char> = digits.chars().collect();
                for run in digits.windows(DIGITS) {
                    let dashed: Vec<String> = run.iter().map(char::to_string).collect();
                    texts.insert(dashed.join(" "));
                    texts.insert(dashed.join("-"));
                }
                // Four digits alone are in every time stamp; a card number's half is not.
                texts.extend(digits.windows(DIGITS * 2).map(|run| run.iter().collect::<String>()));
                for spoken in secret {
                    let place = |ms: u64| usize::try_from(ms * SAMPLES_PER_MS).expect("a short call");
                    let samples = call.samples(channel).get(place(spoken.start_ms)..place(spoken.end_ms));
                    sound.extend(samples.expect("it is said").windows(SAMPLES).filter_map(bytes));
                }
            }
        }
        Self { texts: texts.into_iter().map(String::into_bytes).collect(), sound }
    }

    /// What is searched for is found where it is: else a clean scan would say nothing.
    pub(crate) fn prove_themselves(&self, calls: &[Scripted]) {
        for call in calls {
            let words: Vec<&str> = call.of(Channel::Customer).map(|spoken| spoken.word).collect();
            assert!(self.found(words.join(" ").as_bytes()).is_some(), "the words are not found");
            for interleaved in [false, true] {
                let mut file = vec![0; 44];
                for sample in call.samples(Channel::Customer) {
                    file.extend(sample.to_le_bytes());
                    if interleaved {
                        file.extend([0, 0]);
                    }
                }
                assert!(self.found(&file).is_some(), "the sound is not found");
            }
        }
    }

    pub(crate) fn assert_none(&self, bytes: &[u8], place: &str) {
        assert_eq!(self.found(bytes), None, "a secret is in {place}");
    }

    /// What kind of secret is in some bytes.
    fn found(&self, bytes: &[u8]) -> Option<&'static str> {
        let lower = bytes.to_ascii_lowercase();
        if self.texts.iter().any(|text| holds(&lower, text)) {
            return Some("words");
        }
        if bytes
            .windows(SAMPLES * 2)
            .any(|run| <[u8; SAMPLES * 2]>::try_from(run).is_ok_and(|run| self.sound.contains(&run)))
        {
            return Some("sound of one channel");
        }
        // Two channels, whichever bytes they begin at.
        let one_side = |from: usize| -> Vec<u8> {
            let frames = bytes.get(from..).unwrap_or_default().chunks_exact(4);
            frames.flat_map(|frame| frame.iter().take(2).copied()).collect()
        };
        let apart = (0..4).any(|from| {
            let side = one_side(from);
            side.chunks_exact(2).collect::<Vec<_>>().windows(SAMPLES).any(|run| {
                <[u8; SAMPLES * 2]>::try_from(run.concat()).is_ok_and(|run| self.sound.contains(&run))
            })
        });
        apart.then_some("sound of two channels")
    }
}

fn bytes(samples: &[i16]) -> Option<[u8; SAMPLES * 2]> {
    // Silence is nobody's.
    let loud = samples.iter().any(|sample| sample.unsigned_abs() > 500);
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    bytes.try_into().ok().filter(|_| loud)
}

/// Whether some bytes hold others; whole files are searched, so the first byte is looked for first.
fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, rest)) = wanted.split_first() else { return false };
    bytes
        .iter()
        .enumerate()
        .any(|(at, byte)| byte == first && bytes.get(at + 1..).is_some_and(|after| after.starts_with(rest)))
}

fn digit(word: &str) -> Option<char> {
    const DIGITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let value = DIGITS.iter().position(|digit| *digit == word)?;
    char::from_digit(u32::try_from(value).ok()?, 10)
}
