//! The protocol's shapes; none of them goes further.
//!
//! `https://platform.openai.com/docs/api-reference/chat`: requests, chunks of a stream, and whole answers.

use ports::Prompt;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    config::LlmConfig,
    dialect::{Dialect, JsonBy},
};

/// How the answer's schema is called.
const SCHEMA_NAME: &str = "answer";

/// The body of a request.
pub(crate) fn request(prompt: &Prompt, config: &LlmConfig, dialect: Dialect) -> Value {
    let json_by = prompt.schema.as_ref().map(|schema| (dialect.json_by(), schema));
    let mut instructions = prompt.instructions.clone();
    if let Some((JsonBy::Object | JsonBy::Words, schema)) = json_by {
        instructions.push_str("\n\nAnswer with JSON only, of this JSON schema:\n");
        instructions.push_str(&schema.to_string());
    }
    let mut body = json!({
        "model": config.model_of(&prompt.tenant),
        "messages": [
            {"role": "system", "content": instructions},
            {"role": "user", "content": prompt.material},
        ],
        "stream": true,
    });
    body[dialect.token_limit()] = json!(prompt.max_tokens.max(1));
    if dialect.has_stream_options() {
        body["stream_options"] = json!({"include_usage": true});
    }
    if dialect.has_temperature() {
        body["temperature"] = json!(config.temperature);
    }
    if let Some(effort) = config.reasoning_effort.as_ref().filter(|_| dialect.has_reasoning()) {
        body["reasoning_effort"] = json!(effort);
    }
    match json_by {
        Some((JsonBy::Schema, schema)) => {
            let schema = json!({"name": SCHEMA_NAME, "strict": true, "schema": schema});
            body["response_format"] = json!({"type": "json_schema", "json_schema": schema});
        }
        Some((JsonBy::Object, _)) => body["response_format"] = json!({"type": "json_object"}),
        Some((JsonBy::Words, _)) | None => {}
    }
    body
}

/// What an event or a whole answer says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) model: Option<String>,
    pub(crate) end: Option<End>,
    pub(crate) tokens: Option<(u32, u32)>,
    /// The server reports an error.
    pub(crate) failed: bool,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    TooLong,
    Filtered,
}

#[derive(Deserialize)]
struct RawPiece {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Vec<RawChoice>,
    #[serde(default)]
    usage: Option<RawUsage>,
    #[serde(default)]
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct RawChoice {
    #[serde(default)]
    index: u32,
    #[serde(default, alias = "message")]
    delta: Option<RawDelta>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct RawDelta {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct RawUsage {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
}

/// Reads an event or a whole answer; none where it has another shape.
pub(crate) fn parse(text: &str) -> Option<Piece> {
    // The parser's own error quotes what it found.
    let raw: RawPiece = serde_json::from_str(text).ok()?;
    let mut piece = Piece {
        model: raw.model.filter(|model| !model.is_empty()),
        tokens: raw.usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens)),
        failed: raw.error.is_some(),
        ..Piece::default()
    };
    for choice in raw.choices.into_iter().filter(|choice| choice.index == 0) {
        let delta = choice.delta.unwrap_or(RawDelta { content: None, refusal: None });
        piece.text.push_str(&delta.content.unwrap_or_default());
        if delta.refusal.is_some_and(|refusal| !refusal.is_empty()) {
            piece.end = Some(End::Filtered);
        }
        match choice.finish_reason.as_deref() {
            Some("length") => piece.end = Some(End::TooLong),
            Some("content_filter") => piece.end = Some(End::Filtered),
            Some(_) => piece.end = piece.end.or(Some(End::Whole)),
            None => {}
        }
    }
    Some(piece)
}
