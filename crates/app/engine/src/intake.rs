//! What Connect says, on its way to the directory and to the call that it is about.

use std::sync::Arc;

use contacts::{ContactRecord, ContactSignal, MediaTrigger, SignalKind};
use metrics::counter;
use model::{CallId, CallKey, ContactId, TenantId};
use ports::{BusMessage, DirectoryError, LeaseError, Offered};
use thiserror::Error;

use crate::{engine::Shared, keys, names, plan::CallPlan, worker::Worker};

/// What became of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// The call waits for a worker, or has one already: here or on another host.
    Accepted {
        /// The call.
        call: CallId,
        /// A worker of this process owns it.
        is_owned: bool,
    },
    /// The call is or was carried already.
    AlreadyKnown(CallId),
    /// The contact is known, and its stream is not: it is waited for, and looked for.
    WaitsForStream,
}

/// Why what Connect said could not be taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// The flow names a tenant that does not exist.
    #[error("the flow's attribute {attribute} names no tenant of this installation")]
    NoSuchTenant {
        /// The attribute.
        attribute: String,
    },
    /// The process is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The contact directory cannot be written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The lease store cannot be written.
    #[error(transparent)]
    Leases(#[from] LeaseError),
}

/// Takes what Connect says. Clones are the same intake.
#[derive(Clone)]
pub(crate) struct Intake(pub(crate) Arc<Shared>);

impl Intake {
    /// Takes a flow's Lambda event.
    pub(crate) async fn trigger(
        &self,
        tenant: Option<TenantId>,
        trigger: &MediaTrigger,
    ) -> Result<Started, IntakeError> {
        let tenants = &self.0.options.tenants;
        let tenant = match tenant {
            Some(tenant) => tenant,
            None => tenants.of(Some(&trigger.attributes), trigger.instance.as_deref()).map_err(|_| {
                counter!(names::ATTRIBUTES_REFUSED).increment(1);
                IntakeError::NoSuchTenant { attribute: tenants.attributes.tenant.clone() }
            })?,
        };
        for name in &trigger.attributes.missing {
            counter!(names::ATTRIBUTES_MISSING, "attribute" => self.attribute(name)).increment(1);
        }
        let names = self.0.options.customers.as_ref().map(|index| index.of_trigger(&tenant, trigger));
        let shown = tenants.shown_attributes(&tenant, &trigger.attributes);
        let record = ContactRecord::of_trigger(trigger, self.0.now()).with_attributes(shown);
        self.put(&tenant, record.with_customer_keys(names.unwrap_or_default())).await
    }

    /// Takes what else is said of a contact.
    pub(crate) async fn put(&self, tenant: &TenantId, record: ContactRecord) -> Result<Started, IntakeError> {
        if *self.0.stopping.borrow() {
            return Err(IntakeError::Stopping);
        }
        let put = self.0.parts.contacts.put(tenant, record).await?;
        if put.is_news {
            self.pass_on(tenant, &put.record);
        }
        match (&put.record.stream, &put.record.call_id) {
            (None, _) => Ok(Started::WaitsForStream),
            (Some(_), Some(call)) if put.record.is_closed() => Ok(Started::AlreadyKnown(call.clone())),
            (Some(_), _) => self.offer(tenant, put.record).await,
        }
    }

    /// Takes a signal. A transfer tells of two contacts: the one before learns of the next, and the other way round.
    pub(crate) async fn signal(&self, tenant: &TenantId, signal: ContactSignal) -> Result<(), IntakeError> {
        let now = self.0.now();
        if let SignalKind::Transferred(next) = &signal.kind {
            let next = ContactRecord {
                previous_contact_id: Some(signal.contact_id.clone()),
                ..ContactRecord::new(next.clone(), now)
            };
            self.0.parts.contacts.put(tenant, next).await?;
        }
        self.put(tenant, ContactRecord::of_signal(signal, now)).await.map(drop)
    }

    /// Hands news to the contact's call, here or on the host that carries it.
    fn pass_on(&self, tenant: &TenantId, record: &ContactRecord) {
        if !self.0.carried.tell(tenant, record.clone()) {
            let contact_id = record.contact_id.clone();
            self.0.relay.send(BusMessage::ContactChanged { tenant: tenant.clone(), contact_id });
        }
    }

