//! Who is let in, and which calls are whose.

use std::sync::Arc;

use access::{Access, AccessParts, ApiKey, ClaimNames, Issuer, KeySource, Principal, Role, TokenKey};
use api::{Entry, SignInProvider};
use async_trait::async_trait;
use axum::{
    body::Body,
    http::{Method, header},
};
use events::{AgentRef, Event, Stages};
use model::Timestamp;
use ports::{KeySetError, KeySets, NewEvent, testing::call_started};
use serde_json::{Value, json};

use crate::support::{Answer, NOW, World, ask, request};

/// A provider that is away.
struct Away;

#[async_trait]
impl KeySets for Away {
    async fn fetch(&self, _: &str, _: Option<&str>) -> Result<Vec<u8>, KeySetError> {
        Err(KeySetError::Away("no route".into()))
    }
}

fn principal(name: &str, role: Role) -> Principal {
    Principal {
        name: name.to_owned(),
        role,
        agent: (role == Role::Agent).then(|| name.to_owned()),
        queues: Vec::new(),
        tenant: None,
        expires_at: None,
    }
}

pub(crate) fn controlled() -> Entry {
    let team = Principal { queues: vec!["billing".to_owned()], ..principal("team", Role::Supervisor) };
    let other =
        Principal { tenant: Some(model::TenantId::new("other").unwrap()), ..principal("other", Role::Admin) };
    let people = [
        principal("ann", Role::Agent),
        principal("bob", Role::Agent),
        principal("lead", Role::Supervisor),
        principal("root", Role::Admin),
        principal("sender", Role::Ingest),
        team,
        other,
    ];
    let issuer = Issuer {
        issuer: "https://id.example".to_owned(),
        audience: vec!["desk".to_owned()],
        keys: KeySource::Discovered,
        claims: ClaimNames { agent: "sub".to_owned(), role: None, queues: None },
        roles: [].into(),
        role: Some(Role::Agent),
        tenant: None,
    };
    let access = Access::new(AccessParts {
        keys: people.into_iter().map(|who| ApiKey::new(&format!("key of {}", who.name), who)).collect(),
        issuers: vec![issuer],
        tokens: Some(TokenKey::derive(&[7; 32])),
        token_seconds: 900,
        key_sets: Arc::new(Away),
    });
    let sign_in = SignInProvider {
        issuer: "https://id.example".to_owned(),
        client_id: "desk".to_owned(),
        scope: "openid".to_owned(),
    };
    Entry::controlled(Arc::new(access), Some(sign_in))
}

fn connected(agent: &str) -> NewEvent {
    let agent = AgentRef { id: agent.to_owned(), name: None, at_ms: 10 };
    NewEvent { stages: Stages::default(), event: Event::AgentConnected(agent) }
}

fn started(at_ms: i64, queue: &str) -> NewEvent {
    let mut started = call_started(at_ms);
    if let Event::CallStarted(started) = &mut started.event {
        started.queue = Some(queue.to_owned());
    }
    started
}

/// Three calls, and who had them: `ann` then `bob`, `bob` in the queue of billing, nobody.
async fn world() -> World {
    let mut world = World::new();
    world.state.entry = controlled();
    world.append("call-1", vec![started(1_000, "sales"), connected("ann"), connected("bob")]).await;
    world.append("call-2", vec![started(2_000, "billing"), connected("bob")]).await;
    world.append("call-3", vec![started(3_000, "sales")]).await;
    world
}

async fn asked(world: &World, method: &Method, path: &str, who: &str) -> Answer {
    let mut asked = request(method.as_str(), path);
    if !who.is_empty() {
        asked = asked.header(header::AUTHORIZATION, format!("Bearer key of {who}"));
    }
    ask(world.router(), asked.body(Body::from("{}")).unwrap()).await
}

async fn got(world: &World, path: &str, who: &str) -> Answer {
    asked(world, &Method::GET, path, who).await
}

#[tokio::test]
async fn nobody_who_is_unknown_gets_anything_but_how_to_be_known() {
    let world = world().await;
    let description = got(&world, "/openapi.json", "").await.json();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let path =
                path.replace("{call_id}", "call-1").replace("{upload_id}", "u").replace("{finding}", "f");
            let answer = asked(&world, &method, &path, "").await;
            let is_open = !path.starts_with("/v1")
                || ["/v1/access", "/v1/oauth/token", "/v1/session", "/v1/subscribe"].contains(&path.as_str());
            if !is_open {
                answer.assert_problem(401, "unauthenticated");
                assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Bearer"), "{path}");
            }
            let wrong = asked(&world, &method, &path, "a stranger").await;
            assert_eq!(wrong.status == 401, !is_open || path == "/v1/subscribe", "{path}");
        }
    }
    assert_eq!(got(&world, "/v1/nothing", "").await.status, 401);
    let info = got(&world, "/v1/access", "").await.json();
    let oidc = json!({"issuer": "https://id.example", "client_id": "desk", "scope": "openid"});
    assert_eq!(info, json!({"required": true, "oidc": oidc, "exchange": true, "api_keys": true}));
}

