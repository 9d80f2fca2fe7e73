//! What a model is told when it is made.

use std::{collections::BTreeMap, fmt, time::Duration};

use ::model::TenantId;
use thiserror::Error;

/// A key of an endpoint. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps a key.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How to reach a model.
#[derive(Clone, Debug)]
pub struct LlmConfig {
    /// Names it for people and metrics.
    pub name: String,
    /// Where it is, up to the version: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. `/chat/completions` is
    /// added.
    pub endpoint: String,
    /// The key; a local server has none.
    pub api_key: Option<ApiKey>,
    /// The model's name there.
    pub model: String,
    /// The model's name for a tenant that has its own, such as its `LoRA`'s.
    pub tenant_models: BTreeMap<TenantId, String>,
    /// How random its words are, 0 to 2.
    pub temperature: f64,
    /// How hard a reasoning model thinks, where it takes that: `minimal`, `low` ...
    pub reasoning_effort: Option<String>,
    /// How long it may take until the connection is there.
    pub connect_timeout: Duration,
    /// How long nothing may come, from the request to the first word and between words. The whole has the prompt's time.
    pub silence_timeout: Duration,
    /// A certificate authority in PEM that is trusted besides the system's.
    pub extra_root_pem: Option<String>,
}

impl LlmConfig {
    /// A model at an endpoint without a key.
    #[must_use]
    pub fn new(endpoint: impl Into<String>, model: impl Into<String>) -> Self {
        let model = model.into();
        Self {
            name: model.clone(),
            endpoint: endpoint.into(),
            api_key: None,
            model,
            tenant_models: BTreeMap::new(),
            temperature: 0.0,
            reasoning_effort: None,
            connect_timeout: Duration::from_secs(3),
            silence_timeout: Duration::from_secs(20),
            extra_root_pem: None,
        }
    }

    /// The model for a tenant.
    pub(crate) fn model_of(&self, tenant: &TenantId) -> &str {
        self.tenant_models.get(tenant).unwrap_or(&self.model)
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The endpoint is no address.
    #[error("the endpoint {0:?} is not of the form https://host/v1")]
    Endpoint(String),
    /// The key is empty or has characters that no key has.
    #[error("the API key is empty or holds characters that a key cannot have")]
    ApiKey,
    /// A model has no name.
    #[error("the model has no name")]
    Model,
    /// A number is out of its range.
    #[error("the temperature must be from 0 to 2")]
    Temperature,
    /// What is to be trusted is no certificate.
    #[error("the certificate authority is no PEM")]
    Certificate,
    /// The certificate, or what TLS needs, cannot be used.
    #[error("the connection cannot be prepared")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
}
