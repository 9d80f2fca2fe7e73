//! Checks of a server.

mod ask;
mod checks;
mod transport;

pub use ask::{BadUrl, Target};
pub use checks::run;
