//! Every path that a call can take.

use std::collections::{BTreeMap, VecDeque};

use super::{
    block::{Block, Streaming},
    document::Flow,
};

/// The most blocks that a finding names of a path.
const MAX_PATH: usize = 8;

/// How media streams at some point of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Media {
    /// No block that starts it was passed.
    Never,
    /// Starting it failed.
    Failed,
    /// It streams.
    On,
    /// It was stopped.
    Stopped,
}

/// A call that comes to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Visit<'a> {
    pub(super) block: &'a str,
    pub(super) media: Media,
    /// Which attributes are set, a bit each.
    pub(super) set: u8,
}

/// All the ways in which a call can come to the blocks of a flow.
pub(super) struct Walk<'a> {
    /// Each with the one before it, on the shortest path.
    visits: BTreeMap<Visit<'a>, Option<Visit<'a>>>,
}

impl<'a> Walk<'a> {
    /// Walks the flow. `attributes` are the names to look for, of which the first eight count.
    pub(super) fn of(flow: &'a Flow, attributes: &[&str]) -> Self {
        let mut visits = BTreeMap::new();
        let mut line = VecDeque::new();
        let start = Visit { block: flow.start.as_str(), media: Media::Never, set: 0 };
        visits.insert(start, None);
        line.push_back(start);
        // Ends: there are no more visits than blocks times states, and each is in the line once.
        while let Some(visit) = line.pop_front() {
            let Some(block) = flow.blocks.get(visit.block) else { continue };
            for next in onward(block, visit, attributes) {
                if flow.blocks.contains_key(next.block) && !visits.contains_key(&next) {
                    visits.insert(next, Some(visit));
                    line.push_back(next);
                }
            }
        }
        visits.retain(|visit, _| flow.blocks.contains_key(visit.block));
        Self { visits }
    }

    pub(super) fn visits(&self) -> impl Iterator<Item = Visit<'a>> {
        self.visits.keys().copied()
    }

    pub(super) fn reaches(&self, block: &str) -> bool {
        self.visits().any(|visit| visit.block == block)
    }

    /// The visits of one block.
    pub(super) fn of_block(&self, block: &str) -> impl Iterator<Item = Visit<'a>> {
        self.visits().filter(move |visit| visit.block == block)
    }

    /// The shortest path to a visit, as findings show it.
    pub(super) fn path(&self, visit: Visit<'a>) -> String {
        let mut names = vec![visit.block];
        let mut at = visit;
        while let Some(Some(before)) = self.visits.get(&at) {
            names.push(before.block);
            at = *before;
        }
        names.reverse();
        let more = names.len().saturating_sub(MAX_PATH);
        let mut path = names.split_off(more).join(" > ");
        if more > 0 {
            path.insert_str(0, "… > ");
        }
        path
    }
}

/// Where a call goes on to from a block, and how.
fn onward<'a>(block: &'a Block, at: Visit<'a>, attributes: &[&str]) -> Vec<Visit<'a>> {
    let (well, failed) = match block.streaming() {
        Some(Streaming::Starts) if at.media == Media::Never => (Media::On, Media::Failed),
        Some(Streaming::Starts) => (Media::On, at.media),
        // One that fails to stop it was meant to.
        Some(Streaming::Stops) if at.media == Media::On => (Media::Stopped, Media::Stopped),
        Some(Streaming::Stops | Streaming::Unclear) | None => (at.media, at.media),
    };
    // A block that fails to set attributes was meant to: what a call lacks then is told when it comes.
    let sets = block.attributes().filter_map(|name| attributes.iter().position(|known| *known == name));
    let set =
        sets.fold(at.set, |set, n| set | 1_u8.checked_shl(u32::try_from(n).unwrap_or(u32::MAX)).unwrap_or(0));
    let to = |target: &'a String, media| Visit { block: target.as_str(), media, set };
    let next = block.next.iter().map(|target| to(target, well));
    next.chain(block.errors.iter().map(|target| to(target, failed))).collect()
}
