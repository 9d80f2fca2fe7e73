//! The configuration's shape and defaults.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use model::TenantId;
use serde::{Deserialize, Serialize};

use crate::{
    Access, Attributes, Blobs, Bus, ConfigError, Contacts, Guidance, Jobs, Keys, Knowledge, KvsEndpoint,
    LanguageModel, ModelsByPurpose, Queue, Recognition, Retention, Review, Store, Tenant, limits, overlay,
};

/// All of it. See the crate's documentation for the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The tenant whose calls are carried unless something says otherwise.
    pub tenant: TenantId,
    /// What else is known of tenants.
    pub tenants: BTreeMap<TenantId, Tenant>,
    /// How the flow's custom attributes are called.
    pub attributes: Attributes,
    /// The API and the console.
    pub server: Server,
    /// Folders of this host.
    pub storage: Storage,
    /// Event logs, leases and contacts.
    pub store: Store,
    /// What the hosts tell each other over.
    pub bus: Bus,
    /// Where triggers wait for a worker.
    pub queue: Queue,
    /// Recordings.
    pub blobs: Blobs,
    /// The contact directory.
    pub contacts: Contacts,
    /// Work that is done after calls.
    pub jobs: Jobs,
    /// Kinesis Video Streams.
    pub kvs: Kvs,
    /// The recognisers.
    pub recognition: Recognition,
    /// How calls are guided.
    pub guidance: Guidance,
    /// The documents that answers come from.
    pub knowledge: Knowledge,
    /// The language models, by name.
    pub models: BTreeMap<String, LanguageModel>,
    /// Which of them do what, of tenants that say nothing else.
    pub default_models: ModelsByPurpose,
    /// Keys of the installation.
    pub keys: Keys,
    /// How long what is kept of calls is kept, of tenants that say nothing else.
    pub retention: Retention,
    /// How calls are carried.
    pub engine: Engine,
    /// Who is let in; without it whoever reaches the server has everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Who reviews what verification found.
    pub review: Review,
    /// Log lines.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tenant: TenantId::new("local").expect("the name is valid"),
            tenants: BTreeMap::new(),
            attributes: Attributes::default(),
            server: Server::default(),
            storage: Storage::default(),
            store: Store::default(),
            bus: Bus::default(),
            queue: Queue::default(),
            blobs: Blobs::default(),
            contacts: Contacts::default(),
            jobs: Jobs::default(),
            kvs: Kvs::default(),
            recognition: Recognition::default(),
            guidance: Guidance::default(),
            knowledge: Knowledge::default(),
            models: BTreeMap::new(),
            default_models: ModelsByPurpose::default(),
            keys: Keys::default(),
            retention: Retention::default(),
            engine: Engine::default(),
            access: None,
            review: Review::default(),
            log: Log::default(),
        }
    }
}

/// The API and the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// What this process does.
    pub roles: Vec<Role>,
    /// The address.
    pub listen: SocketAddr,
    /// The names under which browsers may ask for it, beside `localhost` and addresses.
    pub allowed_hosts: Vec<String>,
    /// Origins of other servers' pages that may ask: scheme, host and port.
    pub allowed_origins: Vec<String>,
    /// How many clients may follow calls at once, over all transports.
    pub max_subscribers: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            roles: vec![Role::Api, Role::Worker],
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_subscribers: 16_384,
        }
    }
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes in what Connect says, and shows calls.
    Api,
    /// Carries calls.
    Worker,
}

impl FromStr for Role {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text {
            "api" => Ok(Self::Api),
            "worker" => Ok(Self::Worker),
            other => Err(ConfigError::Value(format!("server.roles is {other:?}: give api, worker, or both"))),
        }
    }
}

/// Folders of this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Where this host keeps what it keeps itself: spools, and in the embedded profile everything. It is made when it
    /// is not there.
    pub folder: PathBuf,
}

impl Default for Storage {
    fn default() -> Self {
        Self { folder: PathBuf::from("var") }
    }
}

/// Kinesis Video Streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kvs {
    /// The address of the local one.
    pub listen: SocketAddr,
    /// Another one than the local one: `aws`, or a URL.
    pub endpoint: Option<KvsEndpoint>,
    /// Its region.
    pub region: String,
    /// How long the local one keeps fragments.
    pub retention_hours: u32,
    /// Whether the local one keeps fragments over a restart, on disk, in clear as they came.
    pub keep_on_disk: bool,
}

