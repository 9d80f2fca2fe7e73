//! The language models.

use std::{collections::BTreeMap, ops::RangeInclusive, path::PathBuf};

use model::TenantId;
use serde::{Deserialize, Serialize};

use crate::{Config, ConfigError, Secret};

const AT_ONCE: RangeInclusive<usize> = 1..=1_000;
/// Below this no model answers; a desk does not wait longer than the most.
const WITHIN_MS: RangeInclusive<u64> = 100..=300_000;
/// Letters that environment variables can name, too.
const MAX_NAME_CHARS: usize = 40;

/// A language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LanguageModel {
    /// What it is behind.
    pub kind: ModelKind,
    /// Where it is: of `openai` up to the version, as in `https://api.openai.com/v1`; of `bedrock` instead of the
    /// region's own.
    pub endpoint: Option<String>,
    /// The key of `openai`; local servers need none.
    pub key: Option<Secret>,
    /// Its name or id there.
    pub model: String,
    /// Its name there for tenants that have their own, such as a `LoRA`'s.
    pub tenant_models: BTreeMap<TenantId, String>,
    /// How random its words are.
    pub temperature: f64,
    /// How hard a reasoning model thinks.
    pub reasoning_effort: Option<String>,
    /// A file with a certificate authority, in PEM, that is trusted besides the system's.
    pub certificate: Option<PathBuf>,
    /// The region of `bedrock`; without it the environment's.
    pub region: Option<String>,
    /// The role with which `bedrock` is asked.
    pub role_arn: Option<String>,
    /// What that role asks for as its external id.
    pub external_id: Option<Secret>,
    /// How `bedrock` is brought to answer JSON.
    pub json: ModelJson,
    /// Whether `bedrock` is asked for the words as they come.
    pub streaming: bool,
    /// Questions at once, of all tenants together.
    pub at_once: usize,
    /// Whether a question that is slow to be answered is asked a second time.
    pub hedging: bool,
    /// How long a hint may take, to the end.
    pub hint_within_ms: u64,
    /// How long an answer to a search may take.
    pub answer_within_ms: u64,
    /// How long a summary may take.
    pub summary_within_ms: u64,
    /// What each tenant may use of it, on each host.
    pub budget: ModelBudget,
}

// Numbers come from a file, where there is no NaN.
impl Eq for LanguageModel {}

impl Default for LanguageModel {
    fn default() -> Self {
        Self {
            kind: ModelKind::Openai,
            endpoint: None,
            key: None,
            model: String::new(),
            tenant_models: BTreeMap::new(),
            temperature: 0.0,
            reasoning_effort: None,
            certificate: None,
            region: None,
            role_arn: None,
            external_id: None,
            json: ModelJson::Tool,
            streaming: true,
            at_once: 16,
            hedging: true,
            hint_within_ms: 4_000,
            answer_within_ms: 8_000,
            summary_within_ms: 30_000,
            budget: ModelBudget::default(),
        }
    }
}

/// What a language model is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A server that speaks `OpenAI`'s chat completions.
    Openai,
    /// Amazon Bedrock.
    Bedrock,
}

/// How a model of Bedrock is brought to answer JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelJson {
    /// It has to use a tool whose input is the answer.
    Tool,
    /// The service keeps it to the schema.
    Schema,
    /// It is told in words.
    Words,
}

/// What a tenant may use of a model on one host; no bound where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelBudget {
    /// Questions in a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens in a minute, read and written.
    pub tokens_per_minute: Option<u64>,
    /// Questions in a day.
    pub requests_per_day: Option<u32>,
    /// Tokens in a day, read and written.
    pub tokens_per_day: Option<u64>,
}

/// Which model does what. What has none is done without one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelsByPurpose {
    /// Writes the cards that rules ask a model for.
    pub hint: Option<String>,
    /// Answers what agents look for.
    pub answer: Option<String>,
    /// Writes summaries.
    pub summary: Option<String>,
}

impl ModelsByPurpose {
    /// Each purpose with its model.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [("hint", &self.hint), ("answer", &self.answer), ("summary", &self.summary)];
        all.into_iter().filter_map(|(purpose, name)| Some((purpose, name.as_deref()?)))
    }

    /// These, and for what they leave open those of `fallback`.
    #[must_use]
    pub fn over(&self, fallback: &Self) -> Self {
        let one = |own: &Option<String>, other: &Option<String>| own.clone().or_else(|| other.clone());
        Self {
            hint: one(&self.hint, &fallback.hint),
            answer: one(&self.answer, &fallback.answer),
            summary: one(&self.summary, &fallback.summary),
        }
    }
}

impl Config {
    /// Which models do what for a tenant.
    #[must_use]
    pub fn models_of(&self, tenant: &TenantId) -> ModelsByPurpose {
        match self.tenants.get(tenant) {
            Some(tenant) => tenant.models.over(&self.default_models),
            None => self.default_models.clone(),
        }
    }
}

