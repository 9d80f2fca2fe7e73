//! The calls with the longest times.

use events::Envelope;
use model::{CallId, TenantId};

use super::Stage;

/// How many calls are kept, of all tenants.
const MAX_KEPT: usize = 200;
/// How many of a tenant are told.
const MAX_TOLD: usize = 10;

/// A call and its longest time.
#[derive(Clone, Debug, PartialEq)]
pub struct SlowCall {
    /// The call.
    pub call: CallId,
    /// The stage that took most of it.
    pub stage: Stage,
    /// What that stage took, in milliseconds.
    pub worst_ms: f64,
    /// What it took from the words to followers, in milliseconds.
    pub total_ms: f64,
}

/// The slowest calls, each with its longest time.
#[derive(Debug, Default)]
pub(super) struct Slowest {
    /// The slowest first.
    kept: Vec<(TenantId, CallId, Stage, u64, u64)>,
}

impl Slowest {
    pub(super) fn take(&mut self, envelope: &Envelope, stage: Stage, worst_us: u64, total_us: u64) {
        let is_it = |(tenant, call, ..): &(TenantId, CallId, Stage, u64, u64)| {
            *tenant == envelope.tenant && *call == envelope.call_id
        };
        let full = self.kept.len() >= MAX_KEPT;
        if full && self.kept.last().is_some_and(|least| least.4 >= total_us) {
            return;
        }
        if let Some(place) = self.kept.iter().position(is_it) {
            if self.kept.get(place).is_some_and(|known| known.4 >= total_us) {
                return;
            }
            self.kept.remove(place);
        } else if full {
            self.kept.pop();
        }
        let place = self.kept.partition_point(|known| known.4 >= total_us);
        let call = (envelope.tenant.clone(), envelope.call_id.clone(), stage, worst_us, total_us);
        self.kept.insert(place, call);
    }

    pub(super) fn of(&self, tenant: &TenantId) -> Vec<SlowCall> {
        let told = self.kept.iter().filter(|(of, ..)| of == tenant).take(MAX_TOLD);
        told.map(|(_, call, stage, worst_us, total_us)| SlowCall {
            call: call.clone(),
            stage: *stage,
            worst_ms: *worst_us as f64 / 1e3,
            total_ms: *total_us as f64 / 1e3,
        })
        .collect()
    }
}
