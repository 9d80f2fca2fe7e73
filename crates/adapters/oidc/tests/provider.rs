//! Keys of a provider that is there, lies, or is away.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

use oidc::HttpKeySets;
use oidc_server::{Fault, Provider, Settings};
use ports::{KeySetError, KeySets};

async fn provider() -> Provider {
    Provider::start(Settings::default()).await.unwrap()
}

fn ids(json: &[u8]) -> Vec<String> {
    let set: serde_json::Value = serde_json::from_slice(json).unwrap();
    let id = |key: &serde_json::Value| key["kid"].as_str().unwrap().to_owned();
    set["keys"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn keys_are_found_by_discovery_or_at_their_address() {
    let provider = provider().await;
    let keys = HttpKeySets::new();
    let found = keys.fetch(provider.issuer(), None).await.unwrap();
    assert_eq!(ids(&found), [provider.key_id()]);
    let url = format!("{}/keys", provider.issuer());
    assert_eq!(ids(&keys.fetch(provider.issuer(), Some(&url)).await.unwrap()), ids(&found));
    provider.rotate();
    assert_eq!(
        ids(&keys.fetch(provider.issuer(), None).await.unwrap()).len(),
        2,
        "the old one is there for a while"
    );
}

#[tokio::test]
async fn a_description_of_another_issuer_is_not_believed() {
    let provider = provider().await;
    provider.set_fault(Some(Fault::OtherIssuer));
    let refused = HttpKeySets::new().fetch(provider.issuer(), None).await.unwrap_err();
    assert!(matches!(refused, KeySetError::Unusable(_)) && !refused.is_retryable(), "{refused}");
}

#[tokio::test]
async fn a_provider_that_fails_or_answers_without_end_is_away() {
    let provider = provider().await;
    for fault in [Fault::Unavailable, Fault::Endless, Fault::Redirect] {
        provider.set_fault(Some(fault));
        let refused = HttpKeySets::new().fetch(provider.issuer(), None).await.unwrap_err();
        assert!(refused.is_retryable(), "{fault:?}: {refused}");
    }
}
