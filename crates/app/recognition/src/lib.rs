//! Which recogniser hears a call: an ordered list of them behind one [`ports::Transcriber`].
//!
//! A [`RecogniserPool`] takes a call to the best of its [`Tier`]s that is well, speaks the language and has room. When
//! that one fails, hangs or refuses in the middle of a call, the pool opens another stream, gives it again all audio
//! whose words are not final yet, and goes on: no speech is lost and no final is repeated. While no recogniser takes
//! the call its audio is kept, nothing is settled, and whoever pushes waits; the words come late.
//!
//! - `hearing` is one call as a state machine, without clock or IO; `call` drives it.
//! - `roster` is what all calls share: per tier a circuit [breaker](TierState), streams, and starts per second.
//! - This crate knows no vendor and no words beyond passing them on: nothing spoken reaches a log, metric or error.

mod breaker;
mod call;
#[cfg(test)]
mod ear;
mod fault;
mod hearing;
mod held;
mod language;
mod meter;
mod names;
mod pool;
mod quota;
mod roster;
mod tier;

pub use breaker::TierState;
pub use held::MAX_HELD;
pub use pool::{NoTiers, RecogniserPool};
pub use roster::TierStatus;
pub use tier::{Billing, Tier, Times};
