//! The code flow, as a page goes through it, and what is refused on the way.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use oidc_server::{Client, Provider, Settings};
use serde_json::Value;
use sha2::{Digest, Sha256};
use ureq::{Agent, http::header};

const BACK: &str = "http://127.0.0.1:8080/signin/callback";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

async fn provider() -> Provider {
    let clients = vec![Client { id: "desk".to_owned(), redirect_uris: vec![BACK.to_owned()] }];
    Provider::start(Settings { clients, approves_at_once: true, ..Settings::default() }).await.unwrap()
}

fn agent() -> Agent {
    Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into()
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// Where a request to sign in leads, by status and place.
fn asked(issuer: &str, changed: &[(&str, &str)]) -> (u16, String) {
    let challenge = challenge();
    let mut query = vec![
        ("client_id", "desk"),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s 1"),
        ("nonce", "n1"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changed {
        query.iter_mut().filter(|(known, _)| known == name).for_each(|pair| pair.1 = value);
    }
    let answer = agent().get(format!("{issuer}/authorize")).query_pairs(query).call().unwrap();
    let place = answer.headers().get(header::LOCATION).map_or("", |place| place.to_str().unwrap());
    (answer.status().as_u16(), place.to_owned())
}

fn given(issuer: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let mut answer = agent().post(format!("{issuer}/token")).send_form(form.iter().copied()).unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap())
}

fn code_of(place: &str) -> String {
    let query = place.strip_prefix(&format!("{BACK}?code=")).unwrap();
    query.strip_suffix("&state=s%201").unwrap().to_owned()
}

/// Runs what waits for answers beside the provider.
async fn beside<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_worth_tokens_once_and_a_refresh_token_once() {
    let provider = provider().await;
    let issuer = provider.issuer().to_owned();
    beside(move || {
        let code = code_of(&asked(&issuer, &[]).1);
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "desk"),
            ("code", code.as_str()),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        let (status, tokens) = given(&issuer, &form);
        assert_eq!(status, 200, "{tokens}");
        let claims = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(
            (&claims["iss"], &claims["aud"], &claims["nonce"]),
            (&issuer.as_str().into(), &"desk".into(), &"n1".into())
        );
        let again = |refresh: &str| {
            given(
                &issuer,
                &[("grant_type", "refresh_token"), ("client_id", "desk"), ("refresh_token", refresh)],
            )
        };
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let (status, next) = again(refresh);
        assert_eq!(status, 200, "{next}");
        assert_eq!(again(refresh).0, 400, "each is used once");
        assert_eq!(given(&issuer, &form).1["error"], "invalid_grant");
        let next = next["refresh_token"].as_str().unwrap();
        assert_eq!(again(next).0, 400, "a code that comes again ends what came of it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused() {
    let provider = provider().await;
    let issuer = provider.issuer().to_owned();
    beside(move || {
        for changed in [("client_id", "other"), ("redirect_uri", "http://127.0.0.1:8080/signin/callback/")] {
            assert_eq!(asked(&issuer, &[changed]), (400, String::new()), "{changed:?} leads nowhere");
        }
        for (changed, error) in [
            (("response_type", "token"), "unsupported_response_type"),
            (("scope", "profile"), "invalid_scope"),
            (("code_challenge_method", "plain"), "invalid_request"),
            (("code_challenge", "short"), "invalid_request"),
        ] {
            let (status, place) = asked(&issuer, &[changed]);
            assert!(status == 303 && place.contains(&format!("error={error}")), "{changed:?}: {place}");
        }
        for (name, value) in [
            ("code_verifier", "another-verifier-of-at-least-forty-three-characters"),
            ("redirect_uri", "http://127.0.0.1:8080/"),
            ("client_id", "other"),
            ("grant_type", "password"),
        ] {
            let code = code_of(&asked(&issuer, &[]).1);
            let mut form = vec![
                ("grant_type", "authorization_code"),
                ("client_id", "desk"),
                ("code", code.as_str()),
                ("redirect_uri", BACK),
                ("code_verifier", VERIFIER),
            ];
            form.iter_mut().filter(|(known, _)| *known == name).for_each(|pair| pair.1 = value);
            assert_eq!(given(&issuer, &form).0, 400, "{name}");
        }
    })
    .await;
}
