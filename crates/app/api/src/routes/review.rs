//! What verification found, and what reviewers make of it.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of parameters")]

use std::collections::BTreeMap;

use ::review::{ReviewRules, ReviewState, Reviewed};
use axum::{
    Json,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use compliance::{MaskMore, evidence_key, evidence_page_key};
use events::{Finding, FindingDecided, ReviewAction, TranscriptUtterance, TranscriptWord};
use model::{CallKey, Channel};
use ports::{ByteRange, CallFilter, NewAuditEntry, ReviewFilter, act};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::calls::{all_events, call_id};
use crate::{
    extract::{Asked, Body, Params},
    problem::Problem,
    reviewer::Reviewer,
    shapes::CallSummary,
    state::ApiState,
};

const MAX_FINDINGS: usize = 200;
const DEFAULT_FINDINGS: usize = 100;
/// How many calls with open findings are read for one page.
const MAX_CALLS: u32 = 50;
/// How many sentences before and after a finding are shown.
const AROUND: usize = 2;
/// No more cases are read when there are so many bytes of them.
const MAX_CASES_BYTES: usize = 64 << 20;
/// The largest report that is handed out.
const MAX_REPORT_BYTES: u64 = 64 << 20;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReviewQuery {
    /// 1 to 200; 100 unless told.
    limit: Option<usize>,
}

/// Findings that wait for a reviewer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewPage {
    /// Who asks.
    reviewer: String,
    /// The findings; those of one call stand together, the call that waits longest first.
    findings: Vec<ReviewItem>,
    /// Whether there are others.
    more: bool,
}

/// One finding with what stands around it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewItem {
    /// The call.
    call: CallSummary,
    /// What was found.
    finding: Finding,
    /// What was said of it.
    decisions: Vec<FindingDecided>,
    /// How many people have to say the same, by what they say.
    people: People,
    /// The sentences around it; what was found is masked in them.
    context: Vec<TranscriptUtterance>,
}

/// How many people have to say the same.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct People {
    approve: u8,
    mask: u8,
    release: u8,
}

impl From<ReviewRules> for People {
    fn from(rules: ReviewRules) -> Self {
        Self { approve: rules.approve.max(1), mask: rules.mask.max(1), release: rules.release.max(1) }
    }
}

impl People {
    const fn of(self, action: ReviewAction) -> u8 {
        match action {
            ReviewAction::Approve => self.approve,
            ReviewAction::Mask => self.mask,
            ReviewAction::Release => self.release,
        }
    }
}

/// The findings that wait for a reviewer
#[utoipa::path(get, path = "/v1/review", tag = "review", params(ReviewQuery),
    responses((status = 200, body = ReviewPage), (status = 401, body = Problem)))]
pub(crate) async fn queue(
    Asked(state): Asked,
    Reviewer(reviewer): Reviewer,
    Params(query): Params<ReviewQuery>,
) -> Result<Json<ReviewPage>, Problem> {
    let limit = query.limit.unwrap_or(DEFAULT_FINDINGS).clamp(1, MAX_FINDINGS);
    let filter =
        CallFilter { review: Some(ReviewFilter::OpenFindings), limit: MAX_CALLS, ..CallFilter::default() };
    let page = state.log.calls(&state.tenant, &filter).await?;
    let mut more = page.next.is_some();
    let rules = state.verifier.rules(&state.tenant);
    let mut findings: Vec<ReviewItem> = Vec::new();
    for call in page.calls.into_iter().rev() {
        let (review, said) = review_of(&state, &call).await?;
        for open in review.open(rules.hide_unchecked) {
            if findings.len() == limit {
                more = true;
                break;
            }
            findings.push(ReviewItem {
                call: call.clone().into(),
                finding: open.finding.clone(),
                decisions: open.decisions.clone(),
                people: rules.into(),
                context: around(&said, &open.finding)
                    .iter()
                    .map(|said| hidden(said, &open.finding))
                    .collect(),
            });
        }
    }
    Ok(Json(ReviewPage { reviewer: reviewer.to_string(), findings, more }))
}

/// What is decided of a finding.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ReviewDecision {
    /// What becomes of it.
    action: ReviewAction,
    /// With `mask`: from where more is masked on the finding's channel, in milliseconds of the call.
    from_ms: Option<u64>,
    /// With `mask`: to where.
    to_ms: Option<u64>,
}

