//! What a recording leaves on disks: leaks into the other channel, and what a process that dies at any moment leaves.

use std::{collections::HashSet, future::poll_fn, io::Write, path::PathBuf, pin::pin, task::Poll};

use super::*;

/// Raw samples in a row that tell where they are from.
const TELLING: usize = 6;

/// Keeps blobs as files, and writes them as they come.
struct FileStore(PathBuf);

struct FileWriter {
    file: File,
    path: PathBuf,
    name: PathBuf,
}

fn failed(error: io::Error) -> BlobError {
    BlobError::Store(error.into())
}

#[async_trait]
impl BlobStore for FileStore {
    async fn create(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        tokio::task::yield_now().await;
        let name = self.0.join(key.replace('/', "_"));
        let path = name.with_extension("part");
        Ok(Box::new(FileWriter { file: File::create(&path).map_err(failed)?, path, name }))
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

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        tokio::task::yield_now().await;
        drop(fs::remove_file(self.0.join(key.replace('/', "_"))));
        Ok(())
    }
}

#[async_trait]
impl BlobWriter for FileWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        tokio::task::yield_now().await;
        self.file.write_all(&bytes).map_err(failed)
    }

    async fn commit(self: Box<Self>) -> Result<(), BlobError> {
        tokio::task::yield_now().await;
        fs::rename(&self.path, &self.name).map_err(failed)
    }
}

/// Every run of some samples, as the bytes that they would be in a file.
fn runs(samples: &[i16]) -> HashSet<[u8; TELLING * 2]> {
    let bytes = |run: &[i16]| {
        let mut bytes = Vec::new();
        pcm_to_bytes(run, &mut bytes);
        bytes.try_into().unwrap()
    };
    samples.windows(TELLING).map(bytes).collect()
}

fn holds(bytes: &[u8], secrets: &HashSet<[u8; TELLING * 2]>) -> bool {
    bytes.windows(TELLING * 2).any(|window| secrets.contains(window))
}

/// One channel of interleaved bytes, wherever the samples begin.
fn apart(bytes: &[u8]) -> Vec<Vec<u8>> {
    let sample = |from: usize| bytes.get(from..).unwrap_or_default().chunks(4);
    (0..4)
        .map(|from| {
            sample(from).flat_map(|frame| frame.iter().take(2).copied().collect::<Vec<_>>()).collect()
        })
        .collect()
}

#[tokio::test]
async fn what_is_heard_on_the_other_channel_too_is_masked_there() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    let said = sound(5, 24_000);
    // A tenth of it comes back after 60 ms.
    let echo: Vec<i16> = (0..24_000).map(|n| if n < 480 { 0 } else { said[n - 480] / 10 }).collect();
    recorder.write(Channel::Customer, MediaTime::ZERO, &said);
    recorder.write(Channel::ToCustomer, MediaTime::ZERO, &echo);
    let ms = MediaTime::from_millis;
    recorder.mute(Channel::Customer, ms(1_000), ms(2_000), EntityKind::Card);

    let (wav, recording, outline) = finish(recorder, ms(3_000)).await;

    assert_eq!(recording.masks, 2);
    let leak = &outline["masks"][1];
    assert_eq!((&leak["channel"], &leak["cross_talk"]), (&"to_customer".into(), &true.into()));
    let [_, to_customer] = channels(&wav);
    let secret = runs(&echo[8_480..16_480]);
    assert!(!holds(
        &{
            let mut bytes = Vec::new();
            pcm_to_bytes(&to_customer, &mut bytes);
            bytes
        },
        &secret
    ));
    assert_eq!(to_customer[..8_000], echo[..8_000]);
    assert_eq!(to_customer[16_500..], echo[16_500..]);
}

#[tokio::test]
async fn two_sides_that_say_their_own_are_masked_apart() {
    let folder = TempDir::new().unwrap();
    let open = SpoolFolder::open(folder.path()).unwrap();
    let mut recorder = Recorder::start(&open, RATE);
    recorder.write(Channel::Customer, MediaTime::ZERO, &sound(5, 24_000));
    recorder.write(Channel::ToCustomer, MediaTime::ZERO, &sound(77, 24_000));
    let ms = MediaTime::from_millis;
    recorder.mute(Channel::Customer, ms(1_000), ms(2_000), EntityKind::Card);
    let (_, recording, _) = finish(recorder, ms(3_000)).await;
    assert_eq!(recording.masks, 1);
}

#[tokio::test]
async fn a_process_that_dies_at_any_moment_of_the_commit_leaves_nothing_to_read() {
    let said = sound(9, 40_000);
    let (mask_from, mask_to) = (9_000_usize, 33_000_usize);
    let secret = runs(&said[mask_from..mask_to]);
    let raw = runs(&said);
    let mut died = 0;
    for steps in 1.. {
        let (spool, blobs) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let open = SpoolFolder::open(spool.path()).unwrap();
        let store = FileStore(blobs.path().to_owned());
        let mut recorder = Recorder::start(&open, RATE);
        recorder.write(Channel::Customer, MediaTime::ZERO, &said);
        recorder.mute(
            Channel::Customer,
            samples(mask_from as u64),
            samples(mask_to as u64),
            EntityKind::Card,
        );
        settle(&open).await;
        let mut left = steps;
        let finished = {
            let mut finishing = pin!(recorder.finish(&store, KEY, samples(40_000), Duration::ZERO));
            poll_fn(|context| {
                left -= 1;
                match finishing.as_mut().poll(context) {
                    Poll::Ready(done) => Poll::Ready(done.is_ok()),
                    Poll::Pending if left == 0 => Poll::Ready(false),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await
        };
        // As a process that dies would leave it: what was in line is written or not, the keys are gone.
        for file in spools(&spool) {
            assert!(!holds(&file, &raw), "raw audio in the spool after {steps} steps");
        }
        for file in spools(&blobs) {
            for side in apart(&file) {
                assert!(!holds(&side, &secret), "masked audio in the store after {steps} steps");
            }
        }
        if finished {
            settle(&open).await;
            assert_eq!(spools(&spool).len(), 0, "a spool outlived its recording");
            break;
        }
        died += 1;
    }
    assert!(died > 5, "it died {died} times only");
}
