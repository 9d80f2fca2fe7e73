//! How a call goes on that another owner carried before.

use std::time::Duration;

use call::{Checkpoint, Input, Origin};
use events::Event;
use model::{MediaOrigin, Timestamp};

use crate::{
    call_task::Told,
    engine::Shared,
    plan::{CallPlan, Standing},
    speech::Heard,
};

/// How a call goes on.
pub(crate) struct Resume {
    /// Where the reading begins; none for a call of which nothing was read.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// What was recognised.
    pub(crate) heard: Heard,
    /// What was said of the contact.
    pub(crate) told_before: Vec<Input>,
    pub(crate) told: Told,
    /// The audio from the call's beginning cannot be read again, so that no recording can be made.
    pub(crate) lacks_audio: bool,
}

impl Resume {
    /// A recording needs all of the audio, and the key of its spool died with its owner: where recordings are kept the
    /// stream is read again from the call's beginning, faster than it came, and what was heard is not recognised
    /// again. Elsewhere the reading goes on where the words end.
    pub(crate) fn of(logged: &[Event], standing: Option<Standing>, plan: &CallPlan, shared: &Shared) -> Self {
        let told = told(logged);
        let stored = standing.as_ref().map(Standing::settled).unwrap_or_default();
        let heard = Heard::of(logged, stored);
        let Some(origin) = origin(logged, standing.as_ref()) else {
            return Self { checkpoint: None, heard, told_before: Vec::new(), told, lacks_audio: false };
        };
        let told_before = logged.iter().filter_map(|event| told_again(event, origin.wall)).collect();
        let can_reread = plan.stream.origin == MediaOrigin::Kvs;
        let checkpoint = if can_reread && shared.options.spool.is_some() {
            from_the_beginning(origin)
        } else {
            let settled = heard.settled[0].min(heard.settled[1]);
            match standing {
                Some(standing) if standing.reading.origin.is_some() => standing.reading.rewound(settled),
                _ => from_the_beginning(origin),
            }
        };
        Self { checkpoint: Some(checkpoint), heard, told_before, told, lacks_audio: !can_reread }
    }
}

fn from_the_beginning(origin: Origin) -> Checkpoint {
    let producer_time = Some(Timestamp::from_millis(origin.timecode_ms));
    Checkpoint { last_complete: None, producer_time, origin: Some(origin), samples: [0, 0] }
}

fn told(logged: &[Event]) -> Told {
    let begun = |event: &Event| matches!(event, Event::CallStarted(started) if !started.provisional);
    match logged.iter().any(begun) {
        true => Told::Begun,
        false if logged.is_empty() => Told::Nothing,
        false => Told::Provisionally,
    }
}

/// What position zero is: as the owner stored it, else where the log says that the call began, which is exact for a
/// producer whose timecodes are epoch times, as Connect's are.
fn origin(logged: &[Event], standing: Option<&Standing>) -> Option<Origin> {
    let stored = standing.and_then(|standing| standing.reading.origin);
    let started = logged.iter().find_map(|event| {
        if let Event::CallStarted(started) = event {
            Some(started).filter(|started| !started.provisional)
        } else {
            None
        }
    })?;
    let timecode_ms = started.started_at_ms;
    Some(stored.unwrap_or_else(|| Origin { timecode_ms, wall: Timestamp::from_millis(timecode_ms) }))
}

/// What a logged event says of the contact, as an input of the session that carries the call again.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only these are said by Connect; the rest are our own findings"
)]
fn told_again(event: &Event, origin: Timestamp) -> Option<Input> {
    let at = |ms: u64| origin + Duration::from_millis(ms);
    match event {
        Event::AgentConnected(agent) => Some(Input::AgentConnected {
            id: agent.id.clone(),
            name: agent.name.clone(),
            at: at(agent.at_ms),
        }),
        Event::AgentDisconnected(agent) => Some(Input::AgentDisconnected {
            id: agent.id.clone(),
            name: agent.name.clone(),
            at: at(agent.at_ms),
        }),
        Event::HoldStarted(hold) => Some(Input::HoldStarted { at: at(hold.at_ms) }),
        Event::HoldEnded(hold) => Some(Input::HoldEnded { at: at(hold.at_ms) }),
        _ => None,
    }
}
