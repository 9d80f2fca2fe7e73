//! Keys of the installation.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Secret;

/// Keys of the installation, each 32 random bytes in 64 hex digits. What is set here wins over the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Where keys lie that are not set here, as a TOML file with `customers` and `signing`. On files of this host it is
    /// made at the first start, for its owner alone; hosts that share a store must be given the same keys.
    pub file: Option<PathBuf>,
    /// The secret behind the blind names of customers.
    pub customers: Option<Secret>,
    /// The secret half of the key that signs certificates and reports.
    pub signing: Option<Secret>,
}
