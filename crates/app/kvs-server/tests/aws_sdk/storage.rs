//! What is kept, for how long, and what goes when there is too much.

use aws_sdk_kinesisvideomedia::types::{StartSelector, StartSelectorType};
use kvs_server::{BindError, Config, Server};

use super::support::{FRAGMENT_MS, Local, T0_MS, places};

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn streams_and_fragments_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let data = || Some(dir.path().to_owned());
    let local = Local::with(|config| config.data = data()).await;
    let numbers = local.filled("calls", 24, 3).await;
    local.control.tag_stream().stream_name("calls").tags("stage", "dev").send().await.unwrap();
    local.server.shutdown().await;

    let local = Local::with(|config| config.data = data()).await;
    let described = local.control.describe_stream().stream_name("calls").send().await.unwrap();
    assert_eq!(described.stream_info.unwrap().data_retention_in_hours, Some(24));
    let tags = local.control.list_tags_for_stream().stream_name("calls").send().await.unwrap().tags.unwrap();
    assert_eq!(tags["stage"], "dev");
    local.set_time(T0_MS + 60_000);
    let more = local.append("calls", 3..5).await;
    assert!(more[0] > numbers[2], "numbers go on");
    let after = StartSelector::builder()
        .start_selector_type(StartSelectorType::FragmentNumber)
        .after_fragment_number(&numbers[0])
        .build()
        .unwrap();
    assert_eq!(places(&local.get("calls", after).await.unwrap().take(4).await), [1, 2, 3, 4]);
}

#[tokio::test]
async fn retention_ends_by_the_hour() {
    let dir = tempfile::tempdir().unwrap();
    let local = Local::with(|config| config.data = Some(dir.path().to_owned())).await;
    local.filled("calls", 1, 2).await;
    local.set_time(T0_MS + HOUR_MS + FRAGMENT_MS / 2);
    assert_eq!(places(&local.earliest("calls").await.take(1).await), [1]);
}

#[tokio::test]
async fn without_retention_the_last_five_minutes_are_kept_in_memory_only() {
    let dir = tempfile::tempdir().unwrap();
    let data = || Some(dir.path().to_owned());
    let local = Local::with(|config| config.data = data()).await;
    local.filled("calls", 0, 2).await;
    local.set_time(T0_MS + 5 * 60_000 + FRAGMENT_MS / 2);
    assert_eq!(places(&local.earliest("calls").await.take(1).await), [1]);
    local.server.shutdown().await;

    let local = Local::with(|config| {
        config.data = data();
        config.limits.get_media_idle_close = Some(std::time::Duration::from_millis(1));
    })
    .await;
    assert_eq!(local.earliest("calls").await.rest().await, []);
}

#[tokio::test]
async fn full_memory_drops_the_oldest_and_counts_them() {
    let local = Local::with(|config| config.limits.stream_memory_bytes = 150_000).await;
    local.filled("calls", 24, 10).await;
    let dropped = local.server.counts().fragments_dropped_full;
    assert_eq!(places(&local.earliest("calls").await.take(1).await), [i64::try_from(dropped).unwrap()]);
    assert!((5..9).contains(&dropped), "{dropped}");
}

#[tokio::test]
async fn memory_of_all_streams_is_bounded_and_the_oldest_goes_first() {
    let local = Local::with(|config| config.limits.total_memory_bytes = 400_000).await;
    local.filled("old", 24, 8).await;
    local.create("new", 24).await;
    local.append("new", 8..16).await;
    assert!(local.server.counts().fragments_dropped_full > 0);
    assert_eq!(places(&local.earliest("new").await.take(1).await), [8]);
    assert!(places(&local.earliest("old").await.take(1).await)[0] > 0);
}

#[tokio::test]
async fn what_leaves_memory_is_read_from_disk() {
    let dir = tempfile::tempdir().unwrap();
    let local = Local::with(|config| {
        config.data = Some(dir.path().to_owned());
        config.limits.stream_memory_bytes = 100_000;
    })
    .await;
    local.filled("calls", 24, 10).await;
    assert_eq!(places(&local.earliest("calls").await.take(10).await), (0..10).collect::<Vec<_>>());
    assert_eq!(local.server.counts().fragments_dropped_full, 0);
}

#[tokio::test]
async fn a_full_data_folder_loses_its_oldest_segments() {
    let dir = tempfile::tempdir().unwrap();
    let local = Local::with(|config| {
        config.data = Some(dir.path().to_owned());
        config.limits.disk_bytes = 200_000;
        config.limits.stream_memory_bytes = 70_000;
    })
    .await;
    local.filled("calls", 24, 20).await;
    let kept: u64 = walk(dir.path());
    assert!(kept <= 250_000, "{kept}");
    assert!(local.server.counts().fragments_dropped_full > 0);
}

fn walk(dir: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.metadata().unwrap() {
            meta if meta.is_dir() => walk(&entry.path()),
            meta => meta.len(),
        })
        .sum()
}

#[tokio::test]
async fn a_deleted_stream_leaves_nothing_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let local = Local::with(|config| config.data = Some(dir.path().to_owned())).await;
    let arn = local.create("calls", 24).await;
    local.append("calls", 0..2).await;
    local.control.delete_stream().stream_arn(arn).send().await.unwrap();
    assert_eq!(walk(dir.path()), 0);
}

#[tokio::test]
async fn a_port_in_use_and_an_exposed_address_are_refused_with_the_cause() {
    let local = Local::start().await;
    let taken = Config { listen: local.server.local_addr(), ..Config::default() };
    let error = Server::bind(taken).await.unwrap_err();
    let port = local.server.local_addr().port();
    assert_eq!(error.to_string(), format!("port {port} of 127.0.0.1 is in use"));
    let exposed = Config { listen: "0.0.0.0:0".parse().unwrap(), ..Config::default() };
    assert!(matches!(Server::bind(exposed).await, Err(BindError::Exposed(_))));
}