/// Checks what the models are told, and that those exist that are named.
pub(crate) fn check(config: &Config) -> Result<(), ConfigError> {
    for (name, model) in &config.models {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if name.is_empty() || name.len() > MAX_NAME_CHARS || !name.chars().all(is_name) {
            return wrong(&format!(
                "models.{name} is no name: give up to {MAX_NAME_CHARS} of a-z, 0-9, - and _"
            ));
        }
        check_model(name, model)?;
    }
    let default = std::iter::once(("default_models".to_owned(), &config.default_models));
    let tenants = config.tenants.iter().map(|(id, tenant)| (format!("tenants.{id}.models"), &tenant.models));
    for (section, models) in default.chain(tenants) {
        for (purpose, name) in models.each() {
            if !config.models.contains_key(name) {
                let known: Vec<&str> = config.models.keys().map(String::as_str).collect();
                let known = if known.is_empty() { "none is configured".to_owned() } else { known.join(", ") };
                return wrong(&format!("{section}.{purpose} is {name:?}, which is no model: {known}"));
            }
        }
    }
    Ok(())
}

fn check_model(name: &str, of: &LanguageModel) -> Result<(), ConfigError> {
    if of.model.trim().is_empty() {
        return wrong(&format!("models.{name}.model is missing: give the model's name or id"));
    }
    if of.kind == ModelKind::Openai && of.endpoint.is_none() {
        let why = "is missing: openai needs it, as in https://api.openai.com/v1";
        return wrong(&format!("models.{name}.endpoint {why}"));
    }
    if !AT_ONCE.contains(&of.at_once) {
        return wrong(&format!("models.{name}.at_once is {}: give 1 to 1000", of.at_once));
    }
    let most = if of.kind == ModelKind::Bedrock { 1.0 } else { 2.0 };
    if !(0.0..=most).contains(&of.temperature) {
        return wrong(&format!("models.{name}.temperature is {}: give 0 to {most}", of.temperature));
    }
    for (key, ms) in [
        ("hint_within_ms", of.hint_within_ms),
        ("answer_within_ms", of.answer_within_ms),
        ("summary_within_ms", of.summary_within_ms),
    ] {
        if !WITHIN_MS.contains(&ms) {
            return wrong(&format!("models.{name}.{key} is {ms}: give 100 to 300000"));
        }
    }
    Ok(())
}

fn wrong(why: &str) -> Result<(), ConfigError> {
    Err(ConfigError::Value(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let name = |key: &str| format!("TRUNKLINE_{key}");
        Config::load(None, pairs.iter().map(|(key, value)| (name(key), (*value).to_owned())))
    }

    #[test]
    fn a_tenants_models_go_before_the_others() {
        let config = load(&[
            ("MODELS__FAST__ENDPOINT", "http://127.0.0.1:11434/v1"),
            ("MODELS__FAST__MODEL", "small"),
            ("MODELS__FAST__KEY", "sk-secret"),
            ("MODELS__WISE__KIND", "bedrock"),
            ("MODELS__WISE__MODEL", "amazon.nova-lite-v1:0"),
            ("DEFAULT_MODELS__HINT", "fast"),
            ("DEFAULT_MODELS__SUMMARY", "fast"),
            ("TENANTS__ACME__MODELS__SUMMARY", "wise"),
        ])
        .unwrap();
        let of = |tenant: &str| config.models_of(&TenantId::new(tenant).unwrap());
        assert_eq!(of("acme").each().collect::<Vec<_>>(), [("hint", "fast"), ("summary", "wise")]);
        assert_eq!(of("other").each().collect::<Vec<_>>(), [("hint", "fast"), ("summary", "fast")]);
        assert!(!format!("{config:?}").contains("sk-secret"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let model = [("MODELS__A__ENDPOINT", "http://127.0.0.1/v1"), ("MODELS__A__MODEL", "m")];
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("DEFAULT_MODELS__HINT", "b")], "default_models.hint is \"b\", which is no model: a"),
            (&[("TENANTS__ACME__MODELS__ANSWER", "b")], "tenants.acme.models.answer"),
            (&[("MODELS__B__MODEL", "m")], "models.b.endpoint is missing"),
            (&[("MODELS__B__ENDPOINT", "http://127.0.0.1/v1")], "models.b.model is missing"),
            (&[("MODELS__A__AT_ONCE", "0")], "give 1 to 1000"),
            (&[("MODELS__A__HINT_WITHIN_MS", "1")], "models.a.hint_within_ms is 1"),
            (&[("MODELS__A__TEMPERATURE", "3")], "give 0 to 2"),
            (&[("MODELS__A__KIND", "other")], "expected `openai` or `bedrock`"),
            (&[("MODELS__A__PORT", "3")], "port"),
        ];
        for (pairs, why) in cases {
            let error = load(&[&model[..], pairs].concat()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
