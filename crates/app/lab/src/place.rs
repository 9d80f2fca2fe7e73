//! Places one call: media into its stream, and the notices that go with it.

use std::{sync::Arc, time::Duration};

use mkv::{Fragment, Track, write};
use model::Timestamp;
use serde::Serialize;
use thiserror::Error;
use tokio::sync::mpsc;

use crate::{
    acks::AckCounts,
    call::Call,
    clock,
    connect::Instance,
    endpoint::Endpoint,
    facts::{CallFacts, ContactMoment},
    fragments::Fragments,
    kvs::{Ended, Kvs, KvsError, OpenStream, PutMedia},
    notify::{NoticeOutcome, NoticeUrls, Notifier, chain},
    pace::{Pace, Timeline},
    quirks::{Dice, Quirks},
    replay::{SavedMedia, due_ms},
};

/// How often a stream that breaks is opened again during one call.
const MAX_REOPENINGS: u32 = 10;
/// Silence between two contacts on one stream.
const BETWEEN_CONTACTS: Duration = Duration::from_secs(2);

/// What is played.
#[derive(Clone, Debug)]
pub enum Media {
    /// Audio, cut into fragments as Connect does.
    Audio(Call),
    /// Fragments of an earlier stream, as they were.
    Saved(SavedMedia),
}

/// One call to be placed.
#[derive(Clone, Debug)]
pub struct CallPlan {
    /// What is played.
    pub media: Media,
    /// The contact.
    pub contact_id: String,
    /// The stream, made if there is none.
    pub stream: String,
    /// No sample may have an earlier producer time: the stream's earlier contacts end before it.
    pub not_before: Timestamp,
    /// How the fragments look.
    pub quirks: Quirks,
    /// What decides between all that the quirks allow.
    pub seed: u64,
    /// How fast it is played.
    pub pace: Pace,
}

impl CallPlan {
    /// A call in real time on a stream of its own, of a contact of its own (a saved one keeps the contact that its
    /// tags name).
    #[must_use]
    pub fn new(media: Media, instance: &Instance) -> Self {
        let id = || uuid::Uuid::new_v4().to_string();
        let named = match &media {
            Media::Audio(_) => None,
            Media::Saved(saved) => saved.contact_id.clone(),
        };
        Self {
            media,
            contact_id: named.unwrap_or_else(id),
            stream: instance.stream_name(&id()),
            not_before: Timestamp::default(),
            quirks: Quirks::default(),
            seed: 0,
            pace: Pace::default(),
        }
    }

    fn name(&self) -> &str {
        match &self.media {
            Media::Audio(call) => &call.name,
            Media::Saved(saved) => &saved.name,
        }
    }

    fn facts(&self) -> Arc<CallFacts> {
        match &self.media {
            Media::Audio(call) => Arc::clone(&call.facts),
            Media::Saved(_) => Arc::default(),
        }
    }

    /// How long it plays, in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        match &self.media {
            Media::Audio(call) => call.duration_ms(),
            Media::Saved(saved) => saved.duration_ms(),
        }
    }

    /// Producer time of the first sample: now, at real time. Faster calls lie so far back that their last sample is
    /// due now, as when a consumer catches up.
    fn start(&self) -> Timestamp {
        let duration_ms = self.duration_ms();
        let ahead = Duration::from_millis(duration_ms).saturating_sub(self.pace.takes(duration_ms));
        (clock::now() - ahead).max(self.not_before)
    }
}

/// Where calls go.
#[derive(Clone, Debug)]
pub struct Target {
    /// The Kinesis Video Streams to put to.
    pub kvs: Endpoint,
    /// Signs the requests.
    pub credentials: crate::sigv4::Credentials,
    /// Who hears of the calls; nobody when `None`.
    pub notices: Option<NoticeUrls>,
    /// The Connect instance that the calls come from.
    pub instance: Instance,
}

impl Target {
    /// Calls to this KVS, of which nobody hears.
    #[must_use]
    pub fn new(kvs: Endpoint) -> Self {
        Self { kvs, credentials: Default::default(), notices: None, instance: Instance::default() }
    }

    fn client(&self) -> Kvs {
        Kvs {
            endpoint: self.kvs.clone(),
            credentials: self.credentials.clone(),
            region: self.instance.region.clone(),
        }
    }
}

