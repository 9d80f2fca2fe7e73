//! `ListFragments` and `GetMediaForFragmentList`.

use aws_sdk_kinesisvideoarchivedmedia::{
    primitives::DateTime,
    types::{Fragment, FragmentSelector, FragmentSelectorType, TimestampRange},
};
use mkv::tag;

use super::support::{FRAGMENT_MS, Local, Reader, T0_MS, code, places};

fn between(kind: FragmentSelectorType, from_ms: i64, to_ms: i64) -> FragmentSelector {
    let range = TimestampRange::builder()
        .start_timestamp(DateTime::from_millis(T0_MS + from_ms))
        .end_timestamp(DateTime::from_millis(T0_MS + to_ms))
        .build()
        .unwrap();
    FragmentSelector::builder().fragment_selector_type(kind).timestamp_range(range).build().unwrap()
}

async fn list(local: &Local, selector: FragmentSelector, page: i64) -> (Vec<Fragment>, Vec<usize>) {
    let call =
        local.archive.list_fragments().stream_name("calls").max_results(page).fragment_selector(selector);
    let mut pages = call.into_paginator().send();
    let (mut fragments, mut sizes) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        let page = page.unwrap().fragments.unwrap_or_default();
        sizes.push(page.len());
        fragments.extend(page);
    }
    (fragments, sizes)
}

fn numbers(fragments: &[Fragment]) -> Vec<String> {
    fragments.iter().map(|fragment| fragment.fragment_number.clone().unwrap()).collect()
}

#[tokio::test]
async fn fragments_are_listed_in_pages_and_in_no_order_of_time() {
    let local = Local::start().await;
    let all = local.filled("calls", 24, 25).await;
    let everything = || between(FragmentSelectorType::ServerTimestamp, 0, 60_000);
    let (fragments, sizes) = list(&local, everything(), 10).await;
    assert_eq!(sizes, [10, 10, 5]);
    let listed = numbers(&fragments);
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(sorted, all);
    assert_ne!(listed, all, "clients must sort");
    assert!(listed[..10].iter().max() > listed[10..].iter().min(), "also across pages");
    assert_eq!(numbers(&list(&local, everything(), 10).await.0), listed, "the same each time");
    let first = fragments.iter().find(|fragment| fragment.fragment_number.as_ref() == Some(&all[1])).unwrap();
    for at in [first.producer_timestamp, first.server_timestamp] {
        // The client reads the number as a float and would round it down.
        assert_eq!((at.unwrap().as_secs_f64() * 1_000.0).round() as i64, T0_MS + FRAGMENT_MS);
    }
    assert_eq!(first.fragment_length_in_milliseconds, FRAGMENT_MS);
    assert!(first.fragment_size_in_bytes > 32 * 1024);
}

#[tokio::test]
async fn a_range_selects_by_either_clock() {
    let local = Local::start().await;
    let all = local.filled("calls", 24, 6).await;
    for kind in [FragmentSelectorType::ProducerTimestamp, FragmentSelectorType::ServerTimestamp] {
        let (fragments, _) = list(&local, between(kind, FRAGMENT_MS, 3 * FRAGMENT_MS), 100).await;
        let mut listed = numbers(&fragments);
        listed.sort();
        assert_eq!(listed, all[1..=3]);
    }
}

#[tokio::test]
async fn a_stream_without_retention_has_no_archive() {
    let local = Local::start().await;
    local.filled("calls", 0, 2).await;
    let selector = between(FragmentSelectorType::ServerTimestamp, 0, 60_000);
    let call = local.archive.list_fragments().stream_name("calls").fragment_selector(selector);
    assert_eq!(call.send().await.map_err(code).unwrap_err(), "InvalidArgumentException");
}

#[tokio::test]
async fn listing_refuses_what_it_cannot_mean() {
    let local = Local::start().await;
    local.filled("calls", 24, 2).await;
    let call = || local.archive.list_fragments().stream_name("calls");
    let backwards = between(FragmentSelectorType::ServerTimestamp, 1_000, 0);
    let long_ago = between(FragmentSelectorType::ServerTimestamp, -200_000_000, -100_000_000);
    for refused in [
        call().next_token("bm90IG91cnM=").send().await,
        call().max_results(1_001).send().await,
        call().fragment_selector(backwards).send().await,
        call().fragment_selector(long_ago).send().await,
    ] {
        assert_eq!(refused.map_err(code).unwrap_err(), "InvalidArgumentException");
    }
}

async fn media(local: &Local, numbers: &[String]) -> Reader {
    let call = local.archive.get_media_for_fragment_list().stream_name("calls");
    Reader::new(call.set_fragments(Some(numbers.to_vec())).send().await.unwrap().payload)
}

#[tokio::test]
async fn media_by_number_comes_with_tag_names_of_its_own() {
    let local = Local::start().await;
    let all = local.filled("calls", 24, 4).await;
    let mut reader = media(&local, &all[1..3]).await;
    let fragments = reader.rest().await;
    assert_eq!(places(&fragments), [1, 2]);
    let seconds = format!("{}.024", T0_MS / 1_000 + 1);
    assert_eq!(fragments[0].tag(tag::FRAGMENT_NUMBER), Some(all[1].as_str()));
    assert_eq!(fragments[0].tag(tag::SERVER_SIDE_TIMESTAMP), Some(seconds.as_str()));
    assert_eq!(fragments[0].tag(tag::PRODUCER_SIDE_TIMESTAMP), Some(seconds.as_str()));
    assert_eq!(fragments[0].tag("ContactId"), Some("contact-1"));
    assert_eq!(fragments[0].tag(tag::CONTINUATION_TOKEN), None);
}

#[tokio::test]
async fn a_number_that_is_not_there_is_an_error_in_the_body() {
    let local = Local::start().await;
    let all = local.filled("calls", 24, 1).await;
    let mut reader = media(&local, &[all[0].clone(), "123".to_owned()]).await;
    let fragments = reader.rest().await;
    assert_eq!(places(&fragments), [0, -1]);
    assert_eq!(fragments[1].tag(tag::EXCEPTION_ERROR_CODE), Some("4000"));
    assert!(fragments[1].tag(tag::EXCEPTION_MESSAGE).is_some());
}

#[tokio::test]
async fn a_list_of_none_or_of_no_numbers_is_refused() {
    let local = Local::start().await;
    local.filled("calls", 24, 1).await;
    for list in [vec![], vec!["x".to_owned()], vec!["1".to_owned(); 1_001]] {
        let call = local.archive.get_media_for_fragment_list().stream_name("calls");
        let refused = call.set_fragments(Some(list)).send().await.map(|_| ()).map_err(code);
        assert_eq!(refused.unwrap_err(), "InvalidArgumentException");
    }
}
