//! Recognises speech with Deepgram: the port `Transcriber` over its live streaming WebSocket.
//!
//! One call is one socket: both channels, interleaved, at the call's own rate. What comes back per channel is pieces
//! that are final and a guess at what follows; they become utterances that keep one start from the first partial to
//! the final. Silence is answered too, so how far a channel is settled follows from the answers alone.
//!
//! It does not reconnect: an error ends the results, and the caller opens again and sends again what was not settled.
//! Vendor types stop in `wire`. Neither words nor the key ever reach an error, a log or `Debug`.
//!
//! Needs an API key that may use `/v1/listen`. Every stream counts against the project's concurrency limit, and both
//! channels are billed.

mod config;
mod connect;
mod interleave;
mod listen;
mod pace;
mod queue;
mod refusal;
mod session;
mod stream;
mod transcriber;
mod utterances;
mod wire;

pub use config::{ApiKey, ConfigError, DeepgramConfig};
pub use transcriber::DeepgramTranscriber;
