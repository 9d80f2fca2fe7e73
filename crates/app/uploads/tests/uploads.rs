//! Uploads from their client's side and from their call's.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it where it is missing")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use call::{CallConfig, CallSession, Event, Input, Output, Samples};
use events::CallEndReason;
use mkv::{FragmentReader, Item, Limits};
use model::{Channel, ContactId, MediaTime, StreamAddress, StreamName, TenantId, Timestamp};
use ports::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, testing::ScriptedMediaSource};
use proptest::prelude::*;
use uploads::{
    Encoding, Format, MAX_AHEAD_MS, MAX_CHUNK_MS, MAX_KEPT_MS, RoutedMediaSource, UploadError, UploadId,
    Uploads,
};

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const BOTH: [Channel; 2] = [Channel::Customer, Channel::ToCustomer];

struct World {
    uploads: Uploads,
    tenant: TenantId,
    now_ms: Arc<AtomicI64>,
}

impl World {
    fn new() -> Self {
        let now_ms = Arc::new(AtomicI64::new(START.as_millis()));
        let clock = Arc::clone(&now_ms);
        let uploads = Uploads::new(Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed))));
        Self { uploads, tenant: TenantId::new("acme").unwrap(), now_ms }
    }

    fn begin(&self, rate: u32, channels: &[Channel]) -> UploadId {
        self.uploads.begin(&self.tenant, id(rate, channels)).unwrap()
    }

    fn push(&self, id: &UploadId, offset: u64, bytes: &[u8]) -> Result<u64, UploadError> {
        self.uploads.push(&self.tenant, id, offset, bytes)
    }

    /// Sends silence from the offset on, in pieces of 100 ms.
    fn silence(&self, id: &UploadId, ms: u64) -> Result<u64, UploadError> {
        let piece = vec![0; bytes_in_ms(id, 100)];
        let mut offset = self.uploads.offset(&self.tenant, id)?;
        for _ in 0..ms / 100 {
            offset = self.push(id, offset, &piece)?;
        }
        Ok(offset)
    }

    fn stream(&self, id: &UploadId) -> MediaStream {
        MediaStream { tenant: self.tenant.clone(), address: id.address() }
    }

    async fn open(&self, id: &UploadId, start: StartAt) -> Box<dyn MediaBody> {
        self.uploads.open(&self.stream(id), &start).await.unwrap()
    }

    fn pass(&self, time: Duration) {
        self.now_ms.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

fn id(rate: u32, channels: &[Channel]) -> UploadId {
    let format = Format::new(Encoding::Pcm16, rate, channels).unwrap();
    UploadId::new(START, format, ContactId::new("contact-1").unwrap()).unwrap()
}

fn bytes_in_ms(id: &UploadId, ms: u64) -> usize {
    usize::try_from(id.format().bytes_in_ms(ms)).unwrap()
}

/// What a body gives at once, without waiting for more.
async fn available(body: &mut dyn MediaBody) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(next) = tokio::time::timeout(Duration::ZERO, body.next()).await {
        bytes.extend_from_slice(&next.unwrap().unwrap());
    }
    bytes
}

fn fragments(bytes: &[u8]) -> Vec<mkv::Fragment> {
    let mut reader = FragmentReader::new(Limits::CONNECT);
    reader.push(bytes);
    reader.finish();
    std::iter::from_fn(|| reader.next())
        .map(|item| match item {
            Item::Fragment(fragment) => fragment,
            damaged @ Item::Damaged { .. } => panic!("{damaged:?}"),
        })
        .collect()
}

