//! What a log does when it has to forget: words that are hidden later, and whole calls; and how it goes on after a
//! call's end.

use events::{
    Envelope, Event, Finding, FindingDecided, FindingRule, LegalHold, QuarantineLifted, ReviewAction,
    Verdict, Verified,
};
use model::{CallId, Channel, ContactId, Epoch, TenantId, Timestamp};
use projection::{CallProjection, CallState};

use super::{
    super::fixtures::{call_ended, call_started, ids, new, revised, utterance},
    ALL, append, key, of, places,
};
use crate::{CallFilter, EventLog, EventLogError, NewEvent, ReviewFilter};

/// A word that must be found nowhere once it is hidden.
const SECRET: &str = "4111secret";

pub(super) async fn what_a_later_revision_hides_is_nowhere_in_the_log<L: EventLog>(log: &L) {
    let (at, other) = (ids("acme", "one"), ids("acme", "two"));
    let customer = |text: &str| utterance(Channel::Customer, 500, text);
    let said = append(log, &at, vec![call_started(0), customer(SECRET)]).await;
    append(log, &other, vec![call_started(0), customer("shown")]).await;
    append(log, &at, vec![utterance(Channel::ToCustomer, 500, "thanks"), customer(SECRET)]).await;
    let masked = append(log, &at, vec![revised(Channel::Customer, 500, 2, "[card]")]).await;
    assert_eq!(places(&masked), [(5, 7)]);
    // In one append, and once more by somebody who is late.
    let at_once = vec![
        utterance(Channel::Customer, 9_000, SECRET),
        revised(Channel::Customer, 9_000, 2, "a [card]"),
        revised(Channel::Customer, 9_000, 3, ""),
        utterance(Channel::Customer, 9_000, SECRET),
        customer(SECRET),
        revised(Channel::Customer, 500, 2, SECRET),
    ];
    let given = append(log, &at, at_once).await;

    let call = log.read_call(&at.0, &at.1, 0, ALL).await.expect("read");
    let tenant = log.read_tenant(&at.0, 0, ALL).await.expect("read");
    for (what, envelopes) in
        [("the call", &call), ("the tenant's log", &tenant), ("what the append gave", &given)]
    {
        for envelope in envelopes {
            let is_hidden = envelope.event.utterance().is_none_or(|said| !said.text().contains(SECRET));
            assert!(is_hidden, "event {} of {what} still has the word", envelope.seq);
        }
    }
    let texts: Vec<_> = call.iter().filter_map(|envelope| Some(envelope.event.utterance()?.text())).collect();
    assert_eq!(texts, ["[card]", "thanks", "[card]", "[card]", "", "", "", "", "[card]", "[card]"]);
    // All else of them is as it was.
    let mut second = said.get(1).cloned().expect("two events");
    let stored = call.get(1).expect("two events");
    projection::replace_words(&mut second.event, &stored.event.utterance().expect("words").words);
    assert_eq!(*stored, second);
    assert_eq!(places(&call).last(), Some(&(11, 13)));
    is_as_the_log_says(log, &at).await;
    is_as_the_log_says(log, &other).await;
    assert_eq!(log.transcript(&other.0, &other.1).await.expect("transcript").utterances.len(), 1);
}

pub(super) async fn an_append_whose_words_were_masked_meanwhile_is_there_once<L: EventLog>(log: &L) {
    let at = ids("acme", "one");
    let batch = vec![
        call_started(0),
        utterance(Channel::Customer, 500, SECRET),
        revised(Channel::Customer, 500, 2, "[card]"),
    ];
    let first = log.append(of(&at, Epoch::FIRST, 0, batch.clone())).await.expect("append");
    let again = log.append(of(&at, Epoch::FIRST, 0, batch)).await.expect("the answer was lost");
    assert_eq!(again, first);
    let other = vec![call_started(0), utterance(Channel::Customer, 600, SECRET)];
    let other = log.append(of(&at, Epoch::FIRST, 0, other)).await;
    assert!(matches!(other, Err(EventLogError::OutOfStep { last: 3, .. })), "not {other:?}");
}

/// The stored projections are those of the stored events.
async fn is_as_the_log_says<L: EventLog>(log: &L, at: &(TenantId, CallId)) {
    let mut expected = CallProjection::new();
    for envelope in log.read_call(&at.0, &at.1, 0, ALL).await.expect("read") {
        expected.apply(&envelope);
    }
    assert_eq!(Some(log.call(&at.0, &at.1).await.expect("row")), expected.summary());
    assert_eq!(log.transcript(&at.0, &at.1).await.expect("transcript"), expected.transcript());
}

