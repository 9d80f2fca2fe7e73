use std::time::Duration;

use super::*;

/// A fragment of one second from `second` on that names `contacts`.
fn arrival(second: i64, contacts: &[&str]) -> Arrival {
    let tags = contacts.iter().map(|contact| ("ContactId".to_owned(), (*contact).to_owned())).collect();
    let blocks = vec![mkv::Block { track: 1, timecode_ms: second * 1_000, bytes: 0..16_000 }];
    let fragment = Fragment { tags, blocks, payload: vec![0; 16_000], ..Fragment::default() };
    let facts = Facts::of(&fragment, &[ContactId::new("mine").unwrap()]);
    let at = Timestamp::from_millis(second * 1_000);
    Arrival { fragment, facts, received_at: at, read_at: at }
}

fn attribution() -> Attribution {
    Attribution::new(vec![ContactId::new("mine").unwrap()], Limits::default(), true)
}

/// The second at which each decided fragment begins: positive when released, negative when kept out.
fn decided(verdicts: &[Verdict]) -> Vec<i64> {
    let second = |arrival: &Arrival| arrival.facts.span.unwrap().start_ms / 1_000;
    verdicts
        .iter()
        .map(|verdict| match verdict {
            Verdict::Release(arrival) => second(arrival),
            Verdict::Quarantine(arrival, ..) => -second(arrival),
        })
        .collect()
}

fn offer_all(attribution: &mut Attribution, arrivals: &[(i64, &[&str])]) -> Vec<i64> {
    let mut out = Vec::new();
    for (second, contacts) in arrivals {
        attribution.offer(arrival(*second, contacts), &mut out);
    }
    decided(&out)
}

const MINE: &[&str] = &["mine"];
const NONE: &[&str] = &[];
const OTHER: &[&str] = &["other"];

#[test]
fn an_untagged_fragment_without_a_break_inherits() {
    assert_eq!(offer_all(&mut attribution(), &[(1, MINE), (2, NONE), (3, NONE)]), [1, 2, 3]);
}

#[test]
fn an_untagged_fragment_after_a_break_waits_for_its_follower() {
    let mut attribution = attribution();
    assert_eq!(offer_all(&mut attribution, &[(1, MINE), (5, NONE), (6, NONE)]), [1]);
    assert_eq!(offer_all(&mut attribution, &[(7, MINE)]), [5, 6, 7]);
}

#[test]
fn a_break_before_the_tagged_follower_keeps_the_waiting_ones_out() {
    assert_eq!(offer_all(&mut attribution(), &[(1, NONE), (3, NONE), (4, NONE), (5, MINE)]), [-1, 3, 4, 5]);
    assert_eq!(offer_all(&mut attribution(), &[(1, NONE), (9, MINE)]), [-1, 9]);
}

#[test]
fn nothing_inherits_after_another_contact() {
    assert_eq!(
        offer_all(&mut attribution(), &[(1, OTHER), (2, NONE), (9, NONE), (10, MINE)]),
        [-1, -2, -9, 10]
    );
}

#[test]
fn what_waits_when_another_contact_comes_is_kept_out() {
    assert_eq!(offer_all(&mut attribution(), &[(1, NONE), (2, NONE), (3, OTHER)]), [-1, -2, -3]);
}

#[test]
fn a_fragment_with_two_contacts_is_kept_out_and_breaks_the_inheritance() {
    let mixed: &[&str] = &["mine", "other"];
    assert_eq!(offer_all(&mut attribution(), &[(1, MINE), (2, mixed), (3, NONE), (4, MINE)]), [1, -2, -3, 4]);
}

#[test]
fn nothing_inherits_across_bodies_and_what_waited_is_forgotten() {
    let mut attribution = attribution();
    assert_eq!(offer_all(&mut attribution, &[(1, MINE)]), [1]);
    attribution.begin_body();
    assert_eq!(offer_all(&mut attribution, &[(2, NONE)]), Vec::<i64>::new());
    attribution.begin_body();
    assert!(attribution.is_settled());
    assert_eq!(offer_all(&mut attribution, &[(2, NONE), (3, MINE)]), [2, 3]);
}

#[test]
fn a_silent_fragment_of_ours_lets_nothing_through() {
    let mut attribution = attribution();
    let mut silent = arrival(1, MINE);
    silent.facts.span = None;
    let mut out = Vec::new();
    attribution.offer(arrival(0, NONE), &mut out);
    attribution.offer(silent, &mut out);
    attribution.offer(arrival(2, NONE), &mut out);
    assert!(matches!(out.as_slice(), [Verdict::Quarantine(..), Verdict::Release(_)]));
    assert!(!attribution.is_settled());
}

#[test]
fn the_oldest_goes_when_too_many_wait() {
    let mut attribution = attribution();
    let seconds: Vec<(i64, &[&str])> = (1..=18).map(|second| (second, NONE)).collect();
    assert_eq!(offer_all(&mut attribution, &seconds), [-1, -2]);
    assert_eq!(offer_all(&mut attribution, &[(19, MINE)]), (3..=19).collect::<Vec<_>>());
}

#[test]
fn more_bytes_than_the_bound_are_never_held() {
    let limits = Limits { max_held_bytes: 20_000, ..Limits::default() };
    let mut attribution = Attribution::new(Vec::new(), limits, true);
    assert_eq!(offer_all(&mut attribution, &[(1, NONE), (2, NONE)]), [-1]);
    attribution.limits.max_held_bytes = 100;
    assert_eq!(offer_all(&mut attribution, &[(3, NONE)]), [-2, -3]);
}

#[test]
fn what_waits_too_long_is_kept_out() {
    let mut attribution = attribution();
    offer_all(&mut attribution, &[(1, NONE), (2, NONE)]);
    let deadline = attribution.deadline().unwrap();
    let mut out = Vec::new();
    attribution.expire(deadline - Duration::from_micros(1), &mut out);
    assert!(out.is_empty());
    attribution.expire(deadline, &mut out);
    assert_eq!(decided(&out), [-1]);
}

#[test]
fn before_the_calls_beginning_is_known_an_unnamed_fragment_is_not_taken_however_near() {
    let mut attribution = Attribution::new(vec![ContactId::new("mine").unwrap()], Limits::default(), false);
    let mut verdicts = Vec::new();
    attribution.offer(arrival(1, &[]), &mut verdicts);
    attribution.offer(arrival(2, &["mine"]), &mut verdicts);
    attribution.offer(arrival(3, &[]), &mut verdicts);
    assert_eq!(decided(&verdicts), [-1, 2, 3]);
}
