//! Looks for what the first pass let through, once a call is over.
//!
//! The first pass judges while people speak, and lets a run of digits stand when what is around it says that it is
//! harmless. The second sees the whole call, both sides, and what was masked; it asks only whether digits, letters or an
//! address stand where they should not. It misses less and suspects more, so what it says is looked at: only what is
//! [`certain`](Suspect::certain) should be masked without asking.

mod call;
mod shapes;
mod spot;

use events::{EntityKind, TranscriptUtterance};
use model::{Channel, UtteranceId};

pub use spot::{HeardDigits, MIN_SPOTTED, spot_digits};

/// The most suspects of one call. One more, and the call has to be looked at as a whole.
pub const MAX_SUSPECTS: usize = 1_000;

/// Words in clear that should perhaps be masked. Holds none of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    /// The utterance.
    pub utterance: UtteranceId,
    /// The first of its words, masked stretches counted as one each.
    pub from: usize,
    /// The first word after it.
    pub to: usize,
    /// Where the words start on the call's timeline, in milliseconds.
    pub from_ms: u64,
    /// Where they end.
    pub to_ms: u64,
    /// What it seems to be.
    pub entity: EntityKind,
    /// How sure that is, 0 to 1.
    pub confidence: f32,
    /// To mask it does no harm even if it is something else.
    pub certain: bool,
    /// Why, in words of ours.
    pub reason: &'static str,
}

impl Suspect {
    /// The channel.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.utterance.channel()
    }
}

/// Judges a finished, redacted transcript: every utterance in its newest revision, both channels. Gives at most
/// [`MAX_SUSPECTS`], in order of time, apart from each other. The cost grows with the number of words and no faster.
#[must_use]
pub fn second_pass(utterances: &[TranscriptUtterance]) -> Vec<Suspect> {
    let mut suspects = call::judge(utterances);
    suspects
        .sort_by(|a, b| (a.utterance, a.from).cmp(&(b.utterance, b.from)).then(b.certain.cmp(&a.certain)));
    let mut out: Vec<Suspect> = Vec::new();
    for suspect in suspects {
        match out.last_mut() {
            Some(last) if last.utterance == suspect.utterance && suspect.from < last.to => {
                last.to = last.to.max(suspect.to);
                last.to_ms = last.to_ms.max(suspect.to_ms);
                if (suspect.certain, suspect.confidence) > (last.certain, last.confidence) {
                    last.entity = suspect.entity;
                    (last.certain, last.confidence) = (suspect.certain, suspect.confidence);
                    last.reason = suspect.reason;
                }
            }
            Some(_) | None => out.push(suspect),
        }
    }
    out.sort_by_key(|suspect| (suspect.from_ms, suspect.utterance));
    out.truncate(MAX_SUSPECTS);
    out
}

#[cfg(test)]
mod tests;
