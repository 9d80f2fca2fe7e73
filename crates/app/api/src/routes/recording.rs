//! The redacted recording and its waveform.

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use engine::peaks_key;
use events::{Envelope, Event};
use futures_util::stream;
use ports::ByteRange;

use super::calls::{all_events, seen};
use crate::{extract::Asked, problem::Problem, reviewer::Viewer, shapes::Waveform, state::ApiState};

/// How much of a recording is read from the store at once.
const CHUNK_BYTES: u64 = 256 * 1024;
/// The largest waveform: 20 peaks a second and channel for ten hours is below this.
const MAX_WAVEFORM_BYTES: u64 = 16 * 1024 * 1024;

/// The redacted recording: stereo WAV, the customer left; ranges are served
#[utoipa::path(get, path = "/v1/calls/{call_id}/recording", tag = "calls", params(("call_id" = String, Path)),
    responses((status = 200, description = "The recording", body = Vec<u8>, content_type = "audio/wav"),
              (status = 206, description = "A part of it", body = Vec<u8>, content_type = "audio/wav"),
              (status = 403, body = Problem), (status = 404, body = Problem), (status = 416, body = Problem)))]
pub(crate) async fn recording(
    Asked(state): Asked,
    viewer: Viewer,
    Path(call): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    // A player asks for part after part: the first is the look.
    let begins = wanted.is_none_or(|range| range.trim().starts_with("bytes=0-"));
    let key = committed(&state, &viewer, &call, begins.then_some("recording")).await?;
    let size = state.blobs.size(&key).await?;
    let (status, range) = match wanted.map(|text| parse_range(text, size)) {
        None | Some(Requested::Ignored) => (StatusCode::OK, ByteRange { start: 0, end: size }),
        Some(Requested::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Requested::Outside) => {
            let length = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((length, Problem::range_not_satisfiable(size)).into_response());
        }
    };
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "audio/wav")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, max-age=3600")
        .header(header::CONTENT_LENGTH, range.end - range.start);
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        response = response.header(header::CONTENT_RANGE, text);
    }
    Ok(response.body(chunks(state, key, range)).expect("the headers are valid"))
}

/// The waveform of the redacted recording, with its masks
#[utoipa::path(get, path = "/v1/calls/{call_id}/waveform", tag = "calls", params(("call_id" = String, Path)),
    responses((status = 200, body = Waveform), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
pub(crate) async fn waveform(
    Asked(state): Asked,
    viewer: Viewer,
    Path(call): Path<String>,
) -> Result<Response, Problem> {
    let key = peaks_key(&committed(&state, &viewer, &call, Some("waveform")).await?);
    let json = state.blobs.read(&key, ByteRange { start: 0, end: MAX_WAVEFORM_BYTES }).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// How many of a call's last events are looked at first: the recording's comes shortly before the end.
const LAST_EVENTS: u64 = 32;
/// No more than that.
const LAST_PAGE: u32 = 32;

/// The key of a call's committed recording, as its newest event of one names it.
async fn committed(
    state: &ApiState,
    viewer: &Viewer,
    call: &str,
    what: Option<&str>,
) -> Result<String, Problem> {
    let call = seen(state, viewer, call, what).await?;
    if !call.has_recording {
        return Err(Problem::no_recording());
    }
    let after = call.seq.saturating_sub(LAST_EVENTS);
    let last = state.log.read_call(&state.tenant, &call.call_id, after, LAST_PAGE).await?;
    if let Some(key) = newest_key(last) {
        return Ok(key);
    }
    newest_key(all_events(state, &call.call_id).await?).ok_or_else(Problem::no_recording)
}

fn newest_key(events: Vec<Envelope>) -> Option<String> {
    events.into_iter().rev().find_map(|envelope| {
        if let Event::RecordingCompleted(recording) = envelope.event { Some(recording.key) } else { None }
    })
}

enum Requested {
    Part(ByteRange),
    /// Not a form that is served: the whole is a valid answer (RFC 9110, 14.2).
    Ignored,
    Outside,
}

/// Reads a single range of bytes (RFC 9110, 14.1.2).
fn parse_range(text: &str, size: u64) -> Requested {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|spec| spec.trim().split_once('-')) else {
        return Requested::Ignored;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(last)) if start <= last => ByteRange { start, end: last.saturating_add(1).min(size) },
        (Ok(start), Err(_)) if last.is_empty() => ByteRange { start, end: size },
        (Err(_), Ok(suffix)) if first.is_empty() => {
            ByteRange { start: size.saturating_sub(suffix), end: size }
        }
        _ => return Requested::Ignored,
    };
    if range.start < range.end { Requested::Part(range) } else { Requested::Outside }
}

/// A body that reads the store as fast as the client takes it.
fn chunks(state: ApiState, key: String, range: ByteRange) -> Body {
    Body::from_stream(stream::try_unfold(range, move |left| {
        let (state, key) = (state.clone(), key.clone());
        async move {
            if left.start >= left.end {
                return Ok(None);
            }
            let end = left.end.min(left.start + CHUNK_BYTES);
            let bytes = state.blobs.read(&key, ByteRange { start: left.start, end }).await?;
            Ok::<_, ports::BlobError>(Some((bytes, ByteRange { start: end, end: left.end })))
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> Option<(u64, u64)> {
        match parse_range(text, 100) {
            Requested::Part(range) => Some((range.start, range.end)),
            Requested::Ignored | Requested::Outside => None,
        }
    }

    #[test]
    fn single_ranges_are_served() {
        assert_eq!(part("bytes=0-"), Some((0, 100)));
        assert_eq!(part("bytes=10-19"), Some((10, 20)));
        assert_eq!(part("bytes=90-900"), Some((90, 100)));
        assert_eq!(part("bytes=-5"), Some((95, 100)));
    }

    #[test]
    fn ranges_outside_or_in_other_forms_are_not() {
        assert!(matches!(parse_range("bytes=100-", 100), Requested::Outside));
        assert!(matches!(parse_range("bytes=-0", 100), Requested::Outside));
        assert!(matches!(parse_range("bytes=5-2", 100), Requested::Ignored));
        assert!(matches!(parse_range("bytes=0-1,5-6", 100), Requested::Ignored));
        assert!(matches!(parse_range("lines=0-1", 100), Requested::Ignored));
    }
}
