//! The documents that answers come from, and the model that knows what they mean.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use knowledge::{Index, PdfReader};
use onnx::{ModelFolder, OnnxEmbedder};
use ports::Embedder;

use crate::failure::Failure;

/// The hidden subcommand that reads one PDF: see `knowledge::PdfReader`.
pub(crate) const READ_PDF: &str = "read-pdf";

/// The model of meaning, or why there is none: documents are then found by their words alone, and rules by meaning rest.
pub(crate) type Meaning = Result<Arc<dyn Embedder>, String>;

/// Loads the model of meaning off the async runtime.
pub(crate) async fn meaning(models: Option<PathBuf>) -> Result<Meaning, Failure> {
    let opening = tokio::task::spawn_blocking(move || OnnxEmbedder::open(&ModelFolder::find(models)));
    let opened = opening.await.map_err(anyhow::Error::from)?;
    Ok(opened.map(|embedder| Arc::new(embedder) as Arc<dyn Embedder>).map_err(|error| error.to_string()))
}

/// The index of documents in a data folder. PDFs are read by this very program, in a process of their own.
pub(crate) fn index(data: &Path, meaning: &Meaning) -> Index {
    let pdf = std::env::current_exe()
        .map_or_else(|_| PdfReader::absent(), |program| PdfReader::child(program, vec![READ_PDF.to_owned()]));
    Index::open(data.join("knowledge"), meaning.as_ref().ok().map(Arc::clone), pdf)
}
