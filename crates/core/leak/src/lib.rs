//! Counts what a redactor shows of what is secret, and what it hides of what is not.
//!
//! A [`Script`] plays a dialogue to a redactor word by word, as a recogniser would; a [`Witness`] notes every version
//! of every utterance that comes out; a [`Tally`] counts per kind what leaked, in the end and on the way, with 95 %
//! intervals. Everything is counted in letters and digits of the source, so that a redactor of words and one of
//! texts are measured by the same rule. It reads no clock: who plays the script may time each step.

mod cells;
mod failure;
mod interval;
mod script;
mod strict;
mod tally;
mod witness;

pub use cells::{Cell, Mask, Segment, mask_characters, segments_of_dialogue, segments_of_text};
pub use failure::{Failure, What};
pub use interval::wilson;
pub use script::{Script, Step};
pub use strict::strict_policy;
pub use tally::{KindTally, Tally};
pub use witness::{Seen, Witness};
