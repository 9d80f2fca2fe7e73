//! The archive: what fragments there are, and their media by number.

use std::{collections::VecDeque, io, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::stream;
use http::Response;
use model::{FragmentNumber, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    control::epoch_seconds,
    error::{ApiError, Exception},
    faults::{Operation, Plan},
    get_media::{FLUSH, archive_content, archive_error, media, timestamp},
    http_body::{Body, json},
    limits::Permit,
    request::{StreamRef, parse},
    router::{App, refuse},
    store::Entry,
    stream::Stream,
    validate,
};

/// The most fragments that one `ListFragments` or `GetMediaForFragmentList` takes.
const MAX_FRAGMENTS: i64 = 1_000;
/// How many fragments a `ListFragments` gives that does not say.
const DEFAULT_RESULTS: i64 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListFragments {
    #[serde(flatten)]
    stream: StreamRef,
    max_results: Option<i64>,
    next_token: Option<String>,
    fragment_selector: Option<FragmentSelector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FragmentSelector {
    fragment_selector_type: Option<String>,
    timestamp_range: Option<TimestampRange>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimestampRange {
    start_timestamp: Option<f64>,
    end_timestamp: Option<f64>,
}

/// Which fragments are listed; travels in the token, so that later pages need not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    by_producer: bool,
    start: Timestamp,
    end: Timestamp,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Token {
    wanted: Wanted,
    after: (u64, FragmentNumber),
}

pub(crate) fn list_fragments(app: &App, body: &[u8]) -> Result<Response<Body>, ApiError> {
    let input: ListFragments = parse(body)?;
    let max = validate::range("maxResults", input.max_results.unwrap_or(DEFAULT_RESULTS), MAX_FRAGMENTS)?;
    let token = input.next_token.as_deref().map(read_token).transpose()?;
    let wanted = input.fragment_selector.map(Wanted::read).transpose()?;
    let stream = input.stream.resolve(&app.registry)?;
    refuse(&app.faults.take(Operation::ListFragments, &stream.name))?;
    let wanted = token.as_ref().map(|token| token.wanted).or(wanted);
    let now = app.registry.now();
    let oldest = stream.oldest_kept(now, &app.config.limits);
    check_retention(&stream, wanted, oldest, now)?;
    let wanted = wanted.unwrap_or(Wanted { by_producer: false, start: oldest, end: now });
    let after = token.as_ref().map(|token| (token.after.0, &token.after.1));
    let mut found = stream.collect(|entry| {
        let at = (place(&entry.info.number), &entry.info.number);
        let listed =
            entry.info.server >= oldest && wanted.holds(entry) && after.is_none_or(|after| at > after);
        listed.then(|| (at.0, entry.info.clone(), entry.bytes))
    });
    // In no order of time, also across pages, as the service has it: clients must sort.
    found.sort_unstable_by(|(a, a_info, _), (b, b_info, _)| (a, &a_info.number).cmp(&(b, &b_info.number)));
    let more = found.len() > max;
    found.truncate(max);
    let last = found.last().filter(|_| more).map(|(place, info, _)| (*place, info.number.clone()));
    let fragments: Vec<_> = found
        .iter()
        .map(|(_, info, bytes)| {
            json!({
                "FragmentNumber": info.number,
                "FragmentSizeInBytes": bytes,
                "ProducerTimestamp": epoch_seconds(info.producer),
                "ServerTimestamp": epoch_seconds(info.server),
                "FragmentLengthInMilliseconds": info.duration_ms,
            })
        })
        .collect();
    json(&match last {
        Some(after) => json!({ "Fragments": fragments, "NextToken": write_token(&Token { wanted, after })? }),
        None => json!({ "Fragments": fragments }),
    })
}

/// A stream without retention has no archive, and none has one of before its retention.
fn check_retention(
    stream: &Stream,
    wanted: Option<Wanted>,
    oldest: Timestamp,
    now: Timestamp,
) -> Result<(), ApiError> {
    let end = wanted.map_or(now, |wanted| wanted.end);
    if stream.is_archived() && end >= oldest {
        return Ok(());
    }
    let seconds = epoch_seconds(end);
    Err(ApiError::invalid(format!("End timestamp {seconds} is outside of the stream retention period.")))
}

impl Wanted {
    fn read(input: FragmentSelector) -> Result<Self, ApiError> {
        let kind = input.fragment_selector_type.as_deref().unwrap_or_default();
        let by_producer = match kind {
            "PRODUCER_TIMESTAMP" => true,
            "SERVER_TIMESTAMP" => false,
            _ => {
                let allowed = "[PRODUCER_TIMESTAMP, SERVER_TIMESTAMP]";
                return Err(validate::constraint("fragmentSelector.fragmentSelectorType", kind, allowed));
            }
        };
        let range =
            input.timestamp_range.ok_or_else(|| ApiError::invalid("TimestampRange must be given."))?;
        let time = |at: Option<f64>, name: &str| {
            at.and_then(timestamp).ok_or_else(|| ApiError::invalid(format!("{name} must be given.")))
        };
        let start = time(range.start_timestamp, "StartTimestamp")?;
        let end = time(range.end_timestamp, "EndTimestamp")?;
        if start > end {
            return Err(ApiError::invalid("StartTimestamp must not be after EndTimestamp."));
        }
        Ok(Self { by_producer, start, end })
    }

    fn holds(&self, entry: &Entry) -> bool {
        let at = if self.by_producer { entry.info.producer } else { entry.info.server };
        (self.start..=self.end).contains(&at)
    }
}

/// A fragment's place in the listing: the same each time, and unlike its place in time (FNV-1a, then mixed).
fn place(number: &FragmentNumber) -> u64 {
    let hash = number.as_str().bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

fn write_token(token: &Token) -> Result<String, ApiError> {
    let json = serde_json::to_vec(token)
        .map_err(|error| ApiError::new(Exception::InternalFailure, error.to_string()))?;
    Ok(STANDARD.encode(json))
}

fn read_token(token: &str) -> Result<Token, ApiError> {
    let json = STANDARD.decode(token).ok();
    json.and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| ApiError::invalid("The NextToken is not one of this server's."))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetMediaForFragmentList {
    #[serde(flatten)]
    stream: StreamRef,
    #[serde(default)]
    fragments: Vec<String>,
}

pub(crate) fn media_for_fragment_list(app: &Arc<App>, body: &[u8]) -> Result<Response<Body>, ApiError> {
    let input: GetMediaForFragmentList = parse(body)?;
    validate::range("fragments", i64::try_from(input.fragments.len()).unwrap_or(i64::MAX), MAX_FRAGMENTS)?;
    let numbers = input.fragments.iter().map(|number| validate::fragment_number("fragments", number));
    let numbers = numbers.collect::<Result<VecDeque<_>, _>>()?;
    let stream = input.stream.resolve(&app.registry)?;
    let faults = app.faults.take(Operation::GetMediaForFragmentList, &stream.name);
    refuse(&faults)?;
    let permit = stream.archive_readers.take(app.config.limits.archive_connections).ok_or_else(|| {
        ApiError::new(
            Exception::ClientLimitExceeded,
            "Too many GetMediaForFragmentList connections on the stream.",
        )
    })?;
    let plan = Plan::new(&faults, tokio::time::Instant::now());
    let list = List { app: Arc::clone(app), stream, numbers, pieces: VecDeque::new(), plan, _permit: permit };
    Ok(media(stream::unfold(list, |mut list| async { list.next().await.map(|bytes| (bytes, list)) })))
}

/// One `GetMediaForFragmentList`: the fragments in the order in which they were asked for.
struct List {
    app: Arc<App>,
    stream: Arc<Stream>,
    numbers: VecDeque<FragmentNumber>,
    pieces: VecDeque<Bytes>,
    plan: Plan,
    _permit: Permit,
}

impl List {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                if piece.is_empty() {
                    continue;
                }
                return Some(Ok(piece));
            }
            let number = self.numbers.pop_front()?;
            if self.plan.closes_now() {
                return None;
            }
            if self.plan.resets_now() {
                tokio::time::sleep(FLUSH).await;
                return Some(Err(io::ErrorKind::ConnectionReset.into()));
            }
            if let Some(id) = self.plan.error_now() {
                self.numbers.clear();
                self.pieces.push_back(archive_error(id, "A fault was ordered.", &number));
                continue;
            }
            self.load(&number).await;
        }
    }

    async fn load(&mut self, number: &FragmentNumber) {
        let oldest = self.stream.oldest_kept(self.app.registry.now(), &self.app.config.limits);
        let found = self.stream.find(number).filter(|found| found.info.server >= oldest);
        let (info, content) = match found {
            Some(found) => (Some(found.info.clone()), found.content().await),
            None => (None, None),
        };
        let (Some(info), Some(mut content)) = (info, content) else {
            // The error ends the body: what was asked for after it is not sent.
            self.numbers.clear();
            self.pieces.push_back(archive_error(4000, "The requested fragment is not found.", number));
            return;
        };
        content.cluster = self.plan.corrupt(content.cluster);
        self.plan.count_fragment();
        self.pieces.extend(archive_content(content, &info));
    }
}
