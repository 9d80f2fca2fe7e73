//! What Deepgram's refusals mean.

use ports::TranscriberError;
use serde::Deserialize;
use thiserror::Error;

/// The most of a refusal's text that is passed on.
const MAX_DETAIL_CHARS: usize = 200;

/// Why a stream broke. None of these texts comes from the other side once audio was sent: it could hold words.
#[derive(Debug, Error)]
pub(crate) enum StreamError {
    #[error("Deepgram was not reached within {0} s")]
    ConnectTimeout(u64),
    #[error("Deepgram was not reached")]
    Connect(#[source] std::io::Error),
    #[error("Deepgram's answer to the upgrade was not understood: {0}")]
    Upgrade(&'static str),
    #[error("Deepgram answered with status {0}")]
    Status(u16),
    #[error("the connection to Deepgram broke")]
    Broken(#[source] Option<std::io::Error>),
    #[error("Deepgram broke the WebSocket protocol")]
    Protocol,
    #[error("Deepgram closed the stream with code {code}: {meaning}")]
    Closed { code: u16, meaning: &'static str },
    #[error("Deepgram reported an error{}{code}", if code.is_empty() { "" } else { ": " })]
    Reported { code: String },
    #[error("Deepgram gave no answer for {0} s of waiting")]
    NoAnswer(u64),
    #[error("Deepgram ended the stream before all audio was recognised")]
    EndedEarly,
    #[error(transparent)]
    Overflow(#[from] crate::interleave::Overflow),
}

impl From<StreamError> for TranscriberError {
    fn from(error: StreamError) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// Deepgram's error body. Older paths use the `err_` names.
#[derive(Deserialize)]
struct Body {
    #[serde(alias = "category")]
    err_code: Option<String>,
    #[serde(alias = "message")]
    err_msg: Option<String>,
    details: Option<String>,
}

/// What a refused upgrade means. No audio was sent yet, so the text may be passed on; the key is taken out of it.
pub(crate) fn of_status(status: u16, body: &[u8], header: Option<&str>, key: &str) -> TranscriberError {
    let detail = detail(body, header, key);
    let unavailable = |what: &str| TranscriberError::Unavailable(format!("{what}{detail}"));
    match status {
        400 => unavailable("Deepgram does not take the request; mend the recogniser's settings"),
        401 => unavailable("Deepgram does not know the API key; set a valid one"),
        402 => unavailable("the Deepgram project has no credit left; add some"),
        403 => unavailable("the API key may not use this model; change its role or the model"),
        404 => unavailable("Deepgram has no such address or model; check the endpoint"),
        429 => TranscriberError::Busy(format!("Deepgram's limit of streams is reached{detail}")),
        405..=407 | 409..=428 | 430..=499 => unavailable("Deepgram refuses the request"),
        _ => StreamError::Status(status).into(),
    }
}

fn detail(body: &[u8], header: Option<&str>, key: &str) -> String {
    let parsed: Option<Body> = serde_json::from_slice(body).ok();
    let parts = parsed.map(|body| [body.err_code, body.err_msg, body.details]).unwrap_or_default();
    let mut text = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
    if text.is_empty() {
        header.unwrap_or_default().clone_into(&mut text);
    }
    let text = text.replace(key, "[redacted]");
    let printable = text.chars().filter(|c| !c.is_control()).take(MAX_DETAIL_CHARS).collect::<String>();
    if printable.is_empty() { String::new() } else { format!(" ({printable})") }
}

/// What a closed stream means. The reason is read for the codes of Deepgram's documentation, and not passed on.
pub(crate) fn of_close(code: u16, reason: &str) -> StreamError {
    let reason = reason.to_ascii_lowercase().replace('-', "");
    let meaning = if reason.contains("data0000") {
        "the audio could not be decoded (DATA-0000)"
    } else if reason.contains("net0000") {
        "no result came out of it in time (NET-0000)"
    } else if reason.contains("net0001") || reason.contains("did not receive audio") {
        "no audio reached it in time (NET-0001)"
    } else {
        match code {
            1000 => "as if all audio had been sent",
            1001 | 1012 => "it is going away",
            1008 => "against its policy",
            1009 => "a message was too large",
            1011 => "it failed",
            1013 => "it is overloaded",
            _ => "for a reason of its own",
        }
    };
    StreamError::Closed { code, meaning }
}

/// What an error message within the stream means: of its text only what looks like a code is kept.
pub(crate) fn of_report<'a>(fields: impl IntoIterator<Item = &'a str>) -> StreamError {
    let is_code = |text: &&str| {
        let known =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        text.len() <= 40 && text.bytes().all(known) && text.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let code = fields.into_iter().flat_map(str::split_whitespace).find(is_code);
    StreamError::Reported { code: code.unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_meaning() {
        let kinds = [
            (400, "unavailable"),
            (401, "unavailable"),
            (402, "unavailable"),
            (403, "unavailable"),
            (404, "unavailable"),
            (408, "failed"),
            (422, "unavailable"),
            (429, "busy"),
            (500, "failed"),
            (503, "failed"),
            (302, "failed"),
        ];
        for (status, kind) in kinds {
            assert_eq!(of_status(status, b"", None, "key").kind(), kind, "{status}");
        }
    }

    #[test]
    fn a_refusal_says_what_deepgram_says_but_never_the_key() {
        let body = br#"{"err_code":"Bad Request","err_msg":"Invalid query parameter: encoding of dg-key"}"#;
        let text = of_status(400, body, None, "dg-key").to_string();
        assert!(text.contains("Bad Request: Invalid query parameter: encoding"), "{text}");
        assert!(!text.contains("dg-key"));
        assert!(of_status(400, b"<html>", Some("no such model"), "k").to_string().contains("no such model"));
        assert!(of_status(400, &[b'x'; 9_000], Some(&"y".repeat(9_000)), "k").to_string().len() < 400);
    }

    #[test]
    fn a_close_is_told_by_its_documented_codes() {
        let text = |code, reason: &str| of_close(code, reason).to_string();
        assert!(text(1011, "... See https://dpgr.am/net0001").contains("NET-0001"));
        assert!(text(1011, "NET-0000").contains("NET-0000"));
        assert!(text(1008, "DATA-0000: cannot be decoded").contains("DATA-0000"));
        assert!(!text(4_000, "my card number is four").contains("card"));
    }

    #[test]
    fn of_a_reported_error_only_a_code_is_kept() {
        let code = |text: &str| of_report([text]).to_string();
        assert_eq!(code("failed with NET-0000 today"), "Deepgram reported an error: NET-0000");
        assert_eq!(code("my card number is four one one one"), "Deepgram reported an error");
    }
}
