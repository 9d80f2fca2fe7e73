//! Playbooks made ready for calls, with the vectors of their examples.

use std::collections::BTreeMap;
use std::time::Duration;

use assist::{CompileError, CompiledPlaybook};
use playbook::Playbook;
use ports::{EmbedError, Embedder, Embedding};

/// Sentences that are embedded at once.
const BATCH: usize = 16;
/// How often a model that is busy is asked again. Recognition goes first on a busy host.
const TRIES: u32 = 10;
const WAIT: Duration = Duration::from_millis(200);

/// Makes a playbook ready. Without a model, or where it fails, its meanings never hold.
///
/// # Errors
/// When a name in it stands for nothing, which what [`Playbook::read`] gives does not have.
pub async fn compile(
    playbook: &Playbook,
    digest: &str,
    embedder: Option<&dyn Embedder>,
) -> Result<CompiledPlaybook, CompileError> {
    let mut vectors: BTreeMap<String, Embedding> = BTreeMap::new();
    if let Some(embedder) = embedder {
        let sentences = CompiledPlaybook::sentences(playbook);
        for batch in sentences.chunks(BATCH) {
            match embed(embedder, batch).await {
                Ok(found) => vectors.extend(batch.iter().cloned().zip(found)),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(playbook = playbook.id, error, "a playbook's meanings cannot be told");
                }
            }
        }
    }
    CompiledPlaybook::new(playbook.clone(), digest.to_owned(), &|sentence| vectors.get(sentence).cloned())
}

/// Whether a playbook has meanings, and no vectors to tell them by.
pub(crate) fn lacks_meaning(ready: &CompiledPlaybook) -> bool {
    !ready.playbook().meanings.is_empty() && !ready.wants_vectors()
}

/// The vectors of sentences, from a model that may be busy for a while.
///
/// # Errors
/// When the model fails, or stays busy.
pub async fn embed(embedder: &dyn Embedder, sentences: &[String]) -> Result<Vec<Embedding>, EmbedError> {
    let mut left = TRIES;
    loop {
        match embedder.embed(sentences).await {
            Err(error) if error.is_retryable() && left > 0 => {
                left -= 1;
                tokio::time::sleep(WAIT).await;
            }
            answer => return answer,
        }
    }
}
