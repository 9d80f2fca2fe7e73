//! Verifies a call that is over: checks, repairs what is certain, says how it stands, and signs the report.

use std::{collections::BTreeMap, sync::Arc};

use engine::{Epilogue, OutlineMask};
use events::{Envelope, Event, Finding, ReviewAction, Stages, Verdict, Verified};
use model::{CallKey, Epoch, TenantId, Timestamp};
use ports::{BlobError, BlobStore, EventLog, EventLogError, NewEvent, Transcriber};
use redaction::TenantPolicy;
use review::{CheckRow, DecideError, Decision, ReviewRules, decide, verdict};
use signing::SigningKey;
use thiserror::Error;

use crate::{
    cases,
    check::{Checked, hide},
    facts::Facts,
    recording::RecordingError,
    repair::{Hide, mask_sound, revisions, sound_masks},
    report,
};

/// How often what was repaired is checked again. What is still found after that is for people.
const MAX_ROUNDS: u32 = 3;

/// How often a call is begun again because somebody else added to its log meanwhile.
const MAX_TRIES: u32 = 5;

/// How many owners back recordings are looked for that nobody knows of.
const MAX_ORPHANS: u64 = 8;

/// Why a call could not be verified.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It goes on still.
    #[error("the call is not over")]
    NotOver,
    /// The log cannot be read or written.
    #[error(transparent)]
    Log(#[from] EventLogError),
    /// Its recording cannot be read or written.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The report cannot be read or written.
    #[error("the evidence report cannot be kept")]
    Blobs(#[source] BlobError),
    /// Others add to its log without end.
    #[error("others keep adding to the call's log")]
    Busy,
    /// A reviewer's decision is not taken.
    #[error(transparent)]
    Decide(#[from] DecideError),
}

impl VerifyError {
    /// Whether trying again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NotOver | Self::Busy => true,
            Self::Log(EventLogError::Fenced(_) | EventLogError::OutOfStep { .. }) => true,
            Self::Log(error) => error.is_retryable(),
            Self::Recording(error) => error.is_retryable(),
            Self::Blobs(error) => error.is_retryable(),
            Self::Decide(_) => false,
        }
    }
}

/// Gives a tenant's policy.
pub type PolicyOf = Arc<dyn Fn(&TenantId) -> Arc<TenantPolicy> + Send + Sync>;

/// What verifying needs.
#[derive(Clone)]
pub struct VerifierParts {
    /// The events.
    pub log: Arc<dyn EventLog>,
    /// Recordings and reports.
    pub blobs: Arc<dyn BlobStore>,
    /// Hears recordings again; without one that check is not made.
    pub recogniser: Option<Arc<dyn Transcriber>>,
    /// Signs reports; without one they are not signed.
    pub key: Option<Arc<SigningKey>>,
    /// The time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Hands events that are in the log to whoever follows.
    pub publish: Arc<dyn Fn(Envelope) + Send + Sync>,
    /// A tenant's policy.
    pub policy: PolicyOf,
}

impl std::fmt::Debug for VerifierParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerifierParts")
    }
}

/// Verifies calls, and takes reviewers' decisions.
#[derive(Clone)]
pub struct Verifier {
    pub(crate) parts: VerifierParts,
}

/// What the checks of a call came to, when nothing is changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Checks {
    /// How the call would stand.
    pub verdict: Verdict,
    /// What was found; what is marked as repaired would be masked.
    pub findings: Vec<Finding>,
    /// What was looked at.
    pub rows: Vec<CheckRow>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier")
    }
}

impl Verifier {
    /// A verifier over these parts.
    #[must_use]
    pub const fn new(parts: VerifierParts) -> Self {
        Self { parts }
    }

    /// A tenant's rules of review.
    #[must_use]
    pub fn rules(&self, tenant: &TenantId) -> ReviewRules {
        rules(&(self.parts.policy)(tenant))
    }

    /// Makes every check of a call and changes nothing.
    ///
    /// # Errors
    /// When the call is not over, or a store fails.
    pub async fn check(&self, key: &CallKey) -> Result<Checks, VerifyError> {
        let facts = self.facts(key).await?;
        let checked = self.checked(&facts, key).await?;
        let hide_unchecked = self.policy(key).quarantine.not_checked;
        let verdict = verdict(&checked.findings, &facts.review.settled(), hide_unchecked);
        Ok(Checks { verdict, findings: checked.findings, rows: checked.rows })
    }

