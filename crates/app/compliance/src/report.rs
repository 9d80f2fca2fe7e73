//! The signed evidence report in the blob store, as JSON and as a page.

use bytes::Bytes;
use model::CallKey;
use ports::{BlobError, ByteRange};
use review::{EVIDENCE_FORMAT, Evidence, RecordingProof, SignatureLine, TranscriptProof, evidence_html};
use sha2::{Digest, Sha256};

use crate::{
    Verifier, VerifyError, account::account, check::Checked, facts::Facts, recording::hex, rerender::put,
    sound::Listened,
};

/// The largest report that is read back.
const MAX_REPORT_BYTES: u64 = 64 << 20;

/// The report's key in the blob store.
#[must_use]
pub fn evidence_key(call: &CallKey) -> String {
    let recordings = engine::recording_key(&call.tenant, &call.call, model::Epoch::FIRST);
    let name = recordings.strip_suffix(".wav").unwrap_or(&recordings);
    // Ids are written as in the keys of recordings; their folder is the second part.
    let mut parts = name.split('/');
    let (tenant, call) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    format!("{tenant}/evidence/{call}.json")
}

/// The page beside the report of this key.
#[must_use]
pub fn evidence_page_key(report: &str) -> String {
    format!("{}.html", report.strip_suffix(".json").unwrap_or(report))
}

/// The signature beside the report of this key.
#[must_use]
pub fn evidence_signature_key(report: &str) -> String {
    format!("{report}.sig")
}

pub(crate) async fn exists(verifier: &Verifier, call: &CallKey) -> Result<bool, VerifyError> {
    // The page is written last.
    match verifier.parts.blobs.size(&evidence_page_key(&evidence_key(call))).await {
        Ok(_) => Ok(true),
        Err(BlobError::NotFound(_)) => Ok(false),
        Err(error) => Err(VerifyError::Blobs(error)),
    }
}

/// Writes the report of a call that was just checked.
pub(crate) async fn write(
    verifier: &Verifier,
    call: &CallKey,
    facts: &Facts,
    checked: &Checked,
) -> Result<(), VerifyError> {
    let mut evidence = evidence(verifier, call, facts, checked.listened.as_ref());
    evidence.checks.clone_from(&checked.rows);
    evidence.ranges.clone_from(&checked.account.ranges);
    keep(verifier, call, &evidence).await
}

/// Writes the report of a call on which somebody decided; what was looked at is taken from the report before.
pub(crate) async fn rewrite(
    verifier: &Verifier,
    call: &CallKey,
    facts: &Facts,
    listened: Option<&Listened>,
) -> Result<(), VerifyError> {
    let mut evidence = evidence(verifier, call, facts, listened);
    if let Some(before) = read(verifier, call).await? {
        evidence.checks = before.checks;
    }
    keep(verifier, call, &evidence).await
}

fn evidence(verifier: &Verifier, call: &CallKey, facts: &Facts, listened: Option<&Listened>) -> Evidence {
    let duration_ms = facts.ended.duration_ms;
    let masks = facts.outline.as_ref().map(|outline| outline.masks.as_slice());
    let account = account(&facts.utterances, masks, duration_ms);
    let recording = facts.recording.as_ref().zip(listened).map(|(recording, listened)| RecordingProof {
        key: recording.key.clone(),
        sha256: listened.sha256.clone(),
        as_committed: recording.sha256 == listened.sha256,
        bytes: listened.bytes,
        duration_ms: recording.duration_ms,
    });
    let json = serde_json::to_vec(&facts.utterances).unwrap_or_default();
    let mut evidence = Evidence {
        format: EVIDENCE_FORMAT.to_owned(),
        tenant: call.tenant.clone(),
        call_id: call.call.clone(),
        contact_id: facts.started.contact_id.clone(),
        started_at_ms: facts.started.started_at_ms,
        duration_ms,
        made_at_ms: (verifier.parts.clock)().as_millis(),
        program: format!("trunkline {}", env!("CARGO_PKG_VERSION")),
        policy: verifier.policy(call).id(),
        seq: facts.seq,
        verdict: events::Verdict::Clean,
        quarantined: false,
        recording,
        transcript: TranscriptProof {
            sha256: hex(&Sha256::digest(&json)),
            utterances: u64::try_from(facts.utterances.len()).unwrap_or(u64::MAX),
            masked: u64::try_from(account.spans.len()).unwrap_or(u64::MAX),
        },
        checks: Vec::new(),
        entities: account.entities,
        spans: account.spans,
        ranges: account.ranges,
        findings: Vec::new(),
        decisions: Vec::new(),
    };
    evidence.take_review(&facts.review);
    evidence
}

/// Writes JSON, signature and page, each in place of the one before.
async fn keep(verifier: &Verifier, call: &CallKey, evidence: &Evidence) -> Result<(), VerifyError> {
    let json = serde_json::to_vec_pretty(evidence)
        .map_err(|error| VerifyError::Blobs(BlobError::Store(error.into())))?;
    let signature = verifier.parts.key.as_ref().map(|key| key.sign(&json));
    let line = signature.as_ref().map(|signature| SignatureLine {
        sha256: hex(&Sha256::digest(&json)),
        key_id: signature.key_id.to_string(),
        signature: signature.signature.clone(),
    });
    let page = evidence_html(evidence, line.as_ref());
    let key = evidence_key(call);
    let blobs = &*verifier.parts.blobs;
    let replace = async |key: &str, bytes: Bytes| {
        blobs.delete(key).await?;
        put(blobs, key, bytes).await
    };
    // In this order: a page that is there says that the rest is.
    blobs.delete(&evidence_page_key(&key)).await.map_err(VerifyError::Blobs)?;
    replace(&key, json.into()).await.map_err(VerifyError::Blobs)?;
    if let Some(signature) = signature {
        let signature = serde_json::to_vec(&signature)
            .map_err(|error| VerifyError::Blobs(BlobError::Store(error.into())))?;
        replace(&evidence_signature_key(&key), signature.into()).await.map_err(VerifyError::Blobs)?;
    }
    replace(&evidence_page_key(&key), page.into_bytes().into()).await.map_err(VerifyError::Blobs)
}

async fn read(verifier: &Verifier, call: &CallKey) -> Result<Option<Evidence>, VerifyError> {
    let (blobs, key) = (&*verifier.parts.blobs, evidence_key(call));
    let bytes = match blobs.size(&key).await {
        Ok(bytes) => bytes.min(MAX_REPORT_BYTES),
        Err(BlobError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(VerifyError::Blobs(error)),
    };
    let json = blobs.read(&key, ByteRange { start: 0, end: bytes }).await.map_err(VerifyError::Blobs)?;
    Ok(serde_json::from_slice(&json).ok())
}