/// A call's session over these bytes: what it heard of each channel, and what it told.
fn carried(id: &UploadId, bytes: &[u8], stop: Option<model::FragmentNumber>) -> ([Vec<i16>; 2], Vec<Event>) {
    let mut config = CallConfig::new(id.contact().clone());
    config.start = Some(id.start());
    config.start_fragment = Some(id.start_fragment());
    let mut session = CallSession::new(config, START);
    let (mut heard, mut told) = ([Vec::new(), Vec::new()], Vec::new());
    let mut drain = |session: &mut CallSession| loop {
        match session.poll_output() {
            Output::Timeout(..) => return,
            Output::Audio(span) => {
                let heard: &mut Vec<i16> = &mut heard[span.channel.index()];
                assert_eq!(span.at.as_samples(8_000), heard.len() as u64);
                match span.samples {
                    Samples::Pcm(samples) => heard.extend(samples),
                    Samples::Silence(count) => heard.resize(heard.len() + usize::try_from(count).unwrap(), 0),
                }
            }
            Output::Event(event) => told.push(event),
            Output::Command(_) => {}
        }
    };
    drain(&mut session);
    let stop = stop.map(Input::StopFragment);
    let fragments = fragments(bytes).into_iter().map(Input::Fragment);
    for input in std::iter::once(Input::Opened).chain(fragments).chain(stop) {
        session.handle_input(START, input);
        drain(&mut session);
    }
    (heard, told)
}

/// Speech-like samples, different on each channel.
fn speech(samples: usize) -> [Vec<i16>; 2] {
    let wave =
        |step: f64| (0..samples).map(|n| ((n as f64 * step).sin() * 9_000.0) as i16).collect::<Vec<i16>>();
    [wave(0.11), wave(0.07)]
}

fn interleaved(channels: &[Vec<i16>; 2]) -> Vec<u8> {
    let (mut samples, mut bytes) = (Vec::new(), Vec::new());
    audio::interleave(&channels[0], &channels[1], &mut samples);
    audio::pcm_to_bytes(&samples, &mut bytes);
    bytes
}

#[tokio::test(start_paused = true)]
async fn a_call_hears_every_sample_once_and_ends_with_the_upload() {
    let world = World::new();
    let id = world.begin(8_000, &BOTH);
    let spoken = speech(8_123);
    let mut offset = 0;
    for piece in interleaved(&spoken).chunks(640) {
        offset = world.push(&id, offset, piece).unwrap();
    }
    let end = world.uploads.finish(&world.tenant, &id, Some(offset)).unwrap();
    assert_eq!(end, world.uploads.finish(&world.tenant, &id, None).unwrap(), "saying it again is no error");
    let bytes = available(world.open(&id, StartAt::Earliest).await.as_mut()).await;
    let (heard, told) = carried(&id, &bytes, Some(end.stop_fragment));
    assert_eq!(heard, spoken);
    assert_eq!(told[0], Event::Started { at: START });
    let duration = MediaTime::from_samples(8_123, 8_000);
    assert_eq!(told[1..], [Event::Ended { reason: CallEndReason::StopFragment, duration }]);
}

#[tokio::test(start_paused = true)]
async fn one_channel_of_another_rate_is_heard_at_8_khz_on_its_side() {
    let world = World::new();
    let id = world.begin(48_000, &[Channel::ToCustomer]);
    let [spoken, _] = speech(96_000);
    let mut bytes = Vec::new();
    audio::pcm_to_bytes(&spoken, &mut bytes);
    let mut offset = 0;
    for piece in bytes.chunks(9_600) {
        offset = world.push(&id, offset, piece).unwrap();
    }
    world.uploads.finish(&world.tenant, &id, None).unwrap();
    let bytes = available(world.open(&id, StartAt::Earliest).await.as_mut()).await;
    let (heard, _) = carried(&id, &bytes, None);
    assert_eq!(heard[1], audio::resample(&spoken, 48_000, 8_000));
}

#[tokio::test(start_paused = true)]
async fn what_a_client_has_lost_is_a_gap_and_what_follows_is_at_its_time() {
    let world = World::new();
    let id = world.begin(16_000, &BOTH);
    world.silence(&id, 2_000).unwrap();
    let to = id.format().bytes_in_ms(5_000);
    assert_eq!(world.uploads.skip(&world.tenant, &id, to), Ok(to));
    assert_eq!(world.silence(&id, 1_000), Ok(id.format().bytes_in_ms(6_000)));
    let end = world.uploads.finish(&world.tenant, &id, None).unwrap();
    let bytes = available(world.open(&id, StartAt::Earliest).await.as_mut()).await;
    let (heard, told) = carried(&id, &bytes, Some(end.stop_fragment));
    assert_eq!([heard[0].len(), heard[1].len()], [48_000; 2]);
    let gaps: Vec<_> =
        told.iter().filter_map(|event| if let Event::Gap(gap) = event { Some(gap) } else { None }).collect();
    assert_eq!(gaps.len(), 2, "{told:?}");
    for gap in gaps {
        assert_eq!((gap.from.as_millis(), gap.to.as_millis()), (2_000, 5_000));
    }
}

