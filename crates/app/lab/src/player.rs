//! Plays one call's media into its stream, block by block, and keeps it whole when the stream breaks.

use std::{collections::VecDeque, time::Duration};

use mkv::{Fragment, Track, write};
use tokio::{sync::mpsc, time::Instant};

use crate::{
    acks::AckCounts,
    facts::ContactMoment,
    fragments::Fragments,
    kvs::{Ended, Kvs, KvsError, OpenStream, PutMedia},
    notify::chain,
    pace::Timeline,
    place::{CallPlan, Media, OnProgress, PlaceError, Progress, Target},
    quirks::Dice,
    replay::due_ms,
};

/// How often a stream that breaks is opened again during one call.
pub(crate) const MAX_REOPENINGS: u32 = 10;
/// The most fragments that are sent and not yet acknowledged; then the call waits, as a producer's buffer is full.
const MAX_UNCONFIRMED: usize = 64;
/// The pause before a stream that broke more than once is opened again.
const BETWEEN_OPENINGS: Duration = Duration::from_millis(250);
/// How long a service is waited for that is away: a producer's buffer holds two minutes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A stream to which a call's media can go.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) kvs: Kvs,
    pub(crate) stream: OpenStream,
    pub(crate) put: PutMedia,
    /// Producer time of the first sample.
    pub(crate) base_ms: u64,
}

/// What was sent so far.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) stream_arn: String,
    pub(crate) fragments: u64,
    pub(crate) bytes: u64,
    pub(crate) reopened: u32,
    pub(crate) acks: AckCounts,
    pub(crate) failure: Option<String>,
}

/// The hand that plays a call.
pub(crate) struct Player<'p> {
    plan: &'p CallPlan,
    instance_id: &'p str,
    kvs: Kvs,
    stream: OpenStream,
    /// Producer time of the first sample.
    base_ms: u64,
    put: Option<PutMedia>,
    /// The tracks that the open document declares.
    tracks: Vec<Track>,
    /// Fragments that the service has not said to have.
    unconfirmed: VecDeque<Fragment>,
    dice: Dice,
    timeline: Timeline,
    moments: std::iter::Peekable<std::vec::IntoIter<ContactMoment>>,
    said: mpsc::Sender<ContactMoment>,
    progress: &'p OnProgress,
    sent: Sent,
}

impl<'p> Player<'p> {
    /// Takes a call whose stream is open; its clock starts now.
    pub(crate) fn new(
        plan: &'p CallPlan,
        target: &'p Target,
        open: Opened,
        said: mpsc::Sender<ContactMoment>,
        progress: &'p OnProgress,
    ) -> Self {
        Self {
            plan,
            instance_id: &target.instance.id,
            kvs: open.kvs,
            stream: open.stream,
            base_ms: open.base_ms,
            put: Some(open.put),
            tracks: Vec::new(),
            unconfirmed: VecDeque::new(),
            dice: Dice::new(plan.seed),
            timeline: Timeline::start(plan.pace),
            moments: plan.moments().into_iter().peekable(),
            said,
            progress,
            sent: Sent::default(),
        }
    }

    pub(crate) async fn play_all(&mut self) -> Result<(), PlaceError> {
        let plan = self.plan;
        match &plan.media {
            Media::Audio(call) => {
                for fragment in
                    Fragments::new(call, &plan.contact_id, self.instance_id, &plan.quirks, plan.seed)
                {
                    self.play(fragment).await?;
                }
            }
            Media::Saved(saved) => {
                let saved = match &saved.contact_id {
                    Some(own) if *own == plan.contact_id => saved.clone(),
                    _ => saved.with_contact(&plan.contact_id),
                };
                for fragment in saved.fragments.iter() {
                    self.play(fragment.clone()).await?;
                }
            }
        }
        Ok(())
    }

