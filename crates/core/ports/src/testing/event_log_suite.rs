//! What every event log does.

mod afterwards;

use events::{
    AgentRef, Envelope, Event, Gap, Hold, TranscriptionState, TranscriptionStatus, UtteranceRevised,
};
use model::{CallId, CallKey, Channel, Epoch, GapCause, TenantId, Timestamp};
use projection::{CallProjection, CallState};

use super::fixtures::{call_ended, call_started, ids, new, spoken, utterance};
use crate::{Append, CallFilter, EventLog, EventLogError, NewEvent};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const ALL: u32 = 10_000;

/// Proves an event log against its contract. `make` gives an empty log each time.
///
/// # Panics
/// At the first rule that the log breaks.
pub async fn event_log_suite<L: EventLog>(make: impl AsyncFn() -> L) {
    places_are_given_in_order(&make().await).await;
    events_read_back_as_appended(&make().await).await;
    reads_resume_after_a_cursor(&make().await).await;
    tenants_do_not_see_each_other(&make().await).await;
    a_call_without_events_is_none(&make().await).await;
    a_later_owner_shuts_the_earlier_one_out(&make().await).await;
    an_append_that_is_tried_again_is_there_once(&make().await).await;
    the_row_follows_the_events(&make().await).await;
    the_transcript_follows_the_events(&make().await).await;
    calls_are_listed_newest_first_in_pages(&make().await).await;
    a_long_call_projects_as_its_log_says(&make().await).await;
    afterwards::what_a_later_revision_hides_is_nowhere_in_the_log(&make().await).await;
    afterwards::an_append_whose_words_were_masked_meanwhile_is_there_once(&make().await).await;
    afterwards::the_log_goes_on_after_the_end(&make().await).await;
    afterwards::an_erased_call_is_gone_and_stays_so(&make().await).await;
    afterwards::calls_are_found_by_what_became_of_them(&make().await).await;
    afterwards::calls_are_found_by_whose_they_are(&make().await).await;
}

/// Appends at the end, as the call's first owner.
async fn append<L: EventLog>(log: &L, at: &(TenantId, CallId), events: Vec<NewEvent>) -> Vec<Envelope> {
    let after = log.claim(&key(at), Epoch::FIRST).await.expect("claim");
    log.append(of(at, Epoch::FIRST, after, events)).await.expect("append")
}

fn key(at: &(TenantId, CallId)) -> CallKey {
    CallKey::new(at.0.clone(), at.1.clone())
}

fn of(at: &(TenantId, CallId), epoch: Epoch, after: u64, events: Vec<NewEvent>) -> Append {
    Append { key: key(at), epoch, after, now: NOW, events }
}

async fn a_later_owner_shuts_the_earlier_one_out<L: EventLog>(log: &L) {
    let at = ids("acme", "one");
    let (first, second) = (Epoch::FIRST, Epoch::FIRST.next());
    assert_eq!(log.claim(&key(&at), first).await.expect("claim"), 0);
    assert_eq!(log.claim(&key(&at), first).await.expect("the same owner again"), 0);
    log.append(of(&at, first, 0, vec![call_started(0)])).await.expect("append");
    assert_eq!(
        log.claim(&key(&at), second).await.expect("a later owner"),
        1,
        "it learns where the call stands"
    );
    let stale = log.append(of(&at, first, 1, vec![call_ended(1)])).await;
    assert!(matches!(stale, Err(EventLogError::Fenced(_))), "a stale owner is refused, not {stale:?}");
    assert!(!stale.expect_err("refused").is_retryable());
    let stale = log.append(of(&at, first, 0, vec![call_started(0)])).await;
    assert!(matches!(stale, Err(EventLogError::Fenced(_))), "also with what is in the log already");
    assert!(matches!(log.claim(&key(&at), first).await, Err(EventLogError::Fenced(_))));
    let appended = log.append(of(&at, second, 1, vec![call_ended(1)])).await.expect("append");
    assert_eq!(places(&appended), [(2, 2)]);
    assert_eq!(log.read_call(&at.0, &at.1, 0, ALL).await.expect("read").len(), 2);
}

