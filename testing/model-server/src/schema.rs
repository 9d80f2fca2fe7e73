//! The rules of strict schemas.

use serde_json::Value;

/// How deep a strict schema may be.
const MAX_DEPTH: usize = 10;
/// Keywords that strict schemas may not have.
const NOT_PERMITTED: &[&str] = &[
    "minLength",
    "maxLength",
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "minProperties",
    "maxProperties",
    "uniqueItems",
    "contains",
];

/// What is wrong with a strict schema, in the words of the real one.
pub(crate) fn check_strict(name: &str, schema: &Value) -> Result<(), String> {
    let refused = |context: &str, why: String| {
        Err(format!("Invalid schema for response_format '{name}': In context=({context}), {why}"))
    };
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return refused("", "schema must be a JSON Schema of 'type: \"object\"'.".to_owned());
    }
    let mut open = vec![(String::new(), schema, 1_usize)];
    while let Some((context, schema, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return refused(&context, format!("schema exceeds the depth of {MAX_DEPTH}."));
        }
        if let Some(keyword) = NOT_PERMITTED.iter().find(|keyword| schema.get(**keyword).is_some()) {
            return refused(&context, format!("'{keyword}' is not permitted."));
        }
        if schema.get("type").is_none() && schema.get("enum").is_none() && schema.get("anyOf").is_none() {
            return refused(&context, "schema must have a 'type' key.".to_owned());
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        if let Some(properties) = properties {
            if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
                return refused(
                    &context,
                    "'additionalProperties' is required to be supplied and to be false.".to_owned(),
                );
            }
            let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            for (key, inner) in properties {
                if !required.iter().any(|name| name.as_str() == Some(key)) {
                    return refused(
                        &context,
                        format!(
                            "'required' is required to be supplied and to be an array including every key in \
                             properties. Missing '{key}'."
                        ),
                    );
                }
                open.push((format!("{context}'properties', '{key}', "), inner, depth + 1));
            }
        } else if is_object(schema) {
            return refused(&context, "object schema missing properties.".to_owned());
        }
        if let Some(items) = schema.get("items") {
            open.push((format!("{context}'items', "), items, depth + 1));
        } else if schema.get("type").and_then(Value::as_str) == Some("array") {
            return refused(&context, "array schema missing items.".to_owned());
        }
        let choices = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
        open.extend(choices.map(|choice| (format!("{context}'anyOf', "), choice, depth + 1)));
    }
    Ok(())
}

fn is_object(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == "object",
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_strict_is_taken() {
        let schema = json!({
            "type": "object",
            "properties": {
                "a": {"type": ["string", "null"]},
                "b": {"type": "array", "items": {
                    "type": "object", "properties": {}, "required": [], "additionalProperties": false,
                }},
            },
            "required": ["a", "b"],
            "additionalProperties": false,
        });
        assert_eq!(check_strict("x", &schema), Ok(()));
    }

    #[test]
    fn what_is_not_strict_is_refused_with_its_place() {
        for (schema, why) in [
            (json!({"type": "array", "items": {"type": "string"}}), "type: \"object\""),
            (json!({"type": "object", "properties": {}}), "additionalProperties"),
            (
                json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": [],
                    "additionalProperties": false}),
                "Missing 'a'",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}},
                    "required": ["a"], "additionalProperties": false}),
                "'maxLength' is not permitted",
            ),
        ] {
            let refused = check_strict("x", &schema).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
