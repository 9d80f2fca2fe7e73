//! Requests to identity providers.

use std::{net::IpAddr, time::Duration};

use async_trait::async_trait;
use ports::{KeySetError, KeySets};
use serde::Deserialize;
use ureq::{
    Agent,
    http::Uri,
    tls::{RootCerts, TlsConfig},
};

/// The longest answer that is read; a provider has a handful of keys.
const MAX_ANSWER_BYTES: u64 = 256 * 1024;
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Where a provider describes itself (`OpenID` Connect Discovery 1.0, 4).
const DESCRIPTION: &str = "/.well-known/openid-configuration";

/// Fetches keys over HTTP. Trusts what the system trusts, and uses the proxy that the environment names.
#[derive(Clone)]
pub struct HttpKeySets {
    agent: Agent,
}

impl std::fmt::Debug for HttpKeySets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpKeySets")
    }
}

impl Default for HttpKeySets {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpKeySets {
    /// A client without connections yet.
    #[must_use]
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            // A provider whose keys have moved says so in its description.
            .max_redirects(0)
            .http_status_as_error(false)
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build());
        Self { agent: config.build().into() }
    }

    fn get(&self, url: &str) -> Result<Vec<u8>, KeySetError> {
        if !is_safe(url) {
            return Err(KeySetError::Unusable("its address is not https".to_owned()));
        }
        let away = |error: ureq::Error| KeySetError::Away(Box::new(error));
        let mut answer = self.agent.get(url).header("Accept", "application/json").call().map_err(away)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(KeySetError::Away(format!("it answers {status}").into()));
        }
        answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec().map_err(away)
    }

    /// Where a provider says that its keys are.
    fn discover(&self, issuer: &str) -> Result<String, KeySetError> {
        #[derive(Deserialize)]
        struct Description {
            issuer: String,
            jwks_uri: String,
        }
        let json = self.get(&format!("{}{DESCRIPTION}", issuer.trim_end_matches('/')))?;
        let described: Description = serde_json::from_slice(&json)
            .map_err(|_| KeySetError::Unusable("its description names no issuer and keys".to_owned()))?;
        // Another's description would lead to another's keys (4.3).
        if described.issuer != issuer {
            return Err(KeySetError::Unusable("its description is another issuer's".to_owned()));
        }
        Ok(described.jwks_uri)
    }
}

#[async_trait]
impl KeySets for HttpKeySets {
    async fn fetch(&self, issuer: &str, url: Option<&str>) -> Result<Vec<u8>, KeySetError> {
        let (client, issuer, url) = (self.clone(), issuer.to_owned(), url.map(str::to_owned));
        let fetching = tokio::task::spawn_blocking(move || {
            let url = url.map_or_else(|| client.discover(&issuer), Ok)?;
            client.get(&url)
        });
        fetching.await.map_err(|error| KeySetError::Away(Box::new(error)))?
    }
}

/// Whether nobody on the way can put keys of their own there.
fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => {
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for good in
            ["https://id.example/keys", "http://localhost:1/keys", "http://127.0.0.1:1/", "http://[::1]:1/"]
        {
            assert!(is_safe(good), "{good}");
        }
        for bad in ["http://id.example/keys", "http://127.0.0.1.id.example/", "file:///etc/keys", "keys", ""]
        {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
