//! The log against its port's suite.

use std::cell::Cell;

use ports::testing::event_log_suite;
use sqlite::SqliteEventLog;
use tempfile::TempDir;

#[tokio::test]
async fn the_sqlite_log_conforms() {
    let folder = TempDir::new().unwrap();
    let count = Cell::new(0);
    event_log_suite(async || {
        count.set(count.get() + 1);
        SqliteEventLog::open(folder.path().join(count.get().to_string())).unwrap()
    })
    .await;
}
