//! The playbooks of this server, and what is counted of them.

use std::sync::Arc;

use playbooks::{Library, Statistics};
use ports::{Embedder, EventLog};
use tokio::sync::Semaphore;

/// How many backtests run at once: each keeps a core busy.
const MAX_BACKTESTS: usize = 1;

/// The playbooks of this server, and what is counted of them.
#[derive(Clone)]
pub struct Guiding {
    /// The playbooks.
    pub library: Arc<Library>,
    /// Tells meanings in backtests; without it they are not told.
    pub embedder: Option<Arc<dyn Embedder>>,
    pub(crate) statistics: Arc<Statistics>,
    pub(crate) backtests: Arc<Semaphore>,
}

impl Guiding {
    /// The playbooks of a library, over the calls of a log.
    #[must_use]
    pub fn new(library: Arc<Library>, log: Arc<dyn EventLog>, embedder: Option<Arc<dyn Embedder>>) -> Self {
        let backtests = Arc::new(Semaphore::new(MAX_BACKTESTS));
        Self { library, embedder, statistics: Arc::new(Statistics::new(log)), backtests }
    }
}

impl std::fmt::Debug for Guiding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guiding").field("embedder", &self.embedder.is_some()).finish_non_exhaustive()
    }
}
