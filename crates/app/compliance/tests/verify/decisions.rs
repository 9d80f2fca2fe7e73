use compliance::{MaskMore, VerifyError};
use events::{Event, ReviewAction, Verdict};
use model::Channel::Customer;
use review::DecideError;

use crate::{
    calls::{Call, Stored, said},
    outcomes::clean,
};

/// A call in quarantine, and the name of what was found.
async fn hidden() -> (Stored, String) {
    let mut call: Call = clean();
    call.said.push(said(Customer, 8_000, "so 456 then my friend"));
    let stored = call.store().await;
    let verified = stored.verifier.verify(&stored.key).await.unwrap();
    assert_eq!(verified.verdict, Verdict::Quarantined);
    let [finding] = &verified.findings[..] else { panic!("one finding: {verified:?}") };
    let id = finding.id.clone();
    (stored, id)
}

async fn is_lifted(stored: &Stored) -> bool {
    matches!(stored.events().await.last(), Some(Event::QuarantineLifted(_)))
}

#[tokio::test]
async fn one_reviewer_masks_what_was_found_and_more() {
    let (stored, finding) = hidden().await;
    let more = [MaskMore { channel: Customer, from_ms: 9_300, to_ms: 9_400 }];
    stored.verifier.decide(&stored.key, &finding, ReviewAction::Mask, "ann", &more).await.unwrap();
    assert!(is_lifted(&stored).await);
    assert_eq!(stored.shown().await[2], "so [number] then [number] friend");
    let samples = stored.samples(Customer).await;
    let tone = audio::Tone::new(8_000);
    for n in [68_800, 75_000] {
        assert_eq!(samples[n], tone.sample(n as u64));
    }
    let report = stored.report();
    assert_eq!(
        (&report["findings"][0]["done"], &report["decisions"][0]["by"]),
        (&"masked more".into(), &"ann".into())
    );
    assert_eq!(report["checks"].as_array().unwrap().len(), 4);
    // And the call stays as it is.
    let events = stored.events().await;
    stored.verifier.verify(&stored.key).await.unwrap();
    let after = stored.events().await;
    assert!(after.iter().skip(events.len()).all(|event| matches!(event, Event::CallVerified(_))));
    let count = after.len();
    stored.verifier.verify(&stored.key).await.unwrap();
    assert_eq!(stored.events().await.len(), count);
}

#[tokio::test]
async fn two_reviewers_release_and_nothing_is_masked() {
    let (stored, finding) = hidden().await;
    let shown = stored.shown().await;
    let decide =
        |by: &'static str| stored.verifier.decide(&stored.key, &finding, ReviewAction::Release, by, &[]);
    decide("ann").await.unwrap();
    assert!(!is_lifted(&stored).await);
    assert!(matches!(decide("ann").await, Err(VerifyError::Decide(DecideError::SamePerson))));
    decide("ben").await.unwrap();
    assert!(is_lifted(&stored).await);
    assert_eq!(stored.shown().await, shown);
    assert_eq!(stored.report()["findings"][0]["done"], "released");
    // Verifying again finds the same and asks nobody.
    assert_eq!(stored.verifier.verify(&stored.key).await.unwrap().verdict, Verdict::Clean);
    assert_eq!(stored.shown().await, shown);
}
