//! How calls are guided, and the documents that answers come from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Config, ConfigError};

/// The most attributes that a tenant shows.
const MAX_ATTRIBUTES: usize = 32;
/// The longest name of an attribute.
const MAX_NAME_CHARS: usize = 256;

/// How calls are guided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guidance {
    /// Whether they are.
    pub enabled: bool,
    /// The folder of the playbooks; those that come with the program where there is none.
    pub playbooks: Option<PathBuf>,
    /// Whether every call is watched for long silence, long holds, an unhappy customer, and talking over each other.
    pub built_in_alerts: bool,
}

impl Default for Guidance {
    fn default() -> Self {
        Self { enabled: true, playbooks: None, built_in_alerts: true }
    }
}

/// The documents that answers come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Knowledge {
    /// Their folder.
    pub folder: Option<PathBuf>,
}

/// What a tenant's guidance may know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenantGuidance {
    /// The flow's attributes that rules and desks may see, redacted.
    pub attributes: Vec<String>,
}

pub(crate) fn check(config: &Config) -> Result<(), ConfigError> {
    for (id, tenant) in &config.tenants {
        let names = &tenant.guidance.attributes;
        let is_name = |name: &String| !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS;
        if names.len() > MAX_ATTRIBUTES || !names.iter().all(is_name) {
            return Err(ConfigError::Value(format!(
                "tenants.{id}.guidance.attributes: give at most {MAX_ATTRIBUTES} names of 1 to {MAX_NAME_CHARS} characters"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::load(None, pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn calls_are_guided_unless_told_otherwise() {
        assert!(load(&[]).unwrap().guidance.enabled);
        let config =
            load(&[("TRUNKLINE_GUIDANCE__ENABLED", "false"), ("TRUNKLINE_KNOWLEDGE__FOLDER", "docs")]);
        let config = config.unwrap();
        assert!(!config.guidance.enabled && config.guidance.built_in_alerts);
        assert_eq!(config.knowledge.folder, Some(PathBuf::from("docs")));
    }

    #[test]
    fn an_attribute_without_a_name_is_refused() {
        let error =
            load(&[("TRUNKLINE_TENANTS__ACME__GUIDANCE__ATTRIBUTES", "[\"tier\", \"\"]")]).unwrap_err();
        assert!(error.to_string().contains("tenants.acme.guidance.attributes: "), "{error}");
    }
}
