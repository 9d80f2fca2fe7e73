//! Event stream frames.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use serde_json::{Value, json};

/// An event of a Converse stream.
pub(crate) fn event(name: &'static str, body: &Value) -> Bytes {
    frame(":event-type", name, "event", &body.to_string())
}

/// An error in a stream.
pub(crate) fn exception(name: &'static str, message: &str) -> Bytes {
    frame(":exception-type", name, "exception", &json!({"message": message}).to_string())
}

/// An event whose JSON is none.
pub(crate) fn garbage() -> Bytes {
    frame(":event-type", "contentBlockDelta", "event", "{\"delta\": [{")
}

fn frame(kind: &'static str, name: &'static str, message_type: &'static str, body: &str) -> Bytes {
    let text = |name: &'static str, value: &'static str| {
        Header::new(name, HeaderValue::String(value.to_owned().into()))
    };
    let message = Message::new(body.to_owned())
        .add_header(text(kind, name))
        .add_header(text(":content-type", "application/json"))
        .add_header(text(":message-type", message_type));
    let mut out = Vec::new();
    // The lengths of what this server sends are far below what a frame may have.
    let _always_fits = write_message_to(&message, &mut out);
    Bytes::from(out)
}