/// What a decision came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewOutcome {
    /// It counts: as many people as needed have said so.
    settled: bool,
    /// It was the last that kept the call hidden.
    lifted: bool,
    /// How many more people have to say so.
    missing: u8,
}

/// Decide on a finding
#[utoipa::path(post, path = "/v1/calls/{call_id}/review/{finding}", tag = "review",
    params(("call_id" = String, Path), ("finding" = String, Path)), request_body = ReviewDecision,
    responses((status = 200, body = ReviewOutcome), (status = 400, body = Problem), (status = 401, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn decide(
    Asked(state): Asked,
    Reviewer(reviewer): Reviewer,
    Path((call, finding)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<ReviewOutcome>, Problem> {
    let decision: ReviewDecision =
        serde_json::from_slice(&body).map_err(|error| Problem::bad_parameter(error.to_string()))?;
    let call = state.log.call(&state.tenant, &call_id(&call)?).await?;
    let key = CallKey { tenant: state.tenant.clone(), call: call.call_id.clone() };
    let (review, _) = review_of(&state, &call).await?;
    let known = review.finding(&finding).ok_or_else(Problem::no_such_finding)?;
    let more = range(&decision, known.finding.channel, call.duration_ms.unwrap_or(u64::MAX))?;
    let taken = state.verifier.decide(&key, &finding, decision.action, &reviewer, &more).await?;
    let action = action_name(decision.action);
    record(&state, &reviewer, act::DECIDED, &call.call_id, &format!("{action} {finding}")).await?;
    let needed = People::from(state.verifier.rules(&state.tenant)).of(decision.action);
    let missing =
        if taken.decided.settled { 0 } else { needed.saturating_sub(agreed(known, &decision, &reviewer)) };
    Ok(Json(ReviewOutcome { settled: taken.decided.settled, lifted: taken.lifted.is_some(), missing }))
}

/// What a finding hides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewLook {
    /// The sentences around it, as the log holds them.
    utterances: Vec<TranscriptUtterance>,
}

/// Look at what a finding hides; the look is written into the audit log
#[utoipa::path(post, path = "/v1/calls/{call_id}/review/{finding}/look", tag = "review",
    params(("call_id" = String, Path), ("finding" = String, Path)),
    responses((status = 200, body = ReviewLook), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn look(
    Asked(state): Asked,
    Reviewer(reviewer): Reviewer,
    Path((call, finding)): Path<(String, String)>,
) -> Result<Json<ReviewLook>, Problem> {
    let call = state.log.call(&state.tenant, &call_id(&call)?).await?;
    let (review, said) = review_of(&state, &call).await?;
    let known = review.finding(&finding).ok_or_else(Problem::no_such_finding)?;
    // Nothing is shown before it is written down.
    record(&state, &reviewer, act::LOOKED, &call.call_id, &format!("words of {finding}")).await?;
    Ok(Json(ReviewLook { utterances: around(&said, &known.finding).to_vec() }))
}

/// The signed report of what was masked, checked and decided, as JSON
#[utoipa::path(get, path = "/v1/calls/{call_id}/evidence", tag = "review", params(("call_id" = String, Path)),
    responses((status = 200, description = "The report", body = serde_json::Value), (status = 404, body = Problem)))]
pub(crate) async fn evidence(Asked(state): Asked, Path(call): Path<String>) -> Result<Response, Problem> {
    report(&state, &call, "application/json", |key| key).await
}

/// The same as a page that prints well
#[utoipa::path(get, path = "/v1/calls/{call_id}/evidence.html", tag = "review", params(("call_id" = String, Path)),
    responses((status = 200, description = "The page", body = String, content_type = "text/html"),
              (status = 404, body = Problem)))]
pub(crate) async fn evidence_page(
    Asked(state): Asked,
    Path(call): Path<String>,
) -> Result<Response, Problem> {
    report(&state, &call, "text/html; charset=utf-8", |key| evidence_page_key(&key)).await
}

/// What reviewers decided, as cases for `trunkline bench redaction --corpus`: an object a line. What was found to be
/// sensitive is replaced by other words
#[utoipa::path(get, path = "/v1/review/cases", tag = "review",
    responses((status = 200, description = "The cases", body = String, content_type = "application/x-ndjson"),
              (status = 401, body = Problem)))]
