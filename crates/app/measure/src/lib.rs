//! Measures servers from outside, as `trunkline bench fleet` shows it: calls in real time from an open-loop generator,
//! events read from sockets, processor time and memory of the process under test.
//!
//! Every server is a process of its own on a processor of its own, where there are several; all are ended when their
//! handle is dropped. It says what it saw, and when a run is no measurement. It knows no adapter: an event log is
//! handed in, and the programs are named by whoever calls.

mod clock;
mod delivery;
mod fleet;
mod follow;
mod heard;
mod listeners;
mod machine;
mod process;
mod redaction;
mod rows;
mod stand_in;
mod traffic;
mod verdict;

pub use clock::now;
pub use delivery::{
    Delivery, DeliveryBench, DeliveryPlan, DeliveryReport, DeliveryStage, Feed, OnDelivery, Slow,
    SubscriberOptions, room_for_sockets, subscribers,
};
pub use fleet::{
    CatchUp, FleetBench, FleetPlan, Loaded, OnStage, Peer, Report, Stage, SystemName, Takeover, TakeoverKind,
    node_version,
};
pub use follow::{Delivered, Followers, OnDelivered};
pub use heard::Heard;
pub use listeners::Listeners;
pub use machine::Machine;
pub use process::{Cores, Cpu, Program, Running, resident_bytes};
pub use redaction::{Outcome, PeerOutcome, RedactionBench, RedactionReport, Speed};
pub use rows::{RowRates, durable_rows};
pub use stand_in::{StandIn, StandInOptions};
pub use traffic::{Placed, Traffic, fixed_words, outcome};
pub use verdict::{Facts, shortfalls};
