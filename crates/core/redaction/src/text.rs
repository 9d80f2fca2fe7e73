//! Written texts: the same rules over text in one piece, a dialogue, or a stream, with masks as places in it.
//!
//! Nothing of a text is rewritten to find things in it. What is given back are places, in bytes and in Unicode scalar
//! values; whoever shows the text puts the masks there, and all else stays as it is.

mod dialogue;
mod piece;
mod place;
mod session;
mod stream;
mod window;
mod words;

pub use self::{
    dialogue::{Turn, redact_dialogue, redact_text},
    place::{TextSpan, masked},
    stream::{MaskedText, TextStream},
    words::{Revision, WordByWord},
};
