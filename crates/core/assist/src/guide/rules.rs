//! When rules fire: as their condition begins to hold, or holds by something new; so often, and no sooner than that.

use std::sync::Arc;

use super::{Guide, Move};
use crate::{course::Course, truth::sooner};

/// How a rule stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleState {
    /// How often it fired.
    pub(crate) count: u32,
    /// When it fired last.
    pub(crate) fired_ms: u64,
    /// Whether its condition held when it was last looked at.
    held: bool,
    /// The latest thing by which its condition held: only something newer is new.
    seen_ms: u64,
    /// The log says that it fired, before its condition held here: by words in the making that are not logged.
    owed: bool,
    /// Whether an alert of it is open, and to be closed when its condition passes.
    pub(crate) alerting: bool,
}

impl RuleState {
    /// The log says that it fired. Returns whether that is news.
    pub(crate) fn adopt(&mut self, count: u32, at_ms: u64) -> bool {
        let is_news = count > self.count;
        if is_news {
            self.count = count;
            self.fired_ms = at_ms;
            self.owed = !self.held;
        }
        is_news
    }
}

impl Guide {
    pub(super) fn look_at_rules(&mut self, course: &Course, moves: &mut Vec<Move>, wake: &mut Option<u64>) {
        let book = Arc::clone(&self.book);
        for (index, rule) in book.rules.iter().enumerate() {
            // Whoever is to be told is not there: what began to hold begins for them when they come.
            if rule.needs_agent && course.line.agent_since_ms().is_none() {
                continue;
            }
            let truth = self.truth(course, &rule.when, None);
            *wake = sooner(*wake, truth.wake_ms);
            let Some(state) = self.rules.get_mut(index) else { continue };
            let is_new = truth.holds && (!state.held || truth.at_ms > state.seen_ms);
            state.held = truth.holds;
            state.seen_ms = state.seen_ms.max(truth.at_ms);
            if !truth.holds && state.alerting {
                state.alerting = false;
                moves.push(Move::Passed { rule: index });
            }
            let rests = state.count > 0 && course.now_ms < state.fired_ms.saturating_add(rule.cooldown_ms);
            if !is_new || std::mem::take(&mut state.owed) || rests || state.count >= rule.times {
                continue;
            }
            state.count += 1;
            state.fired_ms = course.now_ms;
            moves.push(Move::Fired { rule: index, count: state.count, cause: truth.cause });
        }
    }
}
