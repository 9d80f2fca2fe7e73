use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use audio::{SampleRange, WAV_HEADER_BYTES, mask_ranges, wav_header};
use bytes::Bytes;
use events::Recording;
use ports::{BlobError, BlobStore, BlobWriter, ByteRange, testing::MemoryBlobStore};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

mod remains;

const RATE: u32 = 8_000;
const KEY: &str = "acme/recordings/call.wav";

fn samples(n: u64) -> MediaTime {
    MediaTime::from_samples(n, RATE)
}

/// Sound that no two stretches of share.
fn sound(seed: u32, len: usize) -> Vec<i16> {
    let mut state = seed | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i16::from_ne_bytes([state.to_be_bytes()[0], state.to_be_bytes()[1]])
    };
    (0..len).map(|_| next()).collect()
}

fn spools(folder: &TempDir) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("an entry").path());
    files.map(|path| fs::read(path).expect("a spool")).collect()
}

/// Waits until the writing thread has done everything that was put in line.
async fn settle(folder: &SpoolFolder) {
    assert!(folder.begin().flush().await);
}

/// The two channels of a recording.
fn channels(wav: &[u8]) -> [Vec<i16>; 2] {
    let data = &wav[WAV_HEADER_BYTES..];
    let side = |at: usize| data.chunks_exact(4).map(|f| i16::from_le_bytes([f[at], f[at + 1]])).collect();
    [side(0), side(2)]
}

/// A recording's bytes, its event and its outline.
async fn finish(recorder: Recorder, end: MediaTime) -> (Vec<u8>, Recording, serde_json::Value) {
    let store = MemoryBlobStore::new();
    let recording = recorder.finish(&store, KEY, end, Duration::ZERO).await.expect("finish");
    let outline = store.blob(&format!("{KEY}.peaks.json")).expect("the outline");
    let wav = store.blob(KEY).expect("the recording").to_vec();
    (wav, recording, serde_json::from_slice(&outline).expect("JSON"))
}

/// Masks that are closer than this are one: half a second.
const BREATH_SAMPLES: u64 = RATE as u64 / 2;

#[derive(Clone, Debug)]
struct Case {
    sound: [Vec<i16>; 2],
    /// Channel and length of each block; what is left comes at the end.
    blocks: Vec<(bool, usize)>,
    masks: Vec<(bool, u64, u64)>,
    end: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let len = 0..3 * CHUNK_SAMPLES;
    (
        (any::<u32>(), len.clone(), len),
        prop::collection::vec((any::<bool>(), 1..6_000_usize), 0..12),
        prop::collection::vec((any::<bool>(), 0..14_000_u64, 0..5_000_u64), 0..5),
        0..14_000_u64,
    )
        .prop_map(|((seed, left, right), blocks, masks, end)| Case {
            sound: [sound(seed, left), sound(seed ^ 0x5555_5555, right)],
            blocks,
            masks,
            end,
        })
}

fn channel(other: bool) -> Channel {
    if other { Channel::ToCustomer } else { Channel::Customer }
}

fn record(recorder: &mut Recorder, case: &Case) {
    let mut at = [0_usize; 2];
    let rest = [(false, usize::MAX), (true, usize::MAX)];
    for (other, len) in case.blocks.iter().copied().chain(rest) {
        let channel = channel(other);
        let sound = &case.sound[channel.index()];
        let from = at[channel.index()];
        let to = from.saturating_add(len).min(sound.len());
        recorder.write(channel, samples(from as u64), &sound[from..to]);
        at[channel.index()] = to;
    }
    for &(other, from, len) in &case.masks {
        recorder.mute(channel(other), samples(from), samples(from + len), EntityKind::Card);
    }
}