    /// Verifies a call: checks, masks what is certain, appends how it stands, and writes the report. A call that was
    /// verified and has not changed stays as it is.
    ///
    /// # Errors
    /// When the call is not over, or a store fails. What was done until then stays done; doing it again goes on.
    pub async fn verify(&self, key: &CallKey) -> Result<Verified, VerifyError> {
        let mut found: BTreeMap<String, Finding> = BTreeMap::new();
        let mut rounds = 0;
        for _ in 0..MAX_TRIES {
            let facts = self.facts(key).await?;
            self.remove_older(&facts).await;
            let mut checked = self.checked(&facts, key).await?;
            if rounds >= MAX_ROUNDS {
                // It was masked, and is found still: no more of that.
                checked.hides.clear();
                checked.findings.iter_mut().for_each(|finding| finding.repaired = false);
            }
            let repairs = !checked.hides.is_empty();
            if repairs {
                rounds += 1;
                found.extend(by_id(checked.findings.iter().filter(|finding| finding.repaired)));
                // Until words and sound are masked nobody sees the call, and what was found is on record.
                let (verdict, report) = (Verdict::Quarantined, Some(report::evidence_key(key)));
                let findings = gathered(&facts, &found, &checked.findings);
                let meanwhile = Event::CallVerified(Verified { verdict, findings, report });
                match self.repair(key, &facts, &checked.hides, vec![meanwhile], Vec::new()).await {
                    Ok(()) => {}
                    Err(error) if is_overtaken(&error) => {}
                    Err(error) => return Err(error),
                }
                continue;
            }
            match self.conclude(key, &facts, &checked, &found).await {
                Err(error) if is_overtaken(&error) => {}
                concluded => return concluded,
            }
        }
        Err(VerifyError::Busy)
    }

    /// Takes a reviewer's decision on a finding, masks what it says, and lifts the quarantine when it was the last.
    /// `more` is what is to be masked beside what was found.
    ///
    /// # Errors
    /// When the decision is not taken, or a store fails.
    pub async fn decide(
        &self,
        key: &CallKey,
        finding: &str,
        action: ReviewAction,
        by: &str,
        more: &[MaskMore],
    ) -> Result<Decision, VerifyError> {
        let rules = rules(&self.policy(key));
        for _ in 0..MAX_TRIES {
            let facts = self.facts(key).await?;
            let at_ms = (self.parts.clock)().as_millis();
            let decision = decide(&facts.review, finding, action, by, at_ms, &rules)?;
            let mut hides: Vec<Hide> = Vec::new();
            if let Some(found) = &decision.mask {
                hides.push(hide(found, false));
                let also = |more: &MaskMore| Hide {
                    channel: more.channel,
                    from_ms: more.from_ms,
                    to_ms: more.to_ms.max(more.from_ms),
                    entity: found.entity,
                    words: None,
                    sound_only: false,
                    reason: "a reviewer had it masked".to_owned(),
                };
                hides.extend(more.iter().map(also));
            }
            let mut events = vec![Event::FindingDecided(decision.decided.clone())];
            events.extend(decision.lifted.clone().map(Event::QuarantineLifted));
            match self.repair(key, &facts, &hides, Vec::new(), events).await {
                Ok(()) => {
                    if let Some(known) = facts.review.finding(finding).filter(|_| decision.decided.settled) {
                        cases::keep(self, key, &facts, &known.finding, action).await?;
                    }
                    self.write_report(key).await?;
                    return Ok(decision);
                }
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Err(VerifyError::Busy)
    }

    /// Writes the report of a call as it stands now.
    ///
    /// # Errors
    /// When the call is not over, or a store fails.
    pub async fn write_report(&self, key: &CallKey) -> Result<(), VerifyError> {
        let facts = self.facts(key).await?;
        let masks = facts.outline.as_ref().map(|outline| outline.masks.as_slice()).unwrap_or_default();
        // The recogniser has heard it before; the report takes over what came of that.
        let listened = match &facts.recording {
            Some(recording) => {
                Some(crate::sound::listen(&*self.parts.blobs, &recording.key, masks, None, key).await?)
            }
            None => None,
        };
        report::rewrite(self, key, &facts, listened.as_ref()).await
    }

    pub(crate) fn policy(&self, key: &CallKey) -> Arc<TenantPolicy> {
        (self.parts.policy)(&key.tenant)
    }

    pub(crate) async fn facts(&self, key: &CallKey) -> Result<Facts, VerifyError> {
        Facts::read(&*self.parts.log, &*self.parts.blobs, key).await
    }

    async fn checked(&self, facts: &Facts, key: &CallKey) -> Result<Checked, VerifyError> {
        let recogniser = self.parts.recogniser.as_deref();
        Checked::of(facts, &*self.parts.blobs, recogniser, &self.policy(key), key).await
    }

    /// Hides words first, and tells `first` with them; then sound, and tells `after` with it.
    async fn repair(
        &self,
        key: &CallKey,
        facts: &Facts,
        hides: &[Hide],
        first: Vec<Event>,
        after: Vec<Event>,
    ) -> Result<(), VerifyError> {
        let mut owner = self.own(key, facts.seq).await?;
        let mut words = revisions(&facts.utterances, hides, &self.policy(key));
        words.extend(first);
        owner.append(self, words).await?;
        let mut events = Vec::new();
        if let Some(recording) = facts.recording.as_ref().filter(|_| !hides.is_empty()) {
            let blobs = &*self.parts.blobs;
            let rate_hz =
                crate::recording::RecordingReader::open(blobs, &recording.key).await?.layout.rate_hz;
            let known: &[OutlineMask] = facts.outline.as_ref().map_or(&[], |outline| &outline.masks);
            let added = sound_masks(hides, &self.policy(key), rate_hz, recording.duration_ms);
            self.remove_orphans(key, owner.epilogue.epoch(), &recording.key).await;
            let again = mask_sound(blobs, key, owner.epilogue.epoch(), recording, known, &added).await?;
            events.push(Event::RecordingCompleted(again));
        }
        let replaced = !events.is_empty();
        events.extend(after);
        owner.append(self, events).await?;
        if let Some(old) = facts.recording.as_ref().filter(|_| replaced) {
            self.remove(&old.key).await;
        }
        Ok(())
    }

    /// Says how the call stands, unless it has been said, and sees to the report.
    async fn conclude(
        &self,
        key: &CallKey,
        facts: &Facts,
        checked: &Checked,
        repaired: &BTreeMap<String, Finding>,
    ) -> Result<Verified, VerifyError> {
        let findings = gathered(facts, repaired, &checked.findings);
        let hide_unchecked = self.policy(key).quarantine.not_checked;
        let verdict = verdict(&findings, &facts.review.settled(), hide_unchecked);
        let verified = Verified { verdict, findings, report: Some(report::evidence_key(key)) };
        let said = facts.review.verified().is_some_and(|said| is_same(said, &verified));
        if !said {
            let mut owner = self.own(key, facts.seq).await?;
            owner.append(self, vec![Event::CallVerified(verified.clone())]).await?;
        }
        if !said || !report::exists(self, key).await? {
            let facts = self.facts(key).await?;
            report::write(self, key, &facts, checked).await?;
        }
        Ok(verified)
    }

    /// Makes the call's log ours, if nobody has added to it.
    async fn own(&self, key: &CallKey, seq: u64) -> Result<Owner, VerifyError> {
        Ok(Owner { epilogue: Epilogue::take_at(&*self.parts.log, key, seq).await? })
    }

    /// Recordings that were replaced, by one who died before removing them.
    async fn remove_older(&self, facts: &Facts) {
        for key in &facts.older {
            self.remove(key).await;
        }
    }

    /// Recordings that were written again by those who died before they could say so.
    async fn remove_orphans(&self, key: &CallKey, epoch: Epoch, current: &str) {
        let first = epoch.get().saturating_sub(MAX_ORPHANS).max(Epoch::AFTER_END.get());
        for earlier in (first..epoch.get()).map(Epoch::new) {
            let orphan = engine::recording_key(&key.tenant, &key.call, earlier);
            if orphan != current {
                self.remove(&orphan).await;
            }
        }
    }

    async fn remove(&self, recording: &str) {
        for key in [recording.to_owned(), engine::peaks_key(recording)] {
            if let Err(error) = self.parts.blobs.delete(&key).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a replaced recording cannot be removed yet"
                );
            }
        }
    }
}

