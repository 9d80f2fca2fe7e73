//! A tenant's connections for reading.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{SqliteError, schema::open_reader};

/// How many reads of one tenant run at once. The others wait.
const MAX_READERS: usize = 4;

/// Connections that are opened when first needed, and used on the runtime's blocking threads.
#[derive(Clone)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
}

struct Shared {
    path: PathBuf,
    /// At most [`MAX_READERS`], as only so many are out at once.
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        let shared = Shared { path, idle: Mutex::new(Vec::new()) };
        Self { shared: Arc::new(shared), permits: Arc::new(Semaphore::new(MAX_READERS)) }
    }

    /// Runs a read in one transaction, so that all it sees is of one moment.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection, &Path) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, SqliteError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| SqliteError::ShuttingDown)?;
        let shared = Arc::clone(&self.shared);
        let done = spawn_blocking(move || {
            let result = shared.read(read);
            // Only now may another read take the connection.
            drop(permit);
            result
        });
        done.await.map_err(|_| SqliteError::ShuttingDown)?
    }
}

impl Shared {
    fn read<T>(
        &self,
        read: impl FnOnce(&Connection, &Path) -> Result<T, SqliteError>,
    ) -> Result<T, SqliteError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        let result = {
            let transaction = connection.transaction().map_err(|error| SqliteError::of(&self.path, error))?;
            read(&transaction, &self.path)
        };
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }
}
