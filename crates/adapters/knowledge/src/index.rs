//! The index of every tenant's documents.

mod name;
mod refresh;
mod score;
mod store;
mod tenant;
mod walk;
mod watch;
mod words;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use model::TenantId;
use ports::{EmbedError, Embedder, Knowledge, KnowledgeError, Passage};
use serde::Serialize;
use thiserror::Error;

pub use self::watch::watch;
use self::{
    store::Row,
    tenant::{Asked, TenantIndex},
};
use crate::{pdf::PdfReader, problem::DocumentProblem};

/// Passages whose vectors are asked for at once: few, so that the words of calls get theirs in between.
const BATCH: usize = 8;
/// How long the embedder is left alone when it is busy, and how often it is asked again before a refresh goes on
/// without it; the next refresh asks again.
const BUSY_WAIT: Duration = Duration::from_millis(200);
const BUSY_TRIES: usize = 50;

/// Why an index could not be brought up to date. What is in it stays as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The folder cannot be read.
    #[error("{} cannot be read", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The index could not be read or written.
    #[error("the index of documents failed")]
    Store(#[from] rusqlite::Error),
    /// The code that reads documents broke off.
    #[error("the reader of documents broke off")]
    Broken,
}

/// What a refresh did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Refreshed {
    /// Documents that were not there before.
    pub added: usize,
    /// Documents that changed.
    pub changed: usize,
    /// Documents that are gone.
    pub removed: usize,
    /// Documents that are as they were.
    pub unchanged: usize,
    /// What is in the index now.
    #[serde(flatten)]
    pub status: Status,
    /// What is wrong with which file.
    pub problems: Vec<DocumentProblem>,
}

/// How much is in a tenant's index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Documents that can be searched.
    pub documents: usize,
    /// Their passages.
    pub passages: usize,
    /// Passages that can be found by meaning.
    pub by_meaning: usize,
}

/// An index of documents: a file for each tenant in one folder.
pub struct Index {
    root: PathBuf,
    embedder: Option<Arc<dyn Embedder>>,
    pdf: PdfReader,
    tenants: Mutex<BTreeMap<TenantId, Arc<TenantIndex>>>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Index {
    /// The index in this folder, which is made when something is put into it. Without an embedder the words alone
    /// decide.
    #[must_use]
    pub const fn open(root: PathBuf, embedder: Option<Arc<dyn Embedder>>, pdf: PdfReader) -> Self {
        Self { root, embedder, pdf, tenants: Mutex::new(BTreeMap::new()) }
    }

    /// Brings a tenant's index up to what is in a folder: reads what is new or changed, forgets what is gone, and gives
    /// the passages that have none their vectors.
    ///
    /// # Errors
    /// When the folder or the index cannot be read. A file that cannot be read is no error: see
    /// [`Refreshed::problems`].
    pub async fn refresh(&self, tenant: &TenantId, folder: &Path) -> Result<Refreshed, RefreshError> {
        let index = self.make(tenant)?;
        let (reading, of, pdf) = (Arc::clone(&index), folder.to_owned(), self.pdf.clone());
        let (done, problems) = off_the_runtime(move || refresh::documents(&reading, &of, &pdf)).await??;
        self.give_vectors(&index).await?;
        let counts = off_the_runtime(move || index.with(|store| store.counts())).await??;
        Ok(Refreshed {
            added: done.added,
            changed: done.changed,
            removed: done.removed,
            unchanged: done.unchanged,
            status: counts.into(),
            problems,
        })
    }

    /// How much is in a tenant's index.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn status(&self, tenant: &TenantId) -> Result<Status, RefreshError> {
        let Some(index) = self.find(tenant)? else { return Ok(Status::default()) };
        Ok(off_the_runtime(move || index.with(|store| store.counts())).await??.into())
    }