/// What happens while a call is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Its stream is open.
    Started {
        /// The call's name.
        name: String,
        /// The contact.
        contact_id: String,
        /// The stream.
        stream: String,
        /// How long it will play.
        duration_ms: u64,
    },
    /// The platform took the trigger.
    Triggered {
        /// The call's name.
        name: String,
        /// The platform's id of the call, empty when it gave none.
        call_id: String,
    },
    /// Something happened to the contact.
    Moment {
        /// The call's name.
        name: String,
        /// What and when.
        moment: ContactMoment,
    },
    /// The stream broke and is opened again.
    Reopened {
        /// The call's name.
        name: String,
        /// Why it broke.
        cause: String,
    },
}

/// Takes progress as it comes.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// A call that was placed.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// Its name.
    pub name: String,
    /// The contact.
    pub contact_id: String,
    /// The platform's id of it, when it gave one.
    pub call_id: Option<String>,
    /// The stream.
    pub stream: String,
    /// The stream's ARN.
    pub stream_arn: String,
    /// Producer time of the first sample.
    #[serde(rename = "started_at_ms", serialize_with = "as_millis")]
    pub started_at: Timestamp,
    /// Length of the media.
    pub duration_ms: u64,
    /// Fragments sent.
    pub fragments: u64,
    /// Bytes sent, Matroska and all.
    pub bytes: u64,
    /// How often the stream broke and was opened again.
    pub reopened: u32,
    /// What the stream acknowledged.
    pub acks: AckCounts,
    /// What went wrong without ending the call.
    pub errors: Vec<String>,
}

fn as_millis<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(at.as_millis())
}

impl CallReport {
    /// Whether every fragment arrived and every notice was answered.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty() && self.acks.errors == 0 && self.acks.received >= self.fragments
    }
}

/// Why a call could not be placed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// Its stream cannot be put to.
    #[error("open stream {stream}")]
    Stream {
        /// The stream.
        stream: String,
        /// Why.
        #[source]
        cause: KvsError,
    },
    /// The stream broke too often.
    #[error("keep stream {stream} open: it broke {MAX_REOPENINGS} times, at last because: {cause}")]
    Unstable {
        /// The stream.
        stream: String,
        /// What was the last cause.
        cause: String,
    },
}

/// Places a call and waits for its end.
///
/// # Errors
/// When its stream cannot be opened, refuses the media, or breaks again and again. Errors of single fragments and of
/// notices are in the report.
pub async fn place(
    plan: &CallPlan,
    target: &Target,
    progress: &OnProgress,
) -> Result<CallReport, PlaceError> {
    let kvs = target.client();
    let fail = |cause| PlaceError::Stream { stream: plan.stream.clone(), cause };
    let stream = kvs.open_stream(&plan.stream).await.map_err(fail)?;
    let started_at = plan.start();
    let duration_ms = plan.duration_ms();
    let base_ms = u64::try_from(started_at.as_millis()).unwrap_or(0);
    let put = kvs.put_media(&stream, base_ms).await.map_err(fail)?;
    progress(Progress::Started {
        name: plan.name().to_owned(),
        contact_id: plan.contact_id.clone(),
        stream: stream.name.clone(),
        duration_ms,
    });
    let moments = plan.facts().moments(duration_ms);
    let (said, heard) = mpsc::channel(moments.len().max(1));
    let notices = target.notices.clone().map(|urls| {
        let notifier = Notifier {
            urls,
            instance: target.instance.clone(),
            facts: plan.facts(),
            contact_id: plan.contact_id.clone(),
            started_at,
            stream_arn: stream.arn.clone(),
        };
        let (name, progress) = (plan.name().to_owned(), Arc::clone(progress));
        let triggered = move |call_id: &str| {
            progress(Progress::Triggered { name: name.clone(), call_id: call_id.to_owned() })
        };
        tokio::spawn(notifier.run(put.first_fragment(), heard, triggered))
    });
    let mut player = Player {
        plan,
        instance_id: &target.instance.id,
        kvs,
        stream,
        base_ms,
        put: Some(put),
        tracks: Vec::new(),
        dice: Dice::new(plan.seed),
        timeline: Timeline::start(plan.pace),
        moments: moments.into_iter().peekable(),
        said,
        progress,
        sent: Sent::default(),
    };
    player.play_all().await?;
    let sent = player.end().await;
    let notices = match notices {
        Some(task) => task.await.unwrap_or_default(),
        None => NoticeOutcome::default(),
    };
    Ok(report(plan, sent, notices, started_at))
}

