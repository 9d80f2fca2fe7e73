//! What is known of one tenant.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Knowledge, ModelsByPurpose, Redaction, Retention, Secret, TenantGuidance};

/// One tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tenant {
    /// The ARNs of its Connect instances.
    pub instances: Vec<String>,
    /// What the names of its streams begin with, as in its instance's storage configuration: to look for a stream that
    /// no event names.
    pub stream_prefix: Option<String>,
    /// The role in its account with which its streams are read.
    pub role_arn: Option<String>,
    /// What that role asks for as its external id.
    pub external_id: Option<Secret>,
    /// The region of its streams, where an ARN does not say it.
    pub region: Option<String>,
    /// What is masked, and how.
    pub redaction: Redaction,
    /// How long what is kept of its calls is kept.
    pub retention: Retention,
    /// Which language models do what.
    pub models: ModelsByPurpose,
    /// The folder of its prompts; the built-in ones where it has none.
    pub prompts: Option<PathBuf>,
    /// What its guidance may know.
    pub guidance: TenantGuidance,
    /// Its documents; the installation's where it has none of its own.
    pub knowledge: Knowledge,
    /// How its speech is recognised.
    #[serde(flatten)]
    pub speech: Speech,
    /// The same by profile.
    pub profiles: BTreeMap<String, Speech>,
}

/// How speech is recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Speech {
    /// The language, BCP 47, as in `en-US`.
    pub language: Option<String>,
    /// Instead of one language: find out which of these it is.
    pub identify_languages: Vec<String>,
    /// The vocabulary that the recogniser keeps.
    pub vocabulary: Option<String>,
}

/// How the flow's custom attributes are called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Attributes {
    /// Whose call it is.
    pub tenant: String,
    /// The profile by which it is carried.
    pub profile: String,
    /// The desktop session that shows it.
    pub session: String,
    /// The language that is spoken.
    pub language: String,
    /// The customer's id in a system of the contact center's own. Only a keyed hash of it is kept.
    pub customer: String,
}

impl Default for Attributes {
    fn default() -> Self {
        let name = |what: &str| format!("trunkline_{what}");
        Self {
            tenant: name("tenant"),
            profile: name("profile"),
            session: name("session"),
            language: name("language"),
            customer: name("customer"),
        }
    }
}
