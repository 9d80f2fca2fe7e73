//! Erasing what somebody asks to be erased.

use std::time::Duration;

use lifecycle::{Certificate, Keep, Planned, Remaining, Subject, plan};
use metrics::counter;
use model::{CallId, ContactId, Pii, TenantId};
use ports::{CallFilter, CallSummary, EventLogError, Remains, act};

use crate::{Housekeeper, HousekeepingError, SignedCertificate, call::Evidence, hold::check_name, names};

/// How many calls one erasure takes at the most; with more the certificate says that it is not complete.
const MAX_CALLS: usize = 10_000;
const PAGE: u32 = 500;

/// Whose or which calls are to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One call.
    Call(CallId),
    /// A contact's calls.
    Contact(ContactId),
    /// The calls of the customer with this number.
    Number(Pii<String>),
    /// The calls of the customer with this id, as the flow names it.
    CustomerId(Pii<String>),
    /// The calls of the customer with this blind name.
    CustomerKey(String),
}

/// What an erasure did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// What is certified.
    pub signed: SignedCertificate,
    /// Where it is kept among the blobs; none when nothing was done but looked.
    pub blob: Option<String>,
}

impl Housekeeper {
    /// Erases calls everywhere, and certifies it. With `only_look` nothing is removed: the certificate, which is neither
    /// signed nor kept, says what would be.
    ///
    /// # Errors
    /// When what is wanted cannot be looked for, or a store fails before the end; what was removed by then is gone, and
    /// asking again removes the rest.
    pub async fn erase(
        &self,
        tenant: &TenantId,
        wanted: &Wanted,
        by: &str,
        only_look: bool,
    ) -> Result<Erasure, HousekeepingError> {
        check_name("name of who asks", by)?;
        let subject = self.subject(tenant, wanted)?;
        let rows = self.wanted_calls(tenant, wanted, &subject).await?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let now = self.now().as_millis();
        let mut certificate = Certificate::new(id, tenant.to_string(), subject.clone(), by.to_owned(), now);
        certificate.complete = rows.len() < MAX_CALLS;
        for row in &rows {
            self.erase_one(tenant, row, &mut certificate, only_look).await?;
        }
        if only_look {
            let signed = SignedCertificate { certificate, signature: None };
            return Ok(Erasure { signed, blob: None });
        }
        self.forget_contact(tenant, wanted, &rows).await?;
        if !certificate.erased.is_empty() && self.kept.log.scrub(tenant).await? == Remains::UnusedSpace {
            certificate.remains(unused_space());
        }
        self.elsewhere.iter().cloned().chain(beyond_us()).for_each(|remains| certificate.remains(remains));
        let (erased, kept) = (certificate.erased.len(), certificate.kept.len());
        let (blob, signed) = self.certify(tenant, certificate).await?;
        let id = &signed.certificate.id;
        let detail = format!("{erased} calls erased, {kept} kept; certificate {id}");
        self.note(tenant, by, act::ERASED, subject.name(), detail).await?;
        Ok(Erasure { signed, blob: Some(blob) })
    }

