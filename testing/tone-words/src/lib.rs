//! Words as tones: audio that a stand-in recogniser understands exactly.
//!
//! Each word of [`WORDS`] is a burst of one frequency, [`WORD_MS`] long and followed by [`GAP_MS`] of silence. What is
//! heard depends on the samples alone, not on where in a stream they lie or how the stream was cut, so the transcript
//! of a call that was interrupted and sent again can be compared with that of one that was not. A frequency survives
//! G.711 and resampling too. Pure: no clock, no runtime, no dependency.
//!
//! ```
//! use tone_words::{Decoder, encode};
//!
//! let mut decoder = Decoder::new(8_000);
//! let heard = decoder.push(&encode(&["my", "card"], 8_000));
//! let words: Vec<&str> = heard.iter().map(|heard| heard.word).collect();
//! assert_eq!(words, ["my", "card"]);
//! ```

mod decode;
mod encode;
mod words;

pub use decode::{Decoder, Heard};
pub use encode::{GAP_MS, WORD_MS, encode, encode_text, silence};
pub use words::{WORDS, frequency_hz};
