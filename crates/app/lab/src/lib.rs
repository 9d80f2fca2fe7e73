//! Places calls as Amazon Connect would: audio into a Kinesis video stream, the flow's Lambda event, contact and
//! agent events.

pub mod call;
pub mod decode;
pub mod facts;
pub mod samples;