impl Default for Kvs {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9000)),
            endpoint: None,
            region: "us-east-1".to_owned(),
            retention_hours: 24,
            keep_on_disk: true,
        }
    }
}

/// How calls are carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Engine {
    /// Calls carried at once.
    pub max_calls: usize,
    /// A call without audio for this long is asked after.
    pub idle_seconds: u64,
    /// How long a lease holds without being renewed: a dead worker's calls are taken after it.
    pub lease_seconds: u64,
    /// From this share of the host's processors on, no more calls are taken.
    pub max_load_percent: u64,
}

impl Default for Engine {
    fn default() -> Self {
        Self { max_calls: 2_000, idle_seconds: 30, lease_seconds: 10, max_load_percent: 85 }
    }
}

/// Log lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// The level, as in `warn,engine=debug`.
    pub level: String,
    /// How lines are written.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads the file, if any, and what the environment sets over it.
    ///
    /// # Errors
    /// When the file cannot be read, is no TOML, or a key or value is not valid.
    pub fn load(
        path: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table = match path {
            None => toml::Table::new(),
            Some(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
                text.parse().map_err(|error| syntax(path, &text, &error))?
            }
        };
        overlay::apply(&mut table, environment)?;
        let config: Self = table.try_into().map_err(|error| ConfigError::Value(one_line(&error)))?;
        config.check()?;
        Ok(config)
    }

    /// How long what is kept of a tenant's calls is kept.
    #[must_use]
    pub fn retention_of(&self, tenant: &TenantId) -> Retention {
        self.tenants.get(tenant).map_or(self.retention, |tenant| tenant.retention.over(self.retention))
    }

    /// Checks what no single value shows: bounds, and what an engine needs. To be asked again when a value was changed.
    ///
    /// # Errors
    /// When something does not fit; the text names the key.
    pub fn check(&self) -> Result<(), ConfigError> {
        limits::check(self)
    }
}

fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1;
    ConfigError::Syntax { path: path.to_owned(), line, why: error.message().replace('\n', ", ") }
}

/// The message, and the key where it is wrong.
fn one_line(error: &toml::de::Error) -> String {
    error.to_string().trim().lines().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn nothing_told_gives_the_defaults() {
        assert_eq!(Config::load(None, env(&[])).unwrap(), Config::default());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = std::env::temp_dir().join(format!("trunkline-config-{}.toml", std::process::id()));
        fs::write(&file, "[server]\nlisten = \"127.0.0.1:1\"\n[engine]\nmax_calls = 7\n").unwrap();
        let told =
            env(&[("TRUNKLINE_SERVER__LISTEN", "127.0.0.1:2"), ("TRUNKLINE_KVS__RETENTION_HOURS", "3")]);
        let config = Config::load(Some(&file), told).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(config.server.listen.port(), 2);
        assert_eq!(config.engine.max_calls, 7);
        assert_eq!(config.kvs.retention_hours, 3);
    }

    #[test]
    fn a_list_can_be_set_by_the_environment() {
        let told = env(&[("TRUNKLINE_SERVER__ALLOWED_HOSTS", r#"["calls.example.com"]"#)]);
        assert_eq!(Config::load(None, told).unwrap().server.allowed_hosts, ["calls.example.com"]);
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = Config::load(None, env(&[("TRUNKLINE_SERVER__PORT", "1")])).unwrap_err();
        assert!(error.to_string().contains("port"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_on_one_line() {
        let error = Config::load(None, env(&[("TRUNKLINE_SERVER__LISTEN", "here")])).unwrap_err().to_string();
        assert!(error.contains("server.listen") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn what_is_no_toml_is_shown_by_its_line() {
        let error =
            syntax(Path::new("a.toml"), "[a]\nb = ", &"[a]\nb = ".parse::<toml::Table>().unwrap_err());
        assert!(error.to_string().starts_with("a.toml is not valid TOML: line 2: "), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }

    #[test]
    fn an_endpoint_that_is_none_is_refused() {
        let error = Config::load(None, env(&[("TRUNKLINE_KVS__ENDPOINT", "foo")])).unwrap_err().to_string();
        assert!(error.contains("give aws, or a URL"), "{error}");
    }

    #[test]
    fn the_samples_are_valid() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../config");
        let mut seen = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            Config::load(Some(&path), env(&[])).unwrap();
            seen += 1;
        }
        assert!(seen > 0);
    }
}
