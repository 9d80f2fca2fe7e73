use events::{
    CallEndReason, EntityKind, Finding, FindingDecided, FindingRule, Hold, LegalHold, QuarantineLifted,
    Recording, RecordingRemoved, RemovalCause, ReviewAction, Stages, TranscriptWord, TranscriptionState,
    UtteranceRevised, VERSION, Verdict, Verified,
};
use model::{Channel, ContactId, GapCause, MediaTime, Participant, TenantId};
use proptest::prelude::*;

use super::*;

fn envelope(seq: u64, event: Event) -> Envelope {
    Envelope {
        v: VERSION,
        tenant: TenantId::new("acme").unwrap(),
        call_id: CallId::new("call").unwrap(),
        seq,
        position: seq * 3,
        stages: Stages::default(),
        event,
    }
}

fn fold(events: impl IntoIterator<Item = Event>) -> CallProjection {
    let mut projection = CallProjection::new();
    for (seq, event) in (1..).zip(events) {
        projection.apply(&envelope(seq, event));
    }
    projection
}

fn started(customer: Option<&str>, queue: Option<&str>, started_at_ms: i64) -> Event {
    Event::CallStarted(CallStarted {
        contact_id: ContactId::new("contact").unwrap(),
        initial_contact_id: None,
        stream: "stream".into(),
        customer: customer.map(Into::into),
        customer_keys: customer.map(|customer| format!("tel-{customer}")).into_iter().collect(),
        queue: queue.map(Into::into),
        started_at_ms,
        sample_rate_hz: 8_000,
        profile: None,
        session: None,
        language: None,
        attributes: BTreeMap::new(),
        provisional: false,
    })
}

fn said(start_ms: u64, revision: u32, masked: &[bool]) -> TranscriptUtterance {
    let word = |masked: &bool| TranscriptWord {
        text: if *masked { "[card]" } else { "word" }.into(),
        start_ms,
        end_ms: start_ms + 1,
        confidence: 1.0,
        masked: masked.then_some(EntityKind::Card),
    };
    TranscriptUtterance {
        id: UtteranceId::new(Channel::Customer, MediaTime::from_millis(start_ms)),
        revision,
        channel: Channel::Customer,
        participant: Participant::Customer,
        start_ms,
        end_ms: start_ms + 1,
        words: masked.iter().map(word).collect(),
    }
}

fn completed(start_ms: u64, revision: u32, masked: &[bool]) -> Event {
    Event::UtteranceCompleted(said(start_ms, revision, masked))
}

fn ended(duration_ms: u64) -> Event {
    Event::CallEnded(CallEnded { reason: CallEndReason::Idle, duration_ms })
}

#[test]
fn a_provisional_start_gives_way_to_the_first_audios() {
    let mut provisional = started(None, None, 5_000);
    if let Event::CallStarted(started) = &mut provisional {
        started.provisional = true;
    }
    let projection = fold([provisional, started(None, None, 9_000)]);
    assert_eq!(projection.summary().unwrap().started_at, Timestamp::from_millis(9_000));
}

#[test]
fn a_stream_that_waits_is_on_the_row_until_it_is_read() {
    let status = |state| Event::MediaStatus(MediaStatus { state, trouble: None, behind_ms: None });
    let waits = [started(None, None, 0), status(MediaState::Waiting)];
    assert_eq!(fold(waits.clone()).summary().unwrap().media.unwrap().state, MediaState::Waiting);
    assert_eq!(fold(waits.into_iter().chain([status(MediaState::Live)])).summary().unwrap().media, None);
}

#[test]
fn a_call_without_its_start_has_no_row_but_a_transcript() {
    let projection = fold([completed(0, 1, &[false])]);
    assert_eq!(projection.summary(), None);
    assert_eq!(projection.transcript().utterances.len(), 1);
}

