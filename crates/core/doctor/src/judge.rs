//! What facts of a deployment mean.

mod clock;
mod host;
mod queue;
mod streams;

pub use clock::skew;
pub use host::{DiskFacts, disk, open_files};
pub use queue::{QueueFacts, queue};
pub use streams::{StorageFacts, StreamFacts, StreamState, storage, stream};
