//! Reads model files from disk.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// No model of ours comes near this; a larger file is something else.
const MAX_MODEL_BYTES: u64 = 1 << 30;

/// Why a model file could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// The file could not be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is larger than a model may be.
    #[error("{} is too large to be a model", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file holds no graph that the runtime knows.
    #[error("{} holds no usable model", path.display())]
    Graph {
        /// The file.
        path: PathBuf,
        /// What the runtime says.
        #[source]
        source: Box<rten::LoadError>,
    },
}

/// Reads a whole model file.
pub(crate) fn read_model(path: &Path) -> Result<Vec<u8>, ModelFileError> {
    read_model_up_to(path, MAX_MODEL_BYTES)
}

/// Reads a whole file of at most `most` bytes.
pub(crate) fn read_model_up_to(path: &Path, most: u64) -> Result<Vec<u8>, ModelFileError> {
    let failed = |source| ModelFileError::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(ModelFileError::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

/// Makes a graph of a model's bytes.
pub(crate) fn load_model(path: &Path, bytes: Vec<u8>) -> Result<rten::Model, ModelFileError> {
    rten::Model::load(bytes)
        .map_err(|source| ModelFileError::Graph { path: path.to_owned(), source: Box::new(source) })
}
