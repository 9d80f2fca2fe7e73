//! The in-memory fakes pass the suites that the adapters pass.

use futures_executor::block_on;
use ports::testing::{MemoryBlobStore, MemoryEventLog, blob_store_suite, event_log_suite};

#[test]
fn the_event_log_in_memory_conforms() {
    block_on(event_log_suite(async || MemoryEventLog::new()));
}

#[test]
fn the_blob_store_in_memory_conforms() {
    block_on(blob_store_suite(async || MemoryBlobStore::new()));
}
