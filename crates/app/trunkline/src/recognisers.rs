//! Who hears calls: the recognisers that a configuration names, in their order.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use config::{Config, Quota, Recogniser, Recognition};
use deepgram::{ApiKey, DeepgramConfig, DeepgramTranscriber};
use onnx::{ModelFolder, OnnxTranscriber, TranscriberOptions};
use ports::{Language, Transcriber};
use recognition::{RecogniserPool, Tier, Times};
use transcribe::{TranscribeConfig, TranscribeTranscriber};

use crate::failure::Failure;

/// Local models may be slow without hanging: many calls share their processors.
const LOCAL_ANSWERS_WITHIN: Duration = Duration::from_secs(120);

/// What a server recognises with, or why it has nothing: calls are then carried without words.
pub(crate) type Hearing = Result<Arc<RecogniserPool>, String>;

/// Makes the recognisers that can be made. One that cannot is said and left out: the others hear the calls.
pub(crate) async fn open(settings: &Recognition) -> Result<Hearing, Failure> {
    if !settings.enabled {
        return Ok(Err("recognition is switched off: recognition.enabled is false".to_owned()));
    }
    let mut tiers = Vec::new();
    let mut missing = Vec::new();
    for recogniser in &settings.order {
        match tier(*recogniser, settings).await {
            Ok(tier) => tiers.push(tier),
            Err(failure) if settings.order.len() == 1 => return Ok(Err(failure.to_string())),
            Err(failure) => {
                tracing::error!(%failure, ?recogniser, "a recogniser is left out");
                missing.push(failure.to_string());
            }
        }
    }
    Ok(pool(tiers).map_err(|_| missing.join("; ")))
}

/// A pool of these tiers.
pub(crate) fn pool(tiers: Vec<Tier>) -> Result<Arc<RecogniserPool>, recognition::NoTiers> {
    RecogniserPool::new(tiers, Times::default()).map(Arc::new)
}

/// Makes one recogniser.
pub(crate) async fn tier(recogniser: Recogniser, settings: &Recognition) -> Result<Tier, Failure> {
    match recogniser {
        Recogniser::Local => {
            let options = TranscriberOptions { threads: settings.threads, ..TranscriberOptions::default() };
            let mut tier = Tier::new(Arc::new(local(settings.models.clone(), options).await?));
            tier.answers_within = Some(LOCAL_ANSWERS_WITHIN);
            tier.languages = Some(vec!["en".to_owned()]);
            Ok(tier)
        }
        Recogniser::Deepgram => {
            let transcriber = deepgram_transcriber(settings)?;
            Ok(bounded(Tier::new(Arc::new(transcriber)), &settings.deepgram.quota))
        }
        Recogniser::Transcribe => {
            let transcriber = transcribe_transcriber(settings).await;
            Ok(bounded(Tier::new(Arc::new(transcriber)), &settings.transcribe.quota))
        }
    }
}

fn bounded(mut tier: Tier, quota: &Quota) -> Tier {
    tier.max_streams = quota.max_streams;
    tier.starts_per_second = quota.starts_per_second;
    tier.price_per_minute_usd = quota.price_per_minute_usd;
    tier
}

/// Loads the local models off the async runtime.
pub(crate) async fn local(
    models: Option<PathBuf>,
    options: TranscriberOptions,
) -> Result<OnnxTranscriber, Failure> {
    let opening =
        tokio::task::spawn_blocking(move || OnnxTranscriber::open(&ModelFolder::find(models), &options));
    Ok(opening.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?)
}

fn deepgram_transcriber(settings: &Recognition) -> Result<DeepgramTranscriber, Failure> {
    let settings = &settings.deepgram;
    let key = settings.api_key.as_ref().context(
        "recognition.deepgram.api_key is missing: set TRUNKLINE_RECOGNITION__DEEPGRAM__API_KEY, or take deepgram out of recognition.order",
    )?;
    let mut config = DeepgramConfig::new(ApiKey::new(key.expose()));
    config.endpoint.clone_from(&settings.endpoint);
    config.model.clone_from(&settings.model);
    if let Some(language) = &settings.language {
        config.language.clone_from(language);
    }
    config.max_speed = f64::from(settings.max_speed_percent) / 100.0;
    config.vocabularies.clone_from(&settings.vocabularies);
    let transcriber = DeepgramTranscriber::new(config);
    Ok(transcriber.map_err(|error| anyhow::Error::new(error).context("recognition.deepgram"))?)
}

async fn transcribe_transcriber(settings: &Recognition) -> TranscribeTranscriber {
    let settings = &settings.transcribe;
    let mut config = TranscribeConfig { endpoint: settings.endpoint.clone(), ..TranscribeConfig::default() };
    if let Some(tag) = &settings.language {
        config.language = Language::Tag(tag.clone());
    }
    config.vocabulary.clone_from(&settings.vocabulary);
    match &settings.region {
        Some(region) => {
            let sdk = aws_config::from_env().region(aws_config::Region::new(region.clone())).load().await;
            TranscribeTranscriber::from_aws_config(&sdk, config)
        }
        None => TranscribeTranscriber::from_environment(config).await,
    }
}

/// Whose contacts are whose, and how their calls are recognised.
pub(crate) fn tenants(config: &Config) -> Result<engine::Tenants, config::ConfigError> {
    let speech = |speech: &config::Speech| engine::SpeechRules {
        language: match (&speech.language, speech.identify_languages.as_slice()) {
            (Some(tag), _) => Some(Language::Tag(tag.clone())),
            (None, []) => None,
            (None, among) => Some(Language::Identify(among.to_vec())),
        },
        vocabulary: speech.vocabulary.clone(),
    };
    let rules = config.tenants.iter().map(|(id, tenant)| {
        let profiles: BTreeMap<_, _> =
            tenant.profiles.iter().map(|(name, of)| (name.clone(), speech(of))).collect();
        let rules = engine::TenantRules {
            instances: tenant.instances.clone(),
            speech: speech(&tenant.speech),
            profiles,
            stream_prefix: tenant.stream_prefix.clone(),
            redaction: Arc::new(tenant.redaction.policy()?),
            shown_attributes: tenant.guidance.attributes.clone(),
        };
        Ok((id.clone(), rules))
    });
    Ok(engine::Tenants {
        default: config.tenant.clone(),
        rules: rules.collect::<Result<_, config::ConfigError>>()?,
        attributes: contacts::AttributeNames {
            tenant: config.attributes.tenant.clone(),
            profile: config.attributes.profile.clone(),
            session: config.attributes.session.clone(),
            language: config.attributes.language.clone(),
            customer: config.attributes.customer.clone(),
        },
    })
}

/// The pool behind its port, or why there is none.
pub(crate) fn transcriber(hearing: &Hearing) -> (Option<Arc<dyn Transcriber>>, String) {
    match hearing {
        Ok(pool) => (Some(Arc::clone(pool) as _), String::new()),
        Err(why) => (None, why.clone()),
    }
}
