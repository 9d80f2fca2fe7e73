use audio::mask_ranges;
use events::{Event, FindingRule, Verdict};
use model::Channel::{Customer, ToCustomer};
use redaction::{Quarantine, TenantPolicy};

use crate::calls::{Call, RATE, Stored, said, sound};

/// A call in which a card was said, masked in words and sound.
pub(crate) fn clean() -> Call {
    Call {
        said: vec![
            said(ToCustomer, 1_000, "what is the card number please"),
            said(Customer, 5_000, "sure it is [card] thanks"),
        ],
        masked: vec![(Customer, 5_900, 6_900)],
        ..Call::default()
    }
}

/// Every sample of these milliseconds is the tone's, and every other is as it was.
async fn assert_masked(stored: &Stored, channel: model::Channel, ranges: &[(usize, usize)]) {
    let samples = stored.samples(channel).await;
    let original = sound(u32::try_from(channel.index()).unwrap() + 1);
    let inside = |n: usize| ranges.iter().any(|(from, to)| (from * 8..to * 8).contains(&n));
    let mut tone = vec![0; samples.len()];
    let of = |(from, to): &(usize, usize)| audio::SampleRange {
        from: u64::try_from(from * 8).unwrap(),
        to: u64::try_from(to * 8).unwrap(),
    };
    mask_ranges(&mut tone, &ranges.iter().map(of).collect::<Vec<_>>(), RATE);
    for n in 0..samples.len() {
        assert_eq!(samples[n], if inside(n) { tone[n] } else { original[n] }, "sample {n}");
    }
}

#[tokio::test]
async fn a_clean_call_is_said_to_be_clean_once() {
    let stored = clean().store().await;
    assert_eq!(stored.verifier.verify(&stored.key).await.unwrap().verdict, Verdict::Clean);
    let events = stored.events().await;
    assert!(matches!(events.last(), Some(Event::CallVerified(verified)) if verified.findings.is_empty()));
    let report = stored.report();
    assert_eq!(report["verdict"], "clean");
    assert_eq!(report["recording"]["as_committed"], true);
    assert_eq!(report["spans"][0]["covered_by"], serde_json::json!([5_900, 6_900]));
    assert_eq!(
        (&report["ranges"][0]["cause"], &report["ranges"][0]["exact"]),
        (&"words".into(), &true.into())
    );
    assert_eq!(report["checks"].as_array().unwrap().len(), 4);

    let again = stored.verifier.verify(&stored.key).await.unwrap();
    assert_eq!(again.verdict, Verdict::Clean);
    assert_eq!(stored.events().await, events);
    assert_eq!(stored.report(), report);
}

#[tokio::test]
async fn what_is_certain_is_masked_in_words_and_sound() {
    let mut call = clean();
    call.said.push(said(Customer, 10_000, "again four one one one one one one one okay"));
    let stored = call.store().await;
    let old = stored.recording().await.key;

    let verified = stored.verifier.verify(&stored.key).await.unwrap();

    assert_eq!(verified.verdict, Verdict::Repaired);
    assert_eq!(verified.findings.len(), 1);
    assert!(verified.findings[0].repaired && verified.findings[0].rule == FindingRule::SecondPass);
    assert_eq!(stored.shown().await[2], "again [number] okay");
    assert_ne!(stored.recording().await.key, old);
    assert!(stored.blobs.blob(&old).is_none() && stored.blobs.blob(&format!("{old}.peaks.json")).is_none());
    assert_masked(&stored, Customer, &[(5_900, 6_900), (10_250, 13_751)]).await;
    assert_masked(&stored, ToCustomer, &[]).await;
    assert_eq!(stored.report()["findings"][0]["done"], "masked");

    let events = stored.events().await;
    assert_eq!(stored.verifier.verify(&stored.key).await.unwrap().verdict, Verdict::Repaired);
    assert_eq!(stored.events().await, events);
}

#[tokio::test]
async fn what_is_not_certain_hides_the_call_and_changes_nothing_else() {
    let mut call = clean();
    call.said.push(said(Customer, 8_000, "so 456 then"));
    let stored = call.store().await;
    let before = stored.shown().await;
    let verified = stored.verifier.verify(&stored.key).await.unwrap();
    assert_eq!(verified.verdict, Verdict::Quarantined);
    assert_eq!(stored.shown().await, before);
    assert_masked(&stored, Customer, &[(5_900, 6_900)]).await;
    assert_eq!(stored.report()["quarantined"], true);
}

