//! An event log in memory.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use events::{Envelope, VERSION};
use model::{CallId, CallKey, Epoch, TenantId, Timestamp};
use projection::{CallProjection, CallSummary, TranscriptView, is_same_event, replace_words};

use crate::{Append, Appended, CallFilter, CallPage, EventLog, EventLogError, NewEvent, Remains};

/// The most calls on one page.
const MAX_PAGE: usize = 500;

/// An event log that lives as long as it is held.
#[derive(Debug, Default)]
pub struct MemoryEventLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tenants: BTreeMap<TenantId, Tenant>,
    full: bool,
}

#[derive(Debug, Default)]
struct Tenant {
    /// Every event by its position.
    log: BTreeMap<u64, Envelope>,
    /// The last position that was given; its event may be erased.
    position: u64,
    calls: BTreeMap<CallId, Call>,
}

#[derive(Debug, Default)]
struct Call {
    /// Positions; a seq is its index here plus one.
    events: Vec<u64>,
    projection: CallProjection,
    /// The highest epoch that was seen.
    fence: Epoch,
}

impl MemoryEventLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on appends fail with [`EventLogError::DiskFull`], or work again.
    pub fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    /// All events of a call, for assertions.
    #[must_use]
    pub fn events(&self, tenant: &TenantId, call: &CallId) -> Vec<Envelope> {
        let state = self.lock();
        let Some(tenant) = state.tenants.get(tenant) else { return Vec::new() };
        let Some(call) = tenant.calls.get(call) else { return Vec::new() };
        call.events.iter().filter_map(|position| tenant.log.get(position)).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tenant {
    fn append(
        &mut self,
        tenant: &TenantId,
        call_id: &CallId,
        now: Timestamp,
        events: Vec<NewEvent>,
    ) -> Appended {
        let call = self.calls.entry(call_id.clone()).or_default();
        let before = call.events.len();
        for new in events {
            let mut stages = new.stages;
            stages.appended_us = Some(now);
            let mut event = new.event;
            for seq in call.projection.mask(&mut event).unwrap_or_default() {
                let earlier = call.events.get(index(seq - 1)).and_then(|place| self.log.get_mut(place));
                if let (Some(earlier), Some(said)) = (earlier, event.utterance()) {
                    replace_words(&mut earlier.event, &said.words);
                }
            }
            self.position += 1;
            let envelope = Envelope {
                v: VERSION,
                tenant: tenant.clone(),
                call_id: call_id.clone(),
                seq: number(call.events.len()) + 1,
                position: self.position,
                stages,
                event,
            };
            call.events.push(self.position);
            call.projection.apply(&envelope);
            self.log.insert(self.position, envelope);
        }
        call.events.iter().skip(before).filter_map(|position| self.log.get(position)).cloned().collect()
    }

    /// Removes a call's events; nobody owns it any more.
    fn erase(&mut self, call: &CallId) -> u64 {
        let fenced = Call { fence: Epoch::ERASED, ..Call::default() };
        let erased = self.calls.insert(call.clone(), fenced).unwrap_or_default();
        for position in &erased.events {
            self.log.remove(position);
        }
        number(erased.events.len())
    }

    /// The call, when this epoch may append to it.
    fn fenced(&mut self, call: &CallId, epoch: Epoch) -> Result<&mut Call, EventLogError> {
        let owned = self.calls.entry(call.clone()).or_default();
        if epoch < owned.fence {
            return Err(EventLogError::Fenced(call.clone()));
        }
        owned.fence = epoch;
        Ok(owned)
    }

    /// The places of events that are in the log already after `after`, when they are these.
    fn places_of(&self, call: &CallId, after: u64, events: &[NewEvent]) -> Option<Appended> {
        let places = self.calls.get(call)?.events.get(index(after)..)?;
        let there: Vec<&Envelope> =
            places.iter().take(events.len()).filter_map(|position| self.log.get(position)).collect();
        let same = there.len() == events.len()
            && there.iter().zip(events).all(|(envelope, new)| is_same_event(&envelope.event, &new.event));
        same.then(|| there.into_iter().cloned().collect())
    }

    fn summary(&self, call: &CallId) -> Result<CallSummary, EventLogError> {
        let summary = self.calls.get(call).and_then(|call| call.projection.summary());
        summary.ok_or_else(|| EventLogError::NoSuchCall(call.clone()))
    }

    fn page(&self, filter: &CallFilter) -> Result<CallPage, EventLogError> {
        let before = match &filter.after {
            Some(call) => Some(order(&self.summary(call)?)),
            None => None,
        };
        let mut calls: Vec<CallSummary> = self
            .calls
            .values()
            .filter_map(|call| call.projection.summary())
            .filter(|row| filter.wants(row))
            .filter(|row| before.as_ref().is_none_or(|before| order(row) < *before))
            .collect();
        calls.sort_by_key(|row| std::cmp::Reverse(order(row)));
        let limit = usize::try_from(filter.limit).unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE);
        let more = calls.len() > limit;
        calls.truncate(limit);
        let next = if more { calls.last().map(|row| row.call_id.clone()) } else { None };
        Ok(CallPage { calls, next, position: self.position })
    }
}

