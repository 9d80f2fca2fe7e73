//! What is found in flows.

use super::{
    block::Streaming,
    branches::wrong_error_branch,
    document::{Flow, FlowError},
    lambdas,
    walk::{Media, Walk},
};
use crate::{Finding, checks};

/// The flow language's version that is known here.
const VERSION: &str = "2019-10-30";
/// Attributes that are looked for; more are left out.
pub(super) const MAX_ATTRIBUTES: usize = 8;

/// What a deployment expects of its flows.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What the trigger's Lambda has in its name or ARN, where it is not called as usual.
    pub lambda: Option<String>,
    /// The contact attributes that a call should have, up to eight.
    pub attributes: Vec<Attribute>,
}

/// A contact attribute that a call should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What flows call it.
    pub name: String,
    /// Whether a call without it goes to the wrong place; otherwise a default holds.
    pub needed: bool,
}

/// What is found in flows that belong together. One of them has to start streaming; the others may leave it to that.
#[must_use]
pub fn examine(flows: &[Flow], rules: &Rules) -> Vec<Finding> {
    let names: Vec<&str> =
        rules.attributes.iter().take(MAX_ATTRIBUTES).map(|one| one.name.as_str()).collect();
    let walks: Vec<(&Flow, Walk<'_>)> = flows.iter().map(|flow| (flow, Walk::of(flow, &names))).collect();
    let one_starts = walks.iter().any(|(flow, walk)| starts(flow, walk));
    let mut out = Vec::new();
    for (flow, walk) in &walks {
        shape(flow, walk, &mut out);
        if starts(flow, walk) {
            out.push(
                checks::FLOW_STREAMING
                    .ok("a block that can be reached starts media streaming")
                    .about(&flow.file),
            );
            streaming_blocks(flow, walk, &mut out);
            lambdas::judge(flow, walk, rules, &mut out);
            error_branches(flow, walk, rules, &mut out);
            stop(flow, walk, &mut out);
        } else {
            out.push(without_streaming(flow, walk, rules, one_starts));
        }
    }
    out
}

/// What is found of a file that is no flow.
#[must_use]
pub fn unreadable(file: &str, error: &FlowError) -> Finding {
    checks::FLOW_READABLE.error(error.to_string()).about(file)
}

fn starts(flow: &Flow, walk: &Walk<'_>) -> bool {
    blocks_that(flow, walk, Streaming::Starts).next().is_some()
}

fn blocks_that<'a>(flow: &'a Flow, walk: &'a Walk<'_>, does: Streaming) -> impl Iterator<Item = &'a str> {
    let is = move |(id, block): &(&'a String, &'a super::block::Block)| {
        block.streaming() == Some(does) && walk.reaches(id)
    };
    flow.blocks.iter().filter(is).map(|(id, _)| id.as_str())
}

/// Whether it is a whole flow of the known language, and may stream.
fn shape(flow: &Flow, walk: &Walk<'_>, out: &mut Vec<Finding>) {
    if flow.version != VERSION {
        let told = if flow.version.is_empty() { "none".to_owned() } else { flow.version.clone() };
        out.push(
            checks::FLOW_VERSION.warning(format!("its version is {told}, not {VERSION}")).about(&flow.file),
        );
    }
    if !flow.blocks.contains_key(&flow.start) {
        out.push(
            checks::FLOW_BLOCKS
                .error(format!("it begins at {:?}, which is no block of it", flow.start))
                .about(&flow.file),
        );
    }
    for id in &flow.doubled {
        out.push(
            checks::FLOW_BLOCKS.error("more than one block has this identifier").about(flow.subject(id)),
        );
    }
    for (id, block) in &flow.blocks {
        // A branch to nowhere ends the call, where it is reached.
        let targets = block.next.iter().chain(&block.errors).filter(|target| !target.is_empty());
        for target in targets.filter(|target| !flow.blocks.contains_key(*target)) {
            out.push(
                checks::FLOW_BLOCKS
                    .error(format!("it goes on to {target:?}, which is no block of the flow"))
                    .about(flow.subject(id)),
            );
        }
    }
    if flow.kind.ends_with("hold") {
        for id in blocks_that(flow, walk, Streaming::Starts) {
            out.push(
                checks::FLOW_KIND
                    .error("it starts streaming in a hold flow, where Connect does not support it")
                    .about(flow.subject(id)),
            );
        }
    }
    for id in blocks_that(flow, walk, Streaming::Unclear) {
        let what = "it neither starts nor stops streaming: MediaStreamingState is not Enabled or Disabled";
        out.push(checks::FLOW_STREAMING.error(what).about(flow.subject(id)));
    }
    for (id, _) in flow
        .blocks
        .iter()
        .filter(|(id, block)| block.streaming() == Some(Streaming::Starts) && !walk.reaches(id))
    {
        out.push(
            checks::FLOW_STREAMING
                .warning("it would start streaming, and no path leads to it")
                .about(flow.subject(id)),
        );
    }
}

fn without_streaming(flow: &Flow, walk: &Walk<'_>, rules: &Rules, one_starts: bool) -> Finding {
    let check = &checks::FLOW_STREAMING;
    if one_starts {
        return check
            .note("it starts no streaming, and leaves that to another of these flows")
            .about(&flow.file);
    }
    let lambdas = lambdas::triggers(flow, walk, rules);
    let finding = check.error("no block that can be reached starts media streaming");
    match lambdas.first() {
        Some(id) => finding
            .about(&flow.file)
            .fix(format!("Add a Start media streaming block in front of {id}, which invokes a Lambda.")),
        None => finding.about(&flow.file),
    }
}

fn streaming_blocks(flow: &Flow, walk: &Walk<'_>, out: &mut Vec<Finding>) {
    for id in blocks_that(flow, walk, Streaming::Starts) {
        let wrong = flow.blocks.get(id).and_then(super::block::Block::wrong_media);
        let finding = match wrong {
            Some(wrong) => checks::FLOW_MEDIA.error(wrong),
            None => checks::FLOW_MEDIA.ok("both directions of the customer's audio are streamed"),
        };
        out.push(finding.about(flow.subject(id)));
    }
}

/// Of the blocks that are there for us.
fn error_branches(flow: &Flow, walk: &Walk<'_>, rules: &Rules, out: &mut Vec<Finding>) {
    let ours = blocks_that(flow, walk, Streaming::Starts).chain(lambdas::triggers(flow, walk, rules));
    for id in ours {
        let finding = match wrong_error_branch(flow, id) {
            Some(wrong) => checks::FLOW_ERROR_BRANCH.warning(wrong),
            None => checks::FLOW_ERROR_BRANCH.ok("the call goes on when it fails"),
        };
        out.push(finding.about(flow.subject(id)));
    }
}

fn stop(flow: &Flow, walk: &Walk<'_>, out: &mut Vec<Finding>) {
    let hangs_up = |id: &str| flow.blocks.get(id).is_some_and(super::block::Block::hangs_up);
    let running = walk.visits().find(|visit| visit.media == Media::On && hangs_up(visit.block));
    let finding = match running {
        Some(visit) => checks::FLOW_STOP
            .note(format!("it hangs up while media streams, on the path {}", walk.path(visit)))
            .fix(checks::FLOW_STOP.fix),
        None if blocks_that(flow, walk, Streaming::Stops).next().is_some() => {
            checks::FLOW_STOP.ok("streaming is stopped before the flow hangs up")
        }
        None => checks::FLOW_STOP
            .note("no block stops streaming: the stream runs on until the contact ends, wherever it goes")
            .fix(checks::FLOW_STOP.fix),
    };
    out.push(finding.about(&flow.file));
}