    /// Sends a fragment; whenever the stream breaks meanwhile, opens it again and sends what it did not yet have.
    async fn play(&mut self, fragment: Fragment) -> Result<(), PlaceError> {
        let sent = self.send_fragment(&fragment).await;
        self.unconfirmed.push_back(fragment);
        self.sent.fragments += 1;
        if !(sent && self.confirm(MAX_UNCONFIRMED).await) {
            self.repair(MAX_UNCONFIRMED).await?;
        }
        Ok(())
    }

    /// Forgets the fragments that the service has, and waits until at most `left` are not among them; false when the
    /// stream broke before.
    async fn confirm(&mut self, left: usize) -> bool {
        let Some(mut received) = self.put.as_ref().map(PutMedia::received_to_ms) else { return false };
        loop {
            let to_ms = *received.borrow_and_update();
            self.forget(to_ms);
            if self.unconfirmed.len() <= left {
                return true;
            }
            if received.changed().await.is_err() {
                return false;
            }
        }
    }

    /// Drops the fragments up to this timecode: the service has them.
    fn forget(&mut self, received_to_ms: Option<i64>) {
        let Some(to_ms) = received_to_ms.and_then(|ms| u64::try_from(ms).ok()) else { return };
        let base_ms = self.base_ms;
        self.unconfirmed.retain(|fragment| base_ms + fragment.timecode_ms.unwrap_or(0) > to_ms);
    }

    /// Opens the stream again until it has taken what it did not yet have.
    async fn repair(&mut self, left: usize) -> Result<(), PlaceError> {
        loop {
            self.reopen().await?;
            let again: Vec<Fragment> = self.unconfirmed.iter().cloned().collect();
            let mut sent = true;
            for fragment in &again {
                sent = sent && self.send_fragment(fragment).await;
            }
            if sent && self.confirm(left).await {
                return Ok(());
            }
        }
    }

    async fn reopen(&mut self) -> Result<(), PlaceError> {
        self.confirm(usize::MAX).await;
        let stream = || self.plan.stream.clone();
        let cause = match self.collect().await.failure {
            // What the service refuses once it refuses again.
            Some(cause) if !cause.is_retryable() => {
                return Err(PlaceError::Stream { stream: stream(), cause });
            }
            Some(cause) => chain(&cause),
            None => "the service ended the connection".to_owned(),
        };
        self.sent.reopened += 1;
        if self.sent.reopened > MAX_REOPENINGS {
            return Err(PlaceError::Unstable { stream: stream(), cause });
        }
        (self.progress)(Progress::Reopened { name: self.plan.name().to_owned(), cause });
        if self.sent.reopened > 1 {
            // The service takes five openings a second.
            tokio::time::sleep(BETWEEN_OPENINGS).await;
        }
        let put = self.put_again().await;
        self.put = Some(put.map_err(|cause| PlaceError::Stream { stream: stream(), cause })?);
        self.tracks.clear();
        Ok(())
    }

