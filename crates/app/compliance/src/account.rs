//! Every masked stretch of words against the masked ranges of the recording, and the other way round.

use std::collections::BTreeMap;

use engine::OutlineMask;
use events::{EntityKind, Finding, FindingRule, TranscriptUtterance};
use model::Channel;
use review::{EntityRow, RangeCause, RangeRow, SpanRow, finding_id};

/// Times of words are cut to milliseconds.
const ROUNDING_MS: u64 = 1;

/// How far from the words that it hides a range may lie: padding, joined gaps, and an echo's delay.
const REACH_MS: u64 = 2_000;

/// What was counted.
pub(crate) struct Account {
    pub(crate) spans: Vec<SpanRow>,
    pub(crate) ranges: Vec<RangeRow>,
    pub(crate) entities: Vec<EntityRow>,
    /// Words without a range can be masked; ranges without words are for people.
    pub(crate) findings: Vec<Finding>,
}

/// Masked stretches and ranges of one channel, in order of time.
struct Side {
    spans: Vec<(u64, u64)>,
    /// Joined.
    ranges: Vec<(u64, u64)>,
}

/// Accounts for a call. Without a recording there are no `masks`, and no word needs one.
pub(crate) fn account(
    utterances: &[TranscriptUtterance],
    masks: Option<&[OutlineMask]>,
    duration_ms: u64,
) -> Account {
    let rows = span_rows(utterances);
    let sides = Channel::ALL.map(|channel| Side::of(channel, &rows, masks.unwrap_or_default()));
    let side = |channel: Channel| &sides[channel.index()];
    let mut findings = Vec::new();
    let mut spans = rows;
    for row in &mut spans {
        row.covered_by = side(row.channel).covering(row.from_ms, row.to_ms.min(duration_ms));
        let sounds = masks.is_some() && row.from_ms < duration_ms;
        if sounds && row.covered_by.is_none() {
            findings.push(uncovered(row));
        }
    }
    let ranges: Vec<RangeRow> = masks
        .unwrap_or_default()
        .iter()
        .map(|mask| range_row(mask, side(mask.channel), side(other(mask.channel))))
        .collect();
    findings.extend(ranges.iter().filter(|row| row.cause == RangeCause::Unknown).map(unexplained));
    let mut entities: BTreeMap<EntityKind, u64> = BTreeMap::new();
    for row in &spans {
        *entities.entry(row.entity).or_default() += 1;
    }
    let entities = entities.into_iter().map(|(entity, stretches)| EntityRow { entity, stretches }).collect();
    Account { spans, ranges, entities, findings }
}

fn span_rows(utterances: &[TranscriptUtterance]) -> Vec<SpanRow> {
    let rows = utterances.iter().flat_map(|utterance| {
        utterance.words.iter().filter_map(|word| {
            Some(SpanRow {
                utterance: utterance.id,
                channel: utterance.channel,
                from_ms: word.start_ms,
                to_ms: word.end_ms.max(word.start_ms),
                entity: word.masked?,
                covered_by: None,
            })
        })
    });
    rows.collect()
}

impl Side {
    fn of(channel: Channel, rows: &[SpanRow], masks: &[OutlineMask]) -> Self {
        let spans = rows.iter().filter(|row| row.channel == channel);
        let mut spans: Vec<(u64, u64)> = spans.map(|row| (row.from_ms, row.to_ms)).collect();
        spans.sort_unstable();
        let ranges = masks.iter().filter(|mask| mask.channel == channel);
        let mut ranges: Vec<(u64, u64)> = ranges.map(|mask| (mask.from_ms, mask.to_ms)).collect();
        ranges.sort_unstable();
        Self { spans, ranges: joined(ranges) }
    }

    /// The range that covers a stretch whole.
    fn covering(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        let after = self.ranges.partition_point(|(start, _)| *start <= from + ROUNDING_MS);
        let range = *self.ranges.get(after.checked_sub(1)?)?;
        (to <= range.1 + ROUNDING_MS).then_some(range)
    }

    /// Whether words are masked within reach.
    fn is_near(&self, from: u64, to: u64) -> bool {
        let before = self.spans.partition_point(|(start, _)| *start <= to + REACH_MS);
        // Stretches are short: one that reaches here began not long before.
        let near = self.spans.get(before.saturating_sub(64)..before).unwrap_or_default();
        near.iter().any(|(_, end)| from <= end + REACH_MS)
    }
}

fn range_row(mask: &OutlineMask, own: &Side, other: &Side) -> RangeRow {
    let (from, to) = (mask.from_ms, mask.to_ms);
    let cause = if mask.added {
        RangeCause::Review
    } else if mask.cross_talk && other.ranges.iter().any(|range| range.0 <= to + REACH_MS && from <= range.1)
    {
        RangeCause::CrossTalk
    } else if own.is_near(from, to) {
        RangeCause::Words
    } else {
        RangeCause::Unknown
    };
    RangeRow { channel: mask.channel, from_ms: from, to_ms: to, entity: mask.kind, cause, exact: None }
}

fn uncovered(row: &SpanRow) -> Finding {
    Finding {
        id: finding_id(FindingRule::Unaccounted, row.channel, row.from_ms, row.to_ms),
        rule: FindingRule::Unaccounted,
        entity: row.entity,
        channel: row.channel,
        from_ms: row.from_ms,
        to_ms: row.to_ms,
        utterance: Some(row.utterance),
        confidence: 1.0,
        repaired: true,
        reason: "masked words that sound in the recording".to_owned(),
    }
}

fn unexplained(row: &RangeRow) -> Finding {
    Finding {
        id: finding_id(FindingRule::Unaccounted, row.channel, row.from_ms, row.to_ms),
        rule: FindingRule::Unaccounted,
        entity: row.entity,
        channel: row.channel,
        from_ms: row.from_ms,
        to_ms: row.to_ms,
        utterance: None,
        confidence: 0.3,
        repaired: false,
        reason: "a masked range of the recording without masked words".to_owned(),
    }
}

pub(crate) const fn other(channel: Channel) -> Channel {
    match channel {
        Channel::Customer => Channel::ToCustomer,
        Channel::ToCustomer => Channel::Customer,
    }
}

fn joined(ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    let mut out: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match out.last_mut() {
            Some((_, last)) if from <= *last + ROUNDING_MS => *last = (*last).max(to),
            Some(_) | None => out.push((from, to)),
        }
    }
    out
}
