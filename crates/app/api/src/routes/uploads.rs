//! Audio that a client uploads: begun, sent in pieces by offset, finished.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of parameters")]

pub(crate) mod socket;

use axum::{Extension, Json, extract::Path, http::StatusCode};
use contacts::{Agent, ContactRecord, ContactSignal, SignalKind};
use engine::Started;
use model::{Channel, ContactId, Pii, Timestamp};
use serde::{Deserialize, Serialize};
use uploads::{Encoding, Finished, Format, UploadError, UploadId, Uploads};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{Asked, Body, Params},
    problem::Problem,
    state::ApiState,
};

/// The longest text that describes an upload, as long as a flow's attribute.
const MAX_TEXT_BYTES: usize = 256;

/// How a sample is written.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UploadEncoding {
    /// Signed, 16 bits, little-endian.
    Pcm16,
    /// G.711 µ-law.
    Mulaw,
}

/// What will be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUpload {
    /// Connect's contact, when it is one; else a new id is made.
    contact_id: Option<String>,
    /// The profile by which the call is carried.
    profile: Option<String>,
    /// The desktop session that shows it.
    session: Option<String>,
    /// The language that is spoken, BCP 47.
    language: Option<String>,
    /// The name of the agent whom the customer hears, when an agent uploads.
    agent: Option<String>,
    /// How a sample is written.
    encoding: UploadEncoding,
    /// Samples of each channel in a second, 8000 to 48000.
    sample_rate_hz: u32,
    /// One channel, or both in the order in which they are interleaved.
    channels: Vec<Channel>,
    /// When the first byte was spoken, in milliseconds since the epoch; now unless told.
    started_at_ms: Option<i64>,
}

/// An upload that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BegunUpload {
    /// Its id in the addresses of the other routes.
    upload_id: String,
    /// The call that it becomes.
    call_id: String,
    /// The first byte to send.
    offset: u64,
}

/// Where an upload stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UploadState {
    /// More can be sent.
    Open,
    /// Nothing more is taken.
    Finished,
}

/// How an upload is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UploadProgress {
    /// The next byte to send: everything before it was taken.
    offset: u64,
    state: UploadState,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct At {
    /// The offset of the body's first byte in all of the audio.
    offset: u64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct End {
    /// The length of all of the audio; without it what was taken is all.
    offset: Option<u64>,
}

/// An upload of a tenant, as a request names it.
struct Named {
    state: ApiState,
    uploads: Uploads,
    id: UploadId,
}

/// Begin to upload a contact's audio
///
/// The audio is sent as it is spoken, silence too. Beginning again for the same contact gives the same upload.
#[utoipa::path(post, path = "/v1/uploads", tag = "uploads", request_body = NewUpload,
    responses((status = 201, body = BegunUpload), (status = 400, body = Problem), (status = 409, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn begin(
    Asked(state): Asked,
    Extension(uploads): Extension<Option<Uploads>>,
    Body(body): Body,
) -> Result<(StatusCode, Json<BegunUpload>), Problem> {
    let new: NewUpload =
        serde_json::from_slice(&body).map_err(|error| Problem::bad_audio(error.to_string()))?;
    let uploads = uploads.ok_or_else(takes_none)?;
    let status = state.engine.status();
    if status.carries && status.room == 0 {
        return Err(Problem::busy("no more calls can be carried at this moment"));
    }
    let id = uploads.begin(&state.tenant, new.id(state.engine.now())?)?;
    let named = Named { state, uploads, id };
    let begun = match named.state.engine.contact(&named.state.tenant, new.record(&named)).await {
        Ok(started) => named.begun(&started),
        Err(error) => Err(error.into()),
    };
    if begun.is_err() {
        named.uploads.forget(&named.state.tenant, &named.id);
    }
    begun.map(|begun| (StatusCode::CREATED, Json(begun)))
}

/// Send the next piece of the audio: 20 to 100 ms as a rule, one second at the most
///
/// It is taken whole or not at all. `wrong_offset` and `upload_full` say where to go on.
#[utoipa::path(put, path = "/v1/uploads/{upload_id}", tag = "uploads", params(("upload_id" = String, Path), At),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = UploadProgress), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem), (status = 421, body = Problem),
        (status = 429, body = Problem)))]