#[tokio::test]
async fn agents_and_supervisors_see_their_own_calls_and_no_others() {
    let world = world().await;
    for (who, theirs) in [
        ("ann", vec!["call-1"]),
        ("bob", vec!["call-2", "call-1"]),
        ("team", vec!["call-2"]),
        ("lead", vec!["call-3", "call-2", "call-1"]),
        ("root", vec!["call-3", "call-2", "call-1"]),
    ] {
        for query in ["", "?limit=1"] {
            let (mut listed, mut after) = (Vec::new(), String::new());
            loop {
                let separator = if query.is_empty() { "?limit=100" } else { query };
                let page = got(&world, &format!("/v1/calls{separator}{after}"), who).await.json();
                let ids = page["calls"].as_array().unwrap().iter();
                listed.extend(ids.map(|call| call["call_id"].as_str().unwrap().to_owned()));
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            assert_eq!(listed, theirs, "{who} {query}");
        }
        for call in ["call-1", "call-2", "call-3"] {
            for part in ["", "/transcript", "/events", "/snapshot", "/export?format=txt", "/latency"] {
                let answer = got(&world, &format!("/v1/calls/{call}{part}"), who).await;
                if theirs.contains(&call) {
                    assert_eq!(answer.status, 200, "{who} {call}{part}");
                } else {
                    answer.assert_problem(403, "forbidden");
                }
            }
        }
        got(&world, "/v1/calls/call-9", who).await.assert_problem(404, "no_such_call");
        // A call that is named in another way is the same call.
        let answer = got(&world, "/v1/calls/call%2D3", who).await;
        assert_eq!(answer.status == 200, theirs.contains(&"call-3"), "{who}");
    }
}

#[tokio::test]
async fn a_role_gets_what_it_is_for_and_no_more() {
    let world = world().await;
    for (method, path, lowest) in [
        ("GET", "/v1/audit", "root"),
        ("GET", "/v1/retention", "root"),
        ("POST", "/v1/erasures", "root"),
        ("POST", "/v1/calls/call-1/hold", "root"),
        ("GET", "/v1/review", "root"),
        ("GET", "/v1/calls", "ann"),
        ("GET", "/v1/status", "sender"),
        ("GET", "/v1/whoami", "sender"),
    ] {
        let ranks = ["sender", "ann", "lead", "root"];
        let from = ranks.iter().position(|who| *who == lowest).unwrap();
        for (rank, who) in ranks.into_iter().enumerate() {
            let answer = asked(&world, &method.parse().unwrap(), path, who).await;
            assert_eq!(answer.status == 403, rank < from, "{who} {path}: {}", answer.text());
        }
    }
    for path in ["/v1/triggers/connect", "/v1/events/contact", "/v1/events/agent"] {
        for (who, may) in [("sender", true), ("ann", false), ("lead", false), ("root", true)] {
            let answer = asked(&world, &Method::POST, path, who).await;
            assert_eq!(answer.status != 403, may, "{who} {path}");
        }
    }
}

#[tokio::test]
async fn who_is_of_one_tenant_asks_about_no_other() {
    let world = world().await;
    got(&world, "/v1/calls?tenant=acme", "other").await.assert_problem(403, "forbidden");
    assert_eq!(got(&world, "/v1/calls?tenant=acme", "root").await.status, 200);
    assert_eq!(got(&world, "/v1/calls", "other").await.json()["calls"], json!([]));
    assert_eq!(got(&world, "/v1/whoami", "other").await.json()["tenant"], "other");
}

async fn exchanged(world: &World, form: &str) -> (u16, Value) {
    let asked = request("POST", "/v1/oauth/token").body(Body::from(form.to_owned())).unwrap();
    let answer = ask(world.router(), asked).await;
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn an_exchange_that_is_refused_says_why_as_the_standard_does() {
    const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
    const KIND: &str = "subject_token_type=urn:ietf:params:oauth:token-type:jwt";
    let world = world().await;
    for (form, error) in [
        (String::new(), "unsupported_grant_type"),
        ("grant_type=password".to_owned(), "unsupported_grant_type"),
        (GRANT.to_owned(), "invalid_request"),
        (format!("{GRANT}&{KIND}"), "invalid_request"),
        (format!("{GRANT}&{KIND}&subject_token=a.b.c"), "invalid_request"),
        (format!("{GRANT}&{KIND}&subject_token=a&subject_token=b"), "invalid_request"),
        (format!("{GRANT}&subject_token=a.b.c&subject_token_type=saml"), "invalid_request"),
    ] {
        let (status, answer) = exchanged(&world, &form).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some(error)), "{form}");
    }
    // {"alg":"RS256","kid":"a"}.{"iss":"https://id.example"}
    let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ.AAAA";
    let (status, answer) = exchanged(&world, &format!("{GRANT}&{KIND}&subject_token={token}")).await;
    assert_eq!((status, &answer["error"]), (503, &json!("temporarily_unavailable")));
    assert!(!answer.to_string().contains("AAAA"));
}

#[tokio::test]
async fn without_control_everybody_has_everything_and_no_token_is_given() {
    let world = World::new();
    assert_eq!(world.get("/v1/access").await.json()["required"], false);
    let anybody = world.get("/v1/whoami").await.json();
    assert_eq!((&anybody["name"], &anybody["role"]), (&json!("local"), &json!("admin")));
    assert_eq!(exchanged(&world, "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token_type=urn:ietf:params:oauth:token-type:jwt&subject_token=a").await.0, 400);
    assert!(NOW > Timestamp::from_millis(0));
}

#[tokio::test]
async fn the_page_at_which_a_sign_in_ends_lets_nothing_else_in() {
    let world = world().await;
    let page = world.get("/signin/callback?code=secret&state=1").await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("secret"), "the code is not in the page");
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer");
    let script = world.get("/signin/callback.js").await;
    assert!(script.text().contains("window.location.origin") && !script.text().contains("'*'"));
}
