//! Synthetic calls and texts full of secrets, with the truth about each word.
//!
//! What redaction is measured with. A [`Corpus`] makes written texts, single utterances and whole calls on demand:
//! card numbers of every brand, phones, ids, names, addresses, e-mails, spelled and split and repeated, among numbers
//! that harm nobody. The same seed gives the same bytes on every machine. The inventory has two halves that share no
//! sentence and no name; what is tuned on one is measured on the other. It knows nothing of the redactor and takes no
//! list from it.

mod corpus;
mod dialogue;
mod dice;
mod inventory;
mod noise;
mod scene;
mod secrets;
mod spoken;
mod truth;
mod utterance;
mod written;

pub use corpus::Corpus;
pub use dice::Dice;
pub use inventory::Half;
pub use truth::{Dialogue, Secret, Stretch, Style, Text, Truth, Turn, Word};
