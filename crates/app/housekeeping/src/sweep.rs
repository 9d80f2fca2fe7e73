//! Removing what was kept long enough.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use lifecycle::{Due, Kind, Retention};
use metrics::{counter, gauge};
use model::{TenantId, Timestamp};
use ports::{BlobError, CallFilter, CallState, CallSummary, act};

use crate::{
    Housekeeper, HousekeepingError,
    call::Evidence,
    keys::{Folder, tenant_part},
    names,
};

/// How many calls one page of the list has.
const PAGE: u32 = 500;
/// How many pages of the list one sweep looks at.
const MAX_PAGES: u32 = 200;
/// How many streams one sweep asks for their retention.
const MAX_STREAMS: usize = 20;
/// A day, which names the folder of what goes on it.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Who does it, for the audit log.
const BY: &str = "retention";

/// How much one sweep does at the most. The rest waits for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepBudget {
    /// Calls that are removed, with or without their recordings.
    pub calls: u32,
}

impl Default for SweepBudget {
    fn default() -> Self {
        Self { calls: 1_000 }
    }
}

/// What a sweep did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Calls that were removed whole.
    pub calls: u64,
    /// Recordings that were removed before their calls.
    pub recordings: u64,
    /// Reports of calls that are gone, that were removed.
    pub evidence: u64,
    /// Entries of the audit log that were removed.
    pub audit: u64,
    /// Calls whose retention is over and that a legal hold keeps.
    pub held: u64,
    /// Calls that could not be removed, and are tried again.
    pub failed: u64,
    /// There is more than one sweep does.
    pub more: bool,
    /// Streams that keep raw audio longer than the tenant's retention, with their hours.
    pub streams: Vec<(String, u32)>,
}

