//! What the routes work with.

use std::sync::Arc;

use compliance::Verifier;
use engine::Engine;
use housekeeping::{Housekeeper, TenantRetention};
use metrics_exporter_prometheus::PrometheusHandle;
use model::TenantId;
use ports::{AuditLog, BlobStore, EventLog};

use crate::{Desk, Entry, Guiding, Reviewers};

/// Says whether a part that calls depend on works; shown by `/health/ready`.
pub type Probe = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What the routes work with.
#[derive(Clone)]
pub struct ApiState {
    /// The tenant whose calls are served: the embedded profile has one.
    pub tenant: TenantId,
    /// Carries the calls.
    pub engine: Arc<Engine>,
    /// The truth.
    pub log: Arc<dyn EventLog>,
    /// Recordings.
    pub blobs: Arc<dyn BlobStore>,
    /// What erases, holds and forgets; without it nothing does.
    pub keeping: Option<Keeping>,
    /// Verifies calls, and takes reviewers' decisions.
    pub verifier: Verifier,
    /// Who looked at what is hidden, and who decided what.
    pub audit: Arc<dyn AuditLog>,
    /// Who sees calls that are hidden.
    pub reviewers: Reviewers,
    /// Who is let in, and to what.
    pub entry: Entry,
    /// What people at desks can do and look up.
    pub desk: Desk,
    /// The playbooks; without them calls are not guided.
    pub guiding: Option<Guiding>,
    /// Renders `/metrics`; without one the page is empty.
    pub metrics: Option<PrometheusHandle>,
    /// `(name, probe)` of each part that readiness depends on.
    pub probes: Vec<(&'static str, Probe)>,
}

/// What erases, holds and forgets.
#[derive(Clone)]
pub struct Keeping {
    /// Does it.
    pub housekeeper: Housekeeper,
    /// Says who did what.
    pub audit: Arc<dyn AuditLog>,
    /// How long what is kept of tenants' calls is kept; for good, where it says nothing.
    pub retentions: TenantRetention,
}

impl std::fmt::Debug for Keeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeping").field("retentions", &self.retentions).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ApiState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiState").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
