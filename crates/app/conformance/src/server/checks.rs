//! What must hold of a server.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{ask::Target, transport::Transport};
use crate::{Outcome, Report};

/// How long a subscription may take to give what is asked for.
const WITHIN: Duration = Duration::from_secs(20);
/// How long a server may take to have a call to look at.
const MAX_WAIT_FOR_CALL: Duration = Duration::from_secs(20);
/// For so long a live call is followed over all transports at once.
const FOLLOW: Duration = Duration::from_secs(8);
/// A cursor that no log reaches.
const BEYOND: u64 = 9_000_000_000_000;

/// Asks a server as clients do, over each transport, and says what held.
pub async fn run(target: &Target) -> Report {
    let mut report = Report::default();
    access(target, &mut report).await;
    let call = match pick(target).await {
        Ok(call) => call,
        Err(why) => {
            report.add("there is a call to look at", None, Outcome::Failed(why));
            return report;
        }
    };
    let mut logs = Vec::new();
    for transport in Transport::ALL {
        let name = Some(transport.name());
        let log = whole_log(target, transport, &call).await;
        report.add("a call's log comes whole, in order, each event once", name, outcome(&log));
        resume(target, transport, &call, log.as_deref().unwrap_or_default(), &mut report).await;
        one(target, transport, &call, &mut report).await;
        if let Ok(log) = log {
            logs.push((transport, log));
        }
    }
    report.add("all transports give the same events", None, same(&logs));
    live(target, &call, &mut report).await;
    report
}

fn outcome<T>(result: &Result<T, String>) -> Outcome {
    match result {
        Ok(_) => Outcome::Passed,
        Err(why) => Outcome::Failed(why.clone()),
    }
}

fn holds(holds: bool, why: impl Into<String>) -> Outcome {
    if holds { Outcome::Passed } else { Outcome::Failed(why.into()) }
}

/// Who may ask, and who is refused how.
async fn access(target: &Target, report: &mut Report) {
    let said = target.get("/v1/access").await;
    let required = said.as_ref().is_ok_and(|answer| answer.body["required"] == true);
    let is_told = match &said {
        Ok(answer) => holds(
            answer.status == 200 && answer.body["required"].is_boolean(),
            format!("status {}, required {}", answer.status, answer.body["required"]),
        ),
        Err(why) => Outcome::Failed(why.clone()),
    };
    report.add("GET /v1/access says how to sign in", None, is_told);
    let who = match target.get("/v1/whoami").await {
        Ok(answer) => {
            let role = answer.body["role"].as_str().unwrap_or_default();
            let known = ["agent", "supervisor", "admin"].contains(&role);
            holds(answer.status == 200 && known, format!("status {}, role {role:?}", answer.status))
        }
        Err(why) => Outcome::Failed(why),
    };
    report.add("GET /v1/whoami names who asks and the role", None, who);
    let rule = "who has no key is refused with 401 and the code unauthenticated";
    if !required {
        report.add(rule, None, Outcome::Skipped("the server asks for none".to_owned()));
        return;
    }
    let refused = match target.by_nobody().get("/v1/calls").await {
        Ok(answer) => holds(
            answer.status == 401 && answer.body["code"] == "unauthenticated",
            format!("status {}, code {}", answer.status, answer.body["code"]),
        ),
        Err(why) => Outcome::Failed(why),
    };
    report.add(rule, None, refused);
}

/// A call with events: one that goes on, or else the newest.
async fn pick(target: &Target) -> Result<String, String> {
    let end = Instant::now() + MAX_WAIT_FOR_CALL;
    loop {
        let answer = target.get("/v1/calls?limit=50").await?;
        if answer.status != 200 {
            return Err(format!("GET /v1/calls: status {}, code {}", answer.status, answer.body["code"]));
        }
        let rows = answer.body["calls"].as_array().cloned().unwrap_or_default();
        let live = rows.iter().find(|row| row["state"] == "live" && row["seq"].as_u64() > Some(3));
        let picked = live.or_else(|| rows.iter().find(|row| row["seq"].as_u64() > Some(3)));
        if let Some(id) = picked.and_then(|row| row["call_id"].as_str()) {
            return Ok(id.to_owned());
        }
        if Instant::now() > end {
            return Err("the server has no call: place one, or check `trunkline emulate`".to_owned());
        }
        sleep(Duration::from_millis(500)).await;
    }
}

