//! Bodies that the server sends, and small bodies that it reads.

use std::io;

use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderValue, Response, header};
use http_body_util::{BodyExt, Full, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use serde::Serialize;

use crate::error::{ApiError, Exception};

/// The largest JSON request body that is read; a larger one is refused.
const MAX_JSON_BYTES: usize = 1024 * 1024;

/// An error in it aborts the connection, so that the client sees a broken body and not an end.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A body whose bytes are all there.
pub(crate) fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// A chunked body that is pulled from a stream.
pub(crate) fn streamed(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    use futures_util::TryStreamExt;
    StreamBody::new(stream.map_ok(Frame::data)).boxed_unsync()
}

/// A JSON answer.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Response<Body>, ApiError> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| ApiError::new(Exception::InternalFailure, error.to_string()))?;
    let mut response = Response::new(full(Bytes::from(bytes)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Reads a whole JSON request body.
pub(crate) async fn read_small(body: Incoming) -> Result<Bytes, ApiError> {
    match Limited::new(body, MAX_JSON_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => {
            Err(ApiError::new(Exception::Serialization, format!("the request body cannot be read: {error}")))
        }
    }
}
