//! Removing a call.

use std::{sync::Arc, time::Duration};

use model::{CallId, Epoch};

use crate::{
    PostgresError,
    connections::{Database, Param},
    read::signed,
};

/// How long vacuuming a table may take.
const MAX_VACUUM: Duration = Duration::from_secs(3_600);

const FENCE_OFF: &str = "INSERT INTO fences (call_id, epoch, last_seq) VALUES ($1, $2, 0) \
     ON CONFLICT (call_id) DO UPDATE SET epoch = excluded.epoch, last_seq = 0";

/// Removes a call's events and its row, and makes it nobody's; says how many events it had.
pub(crate) async fn erase(database: &Arc<Database>, call: &CallId) -> Result<u64, PostgresError> {
    let client = database.client().await?;
    let epoch = signed(Epoch::ERASED.get());
    let call: Param<'_> = &call.as_str();
    client.begin();
    client.watch(client.raw()?.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED")).await?;
    // Writers wait from here on, so that nothing is appended between the looks.
    client.row("SELECT position FROM log FOR UPDATE", &[]).await?;
    client.execute(FENCE_OFF, &[call, &epoch]).await?;
    client.execute("DELETE FROM calls WHERE call_id = $1", &[call]).await?;
    let events = client.execute("DELETE FROM events WHERE call_id = $1", &[call]).await?;
    client.watch(client.raw()?.batch_execute("COMMIT")).await?;
    client.end();
    Ok(events)
}

/// Gives back the room of rows that were removed or replaced.
pub(crate) async fn vacuum(database: &Arc<Database>) -> Result<(), PostgresError> {
    let client = database.client().await?;
    client.begin();
    client.script(&format!("SET statement_timeout = {}", MAX_VACUUM.as_millis()), MAX_VACUUM).await?;
    for table in ["events", "calls"] {
        client.script(&format!("VACUUM (INDEX_CLEANUP ON) {table}"), MAX_VACUUM).await?;
    }
    // The longer time is the session's, which is closed here.
    Ok(())
}