fn subscribe(call: &str, after: u64) -> Value {
    json!({"type": "subscribe", "id": "s", "topic": "call", "call_id": call, "after": after})
}

/// The logged events among messages.
fn events(messages: &[Value]) -> Vec<&Value> {
    let events =
        messages.iter().filter(|message| message["type"] == "event").map(|message| &message["event"]);
    events.filter(|event| event["seq"].as_u64() > Some(0)).collect()
}

fn is_through(messages: &[Value]) -> bool {
    messages.iter().any(|message| ["caught_up", "error"].iter().any(|end| message["type"] == *end))
}

/// What a call's log holds now, as a transport gives it.
async fn whole_log(target: &Target, transport: Transport, call: &str) -> Result<Vec<Value>, String> {
    let messages = transport.collect(target, &subscribe(call, 0), WITHIN, is_through).await?;
    if let Some(error) = messages.iter().find(|message| message["type"] == "error") {
        return Err(format!("the subscription is refused: {}", error["code"]));
    }
    if !messages.iter().any(|message| message["type"] == "caught_up") {
        return Err("no caught_up came".to_owned());
    }
    let log: Vec<Value> = events(&messages).into_iter().cloned().collect();
    for (seq, event) in (1u64..).zip(&log) {
        if event["seq"] != json!(seq) {
            return Err(format!("seq {} comes where {seq} is due", event["seq"]));
        }
        if event["call_id"] != call {
            return Err(format!("seq {seq} is of another call"));
        }
        let read: Result<events::Envelope, _> = serde_json::from_value(event.clone());
        let known = event["type"].as_str().is_some_and(|name| events::Event::TYPES.contains(&name));
        if let (true, Err(error)) = (known, read) {
            return Err(format!("seq {seq} is not of the schema: {error}"));
        }
    }
    if log.is_empty() { Err("no event came".to_owned()) } else { Ok(log) }
}

/// What comes after a cursor is the rest, and the rest only.
async fn resume(target: &Target, transport: Transport, call: &str, log: &[Value], report: &mut Report) {
    let rule = "a subscription goes on after its cursor, without loss or repeat";
    let middle = log.len() / 2;
    let cursor = log.get(middle).and_then(|event| event["seq"].as_u64()).unwrap_or(0);
    let result = match transport.collect(target, &subscribe(call, cursor), WITHIN, is_through).await {
        Ok(messages) => {
            let rest = events(&messages);
            let expected = log.iter().skip(middle + 1);
            let begins_so = rest.len() >= log.len().saturating_sub(middle + 1)
                && rest.iter().zip(expected).all(|(got, want)| same_event(got, want));
            holds(begins_so, format!("after seq {cursor} come {} events that are not the rest", rest.len()))
        }
        Err(why) => Outcome::Failed(why),
    };
    report.add(rule, Some(transport.name()), result);
}

