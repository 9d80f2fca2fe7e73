//! Carries calls: one task per call drives the pure sessions of the core and performs what they ask for
//! through ports.
//!
//! A process may carry calls, or only take in what Connect says and show what others carry. A call is carried by the
//! worker that holds its lease, and nothing of it leaves a worker that is not sure to hold it.
//!
//! The only place with a `select!`. It holds no rule about media, speech or redaction; those are the core's.
//! A call whose task fails ends alone.

mod aside;
mod call_task;
mod carried;
mod contact_state;
mod engine;
mod epilogue;
mod fanout;
mod inbox;
mod intake;
mod journal;
mod keys;
mod latency;
mod lens;
mod locator;
mod names;
mod ownership;
mod plan;
mod recorder;
mod recording;
mod relay;
mod resume;
mod speech;
mod subscription;
mod tenants;
mod trouble;
mod worker;

pub use aside::{AsideError, CarriedCall, CarriedNews};
pub use engine::{Capacity, Clock, Engine, EngineOptions, EngineParts, EngineStatus};
pub use epilogue::{Epilogue, is_overtaken};
pub use fanout::{Fanout, Published};
pub use intake::{IntakeError, Started};
pub use keys::{call_id, peaks_key, recording_key};
pub use latency::{LatencyBoard, SlowCall, Stage, StageLatency};
pub use lens::{LensError, LensTaken};
pub use ownership::LeaseTiming;
pub use recorder::{FinishError, Outline, OutlineChannels, OutlineMask, Recorder, SpoolError, SpoolFolder};
pub use subscription::{Delivery, Subscription, Topic};
pub use tenants::{SpeechRules, TenantRules, Tenants};