impl Housekeeper {
    /// Removes what a tenant's retention no longer keeps, as much as the budget allows. With `only_look` nothing is
    /// removed.
    ///
    /// # Errors
    /// When a store fails; what was removed by then is gone, and the next sweep goes on.
    pub async fn sweep(
        &self,
        tenant: &TenantId,
        retention: &Retention,
        budget: SweepBudget,
        only_look: bool,
    ) -> Result<Swept, HousekeepingError> {
        let now = self.now();
        let mut swept = Swept::default();
        let due = self.due(tenant, retention, now, budget, &mut swept).await?;
        swept.streams = self.lasting_streams(tenant, retention, &due).await?;
        for (row, what) in &due {
            if only_look {
                count(&mut swept, *what);
                continue;
            }
            match self.expire(tenant, row, *what, retention, now).await {
                Ok(()) => count(&mut swept, *what),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(call.id = %row.call_id, error, "a call is not removed; it is tried again");
                    swept.failed += 1;
                }
            }
        }
        if only_look {
            return Ok(swept);
        }
        swept.evidence = self.expired_evidence(tenant, now, budget).await?;
        if let Some(before) = retention.cut_off(Kind::Audit, now) {
            swept.audit = self.kept.audit.prune(tenant, before).await?;
        }
        if swept.calls > 0 {
            self.kept.log.scrub(tenant).await?;
        }
        self.tell(tenant, &swept).await?;
        Ok(swept)
    }

    /// The calls of which something is due, newest first, and what.
    async fn due(
        &self,
        tenant: &TenantId,
        retention: &Retention,
        now: Timestamp,
        budget: SweepBudget,
        swept: &mut Swept,
    ) -> Result<Vec<(CallSummary, Due)>, HousekeepingError> {
        let cut_offs = [Kind::Transcript, Kind::Recording].map(|kind| retention.cut_off(kind, now));
        let Some(ended_before) = cut_offs.into_iter().flatten().max() else { return Ok(Vec::new()) };
        let mut filter = CallFilter {
            state: Some(CallState::Ended),
            ended_before: Some(ended_before),
            limit: PAGE,
            ..CallFilter::default()
        };
        let budget = usize::try_from(budget.calls).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = self.kept.log.calls(tenant, &filter).await?;
            for row in page.calls {
                match retention.due(&row, now) {
                    Due::Nothing => {}
                    Due::Held => swept.held += 1,
                    Due::Recording | Due::Call if found.len() >= budget => {
                        swept.more = true;
                        return Ok(found);
                    }
                    due @ (Due::Recording | Due::Call) => found.push((row, due)),
                }
            }
            filter.after = page.next;
            if filter.after.is_none() {
                return Ok(found);
            }
        }
        swept.more = true;
        Ok(found)
    }

    async fn expire(
        &self,
        tenant: &TenantId,
        row: &CallSummary,
        due: Due,
        retention: &Retention,
        now: Timestamp,
    ) -> Result<(), HousekeepingError> {
        match due {
            Due::Nothing | Due::Held => Ok(()),
            Due::Recording => {
                self.remove_recording(tenant, row).await?;
                counter!(names::RECORDINGS_EXPIRED).increment(1);
                Ok(())
            }
            Due::Call => {
                let ended = row.ended_at().unwrap_or(now);
                let until = retention.evidence_until(ended, now);
                self.erase_call(tenant, row, until.map_or(Evidence::Goes, Evidence::StaysUntil)).await?;
                counter!(names::CALLS_ERASED, "why" => "retention").increment(1);
                Ok(())
            }
        }
    }

    /// Notes until when a call's reports stay. The log of the call, which told it, is about to go.
    pub(crate) async fn expire_evidence(
        &self,
        (tenant, call): (&str, &str),
        until: Timestamp,
    ) -> Result<(), HousekeepingError> {
        let key = format!("{tenant}/expires/{}/{call}", day(until + DAY));
        let mut mark = match self.kept.blobs.create(&key).await {
            Err(BlobError::Exists(_)) => return Ok(()),
            mark => mark?,
        };
        mark.write(Bytes::from_static(b"evidence\n")).await?;
        match mark.commit().await {
            Ok(()) | Err(BlobError::Exists(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the reports whose day has come.
    async fn expired_evidence(
        &self,
        tenant: &TenantId,
        now: Timestamp,
        budget: SweepBudget,
    ) -> Result<u64, HousekeepingError> {
        let tenant = tenant_part(tenant);
        let folder = format!("{tenant}/expires/");
        let today = format!("{folder}{}/", day(now + DAY));
        let mut removed = 0;
        for mark in self.kept.blobs.list(&folder, None, budget.calls).await? {
            if mark >= today {
                break;
            }
            let call = mark.rsplit('/').next().unwrap_or_default();
            let keys = self.blobs_of((&tenant, call), Folder::Evidence).await?;
            self.remove_blobs(keys).await?;
            self.kept.blobs.delete(&mark).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Streams of calls that are due, that keep their raw audio longer than the retention.
    async fn lasting_streams(
        &self,
        tenant: &TenantId,
        retention: &Retention,
        due: &[(CallSummary, Due)],
    ) -> Result<Vec<(String, u32)>, HousekeepingError> {
        let Some(streams) = &self.streams else { return Ok(Vec::new()) };
        let mut asked = BTreeSet::new();
        let mut lasting = Vec::new();
        for (row, _) in due.iter().take(MAX_STREAMS) {
            let stream = match self.stream_of(tenant, row).await {
                Err(HousekeepingError::NoSuchCall(_)) => continue,
                stream => stream?,
            };
            let Some(stream) = stream.filter(|stream| asked.insert(stream.clone())) else { continue };
            if let Some(hours) = streams.hours(tenant, &stream).await
                && retention.is_outlived_by(hours)
            {
                lasting.push((stream.to_string(), hours));
            }
        }
        Ok(lasting)
    }

    /// Says what was done: to the audit log, the metrics and the log.
    async fn tell(&self, tenant: &TenantId, swept: &Swept) -> Result<(), HousekeepingError> {
        gauge!(names::CALLS_HELD, "tenant" => tenant.to_string()).set(swept.held as f64);
        for (stream, hours) in &swept.streams {
            tracing::warn!(
                %tenant,
                stream,
                hours,
                "the stream keeps raw audio longer than the tenant's retention: shorten its DataRetentionInHours"
            );
        }
        let Swept { calls, recordings, evidence, audit, .. } = swept;
        if calls + recordings + evidence + audit == 0 {
            return Ok(());
        }
        tracing::info!(%tenant, calls, recordings, evidence, audit, "what was kept long enough is removed");
        let detail = format!(
            "{calls} calls, {recordings} recordings, {evidence} reports and {audit} audit entries removed"
        );
        self.note(tenant, BY, act::EXPIRED, "retention", detail).await
    }
}

const fn count(swept: &mut Swept, due: Due) {
    match due {
        Due::Call => swept.calls += 1,
        Due::Recording => swept.recordings += 1,
        Due::Nothing | Due::Held => {}
    }
}

/// The day of a time, counted from the epoch, so that their order is that of their names.
fn day(time: Timestamp) -> String {
    let days = time.as_millis() / i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    format!("{days:07}")
}
