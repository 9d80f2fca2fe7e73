//! What can be wrong with a configuration.

use std::path::PathBuf;

use thiserror::Error;

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{path} is not valid TOML: line {line}: {why}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// A policy's key does not exist, or its value cannot be used.
    #[error("{path} is not a valid policy: line {line}: {why}")]
    Policy {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// The key, what is wrong with it, and what is allowed.
        why: String,
    },
    /// A key does not exist, or its value cannot be used.
    #[error("the configuration is not valid: {0}")]
    Value(String),
}
