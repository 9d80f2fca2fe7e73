//! One event: noted in the directory, handed over, answered.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use contacts::{AttributeNames, ContactRecord, MediaTrigger, StreamingStage, TriggerError};
use model::{ContactId, TenantId, Timestamp};
use ports::{ContactDirectory, Put};
use serde::Deserialize;
use tokio::time::timeout_at;

use crate::{
    answer::{Answer, Code, Status},
    budget::Budget,
    error::HandOverError,
    way::Way,
};

/// The contact directory, and whose a contact is of which the flow says nothing.
pub(crate) struct Directory {
    pub(crate) contacts: Arc<dyn ContactDirectory>,
    pub(crate) tenant: Option<TenantId>,
}

/// Handles events.
pub(crate) struct Handler {
    attributes: AttributeNames,
    directory: Option<Directory>,
    ways: Vec<Box<dyn Way>>,
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("ways", &self.ways).finish_non_exhaustive()
    }
}

/// What the directory said of an event.
enum Noted {
    /// It says something new, or was not handed over yet.
    News { tenant: TenantId, waits: bool },
    /// It was handed over before.
    HandedOver { waits: bool },
    /// The directory could not be asked.
    Failed(Code),
    /// There is no directory.
    Nowhere,
}

impl Handler {
    /// `ways` in the order in which they are tried.
    pub(crate) fn new(
        attributes: AttributeNames,
        directory: Option<Directory>,
        ways: Vec<Box<dyn Way>>,
    ) -> Self {
        Self { attributes, directory, ways }
    }

    /// Answers an event within `time`, whatever hangs.
    pub(crate) async fn handle(&self, event: Bytes, now: Timestamp, time: Duration) -> Answer {
        let budget = Budget::begin(time);
        let answer = match contacts::read_trigger(&event, &self.attributes) {
            Ok(trigger) => self.take(&event, &trigger, now, &budget).await,
            Err(error) => refuse(&event, &error),
        };
        tracing::info!(
            contact.id = answer.contact_id.as_ref().map(ContactId::as_str),
            status = ?answer.status,
            error = answer.error.map(tracing::field::debug),
            "an event was answered"
        );
        answer
    }

    async fn take(&self, event: &Bytes, trigger: &MediaTrigger, now: Timestamp, budget: &Budget) -> Answer {
        let contact = &trigger.contact_id;
        if !trigger.attributes.missing.is_empty() {
            let missing = &trigger.attributes.missing;
            tracing::info!(contact.id = contact.as_str(), ?missing, "the flow does not set these attributes");
        }
        let answer = |status, error| Answer { status, contact_id: Some(contact.clone()), error };
        let taken = |waits| if waits { Status::WaitsForStream } else { Status::Accepted };
        let (tenant, waits, problem) = match self.note(trigger, now, budget).await {
            Noted::HandedOver { waits: true } => return answer(Status::WaitsForStream, None),
            Noted::HandedOver { waits: false } => return answer(Status::Known, None),
            Noted::News { tenant, waits } => (Some(tenant), waits, None),
            Noted::Failed(code) => (None, trigger.stream.is_none(), Some(code)),
            Noted::Nowhere => (None, trigger.stream.is_none(), None),
        };
        if let Err(code) = self.hand_over(contact, event, budget).await {
            return answer(Status::Failed, Some(code));
        }
        if let Some(tenant) = tenant {
            self.mark(&tenant, trigger, now, budget).await;
        }
        answer(taken(waits), problem)
    }