pub(super) async fn the_log_goes_on_after_the_end<L: EventLog>(log: &L) {
    let at = ids("acme", "one");
    append(log, &at, vec![call_started(0), call_ended(10)]).await;
    let (first, last) = log.claim_next(&key(&at)).await.expect("claim");
    assert_eq!(last, 2);
    let late = log.append(of(&at, Epoch::FIRST, 2, vec![call_ended(10)])).await;
    assert!(matches!(late, Err(EventLogError::Fenced(_))), "the call's owner is shut out, not {late:?}");
    let taken = log.claim(&key(&at), Epoch::new(1_000_000)).await;
    assert!(matches!(taken, Err(EventLogError::Fenced(_))), "and so is any later one, not {taken:?}");
    let verified =
        |verdict| vec![new(Event::CallVerified(Verified { verdict, findings: vec![], report: None }))];
    let appended = log.append(of(&at, first, 2, verified(Verdict::Quarantined))).await.expect("append");
    assert_eq!(places(&appended), [(3, 3)]);
    let (second, last) = log.claim_next(&key(&at)).await.expect("claim");
    assert!(second > first);
    assert_eq!(last, 3);
    let stale = log.append(of(&at, first, 3, verified(Verdict::Clean))).await;
    assert!(matches!(stale, Err(EventLogError::Fenced(_))), "of two the later one, not {stale:?}");
    log.append(of(&at, second, 3, verified(Verdict::Clean))).await.expect("append");
    let row = log.call(&at.0, &at.1).await.expect("row");
    assert_eq!((row.verdict, row.quarantined, row.seq), (Some(Verdict::Clean), false, 4));
    is_as_the_log_says(log, &at).await;
    // A call that was never claimed has a next owner, too.
    assert_eq!(log.claim_next(&key(&ids("acme", "none"))).await.expect("claim").1, 0);
}

pub(super) async fn an_erased_call_is_gone_and_stays_so<L: EventLog>(log: &L) {
    let (at, other) = (ids("acme", "one"), ids("acme", "two"));
    append(log, &other, vec![call_started(0)]).await;
    append(log, &at, vec![with_customer(call_started(5), "tel-1"), utterance(Channel::Customer, 0, SECRET)])
        .await;
    append(log, &other, vec![utterance(Channel::Customer, 0, "shown")]).await;
    append(log, &at, vec![call_ended(10)]).await;
    assert_eq!(log.erase(&key(&at)).await.expect("erase"), 3);
    assert_eq!(log.erase(&key(&at)).await.expect("once more"), 0);

    assert!(matches!(log.read_call(&at.0, &at.1, 0, ALL).await, Err(EventLogError::NoSuchCall(_))));
    assert!(matches!(log.call(&at.0, &at.1).await, Err(EventLogError::NoSuchCall(_))));
    assert!(matches!(log.transcript(&at.0, &at.1).await, Err(EventLogError::NoSuchCall(_))));
    let tenant = log.read_tenant(&at.0, 0, ALL).await.expect("read");
    assert_eq!(places(&tenant), [(1, 1), (2, 4)], "others keep their places");
    let filter = CallFilter { limit: 5, ..CallFilter::default() };
    assert_eq!(log.calls(&at.0, &filter).await.expect("calls").calls.len(), 1);
    let filter = CallFilter { customer_key: Some("tel-1".to_owned()), ..filter };
    assert!(log.calls(&at.0, &filter).await.expect("calls").calls.is_empty());

    for epoch in [Epoch::FIRST, Epoch::AFTER_END] {
        let late = log.append(of(&at, epoch, 3, vec![call_ended(10)])).await;
        assert!(matches!(late, Err(EventLogError::Fenced(_))), "a late append is refused, not {late:?}");
        let again = log.append(of(&at, epoch, 0, vec![call_started(0)])).await;
        assert!(matches!(again, Err(EventLogError::Fenced(_))), "it does not begin anew, not {again:?}");
        assert!(matches!(log.claim(&key(&at), epoch).await, Err(EventLogError::Fenced(_))));
    }
    assert!(matches!(log.claim_next(&key(&at)).await, Err(EventLogError::Fenced(_))));

    let next: Vec<Envelope> = append(log, &other, vec![call_ended(10)]).await;
    assert_eq!(places(&next), [(3, 6)], "no place is given twice");
    is_as_the_log_says(log, &other).await;
    // One of which nothing is known cannot begin afterwards either.
    let unknown = ids("acme", "three");
    assert_eq!(log.erase(&key(&unknown)).await.expect("erase"), 0);
    let begun = log.append(of(&unknown, Epoch::FIRST, 0, vec![call_started(0)])).await;
    assert!(matches!(begun, Err(EventLogError::Fenced(_))));
    assert_eq!(
        log.calls(&at.0, &CallFilter { limit: 5, ..CallFilter::default() }).await.expect("calls").position,
        6
    );
}

fn with_customer(mut started: NewEvent, key: &str) -> NewEvent {
    if let Event::CallStarted(started) = &mut started.event {
        started.customer_keys = vec![key.to_owned(), format!("{key}-also")];
    }
    started
}

async fn listed<L: EventLog>(log: &L, filter: CallFilter) -> Vec<String> {
    let (mut filter, mut seen) = (CallFilter { limit: 2, ..filter }, Vec::new());
    loop {
        let page = log.calls(&ids("acme", "x").0, &filter).await.expect("calls");
        seen.extend(page.calls.iter().map(|row| row.call_id.to_string()));
        let Some(next) = page.next else { return seen };
        filter.after = Some(next);
    }
}