async fn an_append_that_is_tried_again_is_there_once<L: EventLog>(log: &L) {
    let at = ids("acme", "one");
    let batch = vec![call_started(0), utterance(Channel::Customer, 0, "hi")];
    let first = log.append(of(&at, Epoch::FIRST, 0, batch.clone())).await.expect("append");
    let mut again = of(&at, Epoch::FIRST, 0, batch.clone());
    again.now = NOW + std::time::Duration::from_secs(9);
    assert_eq!(log.append(again).await.expect("the answer was lost"), first);
    let other = log.append(of(&at, Epoch::FIRST, 1, vec![call_ended(1)])).await;
    assert!(matches!(other, Err(EventLogError::OutOfStep { last: 2, .. })), "not {other:?}");
    let ahead = log.append(of(&at, Epoch::FIRST, 5, vec![call_ended(1)])).await;
    assert!(matches!(ahead, Err(EventLogError::OutOfStep { last: 2, .. })), "not {ahead:?}");
    let longer = [batch, vec![call_ended(1)]].concat();
    let longer = log.append(of(&at, Epoch::FIRST, 0, longer)).await;
    assert!(longer.is_err(), "half of it is there: that is no retry");
    assert_eq!(log.read_call(&at.0, &at.1, 0, ALL).await.expect("read").len(), 2);
}

fn places(events: &[Envelope]) -> Vec<(u64, u64)> {
    events.iter().map(|envelope| (envelope.seq, envelope.position)).collect()
}

async fn places_are_given_in_order<L: EventLog>(log: &L) {
    let (one, two) = (ids("acme", "one"), ids("acme", "two"));
    let first = append(log, &one, vec![call_started(0), utterance(Channel::Customer, 0, "hi")]).await;
    let second = append(log, &two, vec![call_started(1)]).await;
    let third = append(log, &one, vec![call_ended(5)]).await;
    assert_eq!(places(&first), [(1, 1), (2, 2)]);
    assert_eq!(places(&second), [(1, 3)]);
    assert_eq!(places(&third), [(3, 4)]);
    assert!(append(log, &one, Vec::new()).await.is_empty(), "no events, no places");
    assert_eq!(places(&append(log, &two, vec![call_ended(5)]).await), [(2, 5)]);
}

async fn events_read_back_as_appended<L: EventLog>(log: &L) {
    let at = ids("acme", "one");
    let mut started = call_started(0);
    started.stages.captured_us = Some(Timestamp::from_micros(7));
    started.stages.late = true;
    let appended =
        append(log, &at, vec![started, utterance(Channel::Customer, 0, "my card [card] ü \" \\")]).await;
    for envelope in &appended {
        assert_eq!(envelope.v, events::VERSION);
        assert_eq!((&envelope.tenant, &envelope.call_id), (&at.0, &at.1));
        assert!(envelope.stages.appended_us >= Some(NOW), "the append time is filled in");
    }
    assert_eq!(log.read_call(&at.0, &at.1, 0, ALL).await.expect("read"), appended);
    assert_eq!(log.read_tenant(&at.0, 0, ALL).await.expect("read"), appended);
}

async fn reads_resume_after_a_cursor<L: EventLog>(log: &L) {
    let (one, two) = (ids("acme", "one"), ids("acme", "two"));
    for n in 0..5 {
        append(log, &one, vec![utterance(Channel::Customer, n * 1_000, "a b")]).await;
        append(log, &two, vec![utterance(Channel::ToCustomer, n * 1_000, "c d")]).await;
    }
    let call = log.read_call(&one.0, &one.1, 2, 2).await.expect("read");
    assert_eq!(places(&call), [(3, 5), (4, 7)]);
    let tenant = log.read_tenant(&one.0, 7, 2).await.expect("read");
    assert_eq!(places(&tenant), [(4, 8), (5, 9)]);
    assert!(log.read_call(&one.0, &one.1, 5, ALL).await.expect("read").is_empty());
    assert!(log.read_call(&one.0, &one.1, u64::MAX, ALL).await.expect("read").is_empty());
    assert!(log.read_tenant(&one.0, 10, ALL).await.expect("read").is_empty());
    assert!(log.read_call(&one.0, &one.1, 0, 0).await.expect("read").is_empty());
}

