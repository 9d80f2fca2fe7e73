//! A fleet of real processes on one machine, calls placed into it, faults struck while they run, and a judge who says
//! what was lost: the end-to-end proof that nothing is.
//!
//! - [`Fleet`]: PostgreSQL, Redis, a local Kinesis Video Streams, a stand-in recogniser, workers and an API, each a
//!   process that ends with the test, however the test ends.
//! - [`Scripted`]: a call whose every word and sample is known beforehand, with card numbers on both channels.
//! - [`Outcome`]: what the fleet has of a call afterwards; [`judge`](fn@judge) holds it against the script, and
//!   [`differences`] against the same call in an undisturbed run.
//!
//! It knows the platform only as its users do: command line, environment, HTTP, log lines.

mod fleet;
mod http;
mod judge;
mod log;
mod outcome;
mod placing;
mod program;
mod script;
mod table;
mod wav;

pub use fleet::{Fleet, LEASE, Worker, binary};
pub use http::get;
pub use judge::{Verdict, differences, judge};
pub use log::Carried;
pub use outcome::{Mask, Outcome, Recording, Word};
pub use placing::{Placing, place_all};
pub use program::{Program, Signal};
pub use script::{Scripted, Spoken};
pub use table::{Row, table};