pub(crate) async fn cases(Asked(state): Asked, Reviewer(_reviewer): Reviewer) -> Result<Response, Problem> {
    let mut out = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let (lines, next) = compliance::cases(&*state.blobs, &state.tenant, after.as_deref()).await?;
        for line in lines {
            out.extend_from_slice(&line);
            out.push(b'\n');
        }
        match next {
            Some(next) if out.len() < MAX_CASES_BYTES => after = Some(next),
            Some(_) | None => break,
        }
    }
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], out).into_response())
}

/// The report holds no words of the call, so it is not hidden with it.
async fn report(
    state: &ApiState,
    call: &str,
    kind: &'static str,
    file: impl Fn(String) -> String,
) -> Result<Response, Problem> {
    let call = state.log.call(&state.tenant, &call_id(call)?).await?;
    let key = CallKey { tenant: state.tenant.clone(), call: call.call_id };
    let range = ByteRange { start: 0, end: MAX_REPORT_BYTES };
    match state.blobs.read(&file(evidence_key(&key)), range).await {
        Ok(bytes) => Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response()),
        Err(ports::BlobError::NotFound(_)) => Err(Problem::not_verified()),
        Err(error) => Err(error.into()),
    }
}

/// Writes down what a reviewer did.
pub(crate) async fn record(
    state: &ApiState,
    by: &str,
    act: &str,
    call: &model::CallId,
    detail: &str,
) -> Result<(), Problem> {
    let entry = NewAuditEntry {
        at: state.engine.now(),
        by: by.to_owned(),
        act: act.to_owned(),
        subject: call.to_string(),
        detail: detail.to_owned(),
    };
    state.audit.record(&state.tenant, entry).await?;
    Ok(())
}

async fn review_of(
    state: &ApiState,
    call: &ports::CallSummary,
) -> Result<(ReviewState, Vec<TranscriptUtterance>), Problem> {
    let events = all_events(state, &call.call_id).await?;
    let said = state.log.transcript(&state.tenant, &call.call_id).await?.utterances;
    Ok((ReviewState::of(events.iter().map(|envelope| &envelope.event)), said))
}

fn range(decision: &ReviewDecision, channel: Channel, end_ms: u64) -> Result<Vec<MaskMore>, Problem> {
    match (decision.action, decision.from_ms, decision.to_ms) {
        (ReviewAction::Mask, Some(from_ms), Some(to_ms)) if from_ms < to_ms && to_ms <= end_ms => {
            Ok(vec![MaskMore { channel, from_ms, to_ms }])
        }
        (ReviewAction::Mask, ..) => {
            Err(Problem::bad_parameter("mask needs from_ms and to_ms, in order, within the call"))
        }
        (ReviewAction::Approve | ReviewAction::Release, None, None) => Ok(Vec::new()),
        (ReviewAction::Approve | ReviewAction::Release, ..) => {
            Err(Problem::bad_parameter("only mask takes from_ms and to_ms"))
        }
    }
}

/// How many people stand behind what was just said.
fn agreed(known: &Reviewed, decision: &ReviewDecision, reviewer: &str) -> u8 {
    let said = known.decisions.iter().map(|said| (said.by.as_str(), said.action));
    let mut votes: BTreeMap<&str, ReviewAction> = said.collect();
    votes.insert(reviewer, decision.action);
    u8::try_from(votes.values().filter(|action| **action == decision.action).count()).unwrap_or(u8::MAX)
}

const fn action_name(action: ReviewAction) -> &'static str {
    match action {
        ReviewAction::Approve => "approve",
        ReviewAction::Mask => "mask",
        ReviewAction::Release => "release",
    }
}

/// The sentences that touch a finding, with some before and after them, of both sides.
fn around<'a>(said: &'a [TranscriptUtterance], finding: &Finding) -> &'a [TranscriptUtterance] {
    let touches = |said: &TranscriptUtterance| {
        said.channel == finding.channel && said.start_ms < finding.to_ms && said.end_ms > finding.from_ms
    };
    let first = said.iter().position(touches);
    let first = first.unwrap_or_else(|| said.partition_point(|said| said.end_ms <= finding.from_ms));
    let last = said.iter().rposition(touches).unwrap_or(first);
    let end = last.saturating_add(1 + AROUND).min(said.len());
    said.get(first.saturating_sub(AROUND)..end).unwrap_or_default()
}

