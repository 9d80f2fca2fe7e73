//! Carries calls: one task per call drives the pure sessions of the core and performs what they ask for
//! through ports.
//!
//! The only place with a `select!`. It holds no rule about media, speech or redaction; those are the core's.
//! A call whose task fails ends alone.

mod bus;
mod call_task;
mod contact_state;
mod directory;
mod engine;
mod journal;
mod keys;
mod latency;
mod names;
mod recorder;
mod recording;
mod speech;
mod subscription;

pub use bus::{Bus, Published};
pub use engine::{Clock, Engine, EngineOptions, EngineParts, EngineStatus, StartError, Started};
pub use keys::{peaks_key, recording_key};
pub use latency::{LatencyBoard, Stage, StageLatency};
pub use recorder::{FinishError, Recorder, SpoolError, SpoolFolder};
pub use subscription::{Delivery, Subscription, Topic};