fn expected(case: &Case, channel: Channel) -> Vec<i16> {
    let mut sound = case.sound[channel.index()].clone();
    sound.resize(usize::try_from(case.end).expect("a length"), 0);
    let masks = case.masks.iter().filter(|(other, ..)| self::channel(*other) == channel);
    // The tone falls before the recording ends, too.
    let range = |&(_, from, len): &(bool, u64, u64)| SampleRange { from, to: case.end.min(from + len) };
    let mut ranges: Vec<_> = masks.filter(|(_, from, len)| *len > 0 && *from < case.end).map(range).collect();
    ranges.sort_by_key(|range| range.from);
    let ranges = ranges.into_iter().fold(Vec::<SampleRange>::new(), |mut joined, range| {
        match joined.last_mut() {
            Some(last) if range.from <= last.to + BREATH_SAMPLES => last.to = last.to.max(range.to),
            _ => joined.push(range),
        }
        joined
    });
    mask_ranges(&mut sound, &ranges, RATE);
    sound
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_recording_is_the_tone_under_masks_and_sample_exact_elsewhere(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = TempDir::new().unwrap();
        let (wav, recording) = runtime.block_on(async {
            let spools = SpoolFolder::open(folder.path()).unwrap();
            let mut recorder = Recorder::start(&spools, RATE);
            record(&mut recorder, &case);
            let (wav, recording, _) = finish(recorder, samples(case.end)).await;
            (wav, recording)
        });

        prop_assert_eq!(&wav[..WAV_HEADER_BYTES], &wav_header(2, RATE, Some(case.end * 4)));
        let [customer, to_customer] = channels(&wav);
        prop_assert_eq!(customer, expected(&case, Channel::Customer));
        prop_assert_eq!(to_customer, expected(&case, Channel::ToCustomer));
        prop_assert_eq!(recording.bytes, wav.len() as u64);
        prop_assert_eq!(recording.sha256, format!("{:x}", HexOf(Sha256::digest(&wav).to_vec())));
    }

    #[test]
    fn no_run_of_raw_samples_is_in_the_spool(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = TempDir::new().unwrap();
        let written = runtime.block_on(async {
            let open = SpoolFolder::open(folder.path()).unwrap();
            let mut recorder = Recorder::start(&open, RATE);
            record(&mut recorder, &case);
            settle(&open).await;
            spools(&folder)
        });

        // Eight bytes of the sound would appear by chance once in 10^14 such files.
        let windows: std::collections::HashSet<&[u8]> = written.iter().flat_map(|file| file.windows(8)).collect();
        for sound in &case.sound {
            let mut bytes = Vec::new();
            pcm_to_bytes(sound, &mut bytes);
            prop_assert!(bytes.windows(8).all(|run| !windows.contains(run)));
        }
    }
}

struct HexOf(Vec<u8>);

impl std::fmt::LowerHex for HexOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[tokio::test]
async fn the_spool_goes_with_the_recording() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    recorder.write(Channel::Customer, MediaTime::ZERO, &sound(1, 10_000));
    settle(&open).await;
    assert_eq!(spools(&folder).len(), 1);

    finish(recorder, samples(10_000)).await;

    settle(&open).await;
    assert!(spools(&folder).is_empty());
}

#[tokio::test]
async fn the_spool_goes_with_a_dropped_recorder() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    recorder.write(Channel::Customer, MediaTime::ZERO, &sound(1, 10_000));
    settle(&open).await;

    drop(recorder);

    settle(&open).await;
    assert!(spools(&folder).is_empty());
}

#[tokio::test]
async fn spools_of_the_dead_are_removed_and_those_of_the_living_stay() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut living = Recorder::start(&open, RATE);
    living.write(Channel::Customer, MediaTime::ZERO, &sound(1, 10_000));
    settle(&open).await;
    fs::write(folder.path().join("dead.spool"), b"noise").unwrap();
    fs::write(folder.path().join("notes.txt"), b"not ours").unwrap();

    let _again = SpoolFolder::open(folder.path()).unwrap();

    assert!(!folder.path().join("dead.spool").exists());
    assert!(folder.path().join("notes.txt").exists());
    let (wav, ..) = finish(living, samples(10_000)).await;
    assert_eq!(channels(&wav)[0], sound(1, 10_000));
}

