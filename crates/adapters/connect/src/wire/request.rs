//! One signed request.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use ureq::{
    Agent,
    http::Request,
    tls::{RootCerts, TlsConfig},
};

use crate::{ConnectError, InstanceArn};

/// The most of an answer that is read; an instance has a handful of configurations.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// `ListInstanceStorageConfigs` for live media, signed.
pub(super) fn list_storage(
    endpoint: &str,
    instance: &InstanceArn,
    credentials: &Credentials,
    now: SystemTime,
) -> Result<Request<()>, ConnectError> {
    let garbled = |error: Box<dyn std::error::Error + Send + Sync>| ConnectError::Garbled(error);
    let url = format!("{endpoint}/instance/{}/storage-configs?resourceType=MEDIA_STREAMS", instance.id());
    let mut request = Request::get(&url).body(()).map_err(|error| garbled(error.into()))?;
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(instance.region())
        .name("connect")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| garbled(error.into()))?
        .into();
    let signable = SignableRequest::new("GET", url.as_str(), std::iter::empty(), SignableBody::Bytes(&[]))
        .map_err(|error| garbled(error.into()))?;
    let (instructions, _) = sign(signable, &parameters).map_err(|error| garbled(error.into()))?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}

/// Sends it and gives the answer's status and body.
pub(super) fn send(request: Request<()>, timeout: Duration) -> Result<(u16, Vec<u8>), ConnectError> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .http_status_as_error(false)
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .build()
        .into();
    let mut answer = agent.run(request).map_err(|error| ConnectError::Unreachable(error.into()))?;
    let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
    Ok((answer.status().as_u16(), body.map_err(|error| ConnectError::Unreachable(error.into()))?))
}
