//! What Amazon Connect says about contacts: the flow's Lambda event, contact events, agent events.
//!
//! Reads them with all their oddities (strings that are empty or null, two spellings of a key, snapshots that
//! repeat) and gives few, idempotent signals. Unknown fields and event types are passed over; numbers and
//! names of people stay in [`model::Pii`].

mod agent_event;
mod contact_event;
mod contact_lens;
mod customer;
mod lenient;
mod number;
mod record;
mod signal;
mod trigger;

pub use agent_event::read_agent_event;
pub use contact_event::{instance_of, read_contact_event, read_contact_record};
pub use contact_lens::{LensEvent, LensKind, LensSegment, LensSpeaker, MAX_LENS_SEGMENTS, read_contact_lens};
pub use customer::{BlindIndex, e164};
pub use number::masked_number;
pub use record::{ContactRecord, MAX_CUSTOMER_KEYS, MAX_SIGNALS, StreamingStage};
pub use signal::{Agent, ContactSignal, SignalKind, UnreadableEvent};
pub use trigger::{
    AttributeNames, FlowAttributes, MediaTrigger, TriggerError, read_trigger, stream_address, stream_name,
};
