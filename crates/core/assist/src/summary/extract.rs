//! Chooses the sentences of a call that say why, what and how it ended, without a model.

use model::UtteranceId;
use playbook::Speaker;

use crate::{course::Course, transcript::Kept};

const MAX_REASONS: usize = 2;
const MAX_STEPS: usize = 5;
const MAX_OUTCOMES: usize = 2;
const MAX_ACTIONS: usize = 6;
/// The outcome is looked for among so many of the last utterances.
const LAST: usize = 24;
/// Of longer utterances none is told from another.
const LONG: usize = 200;

/// The customer's first sentences that say what they want.
pub(super) fn reason(course: &Course) -> Vec<UtteranceId> {
    let theirs = || course.transcript.iter().filter(|(_, kept)| kept.who == Speaker::Customer);
    let told = ids(theirs().filter(|(_, kept)| kept.cues.why), MAX_REASONS);
    if told.is_empty() { ids(theirs().filter(|(_, kept)| kept.cues.enough), 1) } else { told }
}

/// What the agent did, said to have done, or explained: of many the longest, in their order.
pub(super) fn steps(course: &Course) -> Vec<UtteranceId> {
    let ours = course.transcript.iter().filter(|(_, kept)| kept.who == Speaker::Agent && kept.cues.done);
    let mut found: Vec<(usize, UtteranceId)> =
        ours.map(|(id, kept)| (kept.text.len().min(LONG), id)).collect();
    found.sort_by_key(|(length, id)| (LONG - length, *id));
    let mut chosen: Vec<UtteranceId> = found.into_iter().map(|(_, id)| id).take(MAX_STEPS).collect();
    chosen.sort();
    chosen
}

/// The last sentences that settle something; the last one that says anything without them.
pub(super) fn outcome(course: &Course) -> Vec<UtteranceId> {
    let last = || course.transcript.iter().rev().take(LAST);
    let mut found = ids(last().filter(|(_, kept)| kept.cues.settled), MAX_OUTCOMES);
    if found.is_empty() {
        found = ids(last().filter(|(_, kept)| kept.cues.enough), 1);
    }
    found.reverse();
    found
}

/// What somebody said they would do, or has to do.
pub(super) fn actions(course: &Course) -> Vec<UtteranceId> {
    let mut found = ids(course.transcript.iter().rev().filter(|(_, kept)| kept.cues.todo), MAX_ACTIONS);
    found.reverse();
    found
}

fn ids<'a>(of: impl Iterator<Item = (UtteranceId, &'a Kept)>, most: usize) -> Vec<UtteranceId> {
    of.map(|(id, _)| id).take(most).collect()
}
