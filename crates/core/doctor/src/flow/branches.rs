//! What becomes of a call when a block of ours fails.

use std::collections::BTreeSet;

use super::document::Flow;

/// What is wrong with where a block goes on to when it fails; none when the call goes on.
pub(super) fn wrong_error_branch(flow: &Flow, id: &str) -> Option<String> {
    let block = flow.blocks.get(id)?;
    if block.errors.iter().all(String::is_empty) {
        return Some("it has no error branch: when it fails, Connect ends the call".to_owned());
    }
    let on_success = reached(flow, block.next.iter());
    block.errors.iter().find_map(|target| {
        let on_failure = reached(flow, std::iter::once(target));
        let serves = on_failure.iter().filter_map(|id| flow.blocks.get(*id)).any(super::block::Block::serves);
        // A caller who gets all that success gives loses nothing.
        let goes_on = serves || (on_success.is_subset(&on_failure) && !on_success.is_empty());
        (!goes_on).then(|| format!("when it fails, the call goes to {target} and is ended there"))
    })
}

/// All blocks that can come from here on.
fn reached<'a>(flow: &'a Flow, from: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    let mut line: Vec<&str> = from.map(String::as_str).collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = line.pop() {
        let Some(block) = flow.blocks.get(id) else { continue };
        if reached.insert(id) {
            line.extend(block.next.iter().chain(&block.errors).map(String::as_str));
        }
    }
    reached
}
