//! The description of the subscription protocol (`AsyncAPI` 3), out of the same shapes as the HTTP API's.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::subscribe::ServerMessage;

/// Where shapes lie, in both descriptions.
const SCHEMAS: &str = "#/components/schemas/";
/// What a client may say, by transport: over the others a request says it.
const CLIENT: [&str; 3] = ["authenticate", "subscribe", "unsubscribe"];
const SERVER: [&str; 7] =
    ["authenticated", "snapshot", "event", "caught_up", "error", "warning", "heartbeat"];

/// The description, as JSON, out of that of the HTTP API.
pub(crate) fn describe(openapi: &Value) -> Value {
    let schemas = &openapi["components"]["schemas"];
    let messages: Map<String, Value> =
        CLIENT.iter().chain(&SERVER).map(|name| ((*name).to_owned(), message(name, schemas))).collect();
    let mut wanted = BTreeSet::new();
    for message in messages.values() {
        collect(message, schemas, &mut wanted);
    }
    let kept: Map<String, Value> =
        wanted.into_iter().map(|name| (name.clone(), schemas[&name].clone())).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Trunkline subscriptions",
            "version": openapi["info"]["version"],
            "license": openapi["info"]["license"],
            "description": "Live calls over a WebSocket, server-sent events or long polling: the same messages over each, \
                resumed by cursor. See docs/events.md for the rules and the limits.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "socket": channel("/v1/subscribe", "A WebSocket; texts both ways", &[&CLIENT[..], &SERVER[..]].concat()),
            "events": channel(
                "/v1/subscribe/events",
                "Server-sent events; `subscribe` is a parameter of the query, repeated, and each `data` a message",
                &[&["subscribe"][..], &SERVER[1..]].concat(),
            ),
            "poll": channel(
                "/v1/subscribe/poll",
                "Long polling; the request holds `subscribe` messages, the answer `{\"messages\": […]}`",
                &[&["subscribe"][..], &SERVER[1..]].concat(),
            ),
        },
        "operations": {
            "ask": operation("receive", "socket", &CLIENT),
            "tell": operation("send", "socket", &SERVER),
            "askForEvents": operation("receive", "events", &["subscribe"]),
            "tellByEvents": operation("send", "events", &SERVER[1..]),
            "askByPoll": operation("receive", "poll", &["subscribe"]),
            "tellByPoll": operation("send", "poll", &SERVER[1..]),
        },
        "components": { "messages": messages, "schemas": kept },
    })
}

fn channel(address: &str, description: &str, messages: &[&str]) -> Value {
    let named: Map<String, Value> = messages
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "$ref": format!("#/components/messages/{name}") })))
        .collect();
    json!({ "address": address, "description": description, "messages": named })
}

fn operation(action: &str, channel: &str, messages: &[&str]) -> Value {
    let refer = |name: &&str| json!({ "$ref": format!("#/channels/{channel}/messages/{name}") });
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "messages": messages.iter().map(refer).collect::<Vec<_>>(),
    })
}

/// One message: its shape is the variant of that name.
fn message(name: &str, schemas: &Value) -> Value {
    let payload = if name == "event" {
        json!({
            "type": "object",
            "description": "Something happened in what is followed.",
            "required": ["type", "id", "event"],
            "properties": {
                "type": { "type": "string", "enum": ["event"] },
                "id": { "type": "string", "description": "The subscription." },
                "event": { "$ref": format!("{SCHEMAS}Envelope") },
            },
        })
    } else {
        let family = if CLIENT.contains(&name) { "ClientMessage" } else { "ServerMessage" };
        let variants = schemas[family]["oneOf"].as_array();
        variants.into_iter().flatten().find(|variant| is_named(variant, name)).cloned().unwrap_or_default()
    };
    json!({
        "name": name,
        "summary": payload["description"],
        "payload": payload,
        "examples": [{ "payload": example(name) }],
    })
}

