//! What a model is told when it is made.

use std::{collections::BTreeMap, fmt, time::Duration};

use ::model::TenantId;

/// How to reach a model.
#[derive(Clone, Debug)]
pub struct BedrockConfig {
    /// Names it for people and metrics.
    pub name: String,
    /// The id of the model or of an inference profile, such as `eu.amazon.nova-lite-v1:0`.
    pub model: String,
    /// The id for a tenant that has its own.
    pub tenant_models: BTreeMap<TenantId, String>,
    /// The region; the environment's without it.
    pub region: Option<String>,
    /// Another server than Amazon's.
    pub endpoint: Option<String>,
    /// The role to ask with; the environment's credentials without it.
    pub role: Option<Role>,
    /// How random its words are, 0 to 1.
    pub temperature: f32,
    /// How an answer is brought to be JSON.
    pub json: JsonBy,
    /// Whether words come as they are said. Some models cannot while they use a tool.
    pub streaming: bool,
    /// How long it may take until the connection is there.
    pub connect_timeout: Duration,
}

impl BedrockConfig {
    /// A model in the environment's region.
    #[must_use]
    pub fn new(model: impl Into<String>) -> Self {
        let model = model.into();
        Self {
            name: model.clone(),
            model,
            tenant_models: BTreeMap::new(),
            region: None,
            endpoint: None,
            role: None,
            temperature: 0.0,
            json: JsonBy::Tool,
            streaming: true,
            connect_timeout: Duration::from_secs(3),
        }
    }

    /// The model for a tenant.
    pub(crate) fn model_of(&self, tenant: &TenantId) -> &str {
        self.tenant_models.get(tenant).unwrap_or(&self.model)
    }
}

/// A role to ask with.
#[derive(Clone)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// What its trust policy demands.
    pub external_id: Option<String>,
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Role").field("arn", &self.arn).finish_non_exhaustive()
    }
}

/// How an answer is brought to be JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonBy {
    /// It is the input of a tool that has to be used: Anthropic's and Amazon's own models.
    Tool,
    /// The service keeps it to the schema.
    Schema,
    /// The instructions say it.
    Words,
}
