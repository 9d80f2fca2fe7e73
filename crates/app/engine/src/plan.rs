//! How a call is to be carried: what is offered to workers beside its lease.

use contacts::ContactRecord;
use events::CallStarted;
use model::{CallKey, ContactId, FragmentNumber, MediaTime, StreamAddress, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::keys;

/// Queue names are shortened to so many characters; Connect allows 127.
const MAX_QUEUE_NAME: usize = 127;

/// How a call is to be carried. Stored beside its lease, so it holds nothing that may not be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CallPlan {
    pub(crate) contact: ContactId,
    /// Other contacts of its chain, whose audio is this call's, too.
    pub(crate) also_accepted: Vec<ContactId>,
    pub(crate) stream: StreamAddress,
    /// Producer time of the first fragment.
    pub(crate) start: Option<Timestamp>,
    pub(crate) start_fragment: Option<FragmentNumber>,
    pub(crate) stop_fragment: Option<FragmentNumber>,
    /// What is said of the call when its first sample is known.
    pub(crate) about: CallStarted,
    /// The flow's attributes that were not set.
    pub(crate) missing: Vec<String>,
}

impl CallPlan {
    /// The call of a contact whose stream is known, and how to carry it.
    pub(crate) fn of(tenant: &TenantId, record: &ContactRecord, now: Timestamp) -> Option<(CallKey, Self)> {
        let stream = record.stream.clone()?;
        let call = keys::call_id(tenant, &record.contact_id, record.start_fragment.as_ref());
        let chain = [record.initial_contact_id.clone(), record.previous_contact_id.clone()];
        let plan = Self {
            contact: record.contact_id.clone(),
            also_accepted: chain.into_iter().flatten().collect(),
            start: record.started_at,
            start_fragment: record.start_fragment.clone(),
            stop_fragment: record.stop_fragment.clone(),
            about: CallStarted {
                contact_id: record.contact_id.clone(),
                initial_contact_id: record.initial_contact_id.clone(),
                stream: stream.name.to_string(),
                customer: record.customer.clone(),
                customer_keys: record.customer_keys.clone(),
                queue: record.queue.as_ref().map(|queue| queue.chars().take(MAX_QUEUE_NAME).collect()),
                started_at_ms: record.started_at.unwrap_or(now).as_millis(),
                sample_rate_hz: model::AudioFormat::CONNECT.sample_rate_hz,
                profile: record.profile.clone(),
                session: record.session.clone(),
                language: record.language.clone(),
                attributes: record.attributes.clone(),
                provisional: false,
            },
            missing: record.missing.clone(),
            stream,
        };
        Some((CallKey::new(tenant.clone(), call), plan))
    }
}

/// Where a call's owner stands, as it is stored beside the lease.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Where the reading of the stream stands.
    pub(crate) reading: call::Checkpoint,
    /// Up to where each channel's words are final and in the log.
    pub(crate) settled_us: [u64; 2],
}

impl Standing {
    pub(crate) fn settled(&self) -> [MediaTime; 2] {
        self.settled_us.map(MediaTime::from_micros)
    }
}
