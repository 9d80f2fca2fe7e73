//! AWS's own types and the form of its answers, which stay here.

mod answer;
mod request;

use std::time::{Duration, SystemTime};

pub use aws_config::SdkConfig;
use aws_config::{
    BehaviorVersion, ConfigLoader, Region, retry::RetryConfig, sts::AssumeRoleProvider,
    timeout::TimeoutConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_sdk_sts::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::{ConnectError, InstanceArn, MediaStorage};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(8);
/// What AWS's logs show as the session's name.
const SESSION_NAME: &str = "trunkline-doctor";

/// An account, asked with the process's own credentials or with a role.
#[derive(Clone, Debug)]
pub struct AwsAccount {
    sdk: SdkConfig,
    /// Another server than Amazon's.
    endpoint: Option<String>,
}

/// Whose credentials are in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The principal's ARN.
    pub arn: String,
    /// Its account.
    pub account: String,
    /// When the credentials end; none when they are not bound to end.
    pub expires: Option<SystemTime>,
}

/// A role to ask with.
#[derive(Clone)]
pub struct AssumedRole {
    /// Its ARN.
    pub arn: String,
    /// What its trust policy demands.
    pub external_id: Option<String>,
}

impl std::fmt::Debug for AssumedRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssumedRole").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl AwsAccount {
    /// Asks as the environment says: the AWS variables, profiles and instance roles.
    pub async fn from_environment() -> Self {
        Self { sdk: defaults().load().await, endpoint: None }
    }

    /// Asks a server at `endpoint_url` with a fixed key pair.
    pub async fn local(endpoint_url: &str, region: &str, access_key: &str, secret_key: &str) -> Self {
        let credentials = Credentials::new(access_key, secret_key, None, None, "configuration");
        let loader = defaults()
            .endpoint_url(endpoint_url)
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        Self { sdk: loader.load().await, endpoint: Some(endpoint_url.to_owned()) }
    }

    /// The region of the environment, if it names one.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.sdk.region().map(Region::as_ref)
    }

    /// Asks who we are.
    ///
    /// # Errors
    /// When there are no credentials, they are refused, or STS is not reached.
    pub async fn identity(&self, region: &str) -> Result<Identity, ConnectError> {
        let expires = self.credentials(None, region).await?.expiry();
        let config = aws_sdk_sts::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
        let client = aws_sdk_sts::Client::from_conf(config.build());
        let answer = client.get_caller_identity().send().await.map_err(sts_failure)?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(Identity { arn: text(answer.arn()), account: text(answer.account()), expires })
    }

    /// How an instance stores live media, asked with a role where one is given.
    ///
    /// # Errors
    /// When the role or the question is refused, there is no such instance, or the service is not reached.
    pub async fn media_storage(
        &self,
        instance: &InstanceArn,
        role: Option<&AssumedRole>,
    ) -> Result<MediaStorage, ConnectError> {
        let credentials = self.credentials(role, instance.region()).await?;
        let endpoint = self.endpoint.clone().unwrap_or_else(|| instance.endpoint());
        let request = request::list_storage(&endpoint, instance, &credentials, SystemTime::now())?;
        let asking = tokio::task::spawn_blocking(move || request::send(request, TIMEOUT));
        let (status, body) = asking.await.map_err(|error| ConnectError::Unreachable(error.into()))??;
        answer::media_storage(status, &body)
    }

    async fn credentials(
        &self,
        role: Option<&AssumedRole>,
        region: &str,
    ) -> Result<Credentials, ConnectError> {
        if let Some(role) = role {
            let provider = AssumeRoleProvider::builder(&role.arn)
                .session_name(SESSION_NAME)
                .region(Region::new(region.to_owned()))
                .configure(&self.sdk);
            let provider = match &role.external_id {
                Some(id) => provider.external_id(id),
                None => provider,
            };
            let given = provider.build().await.provide_credentials().await;
            return given.map_err(|error| ConnectError::Role(said(&error).into()));
        }
        let none = || ConnectError::Credentials("no provider of credentials is set up".into());
        let provider = self.sdk.credentials_provider().ok_or_else(none)?;
        provider.provide_credentials().await.map_err(|error| ConnectError::Credentials(said(&error).into()))
    }
}

fn defaults() -> ConfigLoader {
    let timeouts = TimeoutConfig::builder().operation_timeout(TIMEOUT).build();
    let retries = RetryConfig::disabled();
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).retry_config(retries)
}

/// What STS calls it when the credentials are at fault.
const CREDENTIALS_CODES: [&str; 5] =
    ["InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "IncompleteSignature", "AccessDenied"];

fn sts_failure<E, R>(error: SdkError<E, R>) -> ConnectError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    // All other errors mean that no answer came, or one that cannot be read.
    let SdkError::ServiceError(service) = &error else {
        return ConnectError::Unreachable(said(&error).into());
    };
    let code = service.err().code().unwrap_or_default();
    if CREDENTIALS_CODES.contains(&code) {
        let message = service.err().message().unwrap_or_default();
        return ConnectError::Credentials(format!("{code}: {message}").into());
    }
    ConnectError::Refused(code.to_owned())
}

/// An error with its causes, as text.
fn said(error: &(dyn std::error::Error + 'static)) -> String {
    DisplayErrorContext(error).to_string()
}
