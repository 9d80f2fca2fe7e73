//! What a call must have given, whatever happened on its way.

use std::collections::BTreeMap;

use call::Event;
use model::{Channel, MediaGap};

use super::{Run, script::Truth};
use crate::support::T0;

/// Samples by which a block may lie off its true place.
const MAX_SHIFT: u64 = 8 * 26;

/// Checks one finished call against what was spoken.
pub(crate) fn check(run: &Run) {
    let ended = run.call.events.iter().filter(|event| matches!(event, Event::Ended { .. })).count();
    assert_eq!(ended, 1, "exactly one end");
    let started = run.call.events.iter().filter(|event| matches!(event, Event::Started { .. })).count();
    assert_eq!(started, usize::from(run.begins()), "exactly one beginning");
    assert_eq!(run.call.position[0], run.call.position[1], "the channels end together");
    for channel in Channel::ALL {
        let given = given(run, channel);
        check_nothing_foreign(run, channel, &given);
        check_places(run, channel, &given);
        check_gaps_are_silent(run, channel, &given);
    }
}

/// Each value that was given: where it begins and how long it is. None comes twice.
fn given(run: &Run, channel: Channel) -> BTreeMap<i16, (u64, u64)> {
    let (mut at, mut given, mut last) = (0, BTreeMap::new(), 0);
    for (value, length) in run.call.runs(channel) {
        if value != 0 && value.unsigned_abs() <= last && is_cut(run, at, length) {
            let known = given.entry(value).or_insert((at, length));
            known.1 = known.1.max(length);
        } else if value != 0 {
            assert!(value.unsigned_abs() > last, "blocks come in order, none twice");
            last = value.unsigned_abs();
            given.insert(value, (at, length));
        }
        at += length;
    }
    given
}

/// Whether an owner went on here: blocks that do not lie where their timecodes say are a seam there.
fn is_cut(run: &Run, at: u64, length: u64) -> bool {
    run.cuts.iter().any(|cut| (at.saturating_sub(MAX_SHIFT)..=at + length + MAX_SHIFT).contains(cut))
}

fn check_nothing_foreign(run: &Run, channel: Channel, given: &BTreeMap<i16, (u64, u64)>) {
    let ours = spoken(run, channel);
    for value in given.keys() {
        assert!(
            ours.iter().any(|(_, truth)| truth.value == *value),
            "{value} is not ours, or of the other channel"
        );
    }
}

/// Every block that was spoken is there, whole and in its place, unless its loss was told.
fn check_places(run: &Run, channel: Channel, given: &BTreeMap<i16, (u64, u64)>) {
    let Some(origin) = run.call.session.checkpoint().origin else {
        let untold = |(fragment, _): &(u64, Truth)| !run.told_lost(*fragment);
        assert!(!spoken(run, channel).iter().any(untold), "audio was lost without a word");
        return;
    };
    let origin_ms = origin.timecode_ms - T0;
    for (fragment, truth) in spoken(run, channel) {
        let position = u64::try_from((truth.at_ms - origin_ms) * 8).unwrap_or(0);
        let Some(&(at, length)) = given.get(&truth.value) else {
            assert!(run.told_lost(fragment), "fragment {fragment} was lost without a word");
            let before = truth.at_ms < origin_ms;
            let may_be_lost = before || !run.is_repaired() || run.was_kept_out(fragment);
            assert!(may_be_lost, "fragment {fragment} is in the archive");
            let inside =
                truth.at_ms >= origin_ms && position + truth.samples <= run.call.position[channel.index()];
            let middle = position + truth.samples / 2;
            let covers = |gap: &MediaGap| {
                (gap.from.as_samples(8_000)..gap.to.as_samples(8_000)).contains(&middle)
                    && gap.channel == channel
            };
            assert!(!inside || run.call.gaps().iter().any(covers), "no gap where {} was", truth.value);
            continue;
        };
        let is_cut = is_cut(run, at, length);
        if is_cut && run.told_lost(fragment) {
            // The next owner did not get the rest of it.
            continue;
        }
        let seam = if is_cut { MAX_SHIFT } else { 0 };
        assert!(length.abs_diff(truth.samples) <= seam, "the block {} is whole, not {length}", truth.value);
        assert!(at.abs_diff(position) <= MAX_SHIFT, "{} lies at {at}, not at {position}", truth.value);
    }
}

/// Where a gap was told, nothing was given.
fn check_gaps_are_silent(run: &Run, channel: Channel, given: &BTreeMap<i16, (u64, u64)>) {
    for event in &run.call.events {
        let Event::Gap(gap) = event else { continue };
        if gap.channel != channel {
            continue;
        }
        let (from, to) = (gap.from.as_samples(8_000), gap.to.as_samples(8_000));
        let audible = |(at, length): &(u64, u64)| *at < to && at + length > from;
        assert!(!given.values().any(audible), "a gap over audio: {gap:?}");
    }
}

/// The blocks of this call that were to be heard, with their fragments.
fn spoken(run: &Run, channel: Channel) -> Vec<(u64, Truth)> {
    let ours =
        run.server.stored.iter().filter(|stored| stored.contact == "mine" && run.is_wanted(stored.number));
    ours.flat_map(|stored| stored.blocks.iter().map(|truth| (stored.number, truth.clone())))
        .filter(|(_, truth)| truth.channel == channel)
        .collect()
}
