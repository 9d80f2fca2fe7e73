//! The folder store against its port's suite, and what only a folder can break.

use std::{fs, os::unix::fs::PermissionsExt};

use blob::FolderBlobStore;
use bytes::Bytes;
use ports::{BlobStore, ByteRange, testing::blob_store_suite};
use tempfile::TempDir;

#[tokio::test]
async fn the_folder_store_conforms() {
    let folder = TempDir::new().unwrap();
    let count = std::cell::Cell::new(0);
    blob_store_suite(async || {
        count.set(count.get() + 1);
        FolderBlobStore::open(folder.path().join(count.get().to_string())).unwrap()
    })
    .await;
}

async fn put(store: &FolderBlobStore, key: &str, bytes: &'static [u8]) {
    let mut writer = store.create(key).await.expect("create");
    writer.write(Bytes::from_static(bytes)).await.expect("write");
    writer.commit().await.expect("commit");
}

#[tokio::test]
async fn blobs_survive_the_store() {
    let folder = TempDir::new().unwrap();
    put(&FolderBlobStore::open(folder.path()).unwrap(), "a/b.wav", b"bytes").await;

    let again = FolderBlobStore::open(folder.path()).unwrap();

    assert_eq!(again.read("a/b.wav", ByteRange { start: 1, end: 3 }).await.unwrap(), "yt");
}

#[tokio::test]
async fn leftovers_of_a_killed_writer_are_removed_and_living_ones_stay() {
    let folder = TempDir::new().unwrap();
    let store = FolderBlobStore::open(folder.path()).unwrap();
    let mut living = store.create("living").await.unwrap();
    living.write(Bytes::from_static(b"on ")).await.unwrap();
    fs::write(folder.path().join(".tmp/dead.part"), b"raw").unwrap();

    let second = FolderBlobStore::open(folder.path()).unwrap();

    assert!(!folder.path().join(".tmp/dead.part").exists());
    living.write(Bytes::from_static(b"air")).await.unwrap();
    living.commit().await.unwrap();
    assert_eq!(second.read("living", ByteRange { start: 0, end: 9 }).await.unwrap(), "on air");
    assert_eq!(fs::read_dir(folder.path().join(".tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn files_are_for_their_owner_alone() {
    let folder = TempDir::new().unwrap();
    put(&FolderBlobStore::open(folder.path().join("store")).unwrap(), "calls/a.wav", b"x").await;

    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;

    assert_eq!((mode("store/calls/a.wav"), mode("store/calls"), mode("store")), (0o600, 0o700, 0o700));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), b"").unwrap();

    let error = FolderBlobStore::open(folder.path().join("file/below")).unwrap_err();

    assert!(error.to_string().contains("file/below"), "{error}");
}
