//! What the routes work with.

use std::sync::Arc;

use engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;
use model::TenantId;
use ports::{BlobStore, EventLog};

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
    /// Renders `/metrics`; without one the page is empty.
    pub metrics: Option<PrometheusHandle>,
    /// `(name, probe)` of each part that readiness depends on.
    pub probes: Vec<(&'static str, Probe)>,
}

impl std::fmt::Debug for ApiState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiState").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