async fn tenants_do_not_see_each_other<L: EventLog>(log: &L) {
    let (one, other) = (ids("acme", "same"), ids("acme.b/C:d", "same"));
    append(log, &one, vec![call_started(0)]).await;
    assert!(log.read_tenant(&other.0, 0, ALL).await.expect("read").is_empty());
    assert!(matches!(log.call(&other.0, &other.1).await, Err(EventLogError::NoSuchCall(_))));
    let places_there = places(&append(log, &other, vec![call_started(5)]).await);
    assert_eq!(places_there, [(1, 1)], "each tenant counts for itself");
    assert_eq!(log.call(&one.0, &one.1).await.expect("call").started_at, Timestamp::from_millis(0));
}

async fn a_call_without_events_is_none<L: EventLog>(log: &L) {
    let at = ids("acme", "none");
    log.claim(&key(&at), Epoch::FIRST).await.expect("a claim makes no call");
    assert!(matches!(log.read_call(&at.0, &at.1, 0, ALL).await, Err(EventLogError::NoSuchCall(_))));
    assert!(matches!(log.call(&at.0, &at.1).await, Err(EventLogError::NoSuchCall(_))));
    assert!(matches!(log.transcript(&at.0, &at.1).await, Err(EventLogError::NoSuchCall(_))));
    let filter = CallFilter { after: Some(at.1.clone()), limit: 5, ..CallFilter::default() };
    assert!(matches!(log.calls(&at.0, &filter).await, Err(EventLogError::NoSuchCall(_))));
    let page = log.calls(&at.0, &CallFilter { limit: 5, ..CallFilter::default() }).await.expect("calls");
    assert!(page.calls.is_empty() && page.next.is_none() && page.position == 0);
}

async fn the_row_follows_the_events<L: EventLog>(log: &L) {
    let at = ids("acme", "one");
    let agent = |name: Option<&str>| AgentRef { id: "ann".into(), name: name.map(Into::into), at_ms: 100 };
    let status = TranscriptionStatus {
        state: TranscriptionState::Running,
        recogniser: Some("fake".to_owned()),
        language: None,
        detail: None,
    };
    append(
        log,
        &at,
        vec![
            call_started(1_000),
            new(Event::TranscriptionStatus(status.clone())),
            new(Event::AgentConnected(agent(Some("Ann")))),
            utterance(Channel::Customer, 500, "card [card] and [card]"),
            new(Event::HoldStarted(Hold { at_ms: 2_000 })),
        ],
    )
    .await;
    let row = log.call(&at.0, &at.1).await.expect("row");
    assert_eq!((row.state, row.on_hold, row.utterances, row.masks), (CallState::Live, true, 1, 2));
    assert_eq!((row.agent.as_deref(), row.queue.as_deref()), (Some("Ann"), Some("billing")));
    assert_eq!(row.customer.as_deref(), Some("•••0134"));
    assert_eq!(row.transcription, Some(status));
    assert_eq!(row.last_utterance.map(|said| said.text()).as_deref(), Some("card [card] and [card]"));
    assert_eq!((row.seq, row.position, row.duration_ms), (5, 5, None));
    append(log, &at, vec![new(Event::AgentDisconnected(agent(None))), call_ended(9_000)]).await;
    let row = log.call(&at.0, &at.1).await.expect("row");
    assert_eq!((row.state, row.on_hold, row.duration_ms), (CallState::Ended, false, Some(9_000)));
    assert_eq!((row.agent.as_deref(), row.seq, row.position), (Some("Ann"), 7, 7));
}

