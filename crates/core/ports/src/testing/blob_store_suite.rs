//! What every blob store does.

use bytes::Bytes;

use crate::{BlobError, BlobStore, ByteRange};

/// Proves a blob store against its contract. `make` gives an empty store each time.
///
/// # Panics
/// At the first rule that the store breaks.
pub async fn blob_store_suite<S: BlobStore>(make: impl AsyncFn() -> S) {
    a_committed_blob_reads_back(&make().await).await;
    nothing_shows_before_the_commit(&make().await).await;
    a_blob_is_written_once(&make().await).await;
    ranges_read_what_there_is(&make().await).await;
    delete_is_idempotent(&make().await).await;
    keys_cannot_leave_the_store(&make().await).await;
    keys_are_listed_in_order_and_in_pages(&make().await).await;
}

async fn put<S: BlobStore>(store: &S, key: &str, parts: &[&[u8]]) {
    let mut writer = store.create(key).await.expect("create");
    for part in parts {
        writer.write(Bytes::copy_from_slice(part)).await.expect("write");
    }
    writer.commit().await.expect("commit");
}

async fn read<S: BlobStore>(store: &S, key: &str, start: u64, end: u64) -> Result<Bytes, BlobError> {
    store.read(key, ByteRange { start, end }).await
}

async fn a_committed_blob_reads_back<S: BlobStore>(store: &S) {
    put(store, "calls/2026/a.wav", &[b"one", b"", b" two"]).await;
    put(store, "empty", &[]).await;
    assert_eq!(store.size("calls/2026/a.wav").await.expect("size"), 7);
    assert_eq!(read(store, "calls/2026/a.wav", 0, 7).await.expect("read"), "one two");
    assert_eq!(store.size("empty").await.expect("size"), 0);
    assert_eq!(read(store, "empty", 0, 10).await.expect("read"), "");
}

async fn nothing_shows_before_the_commit<S: BlobStore>(store: &S) {
    let mut writer = store.create("a/b").await.expect("create");
    writer.write(Bytes::from_static(b"half")).await.expect("write");
    assert!(matches!(store.size("a/b").await, Err(BlobError::NotFound(_))), "seen while written");
    drop(writer);
    assert!(matches!(store.size("a/b").await, Err(BlobError::NotFound(_))), "seen after it was given up");
    put(store, "a/b", &[b"whole"]).await;
    assert_eq!(read(store, "a/b", 0, 99).await.expect("read"), "whole");
}

async fn a_blob_is_written_once<S: BlobStore>(store: &S) {
    let mut late = store.create("k").await.expect("two may begin");
    late.write(Bytes::from_static(b"late")).await.expect("write");
    put(store, "k", &[b"first"]).await;
    assert!(matches!(late.commit().await, Err(BlobError::Exists(_))), "the second commit must lose");
    assert!(matches!(store.create("k").await, Err(BlobError::Exists(_))), "a blob must not be begun again");
    assert_eq!(read(store, "k", 0, 99).await.expect("read"), "first");
}

async fn ranges_read_what_there_is<S: BlobStore>(store: &S) {
    put(store, "r", &[b"0123456789"]).await;
    assert_eq!(read(store, "r", 2, 5).await.expect("read"), "234");
    assert_eq!(read(store, "r", 8, 50).await.expect("read"), "89");
    assert_eq!(read(store, "r", 10, 20).await.expect("read"), "");
    assert_eq!(read(store, "r", 90, u64::MAX).await.expect("read"), "");
    assert_eq!(read(store, "r", 5, 5).await.expect("read"), "");
    assert_eq!(read(store, "r", 6, 2).await.expect("a range that runs backwards is empty"), "");
    assert!(matches!(read(store, "none", 0, 1).await, Err(BlobError::NotFound(_))));
}

async fn delete_is_idempotent<S: BlobStore>(store: &S) {
    put(store, "d/e", &[b"x"]).await;
    store.delete("d/e").await.expect("delete");
    assert!(matches!(store.size("d/e").await, Err(BlobError::NotFound(_))));
    store.delete("d/e").await.expect("a blob that is not there is no error");
    put(store, "d/e", &[b"y"]).await;
}

async fn keys_cannot_leave_the_store<S: BlobStore>(store: &S) {
    let long = "x".repeat(600);
    for key in ["", "/a", "a/", "a//b", "..", "a/../b", ".hidden", "a/.b", "a\\b", "a b", "ü", "a\0b", &long]
    {
        assert!(matches!(store.create(key).await, Err(BlobError::InvalidKey)), "create took {key:?}");
        assert!(matches!(store.size(key).await, Err(BlobError::InvalidKey)), "size took {key:?}");
        assert!(matches!(read(store, key, 0, 1).await, Err(BlobError::InvalidKey)), "read took {key:?}");
        assert!(matches!(store.delete(key).await, Err(BlobError::InvalidKey)), "delete took {key:?}");
    }
}

async fn keys_are_listed_in_order_and_in_pages<S: BlobStore>(store: &S) {
    assert!(store.list("", None, 10).await.expect("list").is_empty());
    assert!(store.list("none/", None, 10).await.expect("a prefix of nothing").is_empty());
    // A store that walks folders must not sort them as names without their `/`.
    let kept = ["a-b/x", "a.b/x", "a/b-c", "a/b.c/1", "a/b/1", "a/b/2", "a/b0", "ab/x", "b/x"];
    for key in kept.iter().rev() {
        put(store, key, &[b"x"]).await;
    }
    let mut half = store.create("a/half").await.expect("create");
    half.write(Bytes::from_static(b"half")).await.expect("write");
    assert_eq!(store.list("", None, 100).await.expect("list"), kept);
    assert_eq!(
        store.list("a/", None, 100).await.expect("list"),
        ["a/b-c", "a/b.c/1", "a/b/1", "a/b/2", "a/b0"]
    );
    assert_eq!(store.list("a/b/", None, 100).await.expect("list"), ["a/b/1", "a/b/2"]);
    assert_eq!(store.list("a/b-c/", None, 100).await.expect("a blob is no folder"), Vec::<String>::new());
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.list("a/", after.as_deref(), 2).await.expect("list");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        paged.extend(page);
    }
    assert_eq!(paged, ["a/b-c", "a/b.c/1", "a/b/1", "a/b/2", "a/b0"]);
    assert_eq!(store.list("a/", Some("a/b/0"), 1).await.expect("a key that is not there"), ["a/b/1"]);
    assert!(store.list("a/", Some("b"), 9).await.expect("after all").is_empty());
    assert!(store.list("a/", None, 0).await.expect("none wanted").is_empty());
    for prefix in ["a", "/", "a//", "../", ".hidden/", "a b/"] {
        assert!(
            matches!(store.list(prefix, None, 1).await, Err(BlobError::InvalidKey)),
            "list took {prefix:?}"
        );
    }
    store.delete("a/b/1").await.expect("delete");
    assert_eq!(store.list("a/b/", None, 100).await.expect("list"), ["a/b/2"]);
}