#[cfg(unix)]
#[tokio::test]
async fn the_spool_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    recorder.write(Channel::Customer, MediaTime::ZERO, &sound(1, 10_000));
    settle(&open).await;
    let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn the_outline_shows_the_redacted_sound_and_the_masks() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    let loud = vec![i16::MAX; 16_000];
    recorder.write(Channel::Customer, MediaTime::ZERO, &loud);
    let ms = MediaTime::from_millis;
    recorder.mute(Channel::Customer, ms(1_000), ms(1_400), EntityKind::Card);
    recorder.mute(Channel::Customer, ms(1_300), ms(1_500), EntityKind::Card);
    recorder.mute(Channel::Customer, ms(1_500), ms(1_600), EntityKind::Phone);
    recorder.mute(Channel::Customer, ms(5_000), ms(6_000), EntityKind::Card);

    let (_, recording, outline) = finish(recorder, ms(2_000)).await;

    assert_eq!((recording.masks, recording.duration_ms), (2, 2_000));
    assert_eq!((&outline["duration_ms"], &outline["peaks_per_second"]), (&2_000.into(), &20.into()));
    let peaks: Vec<u64> = outline["channels"]["customer"]
        .as_array()
        .unwrap()
        .iter()
        .map(|peak| peak.as_u64().unwrap())
        .collect();
    assert_eq!(peaks.len(), 40);
    assert!(peaks[..20].iter().all(|peak| *peak == 100));
    assert!(peaks[20..32].iter().all(|peak| *peak < 15), "the outline shows what is masked: {peaks:?}");
    assert_eq!(outline["channels"]["to_customer"].as_array().unwrap().len(), 40);
    let first = serde_json::json!({
        "channel": "customer", "from_ms": 1_000, "to_ms": 1_500, "kind": "card",
        "from_sample": 8_000, "to_sample": 12_000
    });
    assert_eq!(outline["masks"][0], first);
    assert_eq!(outline["masks"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_hole_is_silence_and_repeated_audio_is_passed_over() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    // Two hours are missing: more than the line to the disk holds.
    let gap = 2 * 3_600 * 8_000_u64;
    recorder.write(Channel::Customer, MediaTime::ZERO, &[1; 100]);
    recorder.write(Channel::Customer, samples(gap), &[2; 100]);
    recorder.write(Channel::Customer, samples(gap + 50), &[3; 100]);
    recorder.write(Channel::Customer, samples(gap), &[4; 100]);
    assert_eq!(recorder.failure(), None);
    settle(&open).await;
    assert!(spools(&folder).iter().all(|file| file.len() < 100_000), "silence takes no room");

    let (wav, ..) = finish(recorder, samples(gap + 150)).await;

    let [customer, _] = channels(&wav);
    let gap = usize::try_from(gap).unwrap();
    assert_eq!(customer[..100], [1; 100]);
    assert!(customer[100..gap].iter().all(|sample| *sample == 0));
    assert_eq!(customer[gap..gap + 100], [2; 100]);
    assert_eq!(customer[gap + 100..], [3; 50]);
}

#[tokio::test]
async fn the_channel_that_is_behind_tells_how_far_the_recording_is() {
    let folder = TempDir::new().unwrap();
    let mut recorder = Recorder::start(&SpoolFolder::open(folder.path()).unwrap(), RATE);
    recorder.write(Channel::Customer, MediaTime::ZERO, &[1; 800]);
    assert_eq!(recorder.written(), MediaTime::ZERO);
    recorder.silence(Channel::ToCustomer, MediaTime::ZERO, 400);
    assert_eq!(recorder.written(), MediaTime::from_millis(50));
}

fn no_room(_: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/full")
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_stops_the_recording_and_says_where() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open_with(folder.path().to_owned(), no_room).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    recorder.silence(Channel::Customer, MediaTime::ZERO, 4 * CHUNK_LEN);
    recorder.write(Channel::Customer, samples(4 * CHUNK_LEN), &sound(1, CHUNK_SAMPLES));
    settle(&open).await;

    let failure = recorder.failure().unwrap();

    let at_ms = samples(4 * CHUNK_LEN).as_millis();
    assert_eq!(failure, RecordingFailed { cause: RecordingFailure::DiskFull, at_ms });
    recorder.write(Channel::Customer, samples(5 * CHUNK_LEN), &sound(1, 99_999));
    let store = MemoryBlobStore::new();
    let error = recorder.finish(&store, KEY, samples(9), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.cause(), RecordingFailure::DiskFull);
    assert!(store.keys().is_empty());
}

#[tokio::test]
async fn a_full_store_leaves_neither_a_recording_nor_its_outline() {
    for room in [10, 30_000, 40_100] {
        let folder = TempDir::new().unwrap();
        let open = SpoolFolder::open(folder.path()).unwrap();
        let mut recorder = Recorder::start(&open, RATE);
        recorder.write(Channel::Customer, MediaTime::ZERO, &sound(1, 10_000));
        let store = MemoryBlobStore::new();
        store.set_room(Some(room));

        let error = recorder.finish(&store, KEY, samples(10_000), Duration::ZERO).await.unwrap_err();

        assert_eq!(error.cause(), RecordingFailure::DiskFull);
        assert!(store.keys().is_empty(), "{room}: {:?}", store.keys());
        settle(&open).await;
        assert!(spools(&folder).is_empty());
    }
}

#[tokio::test]
async fn a_recording_that_is_given_up_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    recorder.write(Channel::Customer, MediaTime::ZERO, &sound(1, 10_000));

    recorder.stop(RecordingFailure::NotRedacted, MediaTime::from_millis(7));
    recorder.stop(RecordingFailure::DiskFull, MediaTime::from_millis(8));

    settle(&open).await;
    assert!(spools(&folder).is_empty());
    let expected = RecordingFailed { cause: RecordingFailure::NotRedacted, at_ms: 7 };
    assert_eq!(recorder.failure(), Some(expected));
}

