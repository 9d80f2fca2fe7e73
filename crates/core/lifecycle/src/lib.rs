//! How long what is kept of calls is kept, what is erased when somebody asks for it, what a legal hold keeps, and how that
//! is certified.
//!
//! Pure rules: a call's row and the time come in, what is to be done comes out. It must not read or remove anything, and a
//! certificate must not claim more than was done.

mod certificate;
mod erasure;
mod retention;

pub use certificate::{Certificate, ErasedCall, KeptCall, Remaining, Subject};
pub use erasure::{Keep, Planned, plan};
pub use retention::{Due, InvalidRetention, Kind, MAX_DAYS, Retention};
