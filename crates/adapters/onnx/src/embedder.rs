//! The local embedding model behind the `Embedder` port: all-MiniLM-L6-v2, in int8.

mod cache;
mod line;
mod minilm;
mod wordpiece;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use async_trait::async_trait;
use ports::{EmbedError, Embedder, Embedding};
use thiserror::Error;

pub use self::wordpiece::VocabularyError;
use self::{
    line::Line,
    minilm::{DIMENSIONS, MiniLm},
};
use crate::{
    catalogue::{MEANING_SHA256, MissingModels, ModelFolder},
    engine::EngineError,
    moonshine::LoadError,
};

/// What is longer is cut before it waits: the model would not read that far.
const MAX_SENTENCE_BYTES: usize = 4_096;

/// Why the embedder could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbedderError {
    /// Model files are missing or damaged: the text says which, and where they belong.
    #[error(transparent)]
    Missing(#[from] MissingModels),
    /// The model could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The vocabulary could not be read.
    #[error("{} cannot be used", path.display())]
    Vocabulary {
        /// Its file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: VocabularyError,
    },
    /// The machine gave no thread.
    #[error("the embedder's thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// Gives sentences their vectors on this machine. One copy serves all; a bounded number of sentences wait for it.
pub struct OnnxEmbedder {
    line: Line,
    name: String,
}

impl std::fmt::Debug for OnnxEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxEmbedder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OnnxEmbedder {
    /// Loads the model of a folder and starts its thread. Takes a moment: call it off the async runtime.
    ///
    /// # Errors
    /// [`EmbedderError::Missing`] when files are not there or not what they should be: guidance by meaning is then
    /// absent, and the text says what to do.
    pub fn open(folder: &ModelFolder) -> Result<Self, EmbedderError> {
        let model = MiniLm::load(&folder.meaning()?)?;
        let line = Line::start(Box::new(model)).map_err(EmbedderError::Thread)?;
        let version: String = MEANING_SHA256.chars().take(12).collect();
        Ok(Self { line, name: format!("all-MiniLM-L6-v2-int8@{version}") })
    }
}

#[async_trait]
impl Embedder for OnnxEmbedder {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    async fn embed(&self, sentences: &[String]) -> Result<Vec<Embedding>, EmbedError> {
        let answer = self.line.ask(sentences.iter().map(|sentence| cut(sentence)).collect())?;
        answer.await.unwrap_or_else(|_| Err(EmbedError::Failed(Box::new(EngineError::Broken))))
    }
}

/// A sentence's beginning, as far as it can matter.
fn cut(sentence: &str) -> String {
    let end = sentence.floor_char_boundary(MAX_SENTENCE_BYTES);
    sentence.get(..end).unwrap_or_default().to_owned()
}