async fn the_transcript_follows_the_events<L: EventLog>(log: &L) {
    let at = ids("acme", "one");
    let gap = Gap { channel: Channel::Customer, from_ms: 10, to_ms: 20, cause: GapCause::Damaged };
    let revised = UtteranceRevised {
        utterance: spoken(Channel::Customer, 500, 2, "my [card]"),
        reason: "card_split_over_turns".to_owned(),
    };
    append(
        log,
        &at,
        vec![
            call_started(0),
            utterance(Channel::ToCustomer, 900, "thanks"),
            utterance(Channel::Customer, 500, "my 4 1"),
            utterance(Channel::ToCustomer, 500, "hello"),
            utterance(Channel::Customer, 700, ""),
            new(Event::MediaGap(gap.clone())),
            new(Event::MediaGap(gap.clone())),
            new(Event::HoldStarted(Hold { at_ms: 1_000 })),
            new(Event::HoldEnded(Hold { at_ms: 2_000 })),
            new(Event::UtteranceRevised(revised)),
            utterance(Channel::Customer, 500, "my 4 1"),
            new(Event::HoldStarted(Hold { at_ms: 3_000 })),
        ],
    )
    .await;
    let view = log.transcript(&at.0, &at.1).await.expect("transcript");
    let texts: Vec<String> = view.utterances.iter().map(events::TranscriptUtterance::text).collect();
    assert_eq!(texts, ["my [card]", "hello", "thanks"]);
    assert_eq!(view.gaps, [gap]);
    assert_eq!(view.holds, [(1_000, Some(2_000)), (3_000, None)]);
    assert_eq!(view.seq, 12);
    append(log, &at, vec![call_ended(4_000)]).await;
    let view = log.transcript(&at.0, &at.1).await.expect("transcript");
    assert_eq!(view.holds, [(1_000, Some(2_000)), (3_000, Some(4_000))]);
}

async fn calls_are_listed_newest_first_in_pages<L: EventLog>(log: &L) {
    for n in [3_i64, 1, 5, 2, 4] {
        let at = ids("acme", &format!("call-{n}"));
        append(log, &at, vec![call_started(n * 1_000)]).await;
        if n % 2 == 0 {
            append(log, &at, vec![call_ended(10)]).await;
        }
    }
    // The same start: the id settles the order.
    append(log, &ids("acme", "call-4b"), vec![call_started(4_000)]).await;
    let tenant = ids("acme", "x").0;
    let mut filter = CallFilter { limit: 2, ..CallFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = log.calls(&tenant, &filter).await.expect("calls");
        assert_eq!(page.position, 8);
        seen.extend(page.calls.iter().map(|row| row.call_id.to_string()));
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    assert_eq!(seen, ["call-5", "call-4b", "call-4", "call-3", "call-2", "call-1"]);
    for (state, expected) in [(CallState::Live, 4), (CallState::Ended, 2)] {
        let filter = CallFilter { state: Some(state), limit: 500, ..CallFilter::default() };
        let page = log.calls(&tenant, &filter).await.expect("calls");
        assert_eq!((page.calls.len(), page.next), (expected, None));
        assert!(page.calls.iter().all(|row| row.state == state));
    }
    // A page that holds exactly what is left has no next.
    let exact = log.calls(&tenant, &CallFilter { limit: 6, ..CallFilter::default() }).await.expect("calls");
    assert_eq!((exact.calls.len(), exact.next), (6, None));
}

async fn a_long_call_projects_as_its_log_says<L: EventLog>(log: &L) {
    let at = ids("acme", "long");
    append(log, &at, vec![call_started(0)]).await;
    for n in 0..200_u64 {
        let channel = if n % 3 == 0 { Channel::Customer } else { Channel::ToCustomer };
        append(log, &at, vec![utterance(channel, (n * 7_919) % 100_000, "some words [card]")]).await;
    }
    let mut expected = CallProjection::new();
    for envelope in log.read_call(&at.0, &at.1, 0, ALL).await.expect("read") {
        expected.apply(&envelope);
    }
    assert_eq!(Some(log.call(&at.0, &at.1).await.expect("row")), expected.summary());
    assert_eq!(log.transcript(&at.0, &at.1).await.expect("transcript"), expected.transcript());
}
