//! Who advises: the language models that a configuration names, their guards, and the tenants' prompts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use advisor::{Advisor, AdvisorParts, Budget, GuardedModel, Limits, Models, ModelsBuilder, Prompts, Purpose};
use anyhow::Context;
use assist::{Asked, FoundPassage, WrittenSummary};
use async_trait::async_trait;
use bedrock::{BedrockConfig, BedrockModel, JsonBy, Role};
use config::{Config, LanguageModel, ModelJson, ModelKind};
use guidance::{Advice, ToSummarise};
use llm::{ApiKey, ChatModel, LlmConfig};
use model::TenantId;
use ports::{Knowledge, Passage};
use redaction::TenantPolicy;

use crate::failure::Failure;

/// What answers rules and desks, from these documents and the models that the configuration names.
pub(crate) async fn open(config: &Config, knowledge: Option<Arc<dyn Knowledge>>) -> Result<Advisor, Failure> {
    let mut prompts = BTreeMap::new();
    let mut policies = BTreeMap::new();
    for (id, tenant) in &config.tenants {
        if let Some(folder) = &tenant.prompts {
            let of = Prompts::load(folder).with_context(|| format!("tenants.{id}.prompts"));
            prompts.insert(id.clone(), of.map_err(Failure::config)?);
        }
        policies.insert(id.clone(), Arc::new(tenant.redaction.policy().map_err(Failure::config)?));
    }
    let default = Arc::new(TenantPolicy::default());
    let policy_of = move |tenant: &TenantId| Arc::clone(policies.get(tenant).unwrap_or(&default));
    let models = models(config).await?;
    Ok(Advisor::new(AdvisorParts { knowledge, models, prompts, policy_of: Arc::new(policy_of) }))
}

/// Which model does what for whom. A model that nobody is told to ask is not made.
async fn models(config: &Config) -> Result<Models, Failure> {
    let default = std::iter::once((None, &config.default_models));
    let tenants = config.tenants.iter().map(|(id, tenant)| (Some(id.clone()), &tenant.models));
    let chosen: Vec<_> = default.chain(tenants).collect();
    let used: BTreeSet<&str> =
        chosen.iter().flat_map(|(_, models)| models.each()).map(|(_, name)| name).collect();
    let mut builder = Models::builder();
    let mut made: BTreeMap<&str, (GuardedModel, &LanguageModel)> = BTreeMap::new();
    for name in used {
        let Some(of) = config.models.get(name) else { continue };
        let model = guarded(name, of).await.with_context(|| format!("models.{name}"));
        let model = model.map_err(Failure::config)?;
        builder = builder.told(model.clone());
        made.insert(name, (model, of));
    }
    for (tenant, models) in chosen {
        for (purpose, name) in models.each() {
            let (Some(purpose), Some((model, of))) = (purpose_of(purpose), made.get(name)) else { continue };
            builder = with(builder, tenant.clone(), purpose, model, of);
        }
    }
    Ok(builder.build())
}

fn with(
    builder: ModelsBuilder,
    tenant: Option<TenantId>,
    purpose: Purpose,
    model: &GuardedModel,
    of: &LanguageModel,
) -> ModelsBuilder {
    let within_ms = match purpose {
        Purpose::Hint => of.hint_within_ms,
        Purpose::Answer => of.answer_within_ms,
        Purpose::Summary => of.summary_within_ms,
    };
    builder.with(tenant, purpose, Arc::new(model.clone()), Duration::from_millis(within_ms))
}

fn purpose_of(name: &str) -> Option<Purpose> {
    Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == name)
}

/// One model behind its guards. Nothing is connected yet: one that is away is told by its status.
pub(crate) async fn guarded(name: &str, of: &LanguageModel) -> anyhow::Result<GuardedModel> {
    let inner: Arc<dyn ports::LanguageModel> = match of.kind {
        ModelKind::Openai => Arc::new(ChatModel::new(chat(name, of)?)?),
        ModelKind::Bedrock => Arc::new(BedrockModel::from_environment(converse(name, of)).await),
    };
    let budget = Budget {
        requests_per_minute: of.budget.requests_per_minute,
        tokens_per_minute: of.budget.tokens_per_minute,
        requests_per_day: of.budget.requests_per_day,
        tokens_per_day: of.budget.tokens_per_day,
    };
    Ok(GuardedModel::new(inner, Limits { at_once: of.at_once, budget, hedging: of.hedging }))
}

fn chat(name: &str, of: &LanguageModel) -> anyhow::Result<LlmConfig> {
    let mut chat = LlmConfig::new(of.endpoint.clone().unwrap_or_default(), of.model.as_str());
    name.clone_into(&mut chat.name);
    chat.api_key = of.key.as_ref().map(|key| ApiKey::new(key.expose()));
    chat.tenant_models.clone_from(&of.tenant_models);
    chat.temperature = of.temperature;
    chat.reasoning_effort.clone_from(&of.reasoning_effort);
    if let Some(path) = &of.certificate {
        let pem = std::fs::read_to_string(path);
        chat.extra_root_pem = Some(pem.with_context(|| format!("certificate {}", path.display()))?);
    }
    Ok(chat)
}

fn converse(name: &str, of: &LanguageModel) -> BedrockConfig {
    let mut converse = BedrockConfig::new(of.model.as_str());
    name.clone_into(&mut converse.name);
    converse.tenant_models.clone_from(&of.tenant_models);
    converse.region.clone_from(&of.region);
    converse.endpoint.clone_from(&of.endpoint);
    converse.role = of
        .role_arn
        .clone()
        .map(|arn| Role { arn, external_id: of.external_id.as_ref().map(|id| id.expose().to_owned()) });
    converse.temperature = share(of.temperature);
    converse.json = match of.json {
        ModelJson::Tool => JsonBy::Tool,
        ModelJson::Schema => JsonBy::Schema,
        ModelJson::Words => JsonBy::Words,
    };
    converse.streaming = of.streaming;
    converse
}

#[expect(clippy::cast_possible_truncation, reason = "a temperature has few digits")]
const fn share(temperature: f64) -> f32 {
    temperature as f32
}

/// The advisor behind what others ask of it.
#[derive(Debug)]
pub(crate) struct Advised(pub(crate) Advisor);

#[async_trait]
impl Advice for Advised {
    fn writes_summaries(&self, tenant: &TenantId) -> bool {
        self.0.models().has(tenant, Purpose::Summary)
    }

    async fn ask(&self, tenant: &TenantId, asked: &Asked) -> Result<FoundPassage, &'static str> {
        self.0.ask(tenant, asked).await
    }

    async fn summarise(&self, tenant: &TenantId, call: &ToSummarise) -> Result<WrittenSummary, &'static str> {
        let ToSummarise { transcript, sections, dispositions } = call;
        self.0.summarise(tenant, transcript, sections, dispositions).await
    }
}

#[async_trait]
impl api::Answerer for Advised {
    async fn answer(
        &self,
        tenant: &TenantId,
        question: &str,
        passages: &[Passage],
    ) -> Result<api::Answered, &'static str> {
        let advisor::FoundAnswer { text, passage, model } = self.0.answer(tenant, question, passages).await?;
        Ok(api::Answered { text, passage, model })
    }
}
