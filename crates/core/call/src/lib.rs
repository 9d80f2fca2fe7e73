//! One call as a state machine: which fragments are this call's, where their audio lies on one timeline of two
//! channels, when to read the stream again, and when the call is over.
//!
//! [`CallSession`] does no IO. Fragments, ends of bodies, contact events and the time go in; commands (open the
//! stream, ask the directory), audio and events come out, so a whole call can be replayed bit for bit.
//!
//! **Invariant:** no sample of another contact leaves the session. A fragment is held until its contact is known.
//!
//! **Invariant:** each channel's audio is contiguous from the call's first sample. What is missing is silence, and
//! is reported as a gap.
//!
//! **Invariant:** the end of a body is not the end of the call. [`Event::Ended`] comes exactly once, last.
//!
//! It must not read a clock, sleep, or know how a stream is opened.

mod attribution;
mod checkpoint;
mod config;
mod connection;
mod cursor;
mod facts;
mod io;
mod lag;
mod liveness;
mod marks;
mod reading_clock;
mod repair;
mod session;
mod timeline;
mod tracks;

pub use checkpoint::{Checkpoint, Origin};
pub use config::{CallConfig, Limits, Timing};
pub use io::{
    Anomaly, AudioSpan, Command, ContactState, Event, Input, Output, Reason, Samples, StartAt, StreamError,
};
pub use session::CallSession;

/// Samples per second of each channel: what Connect sends.
pub const SAMPLE_RATE_HZ: u32 = model::AudioFormat::CONNECT.sample_rate_hz;
