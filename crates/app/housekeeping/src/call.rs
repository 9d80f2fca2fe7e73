//! Acts on one call.

use events::{Event, RecordingRemoved, RemovalCause, Stages};
use lifecycle::ErasedCall;
use model::{CallKey, StreamName, TenantId, Timestamp};
use ports::{Append, CallFilter, CallState, CallSummary, EventLogError, NewEvent};

use crate::{
    Housekeeper, HousekeepingError,
    keys::{Folder, parts},
};

/// How many events of a call are read to find its stream: it is told at the beginning.
const MAX_FIRST_EVENTS: u32 = 20;
/// How often a call's log is claimed again because another came between.
const MAX_TRIES: u32 = 8;

/// What becomes of a call's reports when the call is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// They go with it.
    Goes,
    /// They stay until a time.
    StaysUntil(Timestamp),
}

impl Housekeeper {
    /// Removes all that is kept of a call that is over: the blobs first, the log last.
    pub(crate) async fn erase_call(
        &self,
        tenant: &TenantId,
        row: &CallSummary,
        evidence: Evidence,
    ) -> Result<ErasedCall, HousekeepingError> {
        let (tenant_part, call_part) = parts(tenant, &row.call_id);
        let place = (tenant_part.as_str(), call_part.as_str());
        let mut keys = self.blobs_of(place, Folder::Recordings).await?;
        keys.extend(self.blobs_of(place, Folder::Cases).await?);
        match evidence {
            Evidence::Goes => keys.extend(self.blobs_of(place, Folder::Evidence).await?),
            Evidence::StaysUntil(time) => self.expire_evidence(place, time).await?,
        }
        let blobs = self.remove_blobs(keys).await?;
        let contact_forgotten = !self.is_on_the_line(tenant, row).await?
            && self.kept.contacts.erase(tenant, &row.contact_id).await?;
        let key = CallKey::new(tenant.clone(), row.call_id.clone());
        let events = self.kept.log.erase(&key).await?;
        Ok(ErasedCall { call_id: row.call_id.to_string(), events, blobs, contact_forgotten })
    }

    /// Removes a call's recording and says so in its log.
    pub(crate) async fn remove_recording(
        &self,
        tenant: &TenantId,
        row: &CallSummary,
    ) -> Result<(), HousekeepingError> {
        let (tenant_part, call_part) = parts(tenant, &row.call_id);
        let keys = self.blobs_of((&tenant_part, &call_part), Folder::Recordings).await?;
        self.remove_blobs(keys).await?;
        let removed = RecordingRemoved { cause: RemovalCause::Retention, at_ms: self.now().as_millis() };
        self.append(tenant, row, Event::RecordingRemoved(removed)).await
    }

    /// Adds an event to the log of a call that is over.
    pub(crate) async fn append(
        &self,
        tenant: &TenantId,
        row: &CallSummary,
        event: Event,
    ) -> Result<(), HousekeepingError> {
        let key = CallKey::new(tenant.clone(), row.call_id.clone());
        for tries in 1.. {
            let (epoch, after) = match self.kept.log.claim_next(&key).await {
                Ok(claimed) => claimed,
                // Only what was erased cannot be claimed.
                Err(EventLogError::Fenced(call)) => return Err(HousekeepingError::NoSuchCall(call)),
                Err(error) => return Err(error.into()),
            };
            let events = vec![NewEvent { stages: Stages::default(), event: event.clone() }];
            let append = Append { key: key.clone(), epoch, after, now: self.now(), events };
            match self.kept.log.append(append).await {
                Ok(_) => return Ok(()),
                // Another who adds to the log after the end came between.
                Err(EventLogError::Fenced(_) | EventLogError::OutOfStep { .. }) if tries < MAX_TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The stream that carried a call.
    pub(crate) async fn stream_of(
        &self,
        tenant: &TenantId,
        row: &CallSummary,
    ) -> Result<Option<StreamName>, HousekeepingError> {
        let events = self.kept.log.read_call(tenant, &row.call_id, 0, MAX_FIRST_EVENTS).await?;
        let name = events.iter().find_map(|envelope| {
            if let Event::CallStarted(started) = &envelope.event {
                StreamName::new(started.stream.as_str()).ok()
            } else {
                None
            }
        });
        Ok(name)
    }

    /// Whether the contact has another call that goes on, which needs what is known of it.
    async fn is_on_the_line(&self, tenant: &TenantId, row: &CallSummary) -> Result<bool, HousekeepingError> {
        let filter = CallFilter {
            state: Some(CallState::Live),
            contact: Some(row.contact_id.clone()),
            limit: 1,
            ..CallFilter::default()
        };
        Ok(!self.kept.log.calls(tenant, &filter).await?.calls.is_empty())
    }
}
