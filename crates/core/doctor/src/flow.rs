//! Exported contact flows: whether they start streaming as a call needs it.
//!
//! A flow is walked as Connect would, over every branch of every block, with what is known on the way: whether media
//! streams, and which attributes are set. So a finding holds for a path that a call can take, and names it.

mod block;
mod branches;
mod document;
mod examine;
mod lambdas;
mod walk;

pub use document::{Flow, FlowError, MAX_BLOCKS, MAX_FLOW_BYTES};
pub use examine::{Attribute, Rules, examine, unreadable};