#[tokio::test]
async fn masked_words_that_sound_are_masked_in_the_recording() {
    let call = Call { masked: Vec::new(), ..clean() };
    let stored = call.store().await;
    let verified = stored.verifier.verify(&stored.key).await.unwrap();
    assert_eq!(verified.verdict, Verdict::Repaired);
    assert_eq!(verified.findings[0].rule, FindingRule::Unaccounted);
    // "[card]" is said from 6.2 to 6.55 s.
    assert_masked(&stored, Customer, &[(6_050, 6_751)]).await;
}

#[tokio::test]
async fn a_mask_in_which_something_sounds_becomes_the_tone() {
    let call = Call { masked: Vec::new(), not_masked: vec![(Customer, 5_900, 6_900)], ..clean() };
    let stored = call.store().await;
    let verified = stored.verifier.verify(&stored.key).await.unwrap();
    assert_eq!(verified.verdict, Verdict::Repaired);
    assert_eq!(verified.findings[0].rule, FindingRule::SoundInMask);
    let samples = stored.samples(Customer).await;
    let mut expected = sound(1);
    mask_ranges(&mut expected, &[audio::SampleRange { from: 46_000, to: 56_808 }], RATE);
    assert_eq!(samples[48_000..55_000], expected[48_000..55_000]);
}

#[tokio::test]
async fn digits_that_are_heard_again_beside_a_mask_are_masked_and_others_hide_the_call() {
    let beside = Call { heard: vec![(Customer, 7_000, "four one one".to_owned())], ..clean() };
    let stored = beside.store().await;
    let verified = stored.verifier.verify(&stored.key).await.unwrap();
    // The script says the same of the repaired recording, in which that is tone now.
    assert_eq!(verified.verdict, Verdict::Repaired);
    assert_eq!(verified.findings[0].rule, FindingRule::HeardAgain);

    let apart = Call { heard: vec![(Customer, 15_000, "four one one".to_owned())], ..clean() };
    let stored = apart.store().await;
    assert_eq!(stored.verifier.verify(&stored.key).await.unwrap().verdict, Verdict::Quarantined);
}

#[tokio::test]
async fn a_check_that_cannot_be_made_is_named_and_hides_the_call_where_the_tenant_says_so() {
    for (hide_unchecked, verdict) in [(false, Verdict::Clean), (true, Verdict::Quarantined)] {
        let quarantine = Quarantine { not_checked: hide_unchecked };
        let policy = TenantPolicy { quarantine, ..TenantPolicy::default() };
        let stored = Call { no_recogniser: true, policy, ..clean() }.store().await;
        let verified = stored.verifier.verify(&stored.key).await.unwrap();
        assert_eq!(verified.verdict, verdict);
        assert_eq!(verified.findings[0].rule, FindingRule::NotChecked);
        assert_eq!(stored.report()["checks"][3]["state"], "not_checked");
    }
}

#[tokio::test]
async fn a_call_without_a_recording_is_verified_by_its_words() {
    let mut call = Call { no_recording: true, ..clean() };
    call.said.push(said(Customer, 10_000, "jane doe at gmail dot com"));
    let stored = call.store().await;
    let verified = stored.verifier.verify(&stored.key).await.unwrap();
    assert_eq!(verified.verdict, Verdict::Repaired);
    assert_eq!(stored.shown().await[2], "[email]");
    assert_eq!(stored.report()["recording"], serde_json::Value::Null);
}

#[tokio::test]
async fn checking_changes_nothing() {
    let mut call = clean();
    call.said.push(said(Customer, 10_000, "again four one one one one one one one okay"));
    let stored = call.store().await;
    let events = stored.events().await;
    let checks = stored.verifier.check(&stored.key).await.unwrap();
    assert_eq!((checks.findings.len(), checks.rows.len()), (1, 4));
    assert_eq!(stored.events().await, events);
    assert!(stored.blobs.blob("acme/evidence/call-1.json").is_none());
}

#[tokio::test]
async fn no_word_of_the_call_is_in_its_report() {
    let mut call = clean();
    call.said.push(said(Customer, 8_000, "zebra 456 then"));
    let stored = call.store().await;
    stored.verifier.verify(&stored.key).await.unwrap();
    for key in ["acme/evidence/call-1.json", "acme/evidence/call-1.html"] {
        let text = String::from_utf8(stored.blobs.blob(key).unwrap().to_vec()).unwrap();
        for word in ["zebra", "456", "thanks", "please"] {
            assert!(!text.contains(word), "{word} is in {key}");
        }
    }
}
