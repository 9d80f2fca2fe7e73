//! A fleet in virtual time: the real engine, sessions and recogniser pool on several hosts, over scripted streams,
//! recognisers and stores, under faults that a seed chooses, judged by a model that knows what was said.
//!
//! A run is a function of its seed: the same seed gives the same events. What goes wrong is told by [`Outcome::wrong`],
//! and `cargo xtask sim --seed N` plays it again with its trace.

mod hosts;
mod judge;
mod kvs;
mod proxies;
mod recogniser;
mod rng;
mod run;
mod scenario;

pub use run::{Options, Outcome, Totals, run};
