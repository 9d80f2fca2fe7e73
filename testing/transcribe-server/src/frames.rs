//! Frames in and out: the event stream encoding.

use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::{Buf, Bytes, BytesMut};
use serde_json::Value;

/// What a frame has besides its audio: two preludes, headers and checksums.
const MAX_OVERHEAD_BYTES: usize = 4 * 1_024;

/// Cuts frames out of the bytes that come.
#[derive(Debug)]
pub(crate) struct Frames {
    buffer: BytesMut,
    max_frame_bytes: usize,
}

/// What is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameError {
    /// A frame is larger than a chunk may be.
    TooBig,
    /// A checksum or a length is wrong.
    Broken,
}

/// What a frame carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Audio(Bytes),
    /// The end of the audio: a signed frame that carries nothing, or no audio.
    End,
    Unknown,
}

impl Frames {
    pub(crate) fn new(max_chunk_bytes: usize) -> Self {
        Self { buffer: BytesMut::new(), max_frame_bytes: max_chunk_bytes + MAX_OVERHEAD_BYTES }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, FrameError> {
        let Some(mut prelude) = self.buffer.get(..4) else { return Ok(None) };
        let length = usize::try_from(prelude.get_u32()).unwrap_or(usize::MAX);
        if length > self.max_frame_bytes {
            return Err(FrameError::TooBig);
        }
        if length < 16 {
            return Err(FrameError::Broken);
        }
        if self.buffer.len() < length {
            return Ok(None);
        }
        let frame = self.buffer.split_to(length);
        read_message_from(frame.freeze()).map(Some).map_err(|_| FrameError::Broken)
    }
}

/// Opens a signed frame.
pub(crate) fn open(frame: &Message) -> Result<Event, FrameError> {
    if frame.payload().is_empty() {
        return Ok(Event::End);
    }
    let inner = read_message_from(frame.payload().clone()).map_err(|_| FrameError::Broken)?;
    let is_audio = inner.headers().iter().any(|header| {
        let value = header.value().as_string().map(|value| value.as_str().to_owned());
        header.name().as_str() == ":event-type" && value.as_deref() == Ok("AudioEvent")
    });
    Ok(match (is_audio, inner.payload().is_empty()) {
        (true, true) => Event::End,
        (true, false) => Event::Audio(inner.payload().clone()),
        (false, _) => Event::Unknown,
    })
}

/// An event with results.
pub(crate) fn results(results: &[Value]) -> Bytes {
    event(&serde_json::json!({"Transcript": {"Results": results}}))
}

/// An event of any shape.
pub(crate) fn event(body: &Value) -> Bytes {
    frame(":event-type", "TranscriptEvent", "event", body)
}

/// An exception, which ends a stream.
pub(crate) fn exception(code: &str, message: &str) -> Bytes {
    frame(":exception-type", code, "exception", &serde_json::json!({"Message": message}))
}

fn frame(kind: &'static str, name: &str, message_type: &'static str, body: &Value) -> Bytes {
    let text = |name: &'static str, value: String| Header::new(name, HeaderValue::String(value.into()));
    let message = Message::new(body.to_string())
        .add_header(text(kind, name.to_owned()))
        .add_header(text(":content-type", "application/json".to_owned()))
        .add_header(text(":message-type", message_type.to_owned()));
    let mut out = Vec::new();
    // The lengths of what this server sends are far below what a frame may have.
    let _always_fits = write_message_to(&message, &mut out);
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_however_the_bytes_are_cut() {
        let bytes = [results(&[]), exception("ConflictException", "another one")].concat();
        for cut in [1, 3, 16, bytes.len()] {
            let mut frames = Frames::new(1_024);
            let mut found = 0;
            for part in bytes.chunks(cut) {
                frames.push(part);
                while frames.next().unwrap().is_some() {
                    found += 1;
                }
            }
            assert_eq!(found, 2, "{cut}");
        }
    }

    #[test]
    fn a_frame_with_a_changed_byte_is_broken() {
        let good = results(&[]);
        for at in 0..good.len() {
            let mut bad = good.to_vec();
            bad[at] ^= 1;
            let mut frames = Frames::new(1_024);
            frames.push(&bad);
            assert!(!matches!(frames.next(), Ok(Some(_))), "{at}");
        }
    }

    #[test]
    fn a_frame_that_is_too_big_is_told_by_its_first_bytes() {
        let mut frames = Frames::new(1_024);
        frames.push(&100_000_u32.to_be_bytes());
        assert_eq!(frames.next(), Err(FrameError::TooBig));
    }
}
