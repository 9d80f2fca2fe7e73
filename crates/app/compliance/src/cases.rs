//! What reviewers decided, kept as cases to measure redaction with.

use bytes::Bytes;
use events::{Finding, ReviewAction, TranscriptUtterance};
use model::{CallKey, TenantId};
use ports::{BlobError, BlobStore, ByteRange};
use review::case;
use sha2::{Digest, Sha256};

use crate::{Verifier, VerifyError, evidence_key, facts::Facts, rerender::put};

/// How many sentences on each side of a finding belong to its case.
const AROUND: usize = 2;
/// The largest case that is read back.
const MAX_CASE_BYTES: u64 = 1 << 20;
/// The most cases that are read at once.
pub const MAX_CASES: u32 = 1_000;

/// Keeps a decision that counts as a case. What was said is as it stood before the decision.
pub(crate) async fn keep(
    verifier: &Verifier,
    key: &CallKey,
    facts: &Facts,
    finding: &Finding,
    action: ReviewAction,
) -> Result<(), VerifyError> {
    let id = format!("{}/{}", key.call, finding.id);
    let digest = Sha256::digest(id.as_bytes());
    let seed = digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
    let made = case(&id, around(&facts.utterances, finding), finding, action, seed);
    let json = serde_json::to_vec(&made).expect("a case is plain data");
    match put(&*verifier.parts.blobs, &case_key(key, &finding.id), Bytes::from(json)).await {
        // It was kept before the answer was lost.
        Ok(()) | Err(BlobError::Exists(_)) => Ok(()),
        Err(error) => Err(VerifyError::Blobs(error)),
    }
}

/// A tenant's cases, each a line of JSON, in the form that `trunkline bench redaction --corpus` reads; at most
/// [`MAX_CASES`] after a key. Gives the last key where there may be more.
///
/// # Errors
/// When the store fails.
pub async fn cases(
    blobs: &dyn BlobStore,
    tenant: &TenantId,
    after: Option<&str>,
) -> Result<(Vec<Bytes>, Option<String>), BlobError> {
    let keys = blobs.list(&folder(tenant), after, MAX_CASES).await?;
    let mut lines = Vec::with_capacity(keys.len());
    for key in &keys {
        match blobs.read(key, ByteRange { start: 0, end: MAX_CASE_BYTES }).await {
            Ok(line) => lines.push(line),
            // Erased in between.
            Err(BlobError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let full = u32::try_from(keys.len()).unwrap_or(u32::MAX) == MAX_CASES;
    Ok((lines, keys.into_iter().last().filter(|_| full)))
}

/// Where a case is kept: beside the call's report, so that whatever removes that finds it too.
fn case_key(call: &CallKey, finding: &str) -> String {
    let report = evidence_key(call);
    let name = report.strip_suffix(".json").unwrap_or(&report).replacen("/evidence/", "/cases/", 1);
    let finding: String =
        finding.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    format!("{name}.{finding}.json")
}

fn folder(tenant: &TenantId) -> String {
    let any = CallKey { tenant: tenant.clone(), call: model::CallId::new("any").expect("the id is valid") };
    let key = case_key(&any, "any");
    key.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default()
}

/// The sentences that a finding touches, with some before and after.
fn around<'a>(said: &'a [TranscriptUtterance], finding: &Finding) -> &'a [TranscriptUtterance] {
    let touches = |said: &TranscriptUtterance| {
        said.channel == finding.channel && said.start_ms < finding.to_ms && said.end_ms > finding.from_ms
    };
    let Some(first) = said.iter().position(touches) else { return &[] };
    let last = said.iter().rposition(touches).unwrap_or(first);
    let end = last.saturating_add(1 + AROUND).min(said.len());
    said.get(first.saturating_sub(AROUND)..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use model::CallId;

    use super::*;

    #[test]
    fn a_case_lies_in_its_tenants_folder() {
        let tenant = TenantId::new("acme").unwrap();
        let key = CallKey { tenant: tenant.clone(), call: CallId::new("call-1").unwrap() };
        assert_eq!(case_key(&key, "words-c-1-2"), "acme/cases/call-1.words-c-1-2.json");
        assert_eq!(case_key(&key, "../x"), "acme/cases/call-1.___x.json");
        assert_eq!(folder(&tenant), "acme/cases/");
    }
}