#[test]
fn a_second_start_adds_what_it_knows_and_moves_nothing() {
    let row = fold([started(Some("•••0134"), None, 5), started(None, Some("sales"), 9)]).summary().unwrap();
    assert_eq!(row.started_at, Timestamp::from_millis(5));
    assert_eq!((row.customer.as_deref(), row.queue.as_deref()), (Some("•••0134"), Some("sales")));
}

#[test]
fn a_partial_changes_nothing() {
    let mut projection = fold([started(None, None, 0)]);
    let before = projection.summary();
    let change = projection.apply(&envelope(0, Event::UtteranceUpdated(said(0, 1, &[false]))));
    assert_eq!((change, projection.summary()), (Change::Nothing, before));
}

#[test]
fn counts_follow_revisions() {
    let revised = UtteranceRevised { utterance: said(0, 2, &[true, true]), reason: "card".into() };
    let projection = fold([
        started(None, None, 0),
        completed(0, 1, &[false, true]),
        completed(9, 1, &[true]),
        Event::UtteranceRevised(revised),
        completed(9, 2, &[]),
    ]);
    let row = projection.summary().unwrap();
    assert_eq!((row.utterances, row.masks), (1, 2));
    assert_eq!(row.last_utterance.unwrap().revision, 2, "the last one with words, in its newest revision");
}

#[test]
fn an_older_revision_does_not_bring_words_back() {
    let projection = fold([completed(0, 2, &[]), completed(0, 1, &[false])]);
    assert_eq!(projection.transcript().utterances, []);
}

#[test]
fn the_last_utterance_is_the_one_that_finished_last() {
    let row = fold([started(None, None, 0), completed(500, 1, &[false]), completed(100, 1, &[true])]);
    assert_eq!(row.summary().unwrap().last_utterance.unwrap().start_ms, 100);
}

#[test]
fn holds_pair_up_however_they_come() {
    let on = |at_ms| Event::HoldStarted(Hold { at_ms });
    let off = |at_ms| Event::HoldEnded(Hold { at_ms });
    let projection =
        fold([off(1), on(5), on(6), off(9), off(10), on(20), off(15), on(30), ended(40), on(50)]);
    assert_eq!(projection.transcript().holds, [(5, Some(9)), (20, Some(20)), (30, Some(40))]);
}

#[test]
fn the_first_end_counts() {
    let row = fold([started(None, None, 0), ended(10), ended(20)]).summary().unwrap();
    assert_eq!((row.state, row.duration_ms), (CallState::Ended, Some(10)));
}

#[test]
fn the_newest_status_counts() {
    let status = |state| TranscriptionStatus { state, recogniser: None, language: None, detail: None };
    let events = [TranscriptionState::Running, TranscriptionState::Failed].map(status);
    let row = fold([started(None, None, 0)].into_iter().chain(events.map(Event::TranscriptionStatus)));
    assert_eq!(row.summary().unwrap().transcription.unwrap().state, TranscriptionState::Failed);
}

fn finding(id: &str, rule: FindingRule, repaired: bool) -> Finding {
    Finding {
        id: id.into(),
        rule,
        entity: EntityKind::Card,
        channel: Channel::Customer,
        from_ms: 0,
        to_ms: 1,
        utterance: None,
        confidence: 1.0,
        repaired,
        reason: "nine digits".into(),
    }
}

fn verified(verdict: Verdict, findings: Vec<Finding>) -> Event {
    Event::CallVerified(Verified { verdict, findings, report: None })
}

fn decided(finding: &str, settled: bool) -> Event {
    let (finding, by) = (finding.into(), "ann".into());
    Event::FindingDecided(FindingDecided { finding, action: ReviewAction::Mask, by, at_ms: 0, settled })
}

