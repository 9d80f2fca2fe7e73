//! `GetMedia`: a stream's fragments from a place of the client's choice, and then live.

mod reader;
mod selector;
mod tags;

pub(crate) use reader::FLUSH;
pub(crate) use selector::timestamp;
pub(crate) use tags::{archive_content, archive_error};

use std::sync::Arc;

use futures_util::stream;
use http::{HeaderValue, Response, header};
use serde::Deserialize;
use tokio::time::Instant;

use crate::{
    error::{ApiError, Exception},
    faults::{Operation, Plan},
    http_body::{Body, streamed},
    request::{StreamRef, parse},
    router::{App, refuse},
};

use reader::Reader;
use selector::{Selector, StartSelector};

#[derive(Deserialize)]
struct GetMedia {
    #[serde(flatten)]
    stream: StreamRef,
    #[serde(rename = "StartSelector")]
    start: Option<StartSelector>,
}

pub(crate) fn answer(app: &Arc<App>, body: &[u8]) -> Result<Response<Body>, ApiError> {
    let input: GetMedia = parse(body)?;
    let selector = Selector::read(input.start)?;
    let stream = input.stream.resolve(&app.registry)?;
    let faults = app.faults.take(Operation::GetMedia, &stream.name);
    refuse(&faults)?;
    let limits = &app.config.limits;
    if !stream.get_rate.accept(app.registry.now(), limits.get_media_calls_per_second) {
        let message =
            "Kinesis Video Streams has throttled the request: too many GetMedia calls on the stream.";
        return Err(ApiError::new(Exception::ClientLimitExceeded, message));
    }
    let permit = stream.readers.take(limits.get_media_connections).ok_or_else(|| {
        let message = "Kinesis Video Streams has throttled the request: the stream has too many connections.";
        ApiError::new(Exception::ConnectionLimitExceeded, message)
    })?;
    let plan = Plan::new(&faults, Instant::now());
    let reader = Reader::new(Arc::clone(app), stream, &selector, plan, permit);
    Ok(media(stream::unfold(reader, |mut reader| async { reader.next().await.map(|bytes| (bytes, reader)) })))
}

/// An answer with a body of Matroska.
pub(crate) fn media(
    body: impl stream::Stream<Item = std::io::Result<bytes::Bytes>> + Send + 'static,
) -> Response<Body> {
    let mut response = Response::new(streamed(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("video/webm"));
    response
}
