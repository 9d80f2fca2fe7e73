//! For tests, benches and fuzzing: streams as Connect writes them, and the rules that any bytes must keep.

mod connect;
mod rules;

pub use connect::{AUDIO_FROM_CUSTOMER, AUDIO_TO_CUSTOMER, ConnectFragment, ConnectStream, connect_tracks};
pub use rules::{Cuts, check_any_bytes, items};
