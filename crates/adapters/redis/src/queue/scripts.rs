//! The queue's steps, each whole or not at all.

use std::{sync::LazyLock, time::Duration};

use redis::{Script, ScriptInvocation};

use crate::{
    QueueConfig,
    queue::{GROUP, Keys, receipt::Receipt},
};

/// A message as the script gives it: its partition, id, delivery, attempts and body.
pub(super) type Taken = (u32, String, u32, u32, Vec<u8>);
/// A dead letter as the script gives it: its id, group, body, attempts and cause.
pub(super) type Dead = (String, String, Vec<u8>, u32, String);

macro_rules! script {
    ($name:ident, $file:literal) => {
        static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!(include_str!("../prelude.lua"), include_str!($file))));
    };
}

script!(SEND, "send.lua");
script!(RECEIVE, "receive.lua");
script!(DELETE, "delete.lua");
script!(PUT_BACK, "put_back.lua");
script!(DEAD_LETTERS, "dead_letters.lua");
script!(REPLAY, "replay.lua");
script!(SWEEP, "sweep.lua");

pub(super) fn send(
    keys: &Keys,
    config: &QueueConfig,
    stream: &str,
    group: &str,
    body: &[u8],
) -> ScriptInvocation<'static> {
    let mut script = SEND.key(&keys.meta);
    script.key(stream).arg(config.partitions).arg(config.max_backlog).arg(group).arg(body);
    script
}

/// `first` is the partition at which to begin: another one each time, so that a busy one does not starve the others.
pub(super) fn receive(
    keys: &Keys,
    config: &QueueConfig,
    consumer: &str,
    max: u32,
    first: u32,
) -> ScriptInvocation<'static> {
    let mut script = RECEIVE.key(&keys.meta);
    script.key(&keys.delayed).key(&keys.dead).key(&keys.streams);
    script.arg(config.partitions).arg(GROUP).arg(consumer).arg(max);
    script.arg(millis(config.visibility)).arg(config.max_attempts).arg(config.max_dead).arg(first);
    script
}

pub(super) fn delete(stream: &str, receipt: &Receipt) -> ScriptInvocation<'static> {
    let mut script = DELETE.key(stream);
    script.arg(GROUP).arg(&receipt.id);
    script
}

pub(super) fn put_back(
    keys: &Keys,
    stream: &str,
    receipt: &Receipt,
    delay: Duration,
) -> ScriptInvocation<'static> {
    let mut script = PUT_BACK.key(&keys.delayed);
    script.key(stream).arg(GROUP).arg(&receipt.id).arg(receipt.delivery);
    script.arg(receipt.partition).arg(receipt.attempts).arg(millis(delay));
    script
}

pub(super) fn dead_letters(keys: &Keys, limit: u32) -> ScriptInvocation<'static> {
    let mut script = DEAD_LETTERS.key(&keys.dead);
    script.arg(limit);
    script
}

pub(super) fn replay(keys: &Keys, config: &QueueConfig, id: &str) -> ScriptInvocation<'static> {
    let mut script = REPLAY.key(&keys.meta);
    script.key(&keys.dead).key(&keys.streams);
    script.arg(config.partitions).arg(id);
    script
}

pub(super) fn sweep(keys: &Keys, dead_after: Duration) -> ScriptInvocation<'static> {
    let mut script = SWEEP.key(&keys.streams);
    script.arg(GROUP).arg(millis(dead_after));
    script
}

fn millis(of: Duration) -> u64 {
    u64::try_from(of.as_millis()).unwrap_or(u64::MAX)
}
