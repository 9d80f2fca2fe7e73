use events::{EntityKind, FindingDecided, ReviewAction};
use model::{CallId, Channel, ContactId, TenantId, UtteranceId};
use proptest::prelude::*;

use super::*;
use crate::{
    CheckRow, DecisionRow, EVIDENCE_FORMAT, EntityRow, FindingRow, RangeRow, RecordingProof, SpanRow,
    TranscriptProof, not_checked,
};

fn evidence() -> Evidence {
    Evidence {
        format: EVIDENCE_FORMAT.to_owned(),
        tenant: TenantId::new("acme").unwrap(),
        call_id: CallId::new("call-1").unwrap(),
        contact_id: ContactId::new("contact-1").unwrap(),
        started_at_ms: 1_793_923_200_000,
        duration_ms: 61_500,
        made_at_ms: 1_793_923_300_000,
        program: "trunkline 0.0.0".to_owned(),
        policy: "default".to_owned(),
        seq: 12,
        verdict: Verdict::Quarantined,
        quarantined: true,
        recording: Some(RecordingProof {
            key: "acme/recordings/call-1.wav".to_owned(),
            sha256: "ab".repeat(32),
            as_committed: true,
            bytes: 44,
            duration_ms: 61_500,
        }),
        transcript: TranscriptProof { sha256: "cd".repeat(32), utterances: 3, masked: 1 },
        checks: vec![CheckRow {
            check: "second pass".to_owned(),
            state: CheckState::Done,
            detail: "3 utterances".to_owned(),
            found: 1,
        }],
        entities: vec![EntityRow { entity: EntityKind::Card, stretches: 1 }],
        spans: vec![SpanRow {
            utterance: UtteranceId::new(Channel::Customer, MediaTime::from_millis(1_000)),
            channel: Channel::Customer,
            from_ms: 1_200,
            to_ms: 4_000,
            entity: EntityKind::Card,
            covered_by: Some((1_050, 4_200)),
        }],
        ranges: vec![RangeRow {
            channel: Channel::ToCustomer,
            from_ms: 1_050,
            to_ms: 4_300,
            entity: EntityKind::Card,
            cause: RangeCause::CrossTalk,
            exact: Some(true),
        }],
        findings: vec![FindingRow {
            finding: not_checked(Channel::Customer, 900, "no recogniser"),
            done: "open".to_owned(),
        }],
        decisions: vec![DecisionRow {
            decided: FindingDecided {
                finding: "unchecked-c-0-900".to_owned(),
                action: ReviewAction::Release,
                by: "ann <b>".to_owned(),
                at_ms: 1_793_923_400_000,
                settled: false,
            },
        }],
    }
}

#[test]
fn the_page_says_what_the_report_says() {
    let signed =
        SignatureLine { sha256: "ef".repeat(32), key_id: "k1".to_owned(), signature: "sig".to_owned() };
    let page = evidence_html(&evidence(), Some(&signed));
    for part in [
        "Quarantined: somebody has to look",
        "2026-11-06 00:00:00 UTC",
        "01:01.500",
        "acme/recordings/call-1.wav, 44 bytes",
        "heard from the other channel",
        "the tone, sample by sample",
        "00:01.050 to 00:04.200",
        "ann &lt;b&gt;",
        "somebody else has to agree",
        &"ef".repeat(32),
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    let page = evidence_html(&evidence(), None);
    for never in ["<script", "src=", "href=", "url(", "@import", "http://", "https://"] {
        assert!(!page.contains(never), "{never}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_report_reads_back_from_its_json() {
    let json = serde_json::to_string(&evidence()).unwrap();
    assert_eq!(serde_json::from_str::<Evidence>(&json).unwrap(), evidence());
}

#[test]
fn dates_before_the_epoch_and_leap_days_are_right() {
    assert_eq!(date(-1), "1969-12-31 23:59:59 UTC");
    assert_eq!(date(1_709_164_800_000), "2024-02-29 00:00:00 UTC");
}

proptest! {
    #[test]
    fn no_text_becomes_markup(text in "\\PC{0,40}|[<>&\"'/a-z ]{0,40}") {
        let mut report = evidence();
        report.program = text.clone();
        report.policy = format!("<img src=x onerror=alert(1)>{text}");
        let page = evidence_html(&report, None);
        prop_assert!(!page.contains("<img"));
        // Only what the page itself opens.
        let opened = page.matches('<').count();
        let plain = evidence_html(&Evidence { program: String::new(), policy: String::new(), ..report }, None);
        prop_assert_eq!(opened, plain.matches('<').count());
    }
}