/// Whether a variant's `type` is this one: it stands in the variant itself, or in a part of it.
fn is_named(variant: &Value, name: &str) -> bool {
    let own = |part: &Value| part["properties"]["type"]["enum"][0] == name;
    own(variant) || variant["allOf"].as_array().into_iter().flatten().any(own)
}

/// The shapes that a description refers to, and those that they refer to.
fn collect(value: &Value, schemas: &Value, wanted: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let named =
                fields.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(SCHEMAS));
            if let Some(name) = named
                && wanted.insert(name.to_owned())
            {
                collect(&schemas[name], schemas, wanted);
            }
            fields.values().for_each(|field| collect(field, schemas, wanted));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, schemas, wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An example of a message; the server's are what it would say.
fn example(name: &str) -> Value {
    let said = |message: &ServerMessage<'_>| serde_json::to_value(message).unwrap_or_default();
    match name {
        "authenticate" => json!({ "type": "authenticate", "token": "…" }),
        "subscribe" => {
            json!({ "type": "subscribe", "id": "s1", "topic": "call", "call_id": "call-0123", "snapshot": true })
        }
        "unsubscribe" => json!({ "type": "unsubscribe", "id": "s1" }),
        "authenticated" => said(&ServerMessage::Authenticated {
            name: "ann",
            role: "agent",
            expires_at_ms: Some(1_700_000_900_000),
        }),
        "snapshot" => json!({ "type": "snapshot", "id": "c1", "cursor": 240, "data": { "calls": [] } }),
        "event" => json!({ "type": "event", "id": "s1", "event": {
            "v": 1, "tenant": "local", "call_id": "call-0123", "seq": 18, "position": 241, "stages": {},
            "type": "hold_started", "data": { "at_ms": 61_500 },
        } }),
        "caught_up" => said(&ServerMessage::CaughtUp { id: "s1", cursor: 18 }),
        "error" => said(&ServerMessage::Error {
            id: Some("s1"),
            code: "cursor_ahead",
            detail: "the log ends at 4, before 18".to_owned(),
            cursor: Some(4),
        }),
        "warning" => said(&ServerMessage::Warning {
            id: "s1",
            code: "store_failed",
            detail: "the log does not answer; the subscription goes on when it does".to_owned(),
        }),
        _ => said(&ServerMessage::Heartbeat { at_ms: 1_700_000_000_000 }),
    }
}

#[cfg(test)]
mod tests {
    use events::Envelope;

    use super::*;
    use crate::subscribe::ClientMessage;

    fn description() -> Value {
        describe(&serde_json::from_str(&crate::openapi()).unwrap())
    }

    #[test]
    fn every_message_has_a_shape_and_every_shape_that_it_names_is_there() {
        let description = description();
        for (name, message) in description["components"]["messages"].as_object().unwrap() {
            assert!(message["payload"].is_object(), "{name}");
        }
        let mut named = BTreeSet::new();
        collect(&description, &description["components"]["schemas"], &mut named);
        for name in named {
            assert!(description["components"]["schemas"][&name].is_object(), "{name}");
        }
        for one in ["Envelope", "CallSnapshot", "GuidanceView", "HintShown"] {
            assert!(description["components"]["schemas"][one].is_object(), "{one}");
        }
    }

    #[test]
    fn references_lead_somewhere() {
        fn check(value: &Value, whole: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(path) = fields.get("$ref").and_then(Value::as_str) {
                        assert!(whole.pointer(path.trim_start_matches('#')).is_some(), "{path}");
                    }
                    fields.values().for_each(|field| check(field, whole));
                }
                Value::Array(items) => items.iter().for_each(|item| check(item, whole)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let description = description();
        check(&description, &description);
    }

    #[test]
    fn examples_are_what_is_said() {
        for name in CLIENT {
            serde_json::from_value::<ClientMessage>(example(name)).expect(name);
        }
        let event = example("event")["event"].clone();
        let mut event = event;
        event["stages"] = serde_json::to_value(events::Stages::default()).unwrap();
        serde_json::from_value::<Envelope>(event).unwrap();
        for name in SERVER {
            assert_eq!(example(name)["type"], name);
        }
    }
}
