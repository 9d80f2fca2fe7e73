//! JSON in what a model said, held against the schema that it was asked for.

use serde_json::Value;

use crate::LanguageModelError;

/// How deep a schema is followed. What lies deeper is no answer.
const MAX_DEPTH: u32 = 32;

/// The JSON of an answer, as compact text. Models that are only told of a schema wrap JSON into words or fences: these
/// are left away. Of the schema's keywords those are checked that prompts use: `type`, `enum`, `properties`, `required`,
/// `additionalProperties: false`, `items`, `minItems`, `maxItems`, `maxLength`, `minimum`, `maximum`. Others say nothing.
///
/// # Errors
/// [`LanguageModelError::Rubbish`] when there is no JSON, or it does not meet the schema. The error quotes nothing.
pub fn json_answer(text: &str, schema: &Value) -> Result<String, LanguageModelError> {
    let value = read(text).ok_or(LanguageModelError::Rubbish("it is no JSON"))?;
    if !meets(&value, schema, MAX_DEPTH) {
        return Err(LanguageModelError::Rubbish("it does not meet the schema"));
    }
    Ok(value.to_string())
}

/// The whole text, or what lies between its first and its last brace, after what the model thought aloud.
fn read(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let text = text.rsplit_once("</think>").map_or(text, |(_, said)| said);
    let from = text.find('{')?;
    let to = text.rfind('}')?;
    serde_json::from_str(text.get(from..=to)?).ok()
}

fn meets(value: &Value, schema: &Value, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    is_of_type(value, schema.get("type"))
        && schema.get("enum").and_then(Value::as_array).is_none_or(|allowed| allowed.contains(value))
        && match value {
            Value::Object(_) => object_meets(value, schema, depth),
            Value::Array(items) => {
                let count = items.len() as u64;
                bound(schema, "minItems").is_none_or(|least| count >= least)
                    && bound(schema, "maxItems").is_none_or(|most| count <= most)
                    && schema
                        .get("items")
                        .is_none_or(|schema| items.iter().all(|item| meets(item, schema, depth)))
            }
            Value::String(text) => {
                bound(schema, "maxLength").is_none_or(|most| text.chars().count() as u64 <= most)
            }
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                let limit = |name| schema.get(name).and_then(Value::as_f64);
                limit("minimum").is_none_or(|least| number >= least)
                    && limit("maximum").is_none_or(|most| number <= most)
            }
            Value::Null | Value::Bool(_) => true,
        }
}

fn object_meets(value: &Value, schema: &Value, depth: u32) -> bool {
    let Some(object) = value.as_object() else { return false };
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    required.is_none_or(|names| names.iter().filter_map(Value::as_str).all(|name| object.contains_key(name)))
        && object.iter().all(|(name, value)| match properties.and_then(|properties| properties.get(name)) {
            Some(schema) => meets(value, schema, depth),
            None => !is_closed,
        })
}

fn bound(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}

fn is_of_type(value: &Value, wanted: Option<&Value>) -> bool {
    match wanted {
        Some(Value::String(name)) => is_a(value, name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(|name| is_a(value, name)),
        _ => true,
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "answer": {"type": ["string", "null"], "maxLength": 5},
                "passage": {"type": "integer", "minimum": 0, "maximum": 9},
                "points": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
                "kind": {"enum": ["a", "b"]},
            },
            "required": ["answer"],
            "additionalProperties": false,
        })
    }

    #[test]
    fn what_meets_the_schema_is_taken() {
        for text in [
            r#"{"answer":"yes"}"#,
            r#"{"answer":null,"passage":9,"points":["a","b"],"kind":"b"}"#,
            "```json\n{\"answer\": \"yes\"}\n```",
            "<think>{hm}</think> Here: {\"answer\": \"yes\"}",
            "Sure! {\"answer\": \"ü\u{1F600}abc\"} I hope that helps.",
        ] {
            assert!(json_answer(text, &schema()).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_does_not_meet_it_is_rubbish() {
        for text in [
            "",
            "no",
            "{",
            "}{",
            "[]",
            r#""answer""#,
            r#"{"passage":1}"#,
            r#"{"answer":"longer"}"#,
            r#"{"answer":1}"#,
            r#"{"answer":"a","passage":10}"#,
            r#"{"answer":"a","passage":1.5}"#,
            r#"{"answer":"a","points":["a","b","c"]}"#,
            r#"{"answer":"a","points":[1]}"#,
            r#"{"answer":"a","kind":"c"}"#,
            r#"{"answer":"a","more":1}"#,
        ] {
            let refused = json_answer(text, &schema()).unwrap_err();
            assert_eq!(refused.code(), "model_rubbish", "{text}");
        }
    }

    #[test]
    fn what_is_too_deep_is_rubbish() {
        let mut schema = json!({"type": "array"});
        for _ in 0..40 {
            schema = json!({"type": "array", "items": schema});
        }
        let text = format!("{}{}", "[".repeat(40), "]".repeat(40));
        assert!(json_answer(&text, &schema).is_err());
        assert!(json_answer(&"[".repeat(100_000), &schema).is_err());
    }
}
