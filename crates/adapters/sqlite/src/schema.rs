//! Opening a file and bringing its schema up to date.

use std::{
    fs::{DirBuilder, OpenOptions},
    path::Path,
    time::Duration,
};

use model::TenantId;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::SqliteError;

/// How long a connection waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many prepared statements a connection keeps.
const CACHED_STATEMENTS: usize = 32;
/// What a checkpoint leaves of the write-ahead log's file.
const MAX_IDLE_WAL_BYTES: i64 = 16 * 1024 * 1024;

/// A step's name and what it does.
pub(crate) type Migration = (&'static str, &'static str);

/// The words of an utterance are in the event that finished or revised it and nowhere else: the projections
/// point at its position. That halves what an append writes.
///
/// Each step brings a file from the schema before it to its own; a file's schema is the number of steps that
/// were taken. Steps are never changed, only added.
pub(crate) const MIGRATIONS: [Migration; 5] = [
    ("events and projections", V1),
    ("fences", V2),
    ("how the reading of a call goes", V3),
    ("masking, erasure, review and audit", V4),
    ("guidance", V5),
];

const V1: &str = "
CREATE TABLE tenant (id TEXT NOT NULL) STRICT;

CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    type TEXT NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (call_id, seq)
) STRICT;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;

CREATE TABLE calls (
    call_id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL,
    customer TEXT,
    queue TEXT,
    agent TEXT,
    started_at_us INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    end_reason TEXT,
    duration_ms INTEGER,
    on_hold INTEGER NOT NULL,
    utterances INTEGER NOT NULL,
    masks INTEGER NOT NULL,
    gaps INTEGER NOT NULL,
    has_recording INTEGER NOT NULL,
    transcription TEXT,
    last_utterance INTEGER,
    seq INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_by_start ON calls (started_at_us, call_id);
CREATE INDEX live_calls_by_start ON calls (started_at_us, call_id) WHERE ended = 0;

CREATE TABLE utterances (
    call_id TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (call_id, start_ms, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE gaps (
    call_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (call_id, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE holds (
    call_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER,
    PRIMARY KEY (call_id, n)
) STRICT, WITHOUT ROWID;
";

/// Who may append, which no event tells: the epoch of each call's last owner.
const V2: &str = "
CREATE TABLE fences (
    call_id TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

const V3: &str = "ALTER TABLE calls ADD COLUMN media TEXT;";

/// Events still are only added, but for two acts: the words of an utterance give way to a later revision's, and a call
/// that is nobody's for good is removed. `given` holds the last position that is not free, though its event be gone.
const V4: &str = "
DROP TRIGGER events_are_never_changed;
DROP TRIGGER events_are_never_removed;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
WHEN NEW.position IS NOT OLD.position OR NEW.call_id IS NOT OLD.call_id OR NEW.seq IS NOT OLD.seq
    OR NEW.at_us IS NOT OLD.at_us OR NEW.type IS NOT OLD.type
    OR OLD.type NOT IN ('utterance_completed', 'utterance_revised')
BEGIN SELECT RAISE(ABORT, 'events are never changed, but for words that are masked'); END;
CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM fences WHERE call_id = OLD.call_id AND epoch = 9223372036854775807)
BEGIN SELECT RAISE(ABORT, 'events are never removed, but for calls that are erased'); END;
CREATE TABLE given (position INTEGER NOT NULL) STRICT;
INSERT INTO given VALUES (0);

ALTER TABLE calls ADD COLUMN customer_keys TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN ended_at_us INTEGER;
ALTER TABLE calls ADD COLUMN verdict TEXT;
ALTER TABLE calls ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN open_findings INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN legal_hold INTEGER NOT NULL DEFAULT 0;
UPDATE calls SET ended_at_us = started_at_us + duration_ms * 1000 WHERE ended = 1;
CREATE INDEX calls_by_contact ON calls (contact_id);
CREATE INDEX calls_by_end ON calls (ended_at_us) WHERE ended = 1;
CREATE INDEX unverified_calls ON calls (started_at_us, call_id) WHERE ended = 1 AND verdict IS NULL;
CREATE INDEX hidden_calls ON calls (started_at_us, call_id) WHERE quarantined = 1;
CREATE INDEX calls_to_decide_on ON calls (started_at_us, call_id) WHERE open_findings > 0;
CREATE INDEX held_calls ON calls (started_at_us, call_id) WHERE legal_hold = 1;
CREATE TABLE customers (
    customer_key TEXT NOT NULL,
    call_id TEXT NOT NULL,
    PRIMARY KEY (customer_key, call_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX customers_by_call ON customers (call_id);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TABLE audit_pruned (up_to INTEGER NOT NULL) STRICT;
INSERT INTO audit_pruned VALUES (0);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT up_to FROM audit_pruned)
BEGIN SELECT RAISE(ABORT, 'the audit log is never removed before it is old'); END;
";

/// Rows that were written before lack what guidance says; their calls had none.
const V5: &str = "
ALTER TABLE calls ADD COLUMN agent_id TEXT;
ALTER TABLE calls ADD COLUMN profile TEXT;
ALTER TABLE calls ADD COLUMN hold_since_ms INTEGER;
ALTER TABLE calls ADD COLUMN need TEXT;
";

/// Opens a tenant's file for its writer, and makes or updates it.
pub(crate) fn open_writer(path: &Path, tenant: &TenantId) -> Result<Connection, SqliteError> {
    let connection = open_database(path, &MIGRATIONS, |transaction| {
        transaction.execute("INSERT INTO tenant (id) VALUES (?1)", [tenant.as_str()]).map(drop)
    })?;
    check_tenant(&connection, path, tenant)?;
    Ok(connection)
}

/// Opens a file, and makes or updates it; `fill` gives a new one its first rows.
pub(crate) fn open_database(
    path: &Path,
    migrations: &[Migration],
    fill: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<Connection, SqliteError> {
    create_private(path)?;
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    prepare(&connection)
        .and_then(|()| migrate(&mut connection, migrations, fill))
        .map_err(|error| SqliteError::of(path, error))?;
    check_version(&connection, path, migrations)?;
    Ok(connection)
}

/// Makes a folder for its owner alone, unless it is there.
pub(crate) fn make_folder(path: &Path) -> Result<(), SqliteError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| SqliteError::Folder { path: path.to_owned(), source })
}

/// Opens a tenant's file for reading. The writer has it open and up to date.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, SqliteError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(connection)
}

pub(crate) fn open(path: &Path, mode: OpenFlags) -> Result<Connection, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(of)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(of)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(connection)
}

/// The file is for its owner alone; SQLite gives its side files the same mode.
fn create_private(path: &Path) -> Result<(), SqliteError> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(SqliteError::Folder { path: path.to_owned(), source }),
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", MAX_IDLE_WAL_BYTES)?;
    // What is overwritten or removed is zeros in the file, not only free.
    connection.pragma_update(None, "secure_delete", true)?;
    // A change goes to the write-ahead log when it is committed, not before: then it may be masked already.
    connection.pragma_update(None, "cache_spill", false)?;
    // Without it a REPLACE would remove rows past the trigger that forbids removing.
    connection.pragma_update(None, "recursive_triggers", true)
}

fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
    fill: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    // Immediate: two processes that open a new file migrate it one after the other.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT",
    )?;
    let done = version(&transaction)?;
    for (version, (name, sql)) in (1_i64..).zip(migrations).filter(|(version, _)| *version > done) {
        transaction.execute_batch(sql)?;
        let insert = "INSERT INTO schema_migrations (version, name) VALUES (?1, ?2)";
        transaction.execute(insert, params![version, name])?;
    }
    if done == 0 {
        fill(&transaction)?;
    }
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(version), 0) FROM schema_migrations", [], |row| row.get(0))
}

fn check_version(connection: &Connection, path: &Path, migrations: &[Migration]) -> Result<(), SqliteError> {
    let found = version(connection).map_err(|error| SqliteError::of(path, error))?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if found > known { Err(SqliteError::Newer { path: path.to_owned(), found, known }) } else { Ok(()) }
}

fn check_tenant(connection: &Connection, path: &Path, tenant: &TenantId) -> Result<(), SqliteError> {
    let found: Option<String> = connection
        .query_row("SELECT id FROM tenant", [], |row| row.get(0))
        .optional()
        .map_err(|error| SqliteError::of(path, error))?;
    match found {
        Some(found) if found == tenant.as_str() => Ok(()),
        found => Err(SqliteError::OtherTenant { path: path.to_owned(), found: found.unwrap_or_default() }),
    }
}
