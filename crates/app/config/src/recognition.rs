//! The recognisers.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::Secret;

/// The recognisers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recognition {
    /// Whether words are recognised.
    pub enabled: bool,
    /// Who hears a call, the first that can; when one fails the next goes on.
    pub order: Vec<Recogniser>,
    /// The folder of the local models.
    pub models: Option<PathBuf>,
    /// How many threads the local models use.
    pub threads: Option<usize>,
    /// Deepgram.
    pub deepgram: Deepgram,
    /// Amazon Transcribe.
    pub transcribe: Transcribe,
}

impl Default for Recognition {
    fn default() -> Self {
        Self {
            enabled: true,
            order: vec![Recogniser::Local],
            models: None,
            threads: None,
            deepgram: Deepgram::default(),
            transcribe: Transcribe::default(),
        }
    }
}

/// A recogniser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recogniser {
    /// Models on this host's processors.
    Local,
    /// Deepgram.
    Deepgram,
    /// Amazon Transcribe.
    Transcribe,
}

/// What a vendor lets us use, and what it takes for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quota {
    /// How many calls at once.
    pub max_streams: Option<usize>,
    /// How many may begin in a second.
    pub starts_per_second: Option<f64>,
    /// US dollars for a minute of a call.
    pub price_per_minute_usd: Option<f64>,
}

// Numbers come from a file, where there is no NaN.
impl Eq for Quota {}

/// Deepgram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Deepgram {
    /// The key.
    pub api_key: Option<Secret>,
    /// Its server, or another that speaks its protocol.
    pub endpoint: String,
    /// The model.
    pub model: String,
    /// The language where nothing else says one.
    pub language: Option<String>,
    /// How many times as fast as it was spoken audio is sent when a call is behind, in percent.
    pub max_speed_percent: u32,
    /// Terms by the name of their vocabulary.
    pub vocabularies: BTreeMap<String, Vec<String>>,
    /// What it lets us use.
    pub quota: Quota,
}

impl Default for Deepgram {
    fn default() -> Self {
        Self {
            api_key: None,
            endpoint: "wss://api.deepgram.com".to_owned(),
            model: "nova-3".to_owned(),
            language: None,
            max_speed_percent: 125,
            vocabularies: BTreeMap::new(),
            quota: Quota::default(),
        }
    }
}

/// Amazon Transcribe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transcribe {
    /// The region; without it the environment's.
    pub region: Option<String>,
    /// Another server than Amazon's.
    pub endpoint: Option<String>,
    /// The language where nothing else says one.
    pub language: Option<String>,
    /// The vocabulary where nothing else names one.
    pub vocabulary: Option<String>,
    /// What it lets us use.
    pub quota: Quota,
}
