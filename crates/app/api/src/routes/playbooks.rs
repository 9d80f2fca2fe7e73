//! Playbooks: what is live, what is wrong with a file, what a change would do, and how useful rules are.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of parameters")]

use std::{convert::Infallible, sync::Arc};

use ::playbooks::{
    Backtest, BacktestMessage, CALLS, FileProblem, Loaded, MAX_CALLS, Usefulness, days_before,
};
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use playbook::Playbook;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use utoipa::{IntoParams, ToSchema};

use crate::{
    caller::{Caller, sees},
    extract::{Asked, Body, Params},
    guiding::Guiding,
    problem::Problem,
    state::ApiState,
};

/// How many days a backtest or statistics take in at the most, and how many unless told.
const MAX_DAYS: u32 = 366;
const DEFAULT_DAYS: u32 = 7;
/// How many problems of a playbook an error tells; `POST /v1/playbooks/check` tells all.
const TOLD: usize = 5;
const NDJSON: &str = "application/x-ndjson";

/// The playbooks of the tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaybookList {
    /// Those that are live.
    playbooks: Vec<PlaybookRow>,
    /// What is wrong with files now. Their last good versions are live still.
    problems: Vec<PlaybookProblem>,
}

/// A playbook that is live.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaybookRow {
    /// Its id.
    id: String,
    /// Its version, as its file says.
    version: u32,
    /// Its title.
    title: String,
    /// The first twelve hexadecimal digits of the SHA-256 of its file.
    digest: String,
    /// Its file.
    file: String,
    /// When it was read, in milliseconds since the epoch.
    loaded_at_ms: i64,
}

/// A playbook with its file.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaybookFile {
    #[serde(flatten)]
    row: PlaybookRow,
    /// The file, as it was read.
    yaml: String,
}

/// Something that is wrong with a playbook's file.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaybookProblem {
    /// The file; empty for one that was sent.
    file: String,
    /// The line, from 1.
    line: usize,
    /// The column, from 1.
    column: usize,
    /// Where in the file, such as `rules[2].when.says.any_of`; empty for the file as a whole.
    key: String,
    /// What is wrong.
    message: String,
    /// What may stand there, where that is a choice.
    allowed: Vec<String>,
}

/// A playbook's file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckRequest {
    /// The file.
    yaml: String,
}

/// What is wrong with a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct Checked {
    /// All that is wrong; empty for a good one.
    problems: Vec<PlaybookProblem>,
}

/// A changed playbook, and the calls to try it on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BacktestRequest {
    /// The changed file. It is compared with the live playbook of its id.
    yaml: String,
    /// Calls of the last so many days, 1 to 366; 7 unless told.
    days: Option<u32>,
    /// As many calls, the newest, 1 to 10,000; 1,000 unless told.
    limit: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatisticsQuery {
    /// Calls of the last so many days, 1 to 366; 7 unless told.
    days: Option<u32>,
}

/// The playbooks that are live, and what is wrong with files
#[utoipa::path(get, path = "/v1/playbooks", operation_id = "list_playbooks", tag = "guidance",
    responses((status = 200, body = PlaybookList), (status = 503, body = Problem)))]
pub(crate) async fn list(Asked(state): Asked) -> Result<Json<PlaybookList>, Problem> {
    let library = &guiding(&state)?.library;
    let playbooks = library.live(&state.tenant).iter().map(|loaded| row(loaded)).collect();
    let problems = library.problems(&state.tenant).into_iter().map(PlaybookProblem::from).collect();
    Ok(Json(PlaybookList { playbooks, problems }))
}

/// One playbook, with its file
#[utoipa::path(get, path = "/v1/playbooks/{id}", operation_id = "one_playbook", tag = "guidance",
    params(("id" = String, Path)),
    responses((status = 200, body = PlaybookFile), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn one(Asked(state): Asked, Path(id): Path<String>) -> Result<Json<PlaybookFile>, Problem> {
    let live = guiding(&state)?.library.live(&state.tenant);
    let loaded = live.iter().find(|loaded| loaded.playbook.id == id);
    let loaded = loaded.ok_or_else(Problem::no_such_playbook)?;
    Ok(Json(PlaybookFile { row: row(loaded), yaml: loaded.yaml.to_string() }))
}

/// The JSON schema of playbooks, for editors
#[utoipa::path(get, path = "/v1/playbooks/schema", tag = "guidance",
    responses((status = 200, body = Object, content_type = "application/schema+json")))]
pub(crate) async fn schema() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/schema+json")], playbook::SCHEMA)
}

/// What is wrong with a playbook's file
#[utoipa::path(post, path = "/v1/playbooks/check", tag = "guidance", request_body = CheckRequest,
    responses((status = 200, body = Checked), (status = 400, body = Problem)))]