pub(crate) async fn send(
    Asked(state): Asked,
    Extension(uploads): Extension<Option<Uploads>>,
    Path(id): Path<String>,
    Params(At { offset }): Params<At>,
    Body(body): Body,
) -> Result<Json<UploadProgress>, Problem> {
    let named = Named::of(state, uploads, &id)?;
    let taken = named.uploads.push(&named.state.tenant, &named.id, offset, &body);
    named.at(taken).await
}

/// Where an upload goes on: after a lost answer, a lost connection, or another server's start
#[utoipa::path(get, path = "/v1/uploads/{upload_id}", tag = "uploads", params(("upload_id" = String, Path)),
    responses((status = 200, body = UploadProgress), (status = 404, body = Problem), (status = 410, body = Problem),
        (status = 421, body = Problem)))]
pub(crate) async fn progress(
    Asked(state): Asked,
    Extension(uploads): Extension<Option<Uploads>>,
    Path(id): Path<String>,
) -> Result<Json<UploadProgress>, Problem> {
    let named = Named::of(state, uploads, &id)?;
    match named.uploads.progress(&named.state.tenant, &named.id) {
        Ok(progress) => Ok(Json(UploadProgress {
            offset: progress.offset,
            state: if progress.is_finished { UploadState::Finished } else { UploadState::Open },
        })),
        Err(error) => Err(named.problem(error).await),
    }
}

/// Go on at an offset beyond what was taken: the audio before it is lost, and the call gets a gap
#[utoipa::path(post, path = "/v1/uploads/{upload_id}/gap", tag = "uploads", params(("upload_id" = String, Path), At),
    responses((status = 200, body = UploadProgress), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem), (status = 421, body = Problem)))]
pub(crate) async fn gap(
    Asked(state): Asked,
    Extension(uploads): Extension<Option<Uploads>>,
    Path(id): Path<String>,
    Params(At { offset }): Params<At>,
) -> Result<Json<UploadProgress>, Problem> {
    let named = Named::of(state, uploads, &id)?;
    let skipped = named.uploads.skip(&named.state.tenant, &named.id, offset);
    named.at(skipped).await
}

