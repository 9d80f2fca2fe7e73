//! The clients of one pair of credentials, by region.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_kinesisvideo::config::{
    BehaviorVersion, Credentials, IdentityCache, Region, SharedCredentialsProvider,
    StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
};

use super::{ArchiveClient, Assumed, MediaClient};

/// How long reaching the service may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the service may take to begin its answer; the body has no limit.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Data endpoints whose clients are kept; when there are more, all are made anew.
const MAX_KEPT_CLIENTS: usize = 64;

/// The process's own credentials and settings.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    config: SdkConfig,
    /// Whether asking for the credentials again can give other ones.
    pub(crate) renewable: bool,
}

impl Own {
    /// A fixed key pair for a server at `endpoint_url`.
    pub(crate) fn fixed(endpoint_url: &str, region: &str, access_key: &str, secret_key: &str) -> Self {
        let credentials = Credentials::new(access_key, secret_key, None, None, "configuration");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint_url)
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self { config, renewable: false }
    }

    pub(crate) async fn from_environment() -> Self {
        Self::from_config(aws_config::load_defaults(BehaviorVersion::latest()).await)
    }

    pub(crate) const fn from_config(config: SdkConfig) -> Self {
        Self { config, renewable: true }
    }

    /// Our own region.
    pub(crate) fn region(&self) -> Option<&str> {
        self.config.region().map(Region::as_ref)
    }

    /// The clients of our own credentials, which are asked for anew.
    pub(crate) fn clients(&self) -> Clients {
        let config = self.config.clone().into_builder();
        Clients::of(config.identity_cache(IdentityCache::lazy().build()).build())
    }

    /// The clients of an assumed role.
    pub(crate) fn clients_of(&self, assumed: &Assumed) -> Clients {
        let credentials = SharedCredentialsProvider::new(assumed.credentials.clone());
        let config = self.config.clone().into_builder();
        let config = config.identity_cache(IdentityCache::lazy().build()).credentials_provider(credentials);
        Clients::of(config.build())
    }

    pub(crate) fn sts(&self, region: Option<&str>) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .timeout_config(timeouts())
            .retry_config(RetryConfig::disabled());
        let config = match region {
            Some(region) => config.region(Region::new(region.to_owned())),
            None => config,
        };
        aws_sdk_sts::Client::from_conf(config.build())
    }
}

/// The clients of one pair of credentials. Clients of one endpoint share their connections.
#[derive(Debug)]
pub(crate) struct Clients {
    config: SdkConfig,
    control: Mutex<HashMap<Option<String>, aws_sdk_kinesisvideo::Client>>,
    media: Mutex<HashMap<(Option<String>, String), MediaClient>>,
    archive: Mutex<HashMap<(Option<String>, String), ArchiveClient>>,
}

impl Clients {
    fn of(config: SdkConfig) -> Self {
        Self { config, control: Mutex::default(), media: Mutex::default(), archive: Mutex::default() }
    }

    pub(super) fn control(&self, region: Option<&str>) -> aws_sdk_kinesisvideo::Client {
        kept(&self.control, region.map(str::to_owned), || {
            let config = aws_sdk_kinesisvideo::config::Builder::from(&self.config)
                .timeout_config(timeouts())
                .retry_config(RetryConfig::disabled());
            let config = match region {
                Some(region) => config.region(Region::new(region.to_owned())),
                None => config,
            };
            aws_sdk_kinesisvideo::Client::from_conf(config.build())
        })
    }

    /// Reads live media at a data endpoint.
    pub(crate) fn media(&self, region: Option<&str>, endpoint_url: &str) -> MediaClient {
        kept(&self.media, (region.map(str::to_owned), endpoint_url.to_owned()), || {
            let config = aws_sdk_kinesisvideomedia::config::Builder::from(&self.config)
                .timeout_config(timeouts())
                .retry_config(RetryConfig::disabled())
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .endpoint_url(endpoint_url);
            let config = match region {
                Some(region) => config.region(Region::new(region.to_owned())),
                None => config,
            };
            MediaClient(aws_sdk_kinesisvideomedia::Client::from_conf(config.build()))
        })
    }

    /// Reads archived media at a data endpoint.
    pub(crate) fn archive(&self, region: Option<&str>, endpoint_url: &str) -> ArchiveClient {
        kept(&self.archive, (region.map(str::to_owned), endpoint_url.to_owned()), || {
            let config = aws_sdk_kinesisvideoarchivedmedia::config::Builder::from(&self.config)
                .timeout_config(timeouts())
                .retry_config(RetryConfig::disabled())
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .endpoint_url(endpoint_url);
            let config = match region {
                Some(region) => config.region(Region::new(region.to_owned())),
                None => config,
            };
            ArchiveClient(aws_sdk_kinesisvideoarchivedmedia::Client::from_conf(config.build()))
        })
    }
}

fn kept<K: std::hash::Hash + Eq, C: Clone>(
    all: &Mutex<HashMap<K, C>>,
    key: K,
    make: impl FnOnce() -> C,
) -> C {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MAX_KEPT_CLIENTS && !all.contains_key(&key) {
        all.clear();
    }
    all.entry(key).or_insert_with(make).clone()
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(ANSWER_TIMEOUT).build()
}
