//! Amazon's credentials for the object store's client.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::{CredentialProvider, Error, aws::AwsCredential};
use tokio::sync::Mutex;

/// Credentials are renewed this long before they expire: longer than a request is tried again, which is signed once.
const MARGIN: Duration = Duration::from_secs(4 * 60);
/// How long credentials that name no end are used before their source is asked again.
const UNNAMED_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Gives what Amazon's chain of sources gives, and asks again before it expires.
pub(super) struct SdkCredentials {
    provider: SharedCredentialsProvider,
    current: Mutex<Option<Current>>,
}

struct Current {
    credential: Arc<AwsCredential>,
    renew_at: SystemTime,
}

impl SdkCredentials {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, current: Mutex::default() }
    }
}

impl fmt::Debug for SdkCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SdkCredentials")
    }
}

#[async_trait]
impl CredentialProvider for SdkCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        // One asks for all: the others wait for its answer.
        let mut current = self.current.lock().await;
        if let Some(current) = current.as_ref().filter(|current| SystemTime::now() < current.renew_at) {
            return Ok(current.credential.clone());
        }
        let given = self.provider.provide_credentials().await;
        let given = given.map_err(|source| Error::Generic { store: "S3", source: Box::new(source) })?;
        let credential = Arc::new(AwsCredential {
            key_id: given.access_key_id().to_owned(),
            secret_key: given.secret_access_key().to_owned(),
            token: given.session_token().map(str::to_owned),
        });
        let renew_at = given
            .expiry()
            .map_or_else(|| SystemTime::now().checked_add(UNNAMED_LIFETIME), |end| end.checked_sub(MARGIN));
        *current = renew_at.map(|renew_at| Current { credential: credential.clone(), renew_at });
        Ok(credential)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_credential_types::{Credentials, provider::future::ProvideCredentials as Provided};

    use super::*;

    #[derive(Debug)]
    struct Counting {
        asked: Arc<AtomicUsize>,
        lifetime: Option<Duration>,
    }

    impl ProvideCredentials for Counting {
        fn provide_credentials<'a>(&'a self) -> Provided<'a>
        where
            Self: 'a,
        {
            let count = self.asked.fetch_add(1, Ordering::SeqCst);
            let end = self.lifetime.map(|lifetime| SystemTime::now() + lifetime);
            Provided::ready(Ok(Credentials::new(
                format!("key-{count}"),
                "secret",
                Some("token".into()),
                end,
                "test",
            )))
        }
    }

    async fn asked_for_two_requests(lifetime: Option<Duration>) -> usize {
        let asked = Arc::<AtomicUsize>::default();
        let provider = SharedCredentialsProvider::new(Counting { asked: asked.clone(), lifetime });
        let credentials = SdkCredentials::new(provider);
        for _ in 0..2 {
            credentials.get_credential().await.expect("credentials");
        }
        asked.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn credentials_are_kept_until_shortly_before_their_end() {
        assert_eq!(asked_for_two_requests(None).await, 1);
        assert_eq!(asked_for_two_requests(Some(Duration::from_secs(3_600))).await, 1);
        assert_eq!(asked_for_two_requests(Some(Duration::from_secs(60))).await, 2);
    }

    #[tokio::test]
    async fn nothing_of_them_is_printed() {
        let provider = SharedCredentialsProvider::new(Credentials::new("AKID", "secret", None, None, "test"));
        assert_eq!(format!("{:?}", SdkCredentials::new(provider)), "SdkCredentials");
    }
}