    /// Gives vectors to passages that have none of this model.
    async fn give_vectors(&self, index: &Arc<TenantIndex>) -> Result<(), RefreshError> {
        let Some(embedder) = &self.embedder else { return Ok(()) };
        let mut tries = 0;
        loop {
            let (lacking, model) = (Arc::clone(index), embedder.name().to_owned());
            let rows =
                off_the_runtime(move || lacking.with(|store| store.without_vector(&model, BATCH))).await??;
            if rows.is_empty() {
                return Ok(());
            }
            let texts: Vec<String> = rows.iter().map(meant).collect();
            match embedder.embed(&texts).await {
                Ok(vectors) => {
                    let (keeping, model) = (Arc::clone(index), embedder.name().to_owned());
                    off_the_runtime(move || {
                        let vectors: Vec<(i64, &[f32])> = rows
                            .iter()
                            .map(|row| row.id)
                            .zip(vectors.iter().map(|vector| &**vector))
                            .collect();
                        keeping.with(|store| store.keep_vectors(&model, &vectors))
                    })
                    .await??;
                }
                Err(EmbedError::Busy) if tries < BUSY_TRIES => {
                    tries += 1;
                    tokio::time::sleep(BUSY_WAIT).await;
                }
                Err(error) => {
                    // Words find these passages until the next refresh.
                    tracing::warn!(%error, "some passages of documents have no vectors yet");
                    return Ok(());
                }
            }
        }
    }

    /// A tenant's index, which is made when it is not there.
    fn make(&self, tenant: &TenantId) -> Result<Arc<TenantIndex>, RefreshError> {
        fs::create_dir_all(&self.root)
            .map_err(|source| RefreshError::Folder { folder: self.root.clone(), source })?;
        self.opened(tenant).map_err(RefreshError::Store)
    }

    /// A tenant's index, when it is there.
    fn find(&self, tenant: &TenantId) -> rusqlite::Result<Option<Arc<TenantIndex>>> {
        if self.root.join(name::file_name(tenant)).exists() {
            self.opened(tenant).map(Some)
        } else {
            Ok(None)
        }
    }

    fn opened(&self, tenant: &TenantId) -> rusqlite::Result<Arc<TenantIndex>> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = tenants.get(tenant) {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(TenantIndex::open(&self.root.join(name::file_name(tenant)))?);
        tenants.insert(tenant.clone(), Arc::clone(&index));
        Ok(index)
    }

    /// The question's vector; none without a model, and while it is busy or fails: words decide then.
    async fn vector(&self, question: &str) -> Option<Asked<'_>> {
        let embedder = self.embedder.as_ref()?;
        match embedder.embed(&[question.to_owned()]).await {
            Ok(vectors) => {
                let vector = vectors.into_iter().next()?;
                let has_direction = vector.iter().any(|value| *value != 0.0);
                has_direction.then(|| Asked { model: embedder.name(), vector })
            }
            Err(error) => {
                tracing::warn!(%error, "documents are searched by their words alone");
                None
            }
        }
    }
}

#[async_trait]
impl Knowledge for Index {
    async fn search(
        &self,
        tenant: &TenantId,
        question: &str,
        limit: usize,
    ) -> Result<Vec<Passage>, KnowledgeError> {
        let failed = |error: rusqlite::Error| KnowledgeError::Store(Box::new(error));
        if limit == 0 || !question.contains(char::is_alphanumeric) {
            return Ok(Vec::new());
        }
        let Some(index) = self.find(tenant).map_err(failed)? else { return Ok(Vec::new()) };
        let asked = self.vector(question).await;
        let (question, model) = (question.to_owned(), asked.as_ref().map(|asked| asked.model.to_owned()));
        let vector = asked.map(|asked| asked.vector);
        let searching = off_the_runtime(move || {
            let asked = model.as_deref().zip(vector).map(|(model, vector)| Asked { model, vector });
            index.search(&question, asked.as_ref(), limit)
        });
        searching.await.map_err(|error| KnowledgeError::Store(Box::new(error)))?.map_err(failed)
    }
}

impl From<store::Counts> for Status {
    fn from(counts: store::Counts) -> Self {
        Self { documents: counts.documents, passages: counts.passages, by_meaning: counts.vectors }
    }
}

/// What of a passage its vector stands for: what it is about, and what it says.
fn meant(row: &Row) -> String {
    match &row.heading {
        Some(heading) => format!("{}. {heading}. {}", row.title, row.text),
        None => format!("{}. {}", row.title, row.text),
    }
}

/// Does work that blocks.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, RefreshError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| RefreshError::Broken)
}