    /// Begins another `PutMedia`; a service that is away is waited for.
    async fn put_again(&self) -> Result<PutMedia, KvsError> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.kvs.put_media(&self.stream, self.base_ms).await {
                Err(error) if error.is_retryable() && Instant::now() < give_up => {
                    tokio::time::sleep(BETWEEN_OPENINGS).await;
                }
                opened => return opened,
            }
        }
    }

    /// Ends the open `PutMedia` and counts what it acknowledged.
    async fn collect(&mut self) -> Ended {
        let Some(put) = self.put.take() else { return Ended::default() };
        let ended = put.finish().await;
        self.sent.acks.merge(&ended.acks);
        if let Some(ms) = ended.refused_ms.and_then(|ms| u64::try_from(ms).ok()) {
            let base_ms = self.base_ms;
            self.unconfirmed.retain(|fragment| base_ms + fragment.timecode_ms.unwrap_or(0) != ms);
        }
        ended
    }

    /// Ends the media, sends again what did not arrive, and says what happens after the last sample.
    pub(crate) async fn end(mut self) -> Sent {
        loop {
            let received = self.put.as_ref().map(PutMedia::received_to_ms);
            let ended = self.collect().await;
            self.forget(received.and_then(|to_ms| *to_ms.borrow()));
            self.sent.failure = ended.failure.as_ref().map(|error| chain(error));
            if self.unconfirmed.is_empty() || !self.resend_end().await {
                break;
            }
        }
        self.sent.stream_arn = std::mem::take(&mut self.stream.arn);
        while let Some(moment) = self.moments.next() {
            if let Some(due) = self.timeline.wait_for(moment.at_ms) {
                tokio::time::sleep_until(due).await;
            }
            self.say(moment).await;
        }
        self.sent
    }

    /// Opens the ended stream again for what it did not take; false when that is of no use.
    async fn resend_end(&mut self) -> bool {
        match self.repair(usize::MAX).await {
            Ok(()) => true,
            Err(error) => {
                self.sent.failure = Some(chain(&error));
                false
            }
        }
    }

    /// Sends one fragment, each block when its last sample is due; false when the stream takes no more.
    async fn send_fragment(&mut self, fragment: &Fragment) -> bool {
        let mut out = Vec::new();
        if self.tracks != fragment.tracks {
            self.begin_document(&mut out, fragment);
        }
        let mut cluster_ms = self.base_ms + fragment.timecode_ms.unwrap_or(0);
        write::cluster_start(&mut out, cluster_ms);
        for block in &fragment.blocks {
            let due = due_ms(block);
            if !self.wait(due, &mut out).await {
                return false;
            }
            let at_ms = i64::try_from(self.base_ms).unwrap_or(i64::MAX).saturating_add(block.timecode_ms);
            let relative =
                |cluster_ms: u64| at_ms.saturating_sub(i64::try_from(cluster_ms).unwrap_or(i64::MAX));
            let relative = i16::try_from(relative(cluster_ms)).unwrap_or_else(|_| {
                // Farther from the cluster's start than its blocks can say.
                cluster_ms = u64::try_from(at_ms).unwrap_or(0);
                write::cluster_start(&mut out, cluster_ms);
                0
            });
            write::simple_block(&mut out, block.track, relative, fragment.data(block));
        }
        write::producer_tags(&mut out, &fragment.tags);
        self.flush(&mut out).await
    }

    /// Header, tracks and, where the quirks say so, whose audio follows.
    fn begin_document(&mut self, out: &mut Vec<u8>, fragment: &Fragment) {
        let segment_uuid = self.dice.uuid().into_bytes();
        let tracks = write::Tracks::Entries(&fragment.tracks);
        write::producer_header(out, write::Info::Connect { segment_uuid }, tracks);
        if self.plan.quirks.tags_before {
            let identity = fragment.tags.get(..2).unwrap_or_default();
            write::producer_tags(out, identity);
        }
        self.tracks.clone_from(&fragment.tracks);
    }

    /// Waits until a position of the call is due, having sent what is there and said what happens before it.
    async fn wait(&mut self, due_ms: u64, out: &mut Vec<u8>) -> bool {
        while let Some(moment) = self.moments.next_if(|moment| moment.at_ms <= due_ms) {
            if !self.sleep_until(moment.at_ms, out).await {
                return false;
            }
            self.say(moment).await;
        }
        self.sleep_until(due_ms, out).await
    }

    async fn sleep_until(&mut self, ms: u64, out: &mut Vec<u8>) -> bool {
        let Some(due) = self.timeline.wait_for(ms) else { return true };
        if !self.flush(out).await {
            return false;
        }
        tokio::time::sleep_until(due).await;
        true
    }

    async fn say(&self, moment: ContactMoment) {
        (self.progress)(Progress::Moment { name: self.plan.name().to_owned(), moment });
        // Nobody listens when there are no notices, or when they were given up.
        self.said.send(moment).await.unwrap_or_default();
    }

    async fn flush(&mut self, out: &mut Vec<u8>) -> bool {
        if out.is_empty() {
            return true;
        }
        self.sent.bytes += out.len() as u64;
        match &self.put {
            Some(put) => put.send(std::mem::take(out)).await,
            None => false,
        }
    }
}