    /// Puts what the event says into the directory.
    async fn note(&self, trigger: &MediaTrigger, now: Timestamp, budget: &Budget) -> Noted {
        let Some(directory) = &self.directory else { return Noted::Nowhere };
        let contact = trigger.contact_id.as_str();
        let tenant = match directory.tenant_of(trigger) {
            Ok(tenant) => tenant,
            Err(code) => {
                tracing::error!(contact.id = contact, error = ?code, "whose contact it is cannot be told");
                return Noted::Failed(code);
            }
        };
        let put = directory.contacts.put(&tenant, ContactRecord::of_trigger(trigger, now));
        match timeout_at(budget.for_directory(), put).await {
            Ok(Ok(Put { record, is_news })) => {
                let waits = record.waits_for_stream();
                let is_handed_over = !is_news && record.handed_over >= Some(stage(trigger));
                if is_handed_over { Noted::HandedOver { waits } } else { Noted::News { tenant, waits } }
            }
            Ok(Err(error)) => {
                tracing::error!(contact.id = contact, "{}", chain(&error));
                Noted::Failed(Code::DirectoryFailed)
            }
            Err(_) => {
                tracing::error!(contact.id = contact, "the contact directory did not answer in time");
                Noted::Failed(Code::DirectoryTimedOut)
            }
        }
    }

    /// Tries one way after the other until one takes the event.
    async fn hand_over(&self, contact: &ContactId, event: &Bytes, budget: &Budget) -> Result<(), Code> {
        let mut last = Code::TimedOut;
        for (tried, way) in self.ways.iter().enumerate() {
            let until = budget.for_way(self.ways.len() - tried);
            let taken = timeout_at(until, way.hand_over(contact, event, until)).await;
            let error = match taken.unwrap_or(Err(HandOverError::TimedOut)) {
                Ok(()) => {
                    tracing::debug!(
                        contact.id = contact.as_str(),
                        way = way.name(),
                        "the event was handed over"
                    );
                    return Ok(());
                }
                Err(error) => error,
            };
            tracing::error!(contact.id = contact.as_str(), way = way.name(), "{}", chain(&error));
            last = error.code();
        }
        Err(last)
    }

    /// Notes that the event was handed over. Without it the event is handed over again when it comes again, which does
    /// no harm.
    async fn mark(&self, tenant: &TenantId, trigger: &MediaTrigger, now: Timestamp, budget: &Budget) {
        let Some(directory) = &self.directory else { return };
        let contact = trigger.contact_id.clone();
        let put = directory.contacts.put(tenant, ContactRecord::of_hand_over(contact, stage(trigger), now));
        let problem = match timeout_at(budget.end(), put).await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => chain(&error),
            Err(_) => "the contact directory did not answer in time".to_owned(),
        };
        tracing::warn!(contact.id = trigger.contact_id.as_str(), "not noted as handed over: {problem}");
    }
}

impl Directory {
    /// Whose contact it is: a name that cannot be one is nobody's, so that no slip puts it into another's hands.
    fn tenant_of(&self, trigger: &MediaTrigger) -> Result<TenantId, Code> {
        match &trigger.attributes.tenant {
            Some(named) => TenantId::new(named.as_str()).map_err(|_| Code::BadTenant),
            None => self.tenant.clone().ok_or(Code::NoTenant),
        }
    }
}

fn stage(trigger: &MediaTrigger) -> StreamingStage {
    StreamingStage { start: trigger.start_fragment.clone(), stop: trigger.stop_fragment.clone() }
}

/// The answer to what cannot start a call. Only the outermost words of the error are logged: its source may quote the
/// event.
fn refuse(event: &Bytes, error: &TriggerError) -> Answer {
    let contact_id = contact_of(event);
    let contact = contact_id.as_ref().map(ContactId::as_str);
    if let TriggerError::NotVoice(_) = error {
        tracing::info!(contact.id = contact, "{error}");
        return Answer { status: Status::NotVoice, contact_id, error: None };
    }
    if let TriggerError::Json(json) = error {
        tracing::error!(contact.id = contact, line = json.line(), column = json.column(), "{error}");
    } else {
        tracing::error!(contact.id = contact, "{error}");
    }
    Answer { status: Status::NotUnderstood, contact_id, error: Some(Code::BadEvent) }
}

/// The contact of an event that is of no use otherwise.
fn contact_of(event: &Bytes) -> Option<ContactId> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Named {
        details: Details,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Details {
        contact_data: ContactData,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ContactData {
        contact_id: ContactId,
    }
    let named: Named = serde_json::from_slice(event).ok()?;
    Some(named.details.contact_data.contact_id)
}

/// An error with all its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