#[test]
fn a_call_is_hidden_from_a_verdict_until_another_or_until_it_is_lifted() {
    let lifted = || Event::QuarantineLifted(QuarantineLifted { by: "ann".into(), at_ms: 0 });
    let hidden = || verified(Verdict::Quarantined, Vec::new());
    let row = |events: Vec<Event>| fold([vec![started(None, None, 0)], events].concat()).summary().unwrap();
    assert_eq!((row(vec![]).verdict, row(vec![]).quarantined), (None, false));
    assert!(row(vec![hidden()]).quarantined);
    assert!(!row(vec![hidden(), verified(Verdict::Clean, Vec::new())]).quarantined);
    assert!(!row(vec![hidden(), lifted()]).quarantined);
    assert!(row(vec![hidden(), lifted(), hidden()]).quarantined);
}

#[test]
fn findings_are_open_until_they_are_settled() {
    use FindingRule::{NotChecked, SecondPass};
    let found = [("a", SecondPass, false), ("b", SecondPass, false), ("c", SecondPass, true)];
    let found = || found.map(|(id, rule, repaired)| finding(id, rule, repaired)).to_vec();
    let open = |events: Vec<Event>| {
        fold([vec![started(None, None, 0)], events].concat()).summary().unwrap().open_findings
    };
    let hidden = || verified(Verdict::Quarantined, found());
    assert_eq!(open(vec![hidden()]), 2);
    assert_eq!(open(vec![hidden(), decided("a", false)]), 2);
    assert_eq!(open(vec![hidden(), decided("a", true)]), 1);
    assert_eq!(open(vec![hidden(), decided("a", true), hidden()]), 1, "the same finding is settled");
    let unchecked = || vec![finding("n", NotChecked, false)];
    assert_eq!(open(vec![verified(Verdict::Clean, unchecked())]), 0);
    assert_eq!(open(vec![verified(Verdict::Quarantined, unchecked())]), 1);
}

#[test]
fn a_call_is_held_while_one_matter_needs_it() {
    let hold = |matter: &str| LegalHold { matter: matter.into(), by: "ann".into(), at_ms: 0 };
    let (placed, released) = (|m| Event::LegalHoldPlaced(hold(m)), |m| Event::LegalHoldReleased(hold(m)));
    let held = |events: Vec<Event>| {
        fold([vec![started(None, None, 0)], events].concat()).summary().unwrap().legal_hold
    };
    assert!(held(vec![placed("one"), placed("two"), placed("one"), released("two")]));
    assert!(!held(vec![placed("one"), placed("two"), released("two"), released("one")]));
}

#[test]
fn a_recording_that_was_removed_is_none() {
    let recording = Recording { key: "k".into(), bytes: 1, duration_ms: 1, masks: 0, sha256: String::new() };
    let removed = RecordingRemoved { cause: RemovalCause::Retention, at_ms: 0 };
    let events =
        [started(None, None, 0), Event::RecordingCompleted(recording), Event::RecordingRemoved(removed)];
    assert!(fold(events[..2].to_vec()).summary().unwrap().has_recording);
    assert!(!fold(events).summary().unwrap().has_recording);
}

fn event() -> impl Strategy<Value = Event> {
    let at = 0..6_u64;
    prop_oneof![
        Just(started(Some("•••1"), None, 7)),
        (at.clone(), 1..4_u32, prop::collection::vec(any::<bool>(), 0..3))
            .prop_map(|(at, revision, words)| completed(at, revision, &words)),
        (at.clone(), 1..4_u32, prop::collection::vec(any::<bool>(), 0..3)).prop_map(
            |(at, revision, words)| {
                let utterance = said(at, revision, &words);
                Event::UtteranceRevised(UtteranceRevised { utterance, reason: "rule".into() })
            }
        ),
        at.clone().prop_map(|at_ms| Event::HoldStarted(Hold { at_ms })),
        at.clone().prop_map(|at_ms| Event::HoldEnded(Hold { at_ms })),
        at.clone().prop_map(|from_ms| {
            let cause = GapCause::Damaged;
            Event::MediaGap(Gap { channel: Channel::Customer, from_ms, to_ms: from_ms + 1, cause })
        }),
        at.prop_map(ended),
    ]
}

