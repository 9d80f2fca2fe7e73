//! Audio that a client uploads, as a stream like any other: where Kinesis Video Streams is missing.
//!
//! A client describes its audio once and gets an id. It then sends samples, each piece with the offset of its first
//! byte, and is told up to where they were taken. Here they become fragments as Amazon Connect writes them (8 kHz,
//! one track for each channel, the contact in the tags), and [`Uploads`] gives these to the engine as a
//! [`MediaSource`](ports::MediaSource). So attribution, timeline, redaction, recording and failover are those of every
//! other call. [`RoutedMediaSource`] puts this source beside the one that reads Kinesis Video Streams.
//!
//! # The protocol
//! - Audio is interleaved: for two channels one sample of the first, one of the second. Offsets count bytes of it, and
//!   are multiples of a frame (one sample of every channel).
//! - A piece is 20 to 100 ms as a rule and [`MAX_CHUNK_MS`] at the most. It is taken whole or not at all, and only at
//!   the offset up to which everything was taken; at another one the answer says the right one.
//! - What the engine has not read yet is held up to [`MAX_AHEAD_MS`]. Then the client is told to wait, and keeps its
//!   audio: nothing is dropped here.
//! - What the engine has read is kept up to [`MAX_KEPT_MS`], so that a call that changes hands on this host is read
//!   again where its words end. Older audio is forgotten first.
//! - A client that has lost audio says so ([`Uploads::skip`]): the call's timeline goes on behind the hole, which is
//!   told as a gap when audio follows it. So is what a client that resumes cannot send again.
//! - [`Uploads::finish`] ends it. Until then silence is sent as silence: a stream that brings nothing for the engine's
//!   idle time, and that nobody says more about, is over.
//!
//! # After the server has gone
//! The id holds all that is needed to go on ([`UploadId`]), so any server can. The engine that takes the call over
//! opens the stream where its last owner stood, and from then on [`Uploads::offset`] says from which byte the client
//! is to send again: from a little before the first words that were not final. A client therefore keeps its last
//! minute, also what was taken. Until the engine has opened the stream, and on all hosts that do not carry the call,
//! there is [no such upload](UploadError::Elsewhere): the client asks again, until it is led to the one that does.
//!
//! This crate must not know how audio reaches it, nor anything of calls beyond their contact.

mod body;
mod cutter;
mod format;
mod fragment;
mod id;
mod names;
mod routed;
mod source;
mod upload;
mod uploads;

pub use format::{Encoding, Format, FormatError, MAX_RATE_HZ, MIN_RATE_HZ};
pub use id::{MAX_CONTACT_BYTES, UploadId};
pub use routed::RoutedMediaSource;
pub use upload::{MAX_AHEAD_MS, MAX_CHUNK_MS, MAX_KEPT_MS, MAX_SKIP_MS};
pub use uploads::{Finished, MAX_UPLOADS, Progress, UploadError, Uploads};
