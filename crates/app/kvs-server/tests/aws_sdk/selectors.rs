//! The six start selectors.

use aws_sdk_kinesisvideomedia::{
    primitives::DateTime,
    types::{StartSelector, StartSelectorType},
};
use mkv::tag;

use super::support::{FRAGMENT_MS, Local, T0_MS, places, start};

fn at_time(kind: StartSelectorType, ms: i64) -> StartSelector {
    let selector = StartSelector::builder().start_selector_type(kind);
    selector.start_timestamp(DateTime::from_millis(ms)).build().unwrap()
}

fn after(number: &str) -> StartSelector {
    let selector = StartSelector::builder().start_selector_type(StartSelectorType::FragmentNumber);
    selector.after_fragment_number(number).build().unwrap()
}

fn token(token: &str) -> StartSelector {
    let selector = StartSelector::builder().start_selector_type(StartSelectorType::ContinuationToken);
    selector.continuation_token(token).build().unwrap()
}

async fn first(local: &Local, selector: StartSelector) -> i64 {
    // Each call in a second of its own.
    let now = local.tick();
    local.set_time(now);
    let mut reader = local.get("calls", selector).await.unwrap();
    places(&reader.take(1).await)[0]
}

impl Local {
    fn tick(&self) -> i64 {
        use std::sync::atomic::{AtomicI64, Ordering};
        static TICKS: AtomicI64 = AtomicI64::new(100);
        T0_MS + TICKS.fetch_add(2, Ordering::Relaxed) * 1_000
    }
}

#[tokio::test]
async fn earliest_begins_at_the_oldest_fragment() {
    let local = Local::start().await;
    local.filled("calls", 24, 5).await;
    assert_eq!(first(&local, start(StartSelectorType::Earliest)).await, 0);
}

#[tokio::test]
async fn a_fragment_number_and_a_token_begin_after_their_fragment() {
    let local = Local::start().await;
    let numbers = local.filled("calls", 24, 5).await;
    assert_eq!(first(&local, after(&numbers[1])).await, 2);
    assert_eq!(first(&local, token(&numbers[1])).await, 2);
}

#[tokio::test]
async fn a_fragment_that_is_not_there_is_an_error_in_the_body() {
    let local = Local::start().await;
    local.filled("calls", 24, 2).await;
    let number = "91343852333181432392682062622220590765191907586";
    let mut reader = local.get("calls", after(number)).await.unwrap();
    let error = reader.next().await.unwrap();
    assert_eq!(error.tag(tag::ERROR_CODE), Some("FRAGMENT_NOT_FOUND"));
    assert_eq!(error.tag(tag::ERROR_ID), Some("3000"));
    assert_eq!(error.tag(tag::FRAGMENT_NUMBER), Some(number));
    assert_eq!(reader.next().await, None);
    assert!(!reader.broken);
}

#[tokio::test]
async fn a_time_begins_at_the_fragment_that_holds_it_or_the_next() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    local.append("calls", 0..3).await;
    local.set_time(T0_MS + 20_000);
    local.append("calls", 10..12).await;
    for kind in [StartSelectorType::ProducerTimestamp, StartSelectorType::ServerTimestamp] {
        let at = |ms| at_time(kind.clone(), T0_MS + ms);
        assert_eq!(first(&local, at(-60_000)).await, 0, "before all");
        assert_eq!(first(&local, at(0)).await, 0, "the very start");
        assert_eq!(first(&local, at(FRAGMENT_MS - 1)).await, 0, "within the first");
        assert_eq!(first(&local, at(FRAGMENT_MS)).await, 1, "the start of the second");
        assert_eq!(first(&local, at(FRAGMENT_MS + 500)).await, 1, "within the second");
        assert_eq!(first(&local, at(6_000)).await, 10, "in the gap");
    }
}

#[tokio::test]
async fn now_and_a_time_to_come_wait_for_what_comes() {
    let local = Local::start().await;
    local.filled("calls", 24, 3).await;
    let mut now = local.get("calls", start(StartSelectorType::Now)).await.unwrap();
    let later = at_time(StartSelectorType::ProducerTimestamp, T0_MS + 6 * FRAGMENT_MS + 10);
    let mut later = local.get("calls", later).await.unwrap();
    local.set_time(T0_MS + 10_000);
    local.append("calls", 5..8).await;
    assert_eq!(places(&now.take(3).await), [5, 6, 7]);
    assert_eq!(places(&later.take(2).await), [6, 7]);
}

#[tokio::test]
async fn a_selector_without_its_value_is_refused() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    for kind in [
        StartSelectorType::FragmentNumber,
        StartSelectorType::ContinuationToken,
        StartSelectorType::ProducerTimestamp,
        StartSelectorType::ServerTimestamp,
    ] {
        let refused = local.get("calls", start(kind)).await.err();
        assert_eq!(refused.as_deref(), Some("InvalidArgumentException"));
    }
}
