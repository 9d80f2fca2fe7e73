//! The blocks that invoke the trigger.

use serde_json::Value;

use super::{
    block::Block,
    document::Flow,
    examine::{Attribute, Rules},
    walk::{Media, Visit, Walk},
};
use crate::{Finding, Severity, checks};

/// What the trigger's Lambda is called unless told.
const USUAL_NAME: &str = "media-trigger";
/// Connect's own limits, and what the trigger needs to hand a call over.
const MIN_SECONDS: u64 = 3;
const MAX_SECONDS: u64 = 8;
const MAX_ASYNCHRONOUS_SECONDS: u64 = 60;

/// Findings about the blocks that announce a call.
pub(super) fn judge(flow: &Flow, walk: &Walk<'_>, rules: &Rules, out: &mut Vec<Finding>) {
    let triggers = triggers(flow, walk, rules);
    if triggers.is_empty() {
        out.push(
            checks::FLOW_LAMBDA
                .warning("no Lambda is invoked, so that nothing announces a call")
                .about(&flow.file),
        );
        return;
    }
    let mut announces = false;
    for id in &triggers {
        let media: Vec<Media> = walk.of_block(id).map(|visit| visit.media).collect();
        announces |= media.contains(&Media::On);
        order(flow, walk, id, out);
    }
    if announces {
        out.push(checks::FLOW_LAMBDA.ok("a Lambda is invoked while media streams").about(&flow.file));
    } else {
        out.push(checks::FLOW_LAMBDA.warning("no Lambda is invoked while media streams").about(&flow.file));
    }
    for id in triggers {
        if let Some(block) = flow.blocks.get(id) {
            time(flow, id, block, out);
            attributes(flow, walk, id, rules, out);
        }
    }
}

/// The blocks that invoke the trigger: those that name it, and where none does, all that invoke any Lambda while media
/// streams, or all there are when none does that either.
pub(super) fn triggers<'a>(flow: &'a Flow, walk: &Walk<'_>, rules: &Rules) -> Vec<&'a str> {
    let reached = || flow.blocks.iter().filter(|(id, block)| block.is_lambda() && walk.reaches(id));
    let ids = |(id, _): (&'a String, &'a Block)| id.as_str();
    if let Some(name) = &rules.lambda {
        return reached().filter(|(_, block)| block.invokes(name)).map(ids).collect();
    }
    let named: Vec<&str> = reached().filter(|(_, block)| block.invokes(USUAL_NAME)).map(ids).collect();
    if !named.is_empty() {
        return named;
    }
    let streams = |id: &str| walk.of_block(id).any(|visit| visit.media == Media::On);
    let streaming: Vec<&str> = reached().map(ids).filter(|id| streams(id)).collect();
    if streaming.is_empty() { reached().map(ids).collect() } else { streaming }
}

fn order(flow: &Flow, walk: &Walk<'_>, id: &str, out: &mut Vec<Finding>) {
    let subject = flow.subject(id);
    let early = walk.of_block(id).find(|visit| visit.media == Media::Never);
    let comes = |media| walk.of_block(id).any(|visit| visit.media == media);
    let late = comes(Media::Stopped) && !comes(Media::On);
    out.push(match early {
        Some(visit) => {
            let path = walk.path(visit);
            checks::FLOW_ORDER
                .error(format!("the Lambda is invoked before media streams, on the path {path}"))
                .about(subject)
        }
        None if late => checks::FLOW_ORDER
            .error("the Lambda is invoked only when streaming was stopped")
            .about(subject)
            .fix("Invoke the Lambda between the blocks that start and stop media streaming."),
        None => checks::FLOW_ORDER.ok("streaming is started before the Lambda on every path").about(subject),
    });
}

fn time(flow: &Flow, id: &str, block: &Block, out: &mut Vec<Finding>) {
    let asynchronous =
        block.text("InvocationType").is_some_and(|kind| kind.eq_ignore_ascii_case("asynchronous"));
    let most = if asynchronous { MAX_ASYNCHRONOUS_SECONDS } else { MAX_SECONDS };
    let subject = flow.subject(id);
    let told = block.parameters.get("InvocationTimeLimitSeconds");
    let check = &checks::FLOW_LAMBDA_TIME;
    let finding = match told.map(seconds) {
        // Three seconds, says Connect.
        None => check.ok("the Lambda has the usual 3 s"),
        Some(None) => check.note("the Lambda's time is not a plain number, and was not checked"),
        Some(Some(time)) if time > most => {
            check.warning(format!("the Lambda may take {time} s, and Connect allows {most} s"))
        }
        Some(Some(time)) if time < MIN_SECONDS => check
            .warning(format!("the Lambda has {time} s, and may need {MIN_SECONDS} s when a service is slow")),
        Some(Some(time)) => check.ok(format!("the Lambda has {time} s")),
    };
    out.push(finding.about(subject));
}

fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
}

fn attributes(flow: &Flow, walk: &Walk<'_>, id: &str, rules: &Rules, out: &mut Vec<Finding>) {
    let visits: Vec<Visit<'_>> = walk.of_block(id).collect();
    let is_set = |n: usize, visit: &Visit<'_>| visit.set >> n & 1 == 1;
    let missing = |(n, _): &(usize, &Attribute)| visits.iter().any(|visit| !is_set(*n, visit));
    let all = || rules.attributes.iter().take(super::examine::MAX_ATTRIBUTES).enumerate();
    let absent: Vec<(usize, &Attribute)> = all().filter(missing).collect();
    let subject = flow.subject(id);
    if absent.is_empty() {
        out.push(checks::FLOW_ATTRIBUTES.ok("all attributes are set before the Lambda").about(subject));
        return;
    }
    let partly = |n: usize| if visits.iter().any(|visit| is_set(n, visit)) { " (on some paths)" } else { "" };
    let names: Vec<String> = absent.iter().map(|(n, one)| format!("{}{}", one.name, partly(*n))).collect();
    let severity = if absent.iter().any(|(_, one)| one.needed) { Severity::Warning } else { Severity::Note };
    let what = format!(
        "not set here before the Lambda: {}; defaults hold unless another flow sets them",
        names.join(", ")
    );
    out.push(Finding::new(&checks::FLOW_ATTRIBUTES, severity, what).about(subject));
}
