//! Signatures, once credentials are configured.

use std::sync::{Arc, atomic::AtomicI64};

use aws_sdk_kinesisvideomedia::types::StartSelectorType;
use kvs_server::{Config, Credentials, Server};

use super::support::{Local, Producer, code, start};

async fn server() -> kvs_server::ServerHandle {
    let credentials = Credentials {
        access_key: "AKIDLOCAL".to_owned(),
        secret_key: "secret".to_owned(),
        session_token: None,
    };
    let config = Config { credentials: Some(credentials), ..Config::default() };
    Server::bind(config).await.unwrap().spawn()
}

fn client(server: &kvs_server::ServerHandle, key: &str, secret: &str) -> Local {
    Local::clients(server.clone(), Arc::new(AtomicI64::new(0)), key, secret)
}

#[tokio::test]
async fn calls_that_the_sdk_signs_are_taken() {
    let server = server().await;
    let local = client(&server, "AKIDLOCAL", "secret");
    local.create("calls", 24).await;
    local.control.list_streams().send().await.unwrap();
    assert!(local.get("calls", start(StartSelectorType::Earliest)).await.is_ok());
}

#[tokio::test]
async fn other_keys_and_no_signature_are_refused() {
    let server = server().await;
    let wrong_secret = client(&server, "AKIDLOCAL", "other").control.list_streams().send().await;
    assert_eq!(wrong_secret.map_err(code).unwrap_err(), "InvalidSignatureException");
    let wrong_key = client(&server, "AKIDOTHER", "secret").control.list_streams().send().await;
    assert_eq!(wrong_key.map_err(code).unwrap_err(), "UnrecognizedClientException");
    client(&server, "AKIDLOCAL", "secret").create("calls", 24).await;
    assert_eq!(Producer::open(&server, "calls").await.status, 403);
}
