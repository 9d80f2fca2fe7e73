//! The port's implementation.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use model::StreamName;
use ports::{MediaBody, MediaSource, MediaSourceError, StartAt};

use crate::wire::{Body, ControlClient, MediaClient, Refusal, SdkConfig, WireError};

/// How long a data endpoint is used: as long as one `GetMedia` may last.
const ENDPOINT_LIFETIME: Duration = Duration::from_secs(45 * 60);
/// Endpoints that are kept; when more are needed all are forgotten and fetched again.
const MAX_ENDPOINTS: usize = 10_000;

/// Opens streams of Kinesis Video Streams.
#[derive(Debug)]
pub struct KvsMediaSource {
    control: ControlClient,
    endpoints: Mutex<HashMap<StreamName, Endpoint>>,
}

#[derive(Clone, Debug)]
struct Endpoint {
    url: String,
    client: MediaClient,
    fetched: Instant,
}

impl KvsMediaSource {
    /// Reads from a server at `endpoint_url`, such as the local one, with a fixed key pair.
    #[must_use]
    pub fn local(endpoint_url: &str, region: &str, access_key: &str, secret_key: &str) -> Self {
        Self::of(ControlClient::local(endpoint_url, region, access_key, secret_key))
    }

    /// Reads from the real service as `config` says: region, credentials (of an assumed role, say), proxies.
    #[must_use]
    pub fn from_aws_config(config: &SdkConfig) -> Self {
        Self::of(ControlClient::from_aws_config(config))
    }

    /// Reads from the real service as the environment says: the AWS variables, profiles and instance roles.
    pub async fn from_environment() -> Self {
        Self::of(ControlClient::from_environment().await)
    }

    fn of(control: ControlClient) -> Self {
        Self { control, endpoints: Mutex::default() }
    }

    async fn endpoint(&self, stream: &StreamName) -> Result<Endpoint, WireError> {
        let known = self.lock().get(stream).cloned();
        if let Some(endpoint) = known.filter(|endpoint| endpoint.fetched.elapsed() < ENDPOINT_LIFETIME) {
            return Ok(endpoint);
        }
        let url = self.control.data_endpoint(stream).await?;
        let mut endpoints = self.lock();
        let shared = endpoints.values().find(|endpoint| endpoint.url == url).map(|same| same.client.clone());
        let client = shared.unwrap_or_else(|| self.control.media_client(&url));
        let endpoint = Endpoint { url, client, fetched: Instant::now() };
        if endpoints.len() >= MAX_ENDPOINTS {
            endpoints.clear();
        }
        endpoints.insert(stream.clone(), endpoint.clone());
        Ok(endpoint)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StreamName, Endpoint>> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn try_open(&self, stream: &StreamName, start: &StartAt) -> Result<Body, WireError> {
        let endpoint = self.endpoint(stream).await?;
        let opened = endpoint.client.get_media(stream, start).await;
        if opened
            .as_ref()
            .is_err_and(|error| error.refusal == Refusal::Unreachable || error.is_stale_endpoint())
        {
            // The endpoint may have moved: the next call asks for it again.
            self.lock().remove(stream);
        }
        opened
    }
}

#[async_trait]
impl MediaSource for KvsMediaSource {
    async fn open(
        &self,
        stream: &StreamName,
        start: &StartAt,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        let mut opened = self.try_open(stream, start).await;
        if opened.as_ref().is_err_and(WireError::is_stale_endpoint) {
            tracing::debug!(stream.name = %stream, "the data endpoint is stale");
            opened = self.try_open(stream, start).await;
        }
        match opened {
            Ok(body) => Ok(Box::new(OpenStream { stream: stream.clone(), body })),
            Err(error) => Err(error.of(stream)),
        }
    }
}

struct OpenStream {
    stream: StreamName,
    body: Body,
}

#[async_trait]
impl MediaBody for OpenStream {
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError> {
        self.body.next().await.map_err(|error| error.of(&self.stream))
    }
}