/// Say that nothing more will come; saying it again is no error
#[utoipa::path(post, path = "/v1/uploads/{upload_id}/finish", tag = "uploads",
    params(("upload_id" = String, Path), End),
    responses((status = 200, body = UploadProgress), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 410, body = Problem), (status = 421, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn finish(
    Asked(state): Asked,
    Extension(uploads): Extension<Option<Uploads>>,
    Path(id): Path<String>,
    Params(End { offset }): Params<End>,
) -> Result<Json<UploadProgress>, Problem> {
    Named::of(state, uploads, &id)?.finish(offset).await.map(Json)
}

impl Named {
    fn of(state: ApiState, uploads: Option<Uploads>, id: &str) -> Result<Self, Problem> {
        let id = UploadId::parse(id).ok_or_else(Problem::no_such_upload)?;
        Ok(Self { state, uploads: uploads.ok_or_else(takes_none)?, id })
    }

    /// What became of the contact whose audio it is.
    fn begun(&self, started: &Started) -> Result<BegunUpload, Problem> {
        let call = self.call();
        let offset = match started {
            Started::Accepted { call: taken, is_owned } if *taken == call => {
                if !is_owned {
                    // Its client is led to the host that takes the call.
                    self.uploads.forget(&self.state.tenant, &self.id);
                }
                0
            }
            Started::AlreadyKnown(known) if *known == call => {
                self.uploads.offset(&self.state.tenant, &self.id)?
            }
            Started::Accepted { .. } | Started::AlreadyKnown(_) | Started::WaitsForStream => {
                return Err(Problem::contact_known());
            }
        };
        Ok(BegunUpload { upload_id: self.id.to_string(), call_id: call.to_string(), offset })
    }

    /// The call that the upload becomes.
    fn call(&self) -> model::CallId {
        engine::call_id(&self.state.tenant, self.id.contact(), Some(&self.id.start_fragment()))
    }

    async fn at(&self, taken: Result<u64, UploadError>) -> Result<Json<UploadProgress>, Problem> {
        match taken {
            Ok(offset) => Ok(Json(UploadProgress { offset, state: UploadState::Open })),
            Err(error) => Err(self.problem(error).await),
        }
    }

    /// Ends the upload, and tells its call which fragment is the last.
    async fn finish(&self, offset: Option<u64>) -> Result<UploadProgress, Problem> {
        let Finished { stop_fragment, ended_at, offset } =
            match self.uploads.finish(&self.state.tenant, &self.id, offset) {
                Ok(finished) => finished,
                Err(error) => return Err(self.problem(error).await),
            };
        let contact_id = self.id.contact().clone();
        let over =
            ContactSignal { contact_id: contact_id.clone(), at: ended_at, kind: SignalKind::Disconnected };
        let record = ContactRecord {
            stop_fragment: Some(stop_fragment),
            signals: vec![over],
            ..ContactRecord::new(contact_id, self.state.engine.now())
        };
        self.state.engine.contact(&self.state.tenant, record).await?;
        Ok(UploadProgress { offset, state: UploadState::Finished })
    }

    /// An upload that is not known here may be over.
    async fn problem(&self, error: UploadError) -> Problem {
        if error != UploadError::Elsewhere {
            return error.into();
        }
        match self.state.log.call(&self.state.tenant, &self.call()).await {
            Ok(call) if call.state == ports::CallState::Ended => Problem::upload_over(),
            Ok(_) | Err(ports::EventLogError::NoSuchCall(_)) => Problem::upload_elsewhere(),
            Err(error) => error.into(),
        }
    }
}

impl NewUpload {
    fn id(&self, now: Timestamp) -> Result<UploadId, Problem> {
        let texts = [&self.profile, &self.session, &self.language, &self.agent];
        if texts.into_iter().flatten().any(|text| text.is_empty() || text.len() > MAX_TEXT_BYTES) {
            return Err(Problem::bad_audio("profile, session, language and agent have 1 to 256 bytes"));
        }
        let encoding = match self.encoding {
            UploadEncoding::Pcm16 => Encoding::Pcm16,
            UploadEncoding::Mulaw => Encoding::MuLaw,
        };
        let refused = |error: &dyn std::error::Error| Problem::bad_audio(error.to_string());
        let format = Format::new(encoding, self.sample_rate_hz, &self.channels).map_err(|e| refused(&e))?;
        let contact = self.contact_id.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let contact = ContactId::new(contact).map_err(|e| refused(&e))?;
        let start = self.started_at_ms.map_or(now, Timestamp::from_millis);
        UploadId::new(start, format, contact).map_err(|e| refused(&e))
    }

    /// What is known of the contact whose audio it is.
    fn record(&self, named: &Named) -> ContactRecord {
        let (id, contact) = (&named.id, named.id.contact());
        let agent = self.agent.as_ref().map(|name| ContactSignal {
            contact_id: contact.clone(),
            at: id.start(),
            kind: SignalKind::AgentConnected(Agent {
                arn: format!("upload:{contact}"),
                name: Some(Pii::new(name.clone())),
            }),
        });
        ContactRecord {
            stream: Some(id.address()),
            started_at: Some(id.start()),
            start_fragment: Some(id.start_fragment()),
            profile: self.profile.clone(),
            session: self.session.clone(),
            language: self.language.clone(),
            signals: agent.into_iter().collect(),
            ..ContactRecord::new(contact.clone(), named.state.engine.now())
        }
    }
}

fn takes_none() -> Problem {
    Problem::busy("this server takes no uploads")
}
