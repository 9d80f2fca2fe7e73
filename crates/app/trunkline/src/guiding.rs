//! How calls are guided: the playbooks, what gives sentences their meaning, the documents, and who answers.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use advisor::ModelStatus;
use config::Config;
use engine::Engine;
use guidance::{Guide, GuideParts, Meaning, Shelf};
use knowledge::{Index, RefreshError, Refreshed};
use model::TenantId;
use playbooks::Library;
use ports::{EventLog, Knowledge};
use tokio::task::JoinHandle;

use crate::{
    advice::{self, Advised},
    documents,
    failure::Failure,
};

/// How often the folders of documents are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The guidance of this process.
pub(crate) struct Guiding {
    guide: Arc<Guide>,
    playbooks: api::Guiding,
    knowledge: Option<Arc<dyn Knowledge>>,
    advised: Arc<Advised>,
    tasks: Vec<JoinHandle<()>>,
}

impl Guiding {
    /// Starts it, unless the configuration does without. To be asked for before the engine is started.
    pub(crate) async fn start(
        config: &Config,
        engine: &Arc<Engine>,
        log: &Arc<dyn EventLog>,
    ) -> Result<Option<Self>, Failure> {
        if !config.guidance.enabled {
            return Ok(None);
        }
        let meaning = documents::meaning(config.recognition.models.clone()).await?;
        let index = Arc::new(documents::index(&config.storage.folder, &meaning));
        let (embedder, absent) = match meaning {
            Ok(embedder) => (Some(embedder), String::new()),
            Err(why) => (None, why),
        };
        let library = Arc::new(library(config)?);
        let shelf = Arc::new(Shelf::default());
        let ready =
            Arc::clone(&shelf).keep_ready(Arc::clone(&library), tenants(config), embedder.clone(), absent);
        let mut tasks = vec![tokio::spawn(ready), tokio::spawn(Arc::clone(&library).keep_fresh())];
        let folders = folders(config);
        let knowledge = (!folders.is_empty()).then(|| Arc::clone(&index) as Arc<dyn Knowledge>);
        if knowledge.is_some() {
            tasks.push(tokio::spawn(keep_indexed(index, folders)));
        }
        let advised = Arc::new(Advised(advice::open(config, knowledge.clone()).await?));
        let guide = Guide::start(GuideParts {
            engine: Arc::clone(engine),
            log: Arc::clone(log),
            shelf: Arc::clone(&shelf),
            embedder: embedder.clone(),
            advice: Some(Arc::clone(&advised) as _),
            built_in_alerts: config.guidance.built_in_alerts,
        });
        let health = health(config.tenant.clone(), &guide, shelf, Arc::clone(&library), &advised);
        let playbooks = api::Guiding::new(library, Arc::clone(log), embedder).with_health(health);
        Ok(Some(Self { guide, playbooks, knowledge, advised, tasks }))
    }

    /// What people at desks can do and look up.
    pub(crate) fn desk(&self) -> api::Desk {
        api::Desk {
            acts: Some(Arc::clone(&self.guide) as _),
            knowledge: self.knowledge.clone(),
            answerer: Some(Arc::clone(&self.advised) as _),
        }
    }

    /// The playbooks, and what is counted of them.
    pub(crate) fn playbooks(&self) -> api::Guiding {
        self.playbooks.clone()
    }

    /// Stops at once: whoever carries the calls next goes on from their logs.
    pub(crate) fn stop(&self) {
        self.guide.stop();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// How all of it is doing, of one tenant.
fn health(
    tenant: TenantId,
    guide: &Arc<Guide>,
    shelf: Arc<Shelf>,
    library: Arc<Library>,
    advised: &Arc<Advised>,
) -> api::GuidanceHealthOf {
    let (guide, advised) = (Arc::clone(guide), Arc::clone(advised));
    Arc::new(move || {
        let status = guide.status();
        let (available, detail) = match shelf.meaning() {
            Some(Meaning::Available(model)) => (true, Some(model)),
            Some(Meaning::Absent(why)) => (false, Some(why)),
            None => (false, None),
        };
        api::GuidanceHealth {
            calls: status.sessions,
            restarts: status.restarts,
            playbooks: shelf.live(&tenant),
            problems: library.problems(&tenant).len(),
            meaning: api::MeaningHealth { available, detail },
            models: advised.0.models().status().into_iter().map(model).collect(),
        }
    })
}

fn model(of: ModelStatus) -> api::ModelHealth {
    api::ModelHealth {
        name: of.name,
        state: of.state.as_str(),
        cause: of.cause,
        lasts_ms: u64::try_from(of.lasts.as_millis()).unwrap_or(u64::MAX),
        under_way: of.under_way,
    }
}

/// All tenants of the installation.
fn tenants(config: &Config) -> Vec<TenantId> {
    let named = config.tenants.keys().filter(|tenant| **tenant != config.tenant);
    std::iter::once(&config.tenant).chain(named).cloned().collect()
}

/// The playbooks of the configuration's folder, else those that come with the program.
pub(crate) fn library(config: &Config) -> Result<Library, Failure> {
    let Some(folder) = &config.guidance.playbooks else { return Ok(Library::shipped()) };
    Library::open(folder, tenants(config))
        .map_err(|error| Failure::config(anyhow::Error::new(error).context("guidance.playbooks")))
}

/// Where each tenant's documents are.
fn folders(config: &Config) -> BTreeMap<TenantId, PathBuf> {
    let of = |tenant: &TenantId| {
        let own = config.tenants.get(tenant).and_then(|tenant| tenant.knowledge.folder.clone());
        own.or_else(|| config.knowledge.folder.clone())
    };
    tenants(config).into_iter().filter_map(|tenant| of(&tenant).map(|folder| (tenant, folder))).collect()
}

/// Reads documents that changed, for as long as it is polled, and logs what is wrong with them, once.
async fn keep_indexed(index: Arc<Index>, folders: BTreeMap<TenantId, PathBuf>) {
    let mut told = BTreeMap::new();
    knowledge::watch(&index, &folders, LOOK_EVERY, |tenant, refreshed| {
        let says = says(&refreshed);
        if told.get(tenant) != Some(&says) {
            match refreshed {
                Ok(_) => tracing::info!(%tenant, "{says}"),
                Err(_) => tracing::warn!(%tenant, "{says}"),
            }
            told.insert(tenant.clone(), says);
        }
    })
    .await;
}

fn says(refreshed: &Result<Refreshed, RefreshError>) -> String {
    match refreshed {
        Err(error) => format!("documents cannot be indexed: {error}"),
        Ok(refreshed) => {
            let first = refreshed.problems.first();
            let first =
                first.map(|problem| format!("; {}: {}", problem.file, problem.message)).unwrap_or_default();
            let (documents, problems) = (refreshed.status.documents, refreshed.problems.len());
            format!("{documents} documents are indexed, {problems} cannot be{first}")
        }
    }
}