#[test]
fn a_piece_is_taken_whole_at_its_offset_or_not_at_all() {
    let world = World::new();
    let id = world.begin(16_000, &BOTH);
    assert_eq!(world.push(&id, 0, &[0; 64]), Ok(64));
    for offset in [0, 32, 128] {
        assert_eq!(world.push(&id, offset, &[0; 64]), Err(UploadError::WrongOffset { offset: 64 }));
    }
    assert_eq!(world.push(&id, 64, &[0; 63]), Err(UploadError::BrokenFrame { frame_bytes: 4 }));
    let max_bytes = id.format().bytes_in_ms(MAX_CHUNK_MS);
    let long = vec![0; usize::try_from(max_bytes).unwrap() + 4];
    assert_eq!(world.push(&id, 64, &long), Err(UploadError::TooLong { max_bytes }));
    assert_eq!(
        world.uploads.finish(&world.tenant, &id, Some(68)),
        Err(UploadError::WrongOffset { offset: 64 })
    );
    world.uploads.finish(&world.tenant, &id, Some(64)).unwrap();
    assert_eq!(world.push(&id, 64, &[0; 4]), Err(UploadError::Finished));
}

#[tokio::test(start_paused = true)]
async fn a_client_waits_while_30_s_are_unread_and_goes_on_when_they_are_read() {
    let world = World::new();
    let id = world.begin(8_000, &BOTH);
    let full = id.format().bytes_in_ms(MAX_AHEAD_MS);
    assert_eq!(world.silence(&id, MAX_AHEAD_MS), Ok(full));
    assert_eq!(world.push(&id, full, &[0; 64]), Err(UploadError::Wait { offset: full }));
    let mut body = world.open(&id, StartAt::Earliest).await;
    let room = world.uploads.room(&world.tenant, &id);
    let (room, bytes) = tokio::join!(room, body.next());
    assert_eq!(room, Ok(()));
    assert!(bytes.unwrap().is_some());
    assert_eq!(world.push(&id, full, &[0; 64]), Ok(full + 64));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_comes_again_goes_on_where_it_says_and_old_audio_is_forgotten() {
    let world = World::new();
    let id = world.begin(8_000, &BOTH);
    let mut body = world.open(&id, StartAt::Earliest).await;
    let mut all = Vec::new();
    for _ in 0..15 {
        world.silence(&id, 20_000).unwrap();
        all.extend(fragments(&available(body.as_mut()).await));
    }
    assert_eq!(all.len(), 300_000 / 200);
    let number =
        |at: usize| model::FragmentNumber::new(all[at].tag(mkv::tag::FRAGMENT_NUMBER).unwrap()).unwrap();
    let again = |start| async {
        let bytes = available(world.open(&id, start).await.as_mut()).await;
        fragments(&bytes)
    };
    assert_eq!(again(StartAt::AfterFragment(number(1_489))).await.len(), 10);
    let at = START + Duration::from_millis(299_100);
    assert_eq!(again(StartAt::ProducerTime(at)).await.len(), 5);
    let kept = again(StartAt::Earliest).await;
    assert_eq!(kept.len() as u64, MAX_KEPT_MS / 200);
    assert_eq!(kept.last().unwrap().timecode_ms, all.last().unwrap().timecode_ms);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_knows_nothing_asks_for_what_the_call_reads_next() {
    let world = World::new();
    let id = id(16_000, &BOTH);
    assert_eq!(world.uploads.offset(&world.tenant, &id), Err(UploadError::Elsewhere));
    let at = START + Duration::from_millis(12_345);
    let mut body = world.open(&id, StartAt::ProducerTime(at)).await;
    let offset = world.uploads.offset(&world.tenant, &id).unwrap();
    assert_eq!(offset, id.format().bytes_in_ms(12_345));
    world.silence(&id, 1_000).unwrap();
    let first = &fragments(&available(body.as_mut()).await)[0];
    assert_eq!(first.timecode_ms, Some(u64::try_from(at.as_millis()).unwrap()));
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_no_call_reads_is_taken_no_further_until_one_does() {
    let world = World::new();
    let id = world.begin(8_000, &BOTH);
    world.pass(Duration::from_secs(20));
    assert_eq!(world.push(&id, 0, &[0; 64]), Err(UploadError::Elsewhere));
    let body = world.open(&id, StartAt::Earliest).await;
    assert_eq!(world.push(&id, 0, &[0; 64]), Ok(64));
    world.pass(Duration::from_secs(60));
    assert_eq!(world.push(&id, 64, &[0; 64]), Ok(128));
    drop(body);
    world.pass(Duration::from_secs(20));
    assert_eq!(world.uploads.offset(&world.tenant, &id), Err(UploadError::Elsewhere));
}

#[test]
fn beginning_again_finds_the_same_upload_unless_its_audio_is_another() {
    let world = World::new();
    let first = world.begin(16_000, &BOTH);
    let later =
        UploadId::new(START + Duration::from_secs(1), first.format().clone(), first.contact().clone());
    assert_eq!(world.uploads.begin(&world.tenant, later.unwrap()), Ok(first.clone()));
    assert_eq!(world.uploads.begin(&world.tenant, id(8_000, &BOTH)), Err(UploadError::InUse));
    let other = TenantId::new("other").unwrap();
    assert_eq!(world.uploads.push(&other, &first, 0, &[0; 4]), Err(UploadError::Elsewhere));
    assert!(world.uploads.begin(&other, id(8_000, &BOTH)).is_ok());
}

#[tokio::test]
async fn each_stream_comes_from_the_source_of_its_origin() {
    let world = World::new();
    let id = world.begin(8_000, &BOTH);
    let kvs = Arc::new(ScriptedMediaSource::new());
    let name = StreamName::new("kvs-stream").unwrap();
    kvs.add_bytes(&name, b"kvs", 3);
    let routed = RoutedMediaSource { kvs, uploads: world.uploads.clone() };
    assert!(routed.open(&world.stream(&id), &StartAt::Earliest).await.is_ok());
    let stream = MediaStream { tenant: world.tenant.clone(), address: StreamAddress::named(name) };
    let mut body = routed.open(&stream, &StartAt::Earliest).await.unwrap();
    assert_eq!(body.next().await.unwrap().unwrap(), "kvs");
    let mut strange = world.stream(&id);
    strange.address.name = StreamName::new("no-upload").unwrap();
    let gone = routed.open(&strange, &StartAt::Earliest).await;
    assert!(matches!(gone, Err(MediaSourceError::Gone { .. })));
}

proptest! {
    #[test]
    fn any_cut_of_the_bytes_gives_the_same_fragments(
        frames in 0..6_000_usize,
        cuts in prop::collection::vec(0..6_000_usize, 0..12),
        rate in prop::sample::select(vec![8_000_u32, 11_025, 16_000, 44_100, 48_000]),
    ) {
        let bytes = interleaved(&speech(frames));
        let given = |cuts: &[usize]| {
            let world = World::new();
            let id = world.begin(rate, &BOTH);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| (*cut).min(frames) * 4).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut offset = 0;
            for pair in cuts.windows(2) {
                for piece in bytes[pair[0]..pair[1]].chunks(rate as usize / 1_000 * 4 * 1_000) {
                    offset = world.push(&id, offset, piece).unwrap();
                }
            }
            world.uploads.finish(&world.tenant, &id, None).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(async { available(world.open(&id, StartAt::Earliest).await.as_mut()).await })
        };
        prop_assert_eq!(given(&cuts), given(&[]));
    }
}