    /// Makes the contact's call known, and takes it if there is room here.
    pub(crate) async fn offer(
        &self,
        tenant: &TenantId,
        record: ContactRecord,
    ) -> Result<Started, IntakeError> {
        if let Some(call) = self.joins(tenant, &record).await? {
            return Ok(Started::AlreadyKnown(call));
        }
        let Some((key, plan)) = CallPlan::of(tenant, &record, self.0.now()) else {
            return Ok(Started::WaitsForStream);
        };
        if let Some(joined) = record.call_id.as_ref().filter(|call| **call != key.call) {
            return Ok(Started::AlreadyKnown(joined.clone()));
        }
        let plan = serde_json::to_string(&plan).expect("a plan is plain data");
        let offered = self.0.parts.leases.offer(&key, &plan).await?;
        if record.call_id.as_ref() != Some(&key.call) {
            let carried = ContactRecord {
                call_id: Some(key.call.clone()),
                ..ContactRecord::new(record.contact_id, self.0.now())
            };
            self.0.parts.contacts.put(tenant, carried).await?;
        }
        let is_owned = self.hand_to_a_worker(&key).await?;
        Ok(match offered {
            Offered::New => Started::Accepted { call: key.call, is_owned },
            Offered::Known => Started::AlreadyKnown(key.call),
        })
    }

    async fn hand_to_a_worker(&self, key: &CallKey) -> Result<bool, IntakeError> {
        if self.0.options.carries && Worker(Arc::clone(&self.0)).take(key).await? {
            return Ok(true);
        }
        self.0.relay.send(BusMessage::Offered(key.clone()));
        Ok(false)
    }

    /// Whether the contact goes on with a call on the same stream: the call of a contact before it in its chain. Its
    /// audio is that call's, then, and never a second one's.
    async fn joins(&self, tenant: &TenantId, record: &ContactRecord) -> Result<Option<CallId>, IntakeError> {
        let chain = [&record.previous_contact_id, &record.initial_contact_id];
        let chain: Vec<ContactId> = chain.into_iter().flatten().cloned().collect();
        if chain.is_empty() || record.call_id.is_some() {
            return Ok(None);
        }
        let stream = |of: &ContactRecord| of.stream.as_ref().map(|stream| stream.name.clone());
        let before = self.0.parts.contacts.find(tenant, &chain).await?;
        let before =
            before.into_iter().find(|before| before.stream.is_some() && stream(before) == stream(record));
        let Some(before) = before else { return Ok(None) };
        // Its call may be about to begin: its id follows from the record.
        let call = before
            .call_id
            .clone()
            .unwrap_or_else(|| keys::call_id(tenant, &before.contact_id, before.start_fragment.as_ref()));
        if self.is_over(&CallKey::new(tenant.clone(), call.clone())).await {
            return Ok(None);
        }
        let now = self.0.now();
        let joined = ContactRecord {
            call_id: Some(call.clone()),
            ..ContactRecord::new(record.contact_id.clone(), now)
        };
        self.0.parts.contacts.put(tenant, joined).await?;
        let at = record.started_at.unwrap_or(now);
        let kind = SignalKind::Transferred(record.contact_id.clone());
        let signal = ContactSignal { contact_id: before.contact_id, at, kind };
        let told = self.0.parts.contacts.put(tenant, ContactRecord::of_signal(signal, now)).await?;
        self.pass_on(tenant, &told.record);
        Ok(Some(call))
    }

    /// Whether a call has ended, as far as its log can be read.
    async fn is_over(&self, key: &CallKey) -> bool {
        let known = self.0.parts.log.call(&key.tenant, &key.call).await;
        known.is_ok_and(|call| call.state == ports::CallState::Ended)
    }

    /// The part of an attribute's name that a metric may show.
    fn attribute(&self, name: &str) -> &'static str {
        let names = &self.0.options.tenants.attributes;
        match name {
            name if name == names.tenant => "tenant",
            name if name == names.profile => "profile",
            name if name == names.session => "session",
            _ => "other",
        }
    }
}
