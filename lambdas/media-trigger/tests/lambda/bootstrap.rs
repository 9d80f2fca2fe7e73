//! The program against the runtime's interface.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    time::{Duration, Instant},
};

use serde_json::json;

use crate::runtime_api::{Function, response, run, serve};

/// Lambda's time for an event, unless a test says otherwise.
const TIME: Duration = Duration::from_secs(30);
const NUMBER: &str = "+15555550101";

/// As Connect writes it, with what a parser that writes it anew would change: the order and the repetition of keys,
/// spaces, escapes.
const EVENT: &str = r#"{"Details":{"ContactData":{"Attributes":{"note":"J\u00f6rg \/ 😀","a":"1"}, "Channel":"VOICE",
 "ContactId":"5ca32fbd-8f92-46af-92a5-6b0f970f0efe","CustomerEndpoint":{"Address":"+15555550101","Type":"TELEPHONE_NUMBER"},
 "MediaStreams":{"Customer":{"Audio":{"StreamARN":"arn:aws:kinesisvideo::eu-west-2:111122223333:stream/calls/1565272947806",
 "StartTimestamp":"1565781909613","StartFragmentNumber":"91343852333181432392682062622220590765191907586"}}},
 "Score":1.0e2,"Score":100}},"Name":"ContactFlowEvent"}"#;

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/v1/triggers/connect")
}

#[test]
fn the_event_reaches_the_server_byte_for_byte() {
    let (sender, requests) = channel();
    let port = serve(move |request| {
        sender.send(request).unwrap();
        response("200 OK", "", r#"{"status":"accepted","call_id":"call-1"}"#)
    });
    let function = Function::start(&[("TRUNKLINE_TRIGGER_URL", &url(port))]);
    let said = function.invoke(EVENT, TIME);
    let contact = "5ca32fbd-8f92-46af-92a5-6b0f970f0efe";
    assert_eq!(said, json!({"trunkline_status": "accepted", "trunkline_contact_id": contact}));
    let request = requests.recv().unwrap();
    assert_eq!(request.line, "POST /v1/triggers/connect HTTP/1.1");
    assert!(request.headers.contains(&("content-type".to_owned(), "application/json".to_owned())));
    assert_eq!(String::from_utf8(request.body).unwrap(), EVENT);
}

#[test]
fn a_server_that_is_busy_for_a_moment_is_asked_again() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let port = serve(move |_| {
        let is_busy = count.fetch_add(1, Ordering::SeqCst) < 2;
        response(if is_busy { "503 Service Unavailable" } else { "202 Accepted" }, "", "")
    });
    let function =
        Function::start(&[("TRUNKLINE_TRIGGER_URL", &url(port)), ("TRUNKLINE_BUDGET_MS", "20000")]);
    assert_eq!(function.invoke(EVENT, TIME)["trunkline_status"], "accepted");
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[test]
fn it_answers_before_lambda_ends_it_while_everything_behind_it_hangs() {
    // Connections are taken by the system, and nobody answers.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let function = Function::start(&[
        ("AWS_ENDPOINT_URL", &endpoint),
        ("TRUNKLINE_QUEUE_URL", &format!("{endpoint}/000000000000/triggers.fifo")),
        ("TRUNKLINE_TRIGGER_URL", &url(port)),
        ("TRUNKLINE_DIRECTORY_TABLE", "trunkline-contacts"),
        ("TRUNKLINE_TENANT", "acme"),
    ]);
    // What a warm function of three seconds has: Lambda ends it when they are over.
    let time = Duration::from_secs(3);
    for _ in 0..2 {
        let begun = Instant::now();
        let said = function.invoke(EVENT, time);
        assert!(begun.elapsed() < time, "Lambda would have ended it: {said}");
        assert_eq!(said["trunkline_status"], "failed", "{said}");
        assert!(said["trunkline_error"].is_string(), "{said}");
    }
}

#[test]
fn nothing_behind_it_being_there_is_answered() {
    let function = Function::start(&[
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("TRUNKLINE_QUEUE_URL", "http://127.0.0.1:9/000000000000/triggers.fifo"),
        ("TRUNKLINE_DIRECTORY_TABLE", "trunkline-contacts"),
        ("TRUNKLINE_TENANT", "acme"),
    ]);
    let said = function.invoke(EVENT, TIME);
    assert_eq!(
        (&said["trunkline_status"], &said["trunkline_error"]),
        (&json!("failed"), &json!("queue_failed"))
    );
    assert!(
        function
            .end()
            .contains("the SQS queue http://127.0.0.1:9/000000000000/triggers.fifo was not reached")
    );
}

#[test]
fn a_wrong_event_does_not_end_the_function() {
    let port = serve(|_| response("200 OK", "", "{}"));
    let function = Function::start(&[("TRUNKLINE_TRIGGER_URL", &url(port))]);
    for wrong in ["{}", "[]", "null", "17", "\"text\"", r#"{"Details":{"ContactData":{"ContactId":""}}}"#] {
        let said = function.invoke(wrong, TIME);
        assert_eq!(
            said,
            json!({"trunkline_status": "not_understood", "trunkline_error": "bad_event"}),
            "{wrong}"
        );
    }
    assert_eq!(function.invoke(EVENT, TIME)["trunkline_status"], "accepted");
}

#[test]
fn the_log_tells_of_contacts_and_never_of_numbers() {
    let port = serve(|_| response("400 Bad Request", "", NUMBER));
    let function = Function::start(&[
        ("TRUNKLINE_TRIGGER_URL", &url(port)),
        ("TRUNKLINE_LOG", "debug"),
        ("RUST_LOG", "trace"),
    ]);
    function.invoke(EVENT, TIME);
    // Details that are a text instead of a map: what reads them says so, with the text.
    let said = function.invoke(r#"{"Details":"+15555550101"}"#, TIME);
    assert_eq!(said["trunkline_status"], "not_understood");
    let log = function.end();
    assert!(log.contains("5ca32fbd-8f92-46af-92a5-6b0f970f0efe") && log.contains("400 Bad Request"), "{log}");
    assert!(!log.contains("5555550101") && !log.contains("rg \\"), "{log}");
}

#[test]
fn a_wrong_configuration_ends_the_program_with_what_to_set() {
    for (variables, said) in [
        (&[][..], "TRUNKLINE_QUEUE_URL is not set"),
        (
            &[("TRUNKLINE_TRIGGER_URL", "http://h/v1"), ("TRUNKLINE_BUDGET_MS", "soon")],
            "TRUNKLINE_BUDGET_MS is",
        ),
    ] {
        let output = run(variables);
        let log = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(64), "{log}");
        assert!(log.contains(said), "{log}");
    }
}

#[test]
fn outside_of_lambda_it_says_where_it_belongs() {
    let output = run(&[("TRUNKLINE_TRIGGER_URL", "http://127.0.0.1:9/v1/triggers/connect")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("run by AWS Lambda"));
}
