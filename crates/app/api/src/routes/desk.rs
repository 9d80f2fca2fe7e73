//! What people at desks do, and look up.

use access::{Principal, Role};
use axum::{Json, extract::Path, http::StatusCode};
use events::{Act, Disposition, DoneBy, HintOutcome, SummaryPoint, SummarySection};
use model::{CallId, CallKey};
use ports::Passage;
use redaction::{Policy, masked, redact_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calls::call_id;
use crate::{
    ApiState,
    caller::{Caller, Scope},
    extract::{Asked, Body},
    problem::Problem,
};

/// The longest text of a person, in characters.
const MAX_TEXT: usize = 2_000;
/// The longest name of something, in bytes.
const MAX_NAME: usize = 128;
/// Sections of a summary.
const MAX_SECTIONS: usize = 16;
/// Points of a section, and actions.
const MAX_POINTS: usize = 32;
/// The shortest and the longest id of an act, in bytes.
const ACT_ID: std::ops::RangeInclusive<usize> = 8..=64;
/// The longest question, in characters.
const MAX_QUESTION: usize = 500;
/// How many passages are given, and how many unless told.
const MAX_PASSAGES: usize = 20;
const DEFAULT_PASSAGES: usize = 5;

/// Something that a person does at a desk.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ActRequest {
    /// Names the act; made by the client, 8 to 64 letters, digits and dashes. The same id is done once.
    id: String,
    #[serde(flatten)]
    act: Act,
}

/// An act was taken; what comes of it is an event.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActTaken {
    /// The act.
    id: String,
}

/// Do something at a call's desk: with a card, the checklist, a workflow, the summary, or say something to the agent
///
/// Texts are redacted before they go anywhere. Doing the same again under the same id is no error.
#[utoipa::path(post, path = "/v1/calls/{call_id}/acts", tag = "guidance", params(("call_id" = String, Path)),
    request_body = ActRequest,
    responses((status = 202, body = ActTaken), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn act(
    Asked(state): Asked,
    Caller(principal): Caller,
    Path(call): Path<String>,
    Body(body): Body,
) -> Result<(StatusCode, Json<ActTaken>), Problem> {
    let key = CallKey::new(state.tenant.clone(), call_id(&call)?);
    // What the body holds may be a caller's words, so the error must not tell what was wrong with it.
    let ActRequest { id, act } = serde_json::from_slice(&body)
        .map_err(|_| Problem::bad_request("the body is no ActRequest: see /openapi.json"))?;
    let is_id = ACT_ID.contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_id {
        return Err(Problem::bad_request("the id of an act has 8 to 64 letters, digits and dashes"));
    }
    check(&act).map_err(Problem::bad_request)?;
    if matches!(act, Act::Message { .. }) && principal.role < Role::Supervisor {
        return Err(Problem::forbidden());
    }
    let acts = state
        .desk
        .acts
        .clone()
        .ok_or_else(|| Problem::not_guided("this server was started without guidance"))?;
    let act = redacted(act, &policy(&state));
    acts.take(&key, DoneBy { id: id.clone(), by: principal.name.clone(), act }).await?;
    Ok((StatusCode::ACCEPTED, Json(ActTaken { id })))
}

/// Whether a person can do that, and no more of it than is taken.
fn check(act: &Act) -> Result<(), &'static str> {
    let named = |names: &[&str]| names.iter().all(|name| !name.is_empty() && name.len() <= MAX_NAME);
    let fits = match act {
        Act::Hint { outcome: HintOutcome::Said | HintOutcome::Expired | HintOutcome::Withdrawn, .. } => {
            return Err("a person expands, accepts or dismisses a card; the rest happens by itself");
        }
        Act::Hint { id, .. } => named(&[id]),
        Act::Mute { .. } => true,
        Act::Check { playbook, item, .. } => named(&[playbook, item]),
        Act::Workflow { playbook, workflow, step } => {
            named(&[playbook, workflow]) && step.as_deref().is_none_or(|step| named(&[step]))
        }
        Act::Message { text } => {
            return is_text(text).then_some(()).ok_or("a message has 1 to 2000 characters");
        }
        Act::Summary { sections, actions, disposition } => {
            is_summary(sections, actions, disposition.as_ref())
                .then_some(())
                .ok_or("a summary has 16 sections, 32 points each and 2000 characters a point at the most")?;
            true
        }
    };
    if fits { Ok(()) } else { Err("a name has 1 to 128 bytes") }
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MAX_TEXT
}

fn is_summary(
    sections: &[SummarySection],
    actions: &[SummaryPoint],
    disposition: Option<&Disposition>,
) -> bool {
    let are_points = |points: &[SummaryPoint]| {
        points.len() <= MAX_POINTS && points.iter().all(|point| point.text.as_deref().is_none_or(is_text))
    };
    let is_name = |name: &str| name.len() <= MAX_NAME;
    sections.len() <= MAX_SECTIONS
        && sections.iter().all(|section| {
            is_name(&section.id) && section.title.len() <= MAX_TEXT && are_points(&section.points)
        })
        && are_points(actions)
        && disposition.is_none_or(|one| is_name(&one.code) && one.title.len() <= MAX_TEXT)
}

fn policy(state: &ApiState) -> Policy {
    // Nothing is remembered between two texts, so that the key of what is remembered does not matter.
    state.engine.tenants().redaction(&state.tenant).for_call([0; 16])
}

