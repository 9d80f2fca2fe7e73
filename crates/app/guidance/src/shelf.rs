//! The playbooks, made ready for calls.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use assist::{CompiledPlaybook, MeaningVector};
use metrics::gauge;
use model::TenantId;
use playbooks::{Library, Loaded};
use ports::{EmbedError, Embedder};
use tokio::{sync::watch, time};

use crate::names;

/// How many sentences the model is given at once.
const BATCH: usize = 16;
/// How long a busy model is waited for between two tries, and how often.
const BUSY: Duration = Duration::from_millis(200);
const MAX_BUSY: usize = 25;
/// How long after a failure the model is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// A tenant's playbooks.
pub type Books = Vec<Arc<CompiledPlaybook>>;

/// Whether sentences are compared by their meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// By this model.
    Available(String),
    /// They are not, and why.
    Absent(String),
}

/// The playbooks of all tenants, made ready.
#[derive(Debug)]
pub struct Shelf {
    contents: watch::Sender<Option<Arc<Contents>>>,
}

#[derive(Debug)]
struct Contents {
    books: BTreeMap<TenantId, Books>,
    /// Of tenants that are not named.
    others: Books,
    meaning: Meaning,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { contents: watch::Sender::new(None) }
    }
}

impl Shelf {
    /// A shelf with the same playbooks for every tenant.
    #[must_use]
    pub fn fixed(books: Books) -> Self {
        let meaning = Meaning::Absent("no model was asked for".to_owned());
        let shelf = Self::default();
        shelf.contents.send_replace(Some(Arc::new(Contents {
            books: BTreeMap::new(),
            others: books,
            meaning,
        })));
        shelf
    }

    /// A tenant's playbooks; waits until they are ready for the first time.
    pub async fn of(&self, tenant: &TenantId) -> Books {
        let mut contents = self.contents.subscribe();
        let ready = contents.wait_for(Option::is_some).await;
        let Ok(Some(contents)) = ready.as_deref() else { return Books::new() };
        contents.books.get(tenant).unwrap_or(&contents.others).clone()
    }

    /// How many playbooks are live for a tenant; none while they are being made ready.
    #[must_use]
    pub fn live(&self, tenant: &TenantId) -> Option<usize> {
        let contents = self.contents.borrow();
        contents.as_ref().map(|contents| contents.books.get(tenant).unwrap_or(&contents.others).len())
    }

    /// Whether meanings are known; none while playbooks are being made ready.
    #[must_use]
    pub fn meaning(&self) -> Option<Meaning> {
        self.contents.borrow().as_ref().map(|contents| contents.meaning.clone())
    }

    /// Makes the library's playbooks ready, and again whenever they change, for as long as it is polled. `absent` says
    /// why there is no embedder.
    pub async fn keep_ready(
        self: Arc<Self>,
        library: Arc<Library>,
        tenants: Vec<TenantId>,
        embedder: Option<Arc<dyn Embedder>>,
        absent: String,
    ) {
        let mut changes = library.subscribe();
        let mut binder = Binder { embedder, absent, bound: BTreeMap::new(), vectors: BTreeMap::new() };
        loop {
            changes.mark_unchanged();
            let (contents, is_whole) = binder.contents(&library, &tenants).await;
            self.contents.send_replace(Some(Arc::new(contents)));
            if is_whole {
                if changes.changed().await.is_err() {
                    return;
                }
            } else {
                drop(time::timeout(AGAIN, changes.changed()).await);
            }
        }
    }
}

/// Makes playbooks ready, each once.
struct Binder {
    embedder: Option<Arc<dyn Embedder>>,
    absent: String,
    /// By the digest of their files.
    bound: BTreeMap<String, Arc<CompiledPlaybook>>,
    vectors: BTreeMap<String, MeaningVector>,
}

impl Binder {
    /// What is live now; false when the model failed and is to be tried again.
    async fn contents(&mut self, library: &Library, tenants: &[TenantId]) -> (Contents, bool) {
        let by_tenant: BTreeMap<&TenantId, playbooks::Live> =
            tenants.iter().map(|tenant| (tenant, library.live(tenant))).collect();
        let all: Vec<&Arc<Loaded>> = by_tenant.values().flat_map(|live| live.iter()).collect();
        let learned = self.learn(&all).await;
        let used: BTreeSet<&String> = all.iter().map(|loaded| &loaded.digest).collect();
        self.bound.retain(|digest, _| used.contains(digest));
        let mut books = BTreeMap::new();
        for (tenant, live) in by_tenant {
            let bound: Books = live.iter().filter_map(|loaded| self.bind(loaded)).collect();
            books.insert(tenant.clone(), bound);
        }
        gauge!(names::PLAYBOOKS).set(self.bound.len() as f64);
        let others = books.values().next().cloned().unwrap_or_default();
        let meaning = match (&self.embedder, learned) {
            (Some(embedder), Ok(())) => Meaning::Available(embedder.name().to_owned()),
            (Some(_), Err(error)) => Meaning::Absent(error.to_string()),
            (None, _) => Meaning::Absent(self.absent.clone()),
        };
        let is_whole = self.embedder.is_none() || matches!(meaning, Meaning::Available(_));
        (Contents { books, others, meaning }, is_whole)
    }