/// What a reviewer wants masked beside what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskMore {
    /// The channel.
    pub channel: model::Channel,
    /// From where, in milliseconds on the call's timeline.
    pub from_ms: u64,
    /// To where.
    pub to_ms: u64,
}

struct Owner {
    epilogue: Epilogue,
}

impl Owner {
    async fn append(&mut self, verifier: &Verifier, events: Vec<Event>) -> Result<(), VerifyError> {
        let now = (verifier.parts.clock)();
        let events = events.into_iter().map(|event| NewEvent { stages: Stages::default(), event }).collect();
        let appended = self.epilogue.append(&*verifier.parts.log, now, events).await?;
        appended.into_iter().for_each(|envelope| (verifier.parts.publish)(envelope));
        Ok(())
    }
}

fn rules(policy: &TenantPolicy) -> ReviewRules {
    let people = |action| u8::try_from(policy.review.people(action)).unwrap_or(u8::MAX);
    ReviewRules {
        approve: people(ReviewAction::Approve),
        mask: people(ReviewAction::Mask),
        release: people(ReviewAction::Release),
        hide_unchecked: policy.quarantine.not_checked,
    }
}

/// Somebody else has the log now: what was read is old.
const fn is_overtaken(error: &VerifyError) -> bool {
    if let VerifyError::Log(error) = error { engine::is_overtaken(error) } else { false }
}

fn by_id<'a>(findings: impl Iterator<Item = &'a Finding>) -> BTreeMap<String, Finding> {
    findings.map(|finding| (finding.id.clone(), finding.clone())).collect()
}

/// All that was found in a call: by earlier verifications and repaired, repaired by this one, and now. What was masked and
/// is found again is not repaired.
fn gathered(facts: &Facts, repaired: &BTreeMap<String, Finding>, now: &[Finding]) -> Vec<Finding> {
    let before = facts.review.findings().map(|known| &known.finding).filter(|finding| finding.repaired);
    let mut all = by_id(before);
    all.extend(repaired.clone());
    all.extend(by_id(now.iter()));
    all.into_values().collect()
}

fn is_same(a: &Verified, b: &Verified) -> bool {
    let told = |verified: &Verified| -> Vec<(String, bool)> {
        let mut told: Vec<_> =
            verified.findings.iter().map(|finding| (finding.id.clone(), finding.repaired)).collect();
        told.sort();
        told
    };
    a.verdict == b.verdict && a.report == b.report && told(a) == told(b)
}