/// A text with what may not be kept of it masked.
fn mask(text: &str, policy: &Policy) -> String {
    masked(text, &redact_text(text, policy.clone()))
}

/// The act without what may not be kept.
fn redacted(act: Act, policy: &Policy) -> Act {
    let point =
        |point: SummaryPoint| SummaryPoint { text: point.text.map(|text| mask(&text, policy)), ..point };
    match act {
        Act::Message { text } => Act::Message { text: mask(&text, policy) },
        Act::Summary { sections, actions, disposition } => Act::Summary {
            sections: sections
                .into_iter()
                .map(|section| SummarySection {
                    id: section.id,
                    title: mask(&section.title, policy),
                    points: section.points.into_iter().map(point).collect(),
                })
                .collect(),
            actions: actions.into_iter().map(point).collect(),
            disposition: disposition
                .map(|one| Disposition { code: one.code, title: mask(&one.title, policy) }),
        },
        Act::Hint { .. } | Act::Mute { .. } | Act::Check { .. } | Act::Workflow { .. } => act,
    }
}

/// What is looked for.
#[derive(Deserialize, ToSchema)]
pub(crate) struct KnowledgeQuery {
    /// The question, 1 to 500 characters. It is redacted before anything reads it.
    query: String,
    /// The call in which it comes up, if in one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    call_id: Option<CallId>,
    /// How many passages, 1 to 20; 5 unless told.
    #[serde(default)]
    limit: Option<usize>,
    /// Whether a language model should answer out of the passages.
    #[serde(default)]
    answer: bool,
}

/// A passage of a document.
#[derive(Serialize, ToSchema)]
pub(crate) struct PassageFound {
    /// The document, as its path within the tenant's documents.
    document: String,
    /// Its title.
    title: String,
    /// The heading under which the passage stands.
    heading: Option<String>,
    /// The passage, word for word.
    text: String,
    /// How well it fits, 0 to 1.
    score: f32,
    /// The part of it that is by meaning alone; null where there is no model for it.
    meaning: Option<f32>,
}

/// An answer out of the passages.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnowledgeAnswer {
    /// The answer.
    text: String,
    /// Which of the passages it rests on, from 0.
    passage: usize,
    /// The model that wrote it.
    model: String,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnowledgeFound {
    /// The passages, the best first.
    passages: Vec<PassageFound>,
    /// The answer; null where none was asked for, or it is withheld.
    answer: Option<KnowledgeAnswer>,
    /// Why there is no answer where one was asked for: such as `ungrounded`, or `no_model`.
    withheld: Option<String>,
}

impl From<Passage> for PassageFound {
    fn from(passage: Passage) -> Self {
        let Passage { document, title, heading, text, score, meaning } = passage;
        Self { document, title, heading, text, score, meaning }
    }
}

/// Search the documents, by words and by meaning
#[utoipa::path(post, path = "/v1/knowledge/search", tag = "guidance", request_body = KnowledgeQuery,
    responses((status = 200, body = KnowledgeFound), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn search(
    Asked(state): Asked,
    Caller(principal): Caller,
    Body(body): Body,
) -> Result<Json<KnowledgeFound>, Problem> {
    let asked: KnowledgeQuery = serde_json::from_slice(&body)
        .map_err(|_| Problem::bad_request("the body is no KnowledgeQuery: see /openapi.json"))?;
    let length = asked.query.trim().chars().count();
    if !(1..=MAX_QUESTION).contains(&length) {
        return Err(Problem::bad_request("a question has 1 to 500 characters"));
    }
    if let Some(call) = &asked.call_id {
        check_scope(&state, &principal, call).await?;
    }
    let knowledge = state.desk.knowledge.clone().ok_or_else(Problem::no_documents)?;
    let question = mask(asked.query.trim(), &policy(&state));
    let limit = asked.limit.unwrap_or(DEFAULT_PASSAGES).clamp(1, MAX_PASSAGES);
    let passages = knowledge.search(&state.tenant, &question, limit).await?;
    let (answer, withheld) =
        if asked.answer { answered(&state, &question, &passages).await } else { (None, None) };
    let passages = passages.into_iter().map(PassageFound::from).collect();
    Ok(Json(KnowledgeFound { passages, answer, withheld }))
}

async fn check_scope(
    state: &ApiState,
    principal: &std::sync::Arc<Principal>,
    call: &CallId,
) -> Result<(), Problem> {
    let scope = Scope::of(std::sync::Arc::clone(principal));
    if scope.sees_call(state, call).await? { Ok(()) } else { Err(Problem::forbidden()) }
}

async fn answered(
    state: &ApiState,
    question: &str,
    passages: &[Passage],
) -> (Option<KnowledgeAnswer>, Option<String>) {
    let Some(answerer) = &state.desk.answerer else { return (None, Some("no_model".to_owned())) };
    match answerer.answer(&state.tenant, question, passages).await {
        Ok(answered) if answered.passage < passages.len() => {
            let crate::Answered { text, passage, model } = answered;
            (Some(KnowledgeAnswer { text, passage, model }), None)
        }
        Ok(_) => (None, Some("ungrounded".to_owned())),
        Err(code) => (None, Some(code.to_owned())),
    }
}
