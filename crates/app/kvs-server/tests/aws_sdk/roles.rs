//! Roles, their sessions, and what these may do.

use aws_sdk_kinesisvideo as control;
use aws_sdk_sts::{
    self as sts,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use kvs_server::{Config, Role, Server, ServerHandle};

use super::support::{Producer, code};

const ARN: &str = "arn:aws:iam::000000000000:role/reader";

async fn account(credentials: Option<kvs_server::Credentials>) -> ServerHandle {
    let role = Role { arn: ARN.to_owned(), external_id: Some("acme-7".to_owned()) };
    Server::bind(Config { roles: vec![role], credentials, ..Config::default() }).await.unwrap().spawn()
}

fn owner() -> Credentials {
    Credentials::new("AKIDOWNER", "secret", None, None, "test")
}

macro_rules! client {
    ($sdk:ident, $server:expr, $credentials:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .endpoint_url($server.endpoint())
                .region(Region::new("us-east-1"))
                .credentials_provider($credentials)
                .retry_config(RetryConfig::disabled())
                .build(),
        )
    };
}

/// The role's session, or the name of the error.
async fn assume(client: &sts::Client, external_id: &str, seconds: i32) -> Result<Credentials, String> {
    let call = client.assume_role().role_arn(ARN).role_session_name("test").external_id(external_id);
    let given = call.duration_seconds(seconds).send().await.map_err(code)?.credentials.unwrap();
    let token = Some(given.session_token().to_owned());
    Ok(Credentials::new(given.access_key_id(), given.secret_access_key(), token, None, "test"))
}

#[tokio::test]
async fn only_the_external_id_of_the_role_gives_a_session() {
    let server = account(None).await;
    let client = client!(sts, server, owner());
    assert!(assume(&client, "acme-7", 3_600).await.is_ok());
    assert_eq!(assume(&client, "acme-8", 3_600).await.unwrap_err(), "AccessDenied");
    assert_eq!(assume(&client, "acme-7", 60).await.unwrap_err(), "ValidationError");
}

#[tokio::test]
async fn a_session_that_another_one_begins_lasts_an_hour_at_most() {
    let server = account(None).await;
    let first = assume(&client!(sts, server, owner()), "acme-7", 7_200).await.unwrap();
    let chained = client!(sts, server, first);
    assert_eq!(assume(&chained, "acme-7", 3_601).await.unwrap_err(), "ValidationError");
    let second = assume(&chained, "acme-7", 3_600).await.unwrap();
    assert!(client!(control, server, second).list_streams().send().await.is_ok());
}

#[tokio::test]
async fn a_session_reads_and_does_nothing_else_and_nobody_else_reads() {
    let server = account(None).await;
    let account = client!(control, server, owner());
    account.create_stream().stream_name("calls").data_retention_in_hours(24).send().await.unwrap();
    assert_eq!(account.list_streams().send().await.map_err(code).unwrap_err(), "AccessDeniedException");
    let session = assume(&client!(sts, server, owner()), "acme-7", 3_600).await.unwrap();
    let reader = client!(control, server, session);
    assert!(reader.describe_stream().stream_name("calls").send().await.is_ok());
    let created = reader.create_stream().stream_name("mine").send().await;
    assert_eq!(created.map_err(code).unwrap_err(), "AccessDeniedException");
    assert_eq!(Producer::open(&server, "calls").await.status, 200);
}

#[tokio::test]
async fn a_session_ends_and_one_that_was_never_issued_is_refused() {
    let server = account(None).await;
    let session = assume(&client!(sts, server, owner()), "acme-7", 3_600).await.unwrap();
    let key = session.access_key_id().to_owned();
    let reader = client!(control, server, session);
    assert!(reader.list_streams().send().await.is_ok());
    server.expire_sessions();
    assert_eq!(reader.list_streams().send().await.map_err(code).unwrap_err(), "ExpiredTokenException");
    let forged = Credentials::new(key, "secret", Some("token".to_owned()), None, "test");
    let forged = client!(control, server, forged).list_streams().send().await;
    assert_eq!(forged.map_err(code).unwrap_err(), "UnrecognizedClientException");
}

#[tokio::test]
async fn where_the_account_has_a_key_only_it_assumes_roles() {
    let credentials = kvs_server::Credentials {
        access_key: "AKIDOWNER".to_owned(),
        secret_key: "secret".to_owned(),
        session_token: None,
    };
    let server = account(Some(credentials)).await;
    assert!(assume(&client!(sts, server, owner()), "acme-7", 3_600).await.is_ok());
    let wrong = Credentials::new("AKIDOWNER", "other", None, None, "test");
    let refused = assume(&client!(sts, server, wrong), "acme-7", 3_600).await;
    assert_eq!(refused.unwrap_err(), "SignatureDoesNotMatch");
    let other = Credentials::new("AKIDOTHER", "secret", None, None, "test");
    let refused = assume(&client!(sts, server, other), "acme-7", 3_600).await;
    assert_eq!(refused.unwrap_err(), "InvalidClientTokenId");
}