#[async_trait]
impl EventLog for MemoryEventLog {
    async fn claim(&self, key: &CallKey, epoch: Epoch) -> Result<u64, EventLogError> {
        let mut state = self.lock();
        let call = state.tenants.entry(key.tenant.clone()).or_default().fenced(&key.call, epoch)?;
        Ok(number(call.events.len()))
    }

    async fn claim_next(&self, key: &CallKey) -> Result<(Epoch, u64), EventLogError> {
        let mut state = self.lock();
        let tenant = state.tenants.entry(key.tenant.clone()).or_default();
        let call = tenant.calls.entry(key.call.clone()).or_default();
        let epoch = call.fence.next_after_end().ok_or_else(|| EventLogError::Fenced(key.call.clone()))?;
        call.fence = epoch;
        Ok((epoch, number(call.events.len())))
    }

    async fn erase(&self, key: &CallKey) -> Result<u64, EventLogError> {
        Ok(self.lock().tenants.entry(key.tenant.clone()).or_default().erase(&key.call))
    }

    async fn scrub(&self, _: &TenantId) -> Result<Remains, EventLogError> {
        Ok(Remains::Nothing)
    }

    async fn append(&self, append: Append) -> Result<Appended, EventLogError> {
        let Append { key, epoch, after, now, events } = append;
        debug_assert!(events.iter().all(|new| new.event.is_logged()), "a partial has no place in the log");
        let events: Vec<NewEvent> = events.into_iter().filter(|new| new.event.is_logged()).collect();
        let mut state = self.lock();
        let full = state.full;
        let tenant = state.tenants.entry(key.tenant.clone()).or_default();
        let last = number(tenant.fenced(&key.call, epoch)?.events.len());
        if events.is_empty() {
            return Ok(Vec::new());
        }
        if full {
            return Err(EventLogError::DiskFull);
        }
        if last != after {
            let there = tenant.places_of(&key.call, after, &events);
            return there.ok_or(EventLogError::OutOfStep { call: key.call, last });
        }
        Ok(tenant.append(&key.tenant, &key.call, now, events))
    }

    async fn read_call(
        &self,
        tenant: &TenantId,
        call: &CallId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        let state = self.lock();
        let no_such = || EventLogError::NoSuchCall(call.clone());
        let tenant = state.tenants.get(tenant).ok_or_else(no_such)?;
        let known = tenant.calls.get(call).filter(|known| !known.events.is_empty());
        let events = &known.ok_or_else(no_such)?.events;
        let read = events.iter().skip(index(after)).take(index(u64::from(limit)));
        Ok(read.filter_map(|position| tenant.log.get(position)).cloned().collect())
    }

    async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        let state = self.lock();
        let Some(tenant) = state.tenants.get(tenant) else { return Ok(Vec::new()) };
        let from = (Bound::Excluded(after), Bound::Unbounded);
        Ok(tenant.log.range(from).take(index(u64::from(limit))).map(|(_, event)| event.clone()).collect())
    }

    async fn calls(&self, tenant: &TenantId, filter: &CallFilter) -> Result<CallPage, EventLogError> {
        let state = self.lock();
        match state.tenants.get(tenant) {
            Some(tenant) => tenant.page(filter),
            None => Tenant::default().page(filter),
        }
    }

    async fn call(&self, tenant: &TenantId, call: &CallId) -> Result<CallSummary, EventLogError> {
        let state = self.lock();
        let tenant = state.tenants.get(tenant);
        tenant.ok_or_else(|| EventLogError::NoSuchCall(call.clone()))?.summary(call)
    }

    async fn transcript(&self, tenant: &TenantId, call: &CallId) -> Result<TranscriptView, EventLogError> {
        let state = self.lock();
        let found = state.tenants.get(tenant).and_then(|tenant| tenant.calls.get(call));
        let found = found.filter(|found| !found.events.is_empty());
        let found = found.ok_or_else(|| EventLogError::NoSuchCall(call.clone()))?;
        Ok(found.projection.transcript())
    }
}

/// The order of the list of calls: by start; the id settles ties.
fn order(row: &CallSummary) -> (Timestamp, CallId) {
    (row.started_at, row.call_id.clone())
}

fn number(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
