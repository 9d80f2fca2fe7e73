//! Contact Lens real-time segments: the words of calls without audio.

use axum::{extract::State, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contacts::{LensEvent, UnreadableEvent};
use serde::Deserialize;

use crate::{extract::Body, problem::Problem, state::ApiState};

/// Records of one request; a batch of a stream's trigger has 100 unless told.
const MAX_RECORDS: usize = 1_000;

/// A record of the Contact Lens real-time stream: as JSON, or as Kinesis gives it to a Lambda
///
/// What says words is in the log when this answers. The same may come again, in any order, and to any host.
#[utoipa::path(post, path = "/v1/events/contact-lens", tag = "intake",
    request_body(content = serde_json::Value, description = "The event; or `{\"Records\":[{\"kinesis\":{\"data\":…}}]}` with events in base64"),
    responses((status = 202, description = "Taken"), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn contact_lens(
    State(state): State<ApiState>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    for event in events(&body)? {
        let tenants = state.engine.tenants();
        let tenant = tenants.of_instance_id(event.instance_id.as_deref().unwrap_or_default());
        state.engine.contact_lens(&tenant, event).await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// All events of a body, or none: a batch that cannot be read is refused whole.
fn events(body: &[u8]) -> Result<Vec<LensEvent>, Problem> {
    let bad = |error: UnreadableEvent| Problem::bad_event(error.to_string());
    let Ok(batch) = serde_json::from_slice::<Batch>(body) else {
        return Ok(contacts::read_contact_lens(body).map_err(bad)?.into_iter().collect());
    };
    if batch.records.len() > MAX_RECORDS {
        return Err(Problem::bad_event(format!("a request has {MAX_RECORDS} records at the most")));
    }
    let mut events = Vec::new();
    for record in batch.records {
        let data = STANDARD.decode(record.kinesis.data);
        let data = data.map_err(|_| Problem::bad_event("a record's data is not base64"))?;
        events.extend(contacts::read_contact_lens(&data).map_err(bad)?);
    }
    Ok(events)
}

/// What Kinesis gives to a Lambda.
#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    kinesis: Data,
}

#[derive(Deserialize)]
struct Data {
    data: String,
}