    /// Learns the vectors of all sentences that are wanted and forgets the others. Playbooks that lacked some are bound
    /// anew.
    async fn learn(&mut self, all: &[&Arc<Loaded>]) -> Result<(), EmbedError> {
        let Some(embedder) = self.embedder.clone() else { return Ok(()) };
        let sentences = |loaded: &&Arc<Loaded>| CompiledPlaybook::sentences(&loaded.playbook);
        let wanted: BTreeSet<String> = all.iter().flat_map(sentences).collect();
        self.vectors.retain(|sentence, _| wanted.contains(sentence));
        let lacking: Vec<String> =
            wanted.into_iter().filter(|sentence| !self.vectors.contains_key(sentence)).collect();
        for batch in lacking.chunks(BATCH) {
            let vectors = embed(embedder.as_ref(), batch).await.inspect_err(|error| {
                tracing::warn!(error = error as &dyn std::error::Error, "examples have no vectors yet");
            })?;
            self.vectors.extend(batch.iter().cloned().zip(vectors));
        }
        if !lacking.is_empty() {
            let lacks = |loaded: &Loaded| {
                CompiledPlaybook::sentences(&loaded.playbook)
                    .iter()
                    .any(|sentence| lacking.contains(sentence))
            };
            for loaded in all.iter().filter(|loaded| lacks(loaded)) {
                self.bound.remove(&loaded.digest);
            }
        }
        Ok(())
    }

    fn bind(&mut self, loaded: &Loaded) -> Option<Arc<CompiledPlaybook>> {
        if let Some(bound) = self.bound.get(&loaded.digest) {
            return Some(Arc::clone(bound));
        }
        let vector_of = |sentence: &str| self.vectors.get(sentence).cloned();
        match CompiledPlaybook::new((*loaded.playbook).clone(), loaded.digest.clone(), &vector_of) {
            Ok(bound) => {
                let bound = Arc::new(bound);
                self.bound.insert(loaded.digest.clone(), Arc::clone(&bound));
                Some(bound)
            }
            Err(error) => {
                tracing::error!(playbook = %loaded.playbook.id, error = &error as &dyn std::error::Error,
                    "a playbook cannot be used");
                None
            }
        }
    }
}

/// Vectors of some sentences; a busy model is waited for.
async fn embed(embedder: &dyn Embedder, sentences: &[String]) -> Result<Vec<MeaningVector>, EmbedError> {
    let mut tries = 0;
    loop {
        match embedder.embed(sentences).await {
            Err(error) if error.is_retryable() && tries < MAX_BUSY => {
                tries += 1;
                time::sleep(BUSY).await;
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use ports::testing::HashedEmbedder;

    use super::*;

    fn tenant() -> TenantId {
        TenantId::new("acme").unwrap()
    }

    fn shipped(embedder: Option<Arc<HashedEmbedder>>) -> Arc<Shelf> {
        let shelf = Arc::new(Shelf::default());
        let embedder = embedder.map(|embedder| embedder as Arc<dyn Embedder>);
        let library = Arc::new(Library::shipped());
        let ready = Arc::clone(&shelf).keep_ready(library, vec![tenant()], embedder, "no model".to_owned());
        tokio::spawn(ready);
        shelf
    }

    #[tokio::test(start_paused = true)]
    async fn playbooks_are_ready_with_the_meanings_of_their_examples() {
        let embedder = Arc::new(HashedEmbedder::default());
        let shelf = shipped(Some(Arc::clone(&embedder)));
        assert_eq!((shelf.live(&tenant()), shelf.meaning()), (None, None));
        let books = shelf.of(&tenant()).await;
        assert_eq!(books.len(), playbooks::SHIPPED.len());
        assert!(books.iter().any(|book| book.wants_vectors()));
        assert_eq!(shelf.meaning(), Some(Meaning::Available("hashed-words".to_owned())));
        assert_eq!(shelf.of(&TenantId::new("other").unwrap()).await.len(), books.len());
    }

    #[tokio::test(start_paused = true)]
    async fn playbooks_are_ready_without_a_model() {
        let shelf = shipped(None);
        assert_eq!(shelf.of(&tenant()).await.len(), playbooks::SHIPPED.len());
        assert_eq!(shelf.meaning(), Some(Meaning::Absent("no model".to_owned())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_that_is_busy_for_long_is_tried_again_and_playbooks_go_live_meanwhile() {
        let embedder = Arc::new(HashedEmbedder::default());
        embedder.set_busy(true);
        let shelf = shipped(Some(Arc::clone(&embedder)));
        assert_eq!(shelf.of(&tenant()).await.len(), playbooks::SHIPPED.len());
        assert!(matches!(shelf.meaning(), Some(Meaning::Absent(_))));
        embedder.set_busy(false);
        time::sleep(AGAIN * 2).await;
        assert!(matches!(shelf.meaning(), Some(Meaning::Available(_))));
    }
}