/// What a store keeps when it writes no more than each [`Change`] tells it to.
#[derive(Default)]
struct Store {
    utterances: BTreeMap<UtteranceId, TranscriptUtterance>,
    gaps: BTreeMap<usize, Gap>,
    holds: BTreeMap<usize, (u64, Option<u64>)>,
}

impl Store {
    fn take(&mut self, projection: &CallProjection, change: Change) {
        match change {
            Change::Nothing | Change::Summary => {}
            Change::Utterance(id) => match projection.utterance(id) {
                Some(said) => drop(self.utterances.insert(id, said.clone())),
                None => drop(self.utterances.remove(&id)),
            },
            Change::Gap(n) => drop(self.gaps.insert(n, projection.gap_at(n).expect("the gap").clone())),
            Change::Hold(n) => drop(self.holds.insert(n, projection.hold_at(n).expect("the hold"))),
        }
    }
}

proptest! {
    #[test]
    fn resuming_early_changes_nothing(events in prop::collection::vec(event(), 0..40), back in 0..40_usize) {
        let whole = fold(events.clone());
        let mut resumed = fold(events.clone());
        for (seq, event) in (1..).zip(&events).skip(events.len().saturating_sub(back)) {
            prop_assert_eq!(resumed.apply(&envelope(seq, event.clone())), Change::Nothing);
        }
        prop_assert_eq!(resumed.summary(), whole.summary());
        prop_assert_eq!(resumed.transcript(), whole.transcript());
    }

    #[test]
    fn changes_tell_a_store_all_that_it_must_write(events in prop::collection::vec(event(), 0..40)) {
        let (mut projection, mut store) = (CallProjection::new(), Store::default());
        for (seq, event) in (1..).zip(events) {
            let change = projection.apply(&envelope(seq, event));
            store.take(&projection, change);
        }
        let view = projection.transcript();
        prop_assert_eq!(store.utterances.into_values().collect::<Vec<_>>(), view.utterances);
        prop_assert_eq!(store.gaps.into_values().collect::<Vec<_>>(), view.gaps);
        prop_assert_eq!(store.holds.into_values().collect::<Vec<_>>(), view.holds);
    }

    #[test]
    fn a_log_whose_older_revisions_have_the_newest_words_says_the_same(
        events in prop::collection::vec(event(), 0..40)
    ) {
        let (mut projection, mut log) = (CallProjection::new(), Vec::<Event>::new());
        for (seq, mut event) in (1..).zip(events) {
            let words = event.utterance().map(|said| said.words.clone()).unwrap_or_default();
            for place in projection.mask(&mut event).unwrap_or_default() {
                replace_words(&mut log[usize::try_from(place - 1).unwrap()], &words);
            }
            projection.apply(&envelope(seq, event.clone()));
            log.push(event);
        }
        for said in log.iter().filter_map(Event::utterance) {
            prop_assert_eq!(&said.words, &projection.newest(said.id).unwrap().words);
        }
        let again = fold(log);
        prop_assert_eq!(again.summary(), projection.summary());
        prop_assert_eq!(again.transcript(), projection.transcript());
    }

    #[test]
    fn the_row_counts_what_the_transcript_shows(events in prop::collection::vec(event(), 0..40)) {
        let projection = fold([started(None, None, 0)].into_iter().chain(events));
        let (row, view) = (projection.summary().unwrap(), projection.transcript());
        prop_assert_eq!(row.utterances as usize, view.utterances.len());
        let masks = view.utterances.iter().flat_map(|said| &said.words).filter(|word| word.masked.is_some());
        prop_assert_eq!(row.masks as usize, masks.count());
        prop_assert_eq!(row.gaps as usize, view.gaps.len());
        prop_assert_eq!(row.on_hold, view.holds.last().is_some_and(|(_, to)| to.is_none()));
        prop_assert_eq!(row.last_utterance.is_some(), !view.utterances.is_empty());
    }
}