    async fn erase_one(
        &self,
        tenant: &TenantId,
        row: &CallSummary,
        certificate: &mut Certificate,
        only_look: bool,
    ) -> Result<(), HousekeepingError> {
        if let Planned::Keep(why) = plan(row) {
            certificate.kept(row.call_id.to_string(), why);
            return Ok(());
        }
        let stream = match self.stream_of(tenant, row).await {
            Ok(stream) => stream,
            // Somebody else erased it just now.
            Err(HousekeepingError::NoSuchCall(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        if let Some(stream) = &stream {
            let hours = match &self.streams {
                Some(streams) => streams.hours(tenant, stream).await,
                None => None,
            };
            if let Some(remains) = in_the_stream(stream.as_str(), row, hours, self.now().as_millis()) {
                certificate.remains(remains);
            }
        }
        if only_look {
            let call_id = row.call_id.to_string();
            let erased = lifecycle::ErasedCall {
                call_id,
                events: row.seq,
                blobs: Vec::new(),
                contact_forgotten: false,
            };
            certificate.erased(erased);
            return Ok(());
        }
        match self.erase_call(tenant, row, Evidence::Goes).await {
            Ok(erased) => {
                counter!(names::CALLS_ERASED, "why" => "request").increment(1);
                certificate.erased(erased);
            }
            // What was removed of the others is certified all the same.
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(call.id = %row.call_id, error, "a call could not be erased whole; ask for it again");
                certificate.kept(row.call_id.to_string(), Keep::Failed);
            }
        }
        Ok(())
    }

    /// A contact of which there is no call yet, or whose calls are gone, may still be in the directory.
    async fn forget_contact(
        &self,
        tenant: &TenantId,
        wanted: &Wanted,
        rows: &[CallSummary],
    ) -> Result<(), HousekeepingError> {
        if let Wanted::Contact(contact) = wanted
            && rows.iter().all(|row| plan(row) == Planned::Erase)
        {
            self.kept.contacts.erase(tenant, contact).await?;
        }
        Ok(())
    }

    fn subject(&self, tenant: &TenantId, wanted: &Wanted) -> Result<Subject, HousekeepingError> {
        let index = || self.customers.as_ref().ok_or(HousekeepingError::NoCustomerKey);
        Ok(match wanted {
            Wanted::Call(call) => Subject::Call(call.to_string()),
            Wanted::Contact(contact) => Subject::Contact(contact.to_string()),
            Wanted::Number(number) => {
                let name = index()?.number(tenant, number.expose());
                Subject::Customer(name.ok_or(HousekeepingError::NotANumber)?)
            }
            Wanted::CustomerId(id) => {
                check_name("customer's id", id.expose())?;
                Subject::Customer(index()?.id(tenant, id.expose()))
            }
            Wanted::CustomerKey(key) => {
                check_name("customer's blind name", key)?;
                Subject::Customer(key.clone())
            }
        })
    }

    async fn wanted_calls(
        &self,
        tenant: &TenantId,
        wanted: &Wanted,
        subject: &Subject,
    ) -> Result<Vec<CallSummary>, HousekeepingError> {
        let mut filter = CallFilter { limit: PAGE, ..CallFilter::default() };
        match (wanted, subject) {
            (Wanted::Call(call), _) => {
                return match self.kept.log.call(tenant, call).await {
                    Ok(row) => Ok(vec![row]),
                    Err(EventLogError::NoSuchCall(call)) => Err(HousekeepingError::NoSuchCall(call)),
                    Err(error) => Err(error.into()),
                };
            }
            (Wanted::Contact(contact), _) => filter.contact = Some(contact.clone()),
            (_, subject) => filter.customer_key = Some(subject.name().to_owned()),
        }
        let mut rows = Vec::new();
        while rows.len() < MAX_CALLS {
            let page = self.kept.log.calls(tenant, &filter).await?;
            rows.extend(page.calls);
            filter.after = page.next;
            if filter.after.is_none() {
                break;
            }
        }
        rows.truncate(MAX_CALLS);
        Ok(rows)
    }
}

/// What a database server keeps for a while.
fn unused_space() -> Remaining {
    Remaining {
        what: "free space of the database's pages, its write-ahead log, and archives of that log".to_owned(),
        until_ms: None,
        then: "the server writes over it in time; archives age by the operator's rules".to_owned(),
    }
}

/// What nobody here can reach.
fn beyond_us() -> [Remaining; 2] {
    [
        Remaining {
            what: "backups, replicas and object versions that the operator's own systems make".to_owned(),
            until_ms: None,
            then: "they age by the operator's rules".to_owned(),
        },
        Remaining {
            what: "what Amazon Connect itself keeps of the contact: contact records, Contact Lens, its own recordings"
                .to_owned(),
            until_ms: None,
            then: "erase it there".to_owned(),
        },
    ]
}

/// Raw audio that the input keeps until its own retention ends; none when it is over already.
fn in_the_stream(stream: &str, row: &CallSummary, hours: Option<u32>, now_ms: i64) -> Option<Remaining> {
    let what = format!("raw audio of the call in the video stream {stream}");
    let hour = Duration::from_secs(3_600);
    let until = match (hours, row.ended_at()) {
        (Some(hours), Some(ended)) => Some((ended + hour.saturating_mul(hours)).as_millis()),
        _ => None,
    };
    match until {
        Some(until) if until <= now_ms => None,
        Some(_) => Some(Remaining {
            what,
            until_ms: until,
            then: "the stream drops it when its retention ends; no part of a stream can be removed before".to_owned(),
        }),
        None => Some(Remaining {
            what,
            until_ms: None,
            then: "the stream drops it when its retention ends, which could not be asked: see DataRetentionInHours"
                .to_owned(),
        }),
    }
}