pub(super) async fn calls_are_found_by_what_became_of_them<L: EventLog>(log: &L) {
    let finding = |id: &str| Finding {
        id: id.to_owned(),
        rule: FindingRule::SecondPass,
        entity: events::EntityKind::Card,
        channel: Channel::Customer,
        from_ms: 0,
        to_ms: 10,
        utterance: None,
        confidence: 0.5,
        repaired: false,
        reason: "nine digits".to_owned(),
    };
    let verified = |verdict, findings| new(Event::CallVerified(Verified { verdict, findings, report: None }));
    let by = || "ann".to_owned();
    let lifted = || new(Event::QuarantineLifted(QuarantineLifted { by: by(), at_ms: 0 }));
    let hold = || LegalHold { matter: "m-1".to_owned(), by: by(), at_ms: 0 };
    let decided = FindingDecided {
        finding: "a".to_owned(),
        action: ReviewAction::Approve,
        by: by(),
        at_ms: 0,
        settled: true,
    };
    let hidden = || verified(Verdict::Quarantined, vec![finding("a")]);
    let calls = [
        ("live", vec![]),
        ("plain", vec![call_ended(500)]),
        ("clean", vec![call_ended(500), verified(Verdict::Clean, vec![])]),
        ("hidden", vec![call_ended(500), hidden()]),
        ("lifted", vec![call_ended(500), hidden(), lifted()]),
        ("settled", vec![call_ended(500), hidden(), new(Event::FindingDecided(decided))]),
        ("held", vec![call_ended(9_000), new(Event::LegalHoldPlaced(hold()))]),
        (
            "released",
            vec![
                new(Event::LegalHoldPlaced(hold())),
                new(Event::LegalHoldReleased(hold())),
                call_ended(9_000),
            ],
        ),
    ];
    for (n, (name, events)) in (0_i64..).zip(calls) {
        append(log, &ids("acme", name), [vec![call_started(n * 1_000)], events].concat()).await;
        is_as_the_log_says(log, &ids("acme", name)).await;
    }
    let by = |review| CallFilter { review: Some(review), ..CallFilter::default() };
    assert_eq!(listed(log, by(ReviewFilter::Unverified)).await, ["released", "held", "plain"]);
    assert_eq!(listed(log, by(ReviewFilter::Quarantined)).await, ["settled", "hidden"]);
    assert_eq!(listed(log, by(ReviewFilter::OpenFindings)).await, ["lifted", "hidden"]);
    assert_eq!(listed(log, by(ReviewFilter::Held)).await, ["held"]);
    let before = |ms| CallFilter { ended_before: Some(Timestamp::from_millis(ms)), ..CallFilter::default() };
    assert_eq!(
        listed(log, before(4_500)).await,
        ["hidden", "clean", "plain"],
        "the time itself is not before it"
    );
    assert_eq!(listed(log, before(15_001)).await, ["held", "settled", "lifted", "hidden", "clean", "plain"]);
    let both = CallFilter { state: Some(CallState::Ended), ..by(ReviewFilter::Quarantined) };
    let both = CallFilter { ended_before: Some(Timestamp::from_millis(4_000)), ..both };
    assert_eq!(listed(log, both).await, ["hidden"]);
}

pub(super) async fn calls_are_found_by_whose_they_are<L: EventLog>(log: &L) {
    let contact = |mut started: NewEvent, id: &str| {
        if let Event::CallStarted(started) = &mut started.event {
            started.contact_id = ContactId::new(id).expect("a name of letters");
        }
        started
    };
    for (n, key, id) in
        [(1_i64, "tel-1", "c-1"), (2, "tel-2", "c-2"), (3, "tel-1", "c-3"), (4, "tel-1", "c-1")]
    {
        let started = contact(with_customer(call_started(n), key), id);
        append(log, &ids("acme", &format!("call-{n}")), vec![started]).await;
    }
    // A second start that knows the customer.
    append(log, &ids("acme", "call-5"), vec![call_started(5)]).await;
    append(log, &ids("acme", "call-5"), vec![with_customer(call_started(5), "tel-2")]).await;
    let of = |key: &str| CallFilter { customer_key: Some(key.to_owned()), ..CallFilter::default() };
    assert_eq!(listed(log, of("tel-1")).await, ["call-4", "call-3", "call-1"]);
    assert_eq!(listed(log, of("tel-2-also")).await, ["call-5", "call-2"]);
    assert!(listed(log, of("tel")).await.is_empty(), "a name is found whole or not at all");
    let contact = ContactId::new("c-1").expect("a name of letters");
    let filter = CallFilter { contact: Some(contact), ..CallFilter::default() };
    assert_eq!(listed(log, filter).await, ["call-4", "call-1"]);
    let row = log.call(&ids("acme", "x").0, &ids("acme", "call-5").1).await.expect("row");
    assert_eq!(row.customer_keys, ["tel-2", "tel-2-also"]);
    is_as_the_log_says(log, &ids("acme", "call-5")).await;
}
