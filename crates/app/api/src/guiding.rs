//! The playbooks of this server, and what is counted of them.

use std::sync::Arc;

use playbooks::{Library, Statistics};
use ports::{Embedder, EventLog};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

/// How many backtests run at once: each keeps a core busy.
const MAX_BACKTESTS: usize = 1;

/// Whether sentences are compared by their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeaningHealth {
    /// Whether they are; without it rules by meaning rest, and everything else works.
    pub available: bool,
    /// The model where they are, else why they are not and what to do about it; null while it is being made ready.
    pub detail: Option<String>,
}

/// How a language model is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelHealth {
    /// Its name in the configuration.
    pub name: String,
    /// `well`, `busy`, `failing`, `refusing`, or `tried` while one question finds out whether it is well again.
    pub state: &'static str,
    /// Why it is not well, by a stable name.
    pub cause: Option<&'static str>,
    /// How long it has been so, in milliseconds.
    pub lasts_ms: u64,
    /// Questions that are under way.
    pub under_way: usize,
}

/// How guidance is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GuidanceHealth {
    /// Calls that are guided here now.
    pub calls: usize,
    /// Times that the guidance of a call failed and began again since the server started.
    pub restarts: u64,
    /// Playbooks that are live; null while they are being made ready.
    pub playbooks: Option<usize>,
    /// Mistakes in files of playbooks.
    pub problems: usize,
    /// Whether sentences are compared by their meaning.
    pub meaning: MeaningHealth,
    /// The language models; none where the configuration names none.
    pub models: Vec<ModelHealth>,
}

/// Says how guidance is doing.
pub type GuidanceHealthOf = Arc<dyn Fn() -> GuidanceHealth + Send + Sync>;

/// The playbooks of this server, and what is counted of them.
#[derive(Clone)]
pub struct Guiding {
    /// The playbooks.
    pub library: Arc<Library>,
    /// Tells meanings in backtests; without it they are not told.
    pub embedder: Option<Arc<dyn Embedder>>,
    pub(crate) statistics: Arc<Statistics>,
    pub(crate) backtests: Arc<Semaphore>,
    pub(crate) health: Option<GuidanceHealthOf>,
}

impl Guiding {
    /// The playbooks of a library, over the calls of a log.
    #[must_use]
    pub fn new(library: Arc<Library>, log: Arc<dyn EventLog>, embedder: Option<Arc<dyn Embedder>>) -> Self {
        let backtests = Arc::new(Semaphore::new(MAX_BACKTESTS));
        Self { library, embedder, statistics: Arc::new(Statistics::new(log)), backtests, health: None }
    }

    /// With who says how the guidance of calls is doing.
    #[must_use]
    pub fn with_health(mut self, health: GuidanceHealthOf) -> Self {
        self.health = Some(health);
        self
    }
}

impl std::fmt::Debug for Guiding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guiding").field("embedder", &self.embedder.is_some()).finish_non_exhaustive()
    }
}
