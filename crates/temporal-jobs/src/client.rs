//! The jobs of a namespace.

use std::{fmt, num::NonZeroUsize, sync::Arc};

use async_trait::async_trait;
use futures_util::{StreamExt, future::BoxFuture};
use model::TenantId;
use ports::{
    Enqueued, JobCounts, JobHandler, JobKey, JobRules, JobState, JobStatus, Jobs, JobsError, NewJob,
};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, WorkflowIdConflictPolicy, WorkflowIdReusePolicy,
    WorkflowListOptions, WorkflowStartOptions, errors::WorkflowStartError,
};
use thiserror::Error;
use url::Url;

use crate::{
    input::{JobInput, MAX_ID_BYTES},
    read, worker,
    workflow::{JobWorkflow, WORKFLOW},
};

/// The most jobs of one state that are counted.
const MAX_COUNTED: usize = 1_000;

/// Which Temporal keeps the jobs.
#[derive(Clone, Debug)]
pub struct TemporalConfig {
    /// The frontend, as in `http://127.0.0.1:7233`, or `https://` for one with TLS.
    pub url: String,
    /// The namespace. It is not made here.
    pub namespace: String,
    /// The task queue, which all hosts of one installation share.
    pub queue: String,
}

/// Why Temporal cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TemporalError {
    /// The address is none.
    #[error("the address of Temporal is not of the form http://host:port or https://host:port")]
    Url,
    /// The server is not there, or does not let us in.
    #[error("Temporal cannot be reached")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server refused, or the connection broke.
    #[error("Temporal failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The job's key is longer than a workflow's name can be.
    #[error("the job's key has {0} bytes, more than {MAX_ID_BYTES}")]
    LongKey(usize),
    /// The worker does not start.
    #[error("the worker of jobs does not start")]
    Worker(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl TemporalError {
    pub(crate) fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }
}

impl From<TemporalError> for JobsError {
    fn from(error: TemporalError) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Jobs that a Temporal server keeps.
#[derive(Clone)]
pub struct TemporalJobs {
    config: TemporalConfig,
    rules: JobRules,
    client: Client,
}

impl TemporalJobs {
    /// Connects to a server. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the address is none, or the server cannot be reached.
    pub async fn connect(config: TemporalConfig, rules: JobRules) -> Result<Self, TemporalError> {
        let client = connect(&config, "trunkline").await?;
        Ok(Self { config, rules, client })
    }

    async fn start(&self, job: NewJob) -> Result<Enqueued, TemporalError> {
        let id = job.key.as_text();
        if id.len() > MAX_ID_BYTES {
            return Err(TemporalError::LongKey(id.len()));
        }
        let options = WorkflowStartOptions::new(self.config.queue.as_str(), id)
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .build();
        let input = JobInput::of(job, &self.rules);
        match self.client.start_workflow(JobWorkflow::run, input, options).await {
            Ok(_) => Ok(Enqueued::New),
            Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(Enqueued::Known),
            Err(error) => Err(TemporalError::failed(error)),
        }
    }

    /// The keys of jobs that a query finds, the newest first.
    async fn list(&self, query: String, limit: usize) -> Result<Vec<JobKey>, TemporalError> {
        let options = WorkflowListOptions::builder().limit(limit).build();
        let mut found = self.client.list_workflows(query, options);
        let mut keys = Vec::new();
        while let Some(execution) = found.next().await {
            let execution = execution.map_err(TemporalError::failed)?;
            keys.extend(JobKey::from_text(execution.id()));
        }
        Ok(keys)
    }

    fn query(&self, status: &str) -> String {
        let queue = self.config.queue.replace('\'', "");
        format!("WorkflowType = '{WORKFLOW}' AND TaskQueue = '{queue}' AND ExecutionStatus = '{status}'")
    }
}

impl fmt::Debug for TemporalJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemporalJobs").field("config", &self.config).finish_non_exhaustive()
    }
}

#[async_trait]
impl Jobs for TemporalJobs {
    async fn enqueue(&self, job: NewJob) -> Result<Enqueued, JobsError> {
        Ok(self.start(job).await?)
    }

    async fn run(
        &self,
        handler: Arc<dyn JobHandler>,
        at_once: NonZeroUsize,
        stop: BoxFuture<'static, ()>,
    ) -> Result<(), JobsError> {
        Ok(worker::run(self.config.clone(), handler, at_once, stop).await?)
    }

    async fn status(&self, key: &JobKey) -> Result<Option<JobStatus>, JobsError> {
        Ok(read::status(&self.client, key).await?)
    }

    async fn failed(&self, tenant: &TenantId, limit: u32) -> Result<Vec<JobStatus>, JobsError> {
        let query = format!("{} AND WorkflowId STARTS_WITH '{tenant} '", self.query("Failed"));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut failed = Vec::new();
        for key in self.list(query, limit).await? {
            // One that is gone since, by its retention, is passed over.
            failed.extend(self.status(&key).await?.filter(|status| status.state == JobState::Failed));
        }
        Ok(failed)
    }

    /// The server tells only which jobs are open: all of them are counted as waiting, and no more than a thousand.
    async fn counts(&self) -> Result<Vec<JobCounts>, JobsError> {
        let mut counts = Vec::<JobCounts>::new();
        for status in ["Running", "Failed"] {
            for JobKey { kind, .. } in self.list(self.query(status), MAX_COUNTED).await? {
                let at = counts.iter().position(|counts| counts.kind == kind).unwrap_or_else(|| {
                    counts.push(JobCounts { kind, waiting: 0, running: 0, failed: 0 });
                    counts.len() - 1
                });
                let counted = &mut counts[at];
                if status == "Failed" { counted.failed += 1 } else { counted.waiting += 1 }
            }
        }
        Ok(counts)
    }
}

/// A client with a connection of its own.
pub(crate) async fn connect(config: &TemporalConfig, identity: &str) -> Result<Client, TemporalError> {
    let url: Url = config.url.parse().map_err(|_| TemporalError::Url)?;
    let options = ConnectionOptions::new(url).identity(identity).build();
    let connection =
        Connection::connect(options).await.map_err(|error| TemporalError::Connect(error.into()))?;
    let client = Client::new(connection, ClientOptions::new(config.namespace.as_str()).build());
    client.map_err(|error| TemporalError::Connect(error.into()))
}
