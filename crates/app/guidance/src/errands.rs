//! What a session wants done outside of it: asked at once, answered when there is an answer, and bounded.

use std::{sync::Arc, time::Duration};

use assist::{Command, FoundPassage, MeaningVector, QuestionId, Wanted, WrittenSummary};
use engine::Engine;
use metrics::counter;
use model::TenantId;
use ports::Embedder;
use tokio::{sync::Semaphore, task::JoinSet, time};

use crate::{
    advice::{Advice, ToSummarise},
    names,
};

/// How many questions of one call are open at once; what is asked beyond it is not answered.
const MAX_OPEN: usize = 8;
/// How many questions of all calls to the embedding model are open at once.
const MAX_EMBEDDING: usize = 64;
/// The same of documents and language models, which have bounds of their own.
const MAX_ASKING: usize = 256;
/// The longest that anything is waited for; models have shorter limits of their own.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of an errand.
#[derive(Debug)]
pub(crate) enum Brought {
    /// Vectors; none when the model is busy or away.
    Vectors(QuestionId, Vec<MeaningVector>),
    /// What a card says.
    Answer(QuestionId, Result<FoundPassage, &'static str>),
    /// A summary.
    Summary(QuestionId, Result<WrittenSummary, &'static str>),
}

/// Whom all calls of this process ask.
pub(crate) struct Sources {
    pub(crate) embedder: Option<Arc<dyn Embedder>>,
    pub(crate) advice: Option<Arc<dyn Advice>>,
    engine: Arc<Engine>,
    embedding: Arc<Semaphore>,
    asking: Arc<Semaphore>,
}

impl Sources {
    pub(crate) fn new(
        engine: Arc<Engine>,
        embedder: Option<Arc<dyn Embedder>>,
        advice: Option<Arc<dyn Advice>>,
    ) -> Self {
        let (embedding, asking) = (Semaphore::new(MAX_EMBEDDING), Semaphore::new(MAX_ASKING));
        Self { embedder, advice, engine, embedding: Arc::new(embedding), asking: Arc::new(asking) }
    }

    pub(crate) fn writes_summaries(&self, tenant: &TenantId) -> bool {
        self.advice.as_ref().is_some_and(|advice| advice.writes_summaries(tenant))
    }

    async fn vectors(&self, sentences: &[String]) -> Result<Vec<MeaningVector>, &'static str> {
        let embedder = self.embedder.as_ref().ok_or("no_model")?;
        let _place = self.embedding.try_acquire().map_err(|_| "busy")?;
        match time::timeout(PATIENCE, embedder.embed(sentences)).await {
            Ok(Ok(vectors)) => Ok(vectors),
            Ok(Err(error)) if error.is_retryable() => Err("busy"),
            Ok(Err(_)) => Err("failed"),
            Err(_) => Err("timeout"),
        }
    }

    /// Documents and models, as `what`.
    fn advice(&self) -> Result<(&Arc<dyn Advice>, tokio::sync::SemaphorePermit<'_>), &'static str> {
        let advice = self.advice.as_ref().ok_or("no_model")?;
        Ok((advice, self.asking.try_acquire().map_err(|_| "busy")?))
    }
}

/// The errands of one call. Dropping them takes them back.
pub(crate) struct Errands {
    tenant: TenantId,
    sources: Arc<Sources>,
    open: JoinSet<Brought>,
}

impl Errands {
    pub(crate) fn new(tenant: TenantId, sources: Arc<Sources>) -> Self {
        Self { tenant, sources, open: JoinSet::new() }
    }

    /// Goes on an errand, or brings at once that nothing came of it.
    pub(crate) fn go(&mut self, command: Command) {
        if self.open.len() >= MAX_OPEN {
            let brought = refused(&command, "busy");
            self.open.spawn(async move { brought });
            return;
        }
        let (sources, tenant) = (Arc::clone(&self.sources), self.tenant.clone());
        self.open.spawn(async move { sources.bring(&tenant, command).await });
    }

    /// What is brought next; waits for ever when nothing is out. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Brought {
        loop {
            match self.open.join_next().await {
                Some(Ok(brought)) => return brought,
                // A panic of an adapter is this question's alone: the session does without an answer.
                Some(Err(error)) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a question failed")
                }
                None => std::future::pending().await,
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

impl Sources {
    async fn bring(&self, tenant: &TenantId, command: Command) -> Brought {
        match command {
            Command::Embed { id, sentences, .. } => {
                let vectors = self.vectors(&sentences).await.inspect_err(|why| unanswered("embed", why));
                Brought::Vectors(id, vectors.unwrap_or_default())
            }
            Command::Ask(asked) => {
                let began = self.engine.now();
                let answer = async {
                    let (advice, _place) = self.advice()?;
                    time::timeout(PATIENCE, advice.ask(tenant, &asked)).await.unwrap_or(Err("timeout"))
                };
                let answer = answer.await.inspect_err(|why| unanswered("ask", why));
                if answer.is_ok() && matches!(asked.wanted, Wanted::Model { .. }) {
                    self.engine.latency().record_model(self.engine.now().since(began));
                }
                Brought::Answer(asked.id, answer)
            }
            Command::Summarise { id, transcript, sections, dispositions } => {
                let call = ToSummarise { transcript, sections, dispositions };
                let summary = async {
                    let (advice, _place) = self.advice()?;
                    time::timeout(PATIENCE, advice.summarise(tenant, &call)).await.unwrap_or(Err("timeout"))
                };
                let summary = summary.await.inspect_err(|why| unanswered("summarise", why));
                Brought::Summary(id, summary)
            }
        }
    }
}

fn refused(command: &Command, why: &'static str) -> Brought {
    match command {
        Command::Embed { id, .. } => {
            unanswered("embed", why);
            Brought::Vectors(*id, Vec::new())
        }
        Command::Ask(asked) => {
            unanswered("ask", why);
            Brought::Answer(asked.id, Err(why))
        }
        Command::Summarise { id, .. } => {
            unanswered("summarise", why);
            Brought::Summary(*id, Err(why))
        }
    }
}

fn unanswered(what: &'static str, why: &'static str) {
    counter!(names::UNANSWERED, "what" => what, "why" => why).increment(1);
}