#[tokio::test]
async fn a_changed_spool_is_refused() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    recorder.write(Channel::Customer, MediaTime::ZERO, &sound(1, 10_000));
    settle(&open).await;
    let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, bytes).unwrap();

    let store = MemoryBlobStore::new();
    let error = recorder.finish(&store, KEY, samples(10_000), Duration::ZERO).await.unwrap_err();

    assert!(matches!(error, FinishError::Spool(_)), "{error:?}");
    assert!(store.keys().is_empty());
}

/// Keeps only what it is given at once, at the most.
#[derive(Clone, Default)]
struct LargestWrite(Arc<Mutex<(usize, u64)>>);

#[async_trait]
impl BlobStore for LargestWrite {
    async fn create(&self, _: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        Ok(Box::new(self.clone()))
    }
    async fn size(&self, key: &str) -> Result<u64, BlobError> {
        Err(BlobError::NotFound(key.to_owned()))
    }
    async fn read(&self, key: &str, _: ByteRange) -> Result<Bytes, BlobError> {
        Err(BlobError::NotFound(key.to_owned()))
    }
    async fn list(&self, _: &str, _: Option<&str>, _: u32) -> Result<Vec<String>, BlobError> {
        Ok(Vec::new())
    }
    async fn delete(&self, _: &str) -> Result<(), BlobError> {
        Ok(())
    }
}

#[async_trait]
impl BlobWriter for LargestWrite {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let mut seen = self.0.lock().expect("no panic");
        seen.0 = seen.0.max(bytes.len());
        seen.1 += bytes.len() as u64;
        Ok(())
    }
    async fn commit(self: Box<Self>) -> Result<(), BlobError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_long_call_needs_no_more_memory_than_a_short_one() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    let minute = sound(9, 60 * 8_000);
    for n in 0..10 {
        for channel in Channel::ALL {
            recorder.write(channel, samples(n * 480_000), &minute);
            recorder.ready().await;
            let kept: usize =
                recorder.open.iter().flat_map(|open| &open.tracks).map(|t| t.pending.capacity()).sum();
            assert!(kept <= 2 * (CHUNK_BYTES + SEAL_BYTES), "{kept} bytes of raw audio are kept");
        }
    }
    let store = LargestWrite::default();

    recorder.finish(&store, KEY, MediaTime::from_millis(600_000), Duration::ZERO).await.unwrap();

    let (largest, all) = *store.0.lock().unwrap();
    assert!(all > 19_200_000);
    assert!(largest <= 200_000, "{largest} bytes were rendered at once");
}
