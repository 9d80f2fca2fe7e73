//! Texts in, masked texts out: plain text, lines of JSON, and either of them word by word.
//!
//! All of it streams: memory is bounded whatever the length of the input. What cannot be read is refused with a
//! reason that quotes nothing of it; nothing is ever passed on in clear because it was not understood.

mod error;
mod input;
mod lines;
mod output;
mod plain;
mod record;

pub use error::MaskError;
pub use lines::{LinesDone, mask_lines};
pub use plain::{Found, Plain, PlainDone, mask_plain, reveal_plain};
