//! The state machine.

use std::collections::VecDeque;

use model::Timestamp;

use crate::{CallConfig, Checkpoint, Command, Input, Output, Reason, StartAt};

/// One call, from its first fragment to its end.
///
/// After each `handle_…` call, [`poll_output`](Self::poll_output) must be called until it gives
/// [`Output::Timeout`]; this is checked in debug builds.
#[derive(Debug)]
pub struct CallSession {
    config: CallConfig,
    checkpoint: Checkpoint,
    outputs: VecDeque<Output>,
    drained: bool,
    now: Timestamp,
}

impl CallSession {
    /// Begins a call: the first output is the command to open its stream.
    #[must_use]
    pub fn new(config: CallConfig, now: Timestamp) -> Self {
        let start = config
            .start
            .map_or(StartAt::Earliest, |at| StartAt::ProducerTime(at - config.timing.start_margin));
        let outputs = VecDeque::from([Output::Command(Command::OpenMedia { start })]);
        let checkpoint = config.resume.clone().unwrap_or_default();
        Self { config, checkpoint, outputs, drained: true, now }
    }

    /// Takes in what happened at `now`.
    pub fn handle_input(&mut self, now: Timestamp, input: Input) {
        self.begin(now);
        drop(input);
    }

    /// Takes in that it is `now`; to be called when the last timeout has come.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.begin(now);
    }

    /// What the session wants or tells next.
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| {
            self.drained = true;
            Output::Timeout(self.now + self.config.timing.idle_timeout, Reason::Idle)
        })
    }

    /// Where the reading stands.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint.clone()
    }

    /// Whether [`Event::Ended`](crate::Event::Ended) was given out or waits to be.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        false
    }

    fn begin(&mut self, now: Timestamp) {
        debug_assert!(self.drained, "poll_output must be drained to its timeout after each mutation");
        self.drained = false;
        self.now = self.now.max(now);
    }
}
