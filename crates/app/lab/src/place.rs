//! Places one call: media into its stream, and the notices that go with it.

use std::{sync::Arc, time::Duration};

use model::Timestamp;
use serde::Serialize;
use thiserror::Error;
use tokio::sync::mpsc;

use crate::{
    acks::AckCounts,
    call::Call,
    clock,
    connect::Instance,
    endpoint::{Endpoint, RequestError},
    facts::{CallFacts, ContactMoment},
    kvs::{Kvs, KvsError},
    notify::{NoticeOutcome, NoticeUrls, Notifier},
    pace::Pace,
    player::{MAX_REOPENINGS, Opened, Player, Sent},
    quirks::Quirks,
    replay::SavedMedia,
    sigv4::Credentials,
};

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

    pub(crate) fn name(&self) -> &str {
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

    /// What happens to the contact, by time.
    pub(crate) fn moments(&self) -> Vec<ContactMoment> {
        self.facts().moments(self.duration_ms())
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
    pub credentials: Credentials,
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

impl PlaceError {
    /// The address at which nothing listens, when that is why.
    #[must_use]
    pub fn nobody_at(&self) -> Option<&str> {
        match self {
            Self::Stream { cause: KvsError::Request(RequestError::Connect { url, .. }), .. } => Some(url),
            Self::Stream { .. } | Self::Unstable { .. } => None,
        }
    }
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
    let (said, heard) = mpsc::channel(plan.moments().len().max(1));
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
    let open = Opened { kvs, stream, put, base_ms };
    let mut player = Player::new(plan, target, open, said, progress);
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