pub(crate) async fn check(Body(body): Body) -> Result<Json<Checked>, Problem> {
    let CheckRequest { yaml } = read(&body)?;
    let problems = Playbook::read(&yaml).err().into_iter().flatten();
    let problems = problems.map(|problem| FileProblem { file: String::new(), problem }.into()).collect();
    Ok(Json(Checked { problems }))
}

/// What a changed playbook would have done in the calls of the last days
///
/// One line of JSON each: progress, and at the end the result. Closing the connection stops it.
#[utoipa::path(post, path = "/v1/playbooks/backtest", tag = "guidance", request_body = BacktestRequest,
    responses((status = 200, body = BacktestMessage, content_type = "application/x-ndjson"),
        (status = 400, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn backtest(
    Asked(state): Asked,
    Caller(principal): Caller,
    Body(body): Body,
) -> Result<Response, Problem> {
    let guiding = guiding(&state)?;
    let BacktestRequest { yaml, days: asked, limit } = read(&body)?;
    let days = days(asked)?;
    let limit = limit.unwrap_or(CALLS);
    if !(1..=MAX_CALLS).contains(&limit) {
        return Err(Problem::bad_parameter("limit is 1 to 10000"));
    }
    let candidate = Playbook::read(&yaml).map_err(|problems| {
        let told: Vec<String> = problems.iter().take(TOLD).map(ToString::to_string).collect();
        Problem::bad_playbook(told.join("\n"))
    })?;
    let permit = Arc::clone(&guiding.backtests).try_acquire_owned();
    let permit =
        permit.map_err(|_| Problem::busy("another backtest is running: try again when it is done"))?;
    let live = guiding.library.live(&state.tenant);
    let live = live.iter().find(|loaded| loaded.playbook.id == candidate.id);
    let messages = Backtest {
        log: Arc::clone(&state.log),
        tenant: state.tenant.clone(),
        live: live.map(|loaded| Arc::clone(&loaded.playbook)),
        candidate,
        embedder: guiding.embedder.clone(),
        from: days_before(state.engine.now(), days),
        limit,
        may_see: Arc::new(move |row| sees(&principal, row)),
    }
    .begin();
    Ok(([(header::CONTENT_TYPE, NDJSON)], lines(messages, permit)).into_response())
}

/// How useful each rule's cards were
#[utoipa::path(get, path = "/v1/guidance/statistics", tag = "guidance", params(StatisticsQuery),
    responses((status = 200, body = Usefulness), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn statistics(
    Asked(state): Asked,
    Params(query): Params<StatisticsQuery>,
) -> Result<Json<Usefulness>, Problem> {
    let guiding = guiding(&state)?;
    let to = state.engine.now();
    let from = days_before(to, days(query.days)?);
    Ok(Json(guiding.statistics.between(&state.tenant, from, to).await?))
}

/// Messages as lines of JSON, as they come. Another backtest may begin when the last is read, or nobody reads any more.
fn lines(messages: mpsc::Receiver<BacktestMessage>, permit: OwnedSemaphorePermit) -> axum::body::Body {
    let lines = stream::unfold((messages, permit), |(mut messages, permit)| async move {
        let message = messages.recv().await?;
        let mut line = serde_json::to_vec(&message).unwrap_or_default();
        line.push(b'\n');
        Some((Ok::<Bytes, Infallible>(line.into()), (messages, permit)))
    });
    axum::body::Body::from_stream(lines)
}

fn days(asked: Option<u32>) -> Result<u32, Problem> {
    let days = asked.unwrap_or(DEFAULT_DAYS);
    let fits = (1..=MAX_DAYS).contains(&days);
    fits.then_some(days).ok_or_else(|| Problem::bad_parameter("days is 1 to 366"))
}

fn row(loaded: &Loaded) -> PlaybookRow {
    PlaybookRow {
        id: loaded.playbook.id.clone(),
        version: loaded.playbook.version,
        title: loaded.playbook.title.clone(),
        digest: loaded.digest.clone(),
        file: loaded.file.clone(),
        loaded_at_ms: loaded.loaded_at.as_millis(),
    }
}

impl From<FileProblem> for PlaybookProblem {
    fn from(FileProblem { file, problem }: FileProblem) -> Self {
        Self {
            file,
            line: problem.line,
            column: problem.column,
            key: problem.key,
            message: problem.message,
            allowed: problem.allowed,
        }
    }
}

fn guiding(state: &ApiState) -> Result<&Guiding, Problem> {
    let guiding = state.guiding.as_ref();
    guiding.ok_or_else(|| Problem::not_guided("this server was started without guidance"))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("the body is not as described: {error}")))
}
