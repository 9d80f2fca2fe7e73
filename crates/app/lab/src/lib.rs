//! Places calls as Amazon Connect would, on a local Kinesis Video Streams server: audio in Connect's fragments with
//! all their oddities, the flow's Lambda event, contact events, agent events.
//!
//! [`place`] places one call, [`Batch`] many; [`Call`] is what they play, from a file, from the program's own
//! [`samples`], or from memory; [`SavedMedia`] is a stream that was recorded earlier. The lab knows nothing of the
//! platform but the URLs that Connect would know.

mod acks;
mod batch;
mod call;
mod clock;
mod connect;
pub mod decode;
mod endpoint;
mod facts;
mod fragments;
mod kvs;
mod notify;
mod pace;
mod place;
mod player;
mod quirks;
mod replay;
pub mod samples;
mod sigv4;

pub use acks::AckCounts;
pub use batch::{Batch, MAX_CALLS};
pub use call::{Call, MonoAs};
pub use connect::Instance;
pub use endpoint::{Endpoint, InvalidEndpoint, RequestError};
pub use facts::{AgentFacts, CallFacts, ContactMoment, EventKind, Line, SensitiveSpan};
pub use kvs::KvsError;
pub use notify::NoticeUrls;
pub use pace::{InvalidPace, Pace};
pub use place::{
    CallPlan, CallReport, Media, OnProgress, PlaceError, Progress, Target, place, stream_free_from,
};
pub use quirks::{Quirks, TrackOrder, UnknownQuirks};
pub use replay::{SavedMedia, SavedMediaError};
pub use sigv4::Credentials;
