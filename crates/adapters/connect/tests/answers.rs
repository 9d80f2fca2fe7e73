//! Over a real socket, against servers that always say the same.
#![expect(clippy::unwrap_used, reason = "a test that cannot start its server has failed")]

use connect::{AssumedRole, AwsAccount, ConnectError, InstanceArn};
use services::FixedAnswer;

async fn account(server: &FixedAnswer) -> AwsAccount {
    AwsAccount::local(&server.endpoint(), "us-east-1", "AKIDLOCAL", "secret").await
}

fn instance() -> InstanceArn {
    "arn:aws:connect:us-east-1:111122223333:instance/9308c2a1-0000".parse().unwrap()
}

#[tokio::test]
async fn an_instances_storage_is_read_with_a_signed_request() {
    let body =
        r#"{"StorageConfigs":[{"KinesisVideoStreamConfig":{"Prefix":"acme","RetentionPeriodHours":0}}]}"#;
    let server = FixedAnswer::start("200 OK", "application/json", body);
    let storage = account(&server).await.media_storage(&instance(), None).await.unwrap();
    assert_eq!((storage.prefix.as_deref(), storage.retention_hours, storage.key), (Some("acme"), 0, None));
}

#[tokio::test]
async fn a_denied_question_names_the_permission() {
    let server = FixedAnswer::start("403 Forbidden", "application/json", r#"{"Message":"no"}"#);
    let error = account(&server).await.media_storage(&instance(), None).await.unwrap_err();
    assert!(error.to_string().contains("connect:ListInstanceStorageConfigs"), "{error}");
}

#[tokio::test]
async fn a_refused_role_is_told_from_a_denied_question() {
    let body =
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
    let server = FixedAnswer::start("403 Forbidden", "text/xml", body);
    let role = AssumedRole { arn: "arn:aws:iam::1:role/r".to_owned(), external_id: Some("hush".to_owned()) };
    let error = account(&server).await.media_storage(&instance(), Some(&role)).await.unwrap_err();
    assert!(matches!(error, ConnectError::Role(_)), "{error:?}");
    assert!(!format!("{error:?} {role:?}").contains("hush"));
}

#[tokio::test]
async fn who_we_are_is_asked_of_sts() {
    let body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><Account>1</Account>\
                </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let server = FixedAnswer::start("200 OK", "text/xml", body);
    let identity = account(&server).await.identity("us-east-1").await.unwrap();
    assert_eq!(
        (identity.arn.as_str(), identity.account.as_str(), identity.expires),
        ("arn:aws:iam::1:user/u", "1", None)
    );
}

#[tokio::test]
async fn wrong_keys_and_a_server_that_is_away_are_told_apart() {
    let body = "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>unknown</Message></Error></ErrorResponse>";
    let server = FixedAnswer::start("403 Forbidden", "text/xml", body);
    let error = account(&server).await.identity("us-east-1").await.unwrap_err();
    assert!(matches!(error, ConnectError::Credentials(_)), "{error:?}");
    let away = AwsAccount::local("http://127.0.0.1:1", "us-east-1", "k", "s").await;
    assert!(matches!(away.identity("us-east-1").await, Err(ConnectError::Unreachable(_))));
    assert!(matches!(away.media_storage(&instance(), None).await, Err(ConnectError::Unreachable(_))));
}
