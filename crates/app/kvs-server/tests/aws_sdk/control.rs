//! The control plane.

use aws_sdk_kinesisvideo::types::{
    ApiName, ComparisonOperator, Status, StreamNameCondition, UpdateDataRetentionOperation,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::support::{Local, T0_MS, code};

#[tokio::test]
async fn a_stream_is_created_described_and_deleted() {
    let local = Local::start().await;
    let arn = local.create("acme-connect-calls-contact-1", 24).await;
    assert_eq!(
        arn,
        format!("arn:aws:kinesisvideo:us-east-1:000000000000:stream/acme-connect-calls-contact-1/{T0_MS}")
    );
    let described =
        local.control.describe_stream().stream_arn(&arn).send().await.unwrap().stream_info.unwrap();
    assert_eq!(described.stream_name(), Some("acme-connect-calls-contact-1"));
    assert_eq!(described.status(), Some(&Status::Active));
    assert_eq!(described.data_retention_in_hours(), Some(24));
    assert_eq!(described.creation_time().unwrap().to_millis().unwrap(), T0_MS);
    assert_eq!(described.stream_arn(), Some(arn.as_str()));
    local.control.delete_stream().stream_arn(&arn).send().await.unwrap();
    let gone = local.control.describe_stream().stream_arn(&arn).send().await.map_err(code);
    assert_eq!(gone.unwrap_err(), "ResourceNotFoundException");
}

#[tokio::test]
async fn what_breaks_a_constraint_is_refused_by_name() {
    let local = Local::start().await;
    let arn = local.create("calls", 0).await;
    let create = |name: &str| local.control.create_stream().stream_name(name);
    assert_eq!(create("calls").send().await.map_err(code).unwrap_err(), "ResourceInUseException");
    assert_eq!(create("a b").send().await.map_err(code).unwrap_err(), "InvalidArgumentException");
    let negative = create("b").data_retention_in_hours(-1).send().await;
    assert_eq!(negative.map_err(code).unwrap_err(), "InvalidArgumentException");
    let neither = local.control.describe_stream().send().await;
    assert_eq!(neither.map_err(code).unwrap_err(), "InvalidArgumentException");
    let older = arn.replace(&T0_MS.to_string(), "1");
    let of_older = local.control.describe_stream().stream_arn(older).send().await;
    assert_eq!(of_older.map_err(code).unwrap_err(), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_change_needs_the_current_version_and_makes_a_new_one() {
    let local = Local::start().await;
    let arn = local.create("calls", 24).await;
    let describe = || async {
        let described = local.control.describe_stream().stream_name("calls").send().await.unwrap();
        let info = described.stream_info.unwrap();
        (info.version.unwrap(), info.data_retention_in_hours.unwrap())
    };
    let update = |version: &str, operation, hours| {
        let call = local.control.update_data_retention().stream_name("calls").current_version(version);
        call.operation(operation).data_retention_change_in_hours(hours).send()
    };
    let (first, _) = describe().await;
    update(&first, UpdateDataRetentionOperation::IncreaseDataRetention, 24).await.unwrap();
    let (second, hours) = describe().await;
    assert_eq!(hours, 48);
    let stale = update(&first, UpdateDataRetentionOperation::IncreaseDataRetention, 1).await;
    assert_eq!(stale.map_err(code).unwrap_err(), "VersionMismatchException");
    let too_low = update(&second, UpdateDataRetentionOperation::DecreaseDataRetention, 49).await;
    assert_eq!(too_low.map_err(code).unwrap_err(), "InvalidArgumentException");
    let stale = local.control.delete_stream().stream_arn(&arn).current_version(&first).send().await;
    assert_eq!(stale.map_err(code).unwrap_err(), "VersionMismatchException");
    local.control.delete_stream().stream_arn(&arn).current_version(&second).send().await.unwrap();
}

#[tokio::test]
async fn streams_are_listed_in_pages_and_by_the_beginning_of_their_names() {
    let local = Local::start().await;
    for n in 0..7 {
        local.create(&format!("calls-{n}"), 0).await;
    }
    local.create("other", 0).await;
    let condition = StreamNameCondition::builder()
        .comparison_operator(ComparisonOperator::BeginsWith)
        .comparison_value("calls-")
        .build();
    let mut pages =
        local.control.list_streams().max_results(3).stream_name_condition(condition).into_paginator().send();
    let mut sizes = Vec::new();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap().stream_info_list.unwrap();
        sizes.push(page.len());
        names.extend(page.into_iter().map(|info| info.stream_name.unwrap()));
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(names, (0..7).map(|n| format!("calls-{n}")).collect::<Vec<_>>());
    let bad = local.control.list_streams().next_token("!").send().await;
    assert_eq!(bad.map_err(code).unwrap_err(), "InvalidArgumentException");
}

#[tokio::test]
async fn tags_are_set_listed_and_taken_off() {
    let local = Local::start().await;
    let arn = local.create("calls", 0).await;
    local.control.tag_stream().stream_arn(&arn).tags("stage", "dev").tags("team", "a").send().await.unwrap();
    local.control.tag_stream().stream_name("calls").tags("team", "b").send().await.unwrap();
    local.control.untag_stream().stream_name("calls").tag_key_list("stage").send().await.unwrap();
    let tags = local.control.list_tags_for_stream().stream_arn(&arn).send().await.unwrap().tags.unwrap();
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("team".to_owned(), "b".to_owned())]);
    let mut many = local.control.tag_stream().stream_name("calls");
    for n in 0..50 {
        many = many.tags(n.to_string(), "");
    }
    assert_eq!(many.send().await.map_err(code).unwrap_err(), "TagsPerResourceExceededLimitException");
}

#[tokio::test]
async fn the_data_endpoint_is_the_server_itself_for_every_api() {
    let local = Local::start().await;
    local.create("calls", 0).await;
    for api in ["PUT_MEDIA", "GET_MEDIA", "LIST_FRAGMENTS", "GET_MEDIA_FOR_FRAGMENT_LIST"] {
        let call = local.control.get_data_endpoint().stream_name("calls").api_name(ApiName::from(api));
        assert_eq!(call.send().await.unwrap().data_endpoint, Some(local.server.endpoint()));
    }
    let gone = local.control.get_data_endpoint().stream_name("none").api_name(ApiName::GetMedia).send().await;
    assert_eq!(gone.map_err(code).unwrap_err(), "ResourceNotFoundException");
}

/// Sends a request as it stands and gives the whole answer.
async fn raw(local: &Local, request: &str) -> String {
    let mut connection = TcpStream::connect(local.server.local_addr()).await.unwrap();
    let request = request.replace('\n', "\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn errors_carry_their_type_a_request_id_and_a_message() {
    let local = Local::start().await;
    let body = r#"{"StreamName":"none"}"#;
    let head = format!("host: a\nconnection: close\ncontent-length: {}\n\n{body}", body.len());
    let answer = raw(&local, &format!("POST /describeStream HTTP/1.1\n{head}")).await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("x-amzn-errortype: ResourceNotFoundException"));
    assert!(answer.contains("x-amzn-requestid: "));
    assert!(answer.contains(r#"{"Message":"#));
    let answer = raw(&local, &format!("POST /describeChannel HTTP/1.1\n{head}")).await;
    assert!(answer.contains("x-amzn-errortype: UnknownOperationException"));
    let answer = raw(&local, "GET /describeStream HTTP/1.1\nhost: a\nconnection: close\n\n").await;
    assert!(answer.contains("x-amzn-errortype: UnknownOperationException"));
    let broken =
        raw(&local, "POST /describeStream HTTP/1.1\nhost: a\nconnection: close\ncontent-length: 1\n\n{")
            .await;
    assert!(broken.contains("x-amzn-errortype: SerializationException"));
}

#[tokio::test]
async fn web_pages_cannot_command_the_server() {
    let local = Local::start().await;
    let request = "POST /listStreams HTTP/1.1\nhost: a\norigin: http://evil.example\nconnection: close\ncontent-length: 2\n\n{}";
    assert!(raw(&local, request).await.starts_with("HTTP/1.1 403"));
}