fn report(plan: &CallPlan, sent: Sent, notices: NoticeOutcome, started_at: Timestamp) -> CallReport {
    let mut errors = sent.acks.first_errors.clone();
    errors.extend(sent.failure);
    errors.extend(notices.errors);
    CallReport {
        name: plan.name().to_owned(),
        contact_id: plan.contact_id.clone(),
        call_id: notices.call_id,
        stream: plan.stream.clone(),
        stream_arn: sent.stream_arn,
        started_at,
        duration_ms: plan.duration_ms(),
        fragments: sent.fragments,
        bytes: sent.bytes,
        reopened: sent.reopened,
        acks: sent.acks,
        errors,
    }
}

/// The earliest time at which the next contact may begin on the stream of this call.
#[must_use]
pub fn stream_free_from(report: &CallReport) -> Timestamp {
    report.started_at + Duration::from_millis(report.duration_ms) + BETWEEN_CONTACTS
}

/// What was sent so far.
#[derive(Debug, Default)]
struct Sent {
    stream_arn: String,
    fragments: u64,
    bytes: u64,
    reopened: u32,
    acks: AckCounts,
    failure: Option<String>,
}

/// The hand that plays a call.
struct Player<'p> {
    plan: &'p CallPlan,
    instance_id: &'p str,
    kvs: Kvs,
    stream: OpenStream,
    /// Producer time of the first sample.
    base_ms: u64,
    put: Option<PutMedia>,
    /// The tracks that the open document declares.
    tracks: Vec<Track>,
    dice: Dice,
    timeline: Timeline,
    moments: std::iter::Peekable<std::vec::IntoIter<ContactMoment>>,
    said: mpsc::Sender<ContactMoment>,
    progress: &'p OnProgress,
    sent: Sent,
}

impl Player<'_> {
    async fn play_all(&mut self) -> Result<(), PlaceError> {
        let plan = self.plan;
        match &plan.media {
            Media::Audio(call) => {
                for fragment in
                    Fragments::new(call, &plan.contact_id, self.instance_id, &plan.quirks, plan.seed)
                {
                    self.play(&fragment).await?;
                }
            }
            Media::Saved(saved) => {
                let saved = match &saved.contact_id {
                    Some(own) if *own == plan.contact_id => saved.clone(),
                    _ => saved.with_contact(&plan.contact_id),
                };
                for fragment in saved.fragments.iter() {
                    self.play(fragment).await?;
                }
            }
        }
        Ok(())
    }

    /// Sends a fragment; whenever the stream breaks meanwhile, opens it again and sends the fragment anew.
    async fn play(&mut self, fragment: &Fragment) -> Result<(), PlaceError> {
        while !self.send_fragment(fragment).await {
            self.reopen().await?;
        }
        self.sent.fragments += 1;
        Ok(())
    }

    async fn reopen(&mut self) -> Result<(), PlaceError> {
        let ended = self.collect().await;
        let stream = || self.stream.name.clone();
        let cause = match ended.failure {
            // What the service refuses once it refuses again.
            Some(cause @ KvsError::Refused { status, .. }) if status.is_client_error() => {
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
        let put = self.kvs.put_media(&self.stream, self.base_ms).await;
        self.put = Some(put.map_err(|cause| PlaceError::Stream { stream: self.stream.name.clone(), cause })?);
        self.tracks.clear();
        Ok(())
    }

    /// Ends the open `PutMedia` and counts what it acknowledged.
    async fn collect(&mut self) -> Ended {
        let Some(put) = self.put.take() else { return Ended::default() };
        let ended = put.finish().await;
        self.sent.acks.merge(&ended.acks);
        ended
    }

    async fn end(mut self) -> Sent {
        let ended = self.collect().await;
        self.sent.failure = ended.failure.as_ref().map(|error| chain(error));
        self.sent.stream_arn = std::mem::take(&mut self.stream.arn);
        while let Some(moment) = self.moments.next() {
            if let Some(due) = self.timeline.wait_for(moment.at_ms) {
                tokio::time::sleep_until(due).await;
            }
            self.say(moment).await;
        }
        self.sent
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