/// A sentence in which the words of a finding are one mask.
fn hidden(said: &TranscriptUtterance, finding: &Finding) -> TranscriptUtterance {
    let found = |word: &TranscriptWord| {
        said.channel == finding.channel
            && finding.utterance.is_none_or(|id| id == said.id)
            && word.start_ms < finding.to_ms
            && word.end_ms > finding.from_ms
    };
    let mut words: Vec<TranscriptWord> = Vec::with_capacity(said.words.len());
    let mut inside = false;
    for word in &said.words {
        if !found(word) {
            inside = false;
            words.push(word.clone());
        } else if let Some(mask) = words.last_mut().filter(|_| inside) {
            mask.end_ms = word.end_ms;
        } else {
            inside = true;
            words.push(TranscriptWord {
                text: format!("[{}]", finding.entity.as_str()),
                confidence: 1.0,
                masked: Some(finding.entity),
                ..word.clone()
            });
        }
    }
    TranscriptUtterance { words, ..said.clone() }
}

#[cfg(test)]
mod tests {
    use events::{EntityKind, FindingRule};
    use model::{MediaTime, Participant, UtteranceId};

    use super::*;

    fn said(channel: Channel, start_ms: u64, text: &str) -> TranscriptUtterance {
        let words = (0..).zip(text.split(' ')).map(|(n, text)| TranscriptWord {
            text: text.to_owned(),
            start_ms: start_ms + n * 100,
            end_ms: start_ms + n * 100 + 90,
            confidence: 0.9,
            masked: None,
        });
        let words: Vec<TranscriptWord> = words.collect();
        TranscriptUtterance {
            id: UtteranceId::new(channel, MediaTime::from_millis(start_ms)),
            revision: 1,
            channel,
            participant: Participant::Customer,
            start_ms,
            end_ms: words.last().map_or(start_ms, |word| word.end_ms),
            words,
        }
    }

    fn finding(from_ms: u64, to_ms: u64) -> Finding {
        Finding {
            id: "f".to_owned(),
            rule: FindingRule::SecondPass,
            entity: EntityKind::Pin,
            channel: Channel::Customer,
            from_ms,
            to_ms,
            utterance: None,
            confidence: 0.5,
            repaired: false,
            reason: "two digits".to_owned(),
        }
    }

    #[test]
    fn what_was_found_is_one_mask_in_its_sentence() {
        let sentence = said(Channel::Customer, 1_000, "it is four two thanks");
        let masked = hidden(&sentence, &finding(1_200, 1_390));
        assert_eq!(masked.text(), "it is [pin] thanks");
        assert_eq!((masked.words[2].start_ms, masked.words[2].end_ms), (1_200, 1_390));
        let other = said(Channel::ToCustomer, 1_000, "it is four two thanks");
        assert_eq!(hidden(&other, &finding(1_200, 1_390)), other);
    }

    #[test]
    fn the_context_is_what_stands_around_it() {
        let call: Vec<TranscriptUtterance> =
            (0..9).map(|n| said(Channel::Customer, n * 1_000, "some words")).collect();
        let starts = |finding: &Finding| -> Vec<u64> {
            around(&call, finding).iter().map(|said| said.start_ms).collect()
        };
        assert_eq!(starts(&finding(4_000, 4_100)), [2_000, 3_000, 4_000, 5_000, 6_000]);
        assert_eq!(starts(&finding(0, 50)), [0, 1_000, 2_000]);
        assert_eq!(starts(&finding(90_000, 90_100)), [7_000, 8_000]);
        assert!(around(&[], &finding(0, 1)).is_empty());
    }

    #[test]
    fn only_masking_more_takes_a_range() {
        let decision = |action, from_ms, to_ms| ReviewDecision { action, from_ms, to_ms };
        let channel = Channel::Customer;
        assert_eq!(range(&decision(ReviewAction::Mask, Some(1), Some(5)), channel, 9).unwrap().len(), 1);
        assert!(range(&decision(ReviewAction::Mask, None, None), channel, 9).is_err());
        assert!(range(&decision(ReviewAction::Mask, Some(5), Some(1)), channel, 9).is_err());
        assert!(range(&decision(ReviewAction::Mask, Some(1), Some(99)), channel, 9).is_err());
        assert!(range(&decision(ReviewAction::Release, Some(1), Some(5)), channel, 9).is_err());
    }
}