/// The other rules of one subscription.
async fn one(target: &Target, transport: Transport, call: &str, report: &mut Report) {
    let name = Some(transport.name());
    let mut snapshot = subscribe(call, 0);
    snapshot["snapshot"] = json!(true);
    let result = transport.collect(target, &snapshot, WITHIN, is_through).await;
    report.add("a snapshot comes first, and then what follows it", name, from_snapshot(result));
    let mut ended = subscribe(call, 0);
    ended["types"] = json!(["call_started"]);
    let result = transport.collect(target, &ended, WITHIN, is_through).await.map(|messages| {
        let names: Vec<String> = events(&messages).iter().map(|event| event["type"].to_string()).collect();
        holds(
            !names.is_empty() && names.iter().all(|name| name == "\"call_started\""),
            format!("asked for call_started, got {names:?}"),
        )
    });
    report.add("only the types that are asked for come", name, result.unwrap_or_else(Outcome::Failed));
    let result = transport.collect(target, &subscribe(call, BEYOND), WITHIN, is_through).await;
    let result = result.map(|messages| {
        let error = messages.iter().find(|message| message["type"] == "error");
        let code = error.map_or(Value::Null, |error| error["code"].clone());
        holds(code == "cursor_ahead", format!("the code is {code}"))
    });
    let rule = "a cursor beyond the log is refused with cursor_ahead";
    report.add(rule, name, result.unwrap_or_else(Outcome::Failed));
    let heard = |messages: &[Value]| messages.iter().any(|message| message["type"] == "heartbeat");
    let result = transport.collect(target, &subscribe(call, 0), WITHIN, heard).await;
    let result = result.map(|messages| holds(heard(&messages), "no heartbeat came in 20 s"));
    report.add("the server beats", name, result.unwrap_or_else(Outcome::Failed));
}

fn from_snapshot(result: Result<Vec<Value>, String>) -> Outcome {
    let messages = match result {
        Ok(messages) => messages,
        Err(why) => return Outcome::Failed(why),
    };
    let mut of_it = messages.iter().filter(|message| message["id"] == "s");
    let Some(first) = of_it.next().filter(|first| first["type"] == "snapshot") else {
        return Outcome::Failed("the first message is no snapshot".to_owned());
    };
    let Some(cursor) = first["cursor"].as_u64() else {
        return Outcome::Failed("the snapshot has no cursor".to_owned());
    };
    let whole = ["call", "transcript", "guidance"].iter().all(|part| first["data"][part].is_object());
    if !whole {
        return Outcome::Failed("the snapshot lacks call, transcript or guidance".to_owned());
    }
    let follows = events(&messages).iter().all(|event| event["seq"].as_u64() > Some(cursor));
    holds(follows, "an event comes that the snapshot takes in already")
}

/// The same event but for when it was handed out, which each server host stamps.
fn same_event(one: &Value, other: &Value) -> bool {
    let strip = |event: &Value| {
        let mut event = event.clone();
        if let Some(stages) = event["stages"].as_object_mut() {
            stages.remove("published_us");
        }
        event
    };
    strip(one) == strip(other)
}

fn same(logs: &[(Transport, Vec<Value>)]) -> Outcome {
    let [(_, first), others @ ..] = logs else {
        return Outcome::Skipped("no transport gave a log".to_owned());
    };
    if others.is_empty() {
        return Outcome::Skipped("only one transport gave a log".to_owned());
    }
    for (transport, log) in others {
        // A call that goes on has more events the later it is asked for.
        if let Some((one, _)) = first.iter().zip(log).find(|(one, other)| !same_event(one, other)) {
            return Outcome::Failed(format!("seq {} differs over {}", one["seq"], transport.name()));
        }
    }
    Outcome::Passed
}

/// A call that goes on, followed over all transports at once.
async fn live(target: &Target, call: &str, report: &mut Report) {
    let rule = "a call that goes on is told alike over all transports";
    let state = target.get(&format!("/v1/calls/{call}")).await;
    if !state.is_ok_and(|answer| answer.body["state"] == "live") {
        report.add(rule, None, Outcome::Skipped("no call goes on".to_owned()));
        return;
    }
    let subscription = subscribe(call, 0);
    let never = |_: &[Value]| false;
    let (socket, sse, polling) = tokio::join!(
        Transport::WebSocket.collect(target, &subscription, FOLLOW, never),
        Transport::Sse.collect(target, &subscription, FOLLOW, never),
        Transport::Polling.collect(target, &subscription, FOLLOW, never),
    );
    let mut logs = Vec::new();
    for (transport, result) in Transport::ALL.into_iter().zip([socket, sse, polling]) {
        match result {
            Ok(messages) => logs.push((transport, events(&messages).into_iter().cloned().collect())),
            Err(why) => {
                report.add(rule, Some(transport.name()), Outcome::Failed(why));
                return;
            }
        }
    }
    report.add(rule, None, same(&logs));
}
