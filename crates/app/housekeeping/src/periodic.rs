//! The sweep, again and again.

use std::{collections::BTreeMap, time::Duration};

use lifecycle::Retention;
use metrics::counter;
use model::TenantId;

use crate::{Housekeeper, SweepBudget, names};

/// The retention of each tenant that has one.
pub type TenantRetention = BTreeMap<TenantId, Retention>;

/// Sweeps all tenants one after the other, from time to time, for as long as it is polled. Several hosts may: what one
/// has removed, the other does not find. While there is more than one sweep does, the next comes soon.
pub async fn run_periodically(housekeeper: Housekeeper, tenants: TenantRetention, every: Duration) {
    let soon = every / 60;
    let mut wait = soon;
    loop {
        tokio::time::sleep(wait).await;
        wait = every;
        for (tenant, retention) in &tenants {
            match housekeeper.sweep(tenant, retention, SweepBudget::default(), false).await {
                Ok(swept) if swept.more => wait = soon,
                Ok(_) => {}
                Err(error) => {
                    counter!(names::SWEEPS_FAILED).increment(1);
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(%tenant, error, "what was kept long enough is not removed; it is tried again");
                }
            }
        }
    }
}
