//! One `GetMedia` connection: pulls fragments from the store as fast as its client reads them.
//!
//! Nothing is queued for a reader beyond the fragment that it is being sent: a slow client costs a cursor.

use std::{collections::VecDeque, io, sync::Arc, time::Duration};

use bytes::Bytes;
use model::FragmentNumber;
use tokio::{sync::watch, time::Instant};

use super::{
    selector::{Cursor, FragmentNotFound, Selector},
    tags,
};
use crate::{
    faults::Plan,
    limits::Permit,
    put_media::stall,
    router::App,
    store::{Entry, FragmentInfo},
    stream::{Found, Signal, Stream},
};

/// How long sent bytes may take to leave before their connection breaks.
pub(crate) const FLUSH: Duration = Duration::from_millis(50);

pub(super) struct Reader {
    app: Arc<App>,
    stream: Arc<Stream>,
    changes: watch::Receiver<Signal>,
    cursor: Cursor,
    /// The sequence of the last fragment sent, to count those that were dropped before they could be.
    last_sequence: Option<u64>,
    plan: Plan,
    deadline: Instant,
    state: State,
    /// Pieces to be sent before anything else.
    pieces: VecDeque<Bytes>,
    _permit: Permit,
}

enum State {
    /// Between fragments.
    Between,
    /// The closing tags of this fragment are still to be sent.
    Closing(FragmentInfo),
    /// The connection breaks once the pieces are sent.
    Reset,
    /// The body ends once the pieces are sent.
    Ended,
}

impl Reader {
    pub(super) fn new(
        app: Arc<App>,
        stream: Arc<Stream>,
        selector: &Selector,
        plan: Plan,
        permit: Permit,
    ) -> Self {
        let deadline = Instant::now() + app.config.limits.max_connection;
        let deadline = plan.close_at().map_or(deadline, |at| at.min(deadline));
        let changes = stream.watch();
        let (cursor, state, pieces) = match selector.cursor(&stream) {
            Ok(cursor) => (cursor, State::Between, VecDeque::new()),
            Err(FragmentNotFound(number)) => {
                let error = tags::error(tags::FRAGMENT_NOT_FOUND, Some(&number));
                (Cursor { after: None, not_before: None }, State::Ended, VecDeque::from([error]))
            }
        };
        Self {
            app,
            stream,
            changes,
            cursor,
            last_sequence: None,
            plan,
            deadline,
            state,
            pieces,
            _permit: permit,
        }
    }

    /// The next bytes of the body; `None` at its end, an error where the connection shall break.
    pub(super) async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            if let Some(bytes) = self.next_piece().await {
                return Some(Ok(bytes));
            }
            match std::mem::replace(&mut self.state, State::Between) {
                State::Between => self.advance().await,
                State::Closing(info) => {
                    let newest = self.stream.newest().map_or(info.server, |(_, server)| server);
                    return Some(Ok(tags::closing_tags(&info.number, newest.since(info.server))));
                }
                State::Reset => {
                    self.state = State::Ended;
                    // What was sent must have left, or the break would swallow whole fragments.
                    tokio::time::sleep(FLUSH).await;
                    return Some(Err(io::ErrorKind::ConnectionReset.into()));
                }
                State::Ended => {
                    self.state = State::Ended;
                    return None;
                }
            }
        }
    }

    /// The next piece of a fragment, in slices with pauses where a fault slows the body down.
    async fn next_piece(&mut self) -> Option<Bytes> {
        while self.pieces.front().is_some_and(Bytes::is_empty) {
            self.pieces.pop_front();
        }
        let piece = self.pieces.front_mut()?;
        let Some(slice) = self.plan.slice_bytes() else { return self.pieces.pop_front() };
        let bytes = piece.split_to(slice.min(piece.len()));
        if let Some(pause) = self.plan.pause_after(bytes.len()) {
            tokio::time::sleep(pause).await;
        }
        Some(bytes)
    }

    /// Goes on to the next fragment, or to the end.
    async fn advance(&mut self) {
        if let Some(length) = self.plan.take_stall() {
            stall(length, &self.app).await;
        }
        if self.plan.closes_now() || Instant::now() >= self.deadline || self.app.closing.is_cancelled() {
            self.state = State::Ended;
            return;
        }
        if let Some(id) = self.plan.error_now() {
            self.pieces.push_back(tags::error(id, self.cursor.after.as_ref()));
            self.state = State::Ended;
            return;
        }
        let Some(found) = self.wait().await else {
            self.state = State::Ended;
            return;
        };
        self.send(found).await;
    }

    async fn send(&mut self, found: Found) {
        let missed = self.last_sequence.map_or(0, |last| found.sequence.saturating_sub(last + 1));
        if missed > 0 {
            self.app.registry.counters.fragments_missed_by_readers.add(missed);
            tracing::warn!(stream.name = %self.stream.name, missed, "a reader was too slow: fragments were dropped before it came to them");
        }
        self.last_sequence = Some(found.sequence);
        self.cursor = Cursor { after: Some(found.info.number.clone()), not_before: None };
        let info = found.info.clone();
        // Gone between being found and being read: the next look finds what is left.
        let Some(mut content) = found.content().await else { return };
        let left_out = self.plan.drops_next();
        content.cluster = self.plan.corrupt(content.cluster);
        let resets = self.plan.resets_now();
        self.plan.count_fragment();
        if left_out {
            return;
        }
        self.pieces.push_back(tags::head_with_tags(&content, &info));
        self.pieces.push_back(content.tags_before);
        if resets {
            let half = content.cluster.len() / 2;
            self.pieces.push_back(content.cluster.slice(..half));
            self.state = State::Reset;
            return;
        }
        self.pieces.extend([content.cluster, content.tags_after]);
        self.app.registry.counters.fragments_sent.add(1);
        self.state = State::Closing(info);
    }

    /// Waits for the next fragment; `None` when the body ends before there is one.
    async fn wait(&mut self) -> Option<Found> {
        let mut quiet_since = Instant::now();
        loop {
            if self.changes.borrow_and_update().deleted {
                return None;
            }
            if let Some(found) = self.look() {
                return Some(found);
            }
            let idle_close = self.app.config.limits.get_media_idle_close;
            let idle_at = idle_close.map_or(self.deadline, |idle| quiet_since + idle);
            tokio::select! {
                () = self.app.closing.cancelled() => return None,
                () = tokio::time::sleep_until(self.deadline) => return None,
                () = tokio::time::sleep_until(idle_at) => {
                    if self.stream.producers.taken() == 0 {
                        return None;
                    }
                    quiet_since = Instant::now();
                }
                changed = self.changes.changed() => {
                    if changed.is_err() {
                        return None;
                    }
                    quiet_since = Instant::now();
                }
            }
        }
    }

    fn look(&mut self) -> Option<Found> {
        let oldest = self.stream.oldest_kept(self.app.registry.now(), &self.app.config.limits);
        let not_before = self.cursor.not_before;
        let wanted =
            |entry: &Entry| entry.info.server >= oldest && not_before.is_none_or(|start| start.is_met(entry));
        let newest: Option<FragmentNumber> = self.stream.newest().map(|(number, _)| number);
        let found = self.stream.first_after(self.cursor.after.as_ref(), wanted);
        if found.is_none() && newest > self.cursor.after {
            // Nothing up to here will ever do: do not look at it again.
            self.cursor.after = newest;
        }
        found
    }
}
