//! AWS's configuration and HTTP client; no type of theirs goes further, but for the configuration.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{self, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{StatusCode, Uri};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What the environment says of region and credentials. In Lambda it says all: nothing is asked over the network.
pub(crate) async fn sdk_config() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}

/// Posts JSON with the TLS stack that AWS's clients bring. Each request has a connection of its own: one that was kept
/// may have died unseen while Lambda had the function frozen.
#[derive(Debug)]
pub(crate) struct Poster(Connector);

impl Poster {
    pub(crate) fn new() -> Self {
        let connector = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .pool_max_idle_per_host(0)
            .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
        Self(connector.build())
    }

    /// The status of the server's answer; its body is not read.
    pub(crate) async fn post(&self, url: &Uri, json: &Bytes) -> Result<StatusCode, Cause> {
        let mut request = HttpRequest::new(SdkBody::from(json.as_ref()));
        request.set_method("POST")?;
        request.set_uri(url.clone())?;
        request.headers_mut().insert("content-type", "application/json");
        let answer = self.0.call(request).await?;
        Ok(StatusCode::from_u16(answer.status().as_u16())?)
    }
}
