//! A tenant's index in its file.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::words::quoted;
use crate::{passages::Cut, problem::DocumentProblem};

/// Counts up whenever documents are cut or kept in another way: an index of another version is made anew.
const VERSION: i64 = 1;
/// How long a writer waits for another process that writes.
const BUSY_MS: u64 = 10_000;
/// Passages of one tenant. Their vectors are held in memory.
pub(super) const MAX_PASSAGES: i64 = 50_000;
/// A hit in a title or heading tells more than one in the text.
const WEIGHTS: &str = "2.0, 2.0, 1.0";

const SCHEMA: &str = "
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL, title TEXT NOT NULL, problem TEXT, message TEXT) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents (id), heading TEXT, text TEXT NOT NULL,
    model TEXT, vector BLOB) STRICT;
CREATE INDEX passages_of ON passages (document);
CREATE VIRTUAL TABLE words USING fts5 (
    title, heading, text, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE TABLE changes (count INTEGER NOT NULL) STRICT;
INSERT INTO changes VALUES (0);
";

/// An open file.
pub(super) struct Store {
    connection: Connection,
}

/// What is known of a document that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) path: String,
    pub(super) bytes: i64,
    pub(super) modified_ns: i64,
    pub(super) sha256: String,
}

/// A document to keep.
pub(super) struct NewDocument {
    pub(super) known: Known,
    pub(super) title: String,
    pub(super) content: Result<Vec<Cut>, DocumentProblem>,
}

/// A passage, with its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) document: String,
    pub(super) title: String,
    pub(super) heading: Option<String>,
    pub(super) text: String,
}

/// How much is in the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) documents: usize,
    pub(super) passages: usize,
    pub(super) vectors: usize,
}

/// A question's words against the index.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hits {
    /// The best passages with their BM25, the best first.
    pub(super) passages: Vec<(i64, f64)>,
    /// How many passages there are in all.
    pub(super) of: f64,
    /// In how many each word stands.
    pub(super) having: Vec<f64>,
}

impl Store {
    /// Opens a file, and makes its tables where they are not there.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version != VERSION {
            transaction.execute_batch(
                "DROP TABLE IF EXISTS passages; DROP TABLE IF EXISTS documents; DROP TABLE IF EXISTS words;
                 DROP TABLE IF EXISTS changes;",
            )?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        transaction.commit()?;
        Ok(Self { connection })
    }

    /// Grows with every change.
    pub(super) fn changes(&self) -> rusqlite::Result<i64> {
        self.connection.query_row("SELECT count FROM changes", [], |row| row.get(0))
    }

    /// Every document that was read.
    pub(super) fn documents(&self) -> rusqlite::Result<Vec<Known>> {
        let mut statement =
            self.connection.prepare_cached("SELECT path, bytes, modified_ns, sha256 FROM documents")?;
        let rows = statement.query_map([], |row| {
            Ok(Known { path: row.get(0)?, bytes: row.get(1)?, modified_ns: row.get(2)?, sha256: row.get(3)? })
        })?;
        rows.collect()
    }

    /// What is wrong with documents.
    pub(super) fn problems(&self) -> rusqlite::Result<Vec<DocumentProblem>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT path, problem, message FROM documents WHERE problem IS NOT NULL ORDER BY path",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(DocumentProblem { file: row.get(0)?, code: row.get(1)?, message: row.get(2)? })
        })?;
        rows.collect()
    }

    pub(super) fn counts(&self) -> rusqlite::Result<Counts> {
        let count = |sql: &str| -> rusqlite::Result<usize> {
            self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| count.max(0) as usize)
        };
        Ok(Counts {
            documents: count("SELECT count(*) FROM documents WHERE problem IS NULL")?,
            passages: count("SELECT count(*) FROM passages")?,
            vectors: count("SELECT count(*) FROM passages WHERE vector IS NOT NULL")?,
        })
    }

    /// Notes that a file looks different and is the same.
    pub(super) fn touch(&mut self, known: &Known) -> rusqlite::Result<()> {
        self.connection.execute(
            "UPDATE documents SET bytes = ?2, modified_ns = ?3 WHERE path = ?1",
            params![known.path, known.bytes, known.modified_ns],
        )?;
        Ok(())
    }

    /// Puts a document in the place of what was there under its path; false when there is no room for its passages.
    pub(super) fn put(&mut self, new: &NewDocument) -> rusqlite::Result<bool> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        remove(&transaction, &new.known.path)?;
        let mut problem = new.content.as_ref().err().cloned();
        let mut cuts = new.content.as_deref().unwrap_or_default();
        let before: i64 = transaction.query_row("SELECT count(*) FROM passages", [], |row| row.get(0))?;
        let has_room = before.saturating_add(i64::try_from(cuts.len()).unwrap_or(i64::MAX)) <= MAX_PASSAGES;
        if !has_room {
            problem = Some(DocumentProblem {
                file: new.known.path.clone(),
                code: "document_too_many_passages".to_owned(),
                message: format!("a tenant has {MAX_PASSAGES} passages at most: this document is left out"),
            });
            cuts = &[];
        }
        let Known { path, bytes, modified_ns, sha256 } = &new.known;
        let (code, message) = problem.map(|problem| (problem.code, problem.message)).unzip();
        transaction.execute(
            "INSERT INTO documents (path, bytes, modified_ns, sha256, title, problem, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![path, bytes, modified_ns, sha256, new.title, code, message],
        )?;
        let document = transaction.last_insert_rowid();
        for cut in cuts {
            transaction
                .prepare_cached("INSERT INTO passages (document, heading, text) VALUES (?1, ?2, ?3)")?
                .execute(params![document, cut.heading, cut.text])?;
            transaction
                .prepare_cached("INSERT INTO words (rowid, title, heading, text) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![transaction.last_insert_rowid(), new.title, cut.heading, cut.text])?;
        }
        changed(&transaction)?;
        transaction.commit()?;
        Ok(has_room)
    }

    /// Removes a document and its passages.
    pub(super) fn remove(&mut self, path: &str) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        remove(&transaction, path)?;
        changed(&transaction)?;
        transaction.commit()
    }

    /// Some passages that have no vector of this model.
    pub(super) fn without_vector(&self, model: &str, most: usize) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT passages.id, path, title, heading, text FROM passages JOIN documents ON documents.id = document
             WHERE model IS NOT ?1 ORDER BY passages.id LIMIT ?2",
        )?;
        let rows = statement.query_map(params![model, i64::try_from(most).unwrap_or(i64::MAX)], row)?;
        rows.collect()
    }

    /// Keeps vectors of a model. Passages that are gone by now have none.
    pub(super) fn keep_vectors(&mut self, model: &str, vectors: &[(i64, &[f32])]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (id, vector) in vectors {
            let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
            transaction
                .prepare_cached("UPDATE passages SET model = ?2, vector = ?3 WHERE id = ?1")?
                .execute(params![id, model, bytes])?;
        }
        changed(&transaction)?;
        transaction.commit()
    }

    /// All vectors of a model that have so many numbers.
    pub(super) fn vectors(&self, model: &str, dimensions: usize) -> rusqlite::Result<(Vec<i64>, Vec<f32>)> {
        let (mut ids, mut values) = (Vec::new(), Vec::new());
        let mut statement =
            self.connection.prepare_cached("SELECT id, vector FROM passages WHERE model = ?1 ORDER BY id")?;
        let mut rows = statement.query([model])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
            if bytes.len() == dimensions * 4 {
                ids.push(row.get(0)?);
                values.extend(bytes.chunks_exact(4).map(|four| match four {
                    [a, b, c, d] => f32::from_le_bytes([*a, *b, *c, *d]),
                    _ => 0.0,
                }));
            }
        }
        Ok((ids, values))
    }

    /// Looks words up.
    pub(super) fn find(&self, words: &[String], most: usize) -> rusqlite::Result<Hits> {
        let of: i64 = self.connection.query_row("SELECT count(*) FROM passages", [], |row| row.get(0))?;
        let mut having = Vec::new();
        for word in words {
            let mut statement =
                self.connection.prepare_cached("SELECT count(*) FROM words WHERE words MATCH ?1")?;
            having.push(statement.query_row([quoted(word)], |row| row.get::<_, i64>(0))? as f64);
        }
        let mut hits = Hits { passages: Vec::new(), of: of as f64, having };
        if words.is_empty() {
            return Ok(hits);
        }
        let any: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT rowid, -bm25(words, {WEIGHTS}) AS fit FROM words WHERE words MATCH ?1 ORDER BY fit DESC, rowid LIMIT ?2"
        ))?;
        let rows = statement
            .query_map(params![any.join(" OR "), i64::try_from(most).unwrap_or(i64::MAX)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        hits.passages = rows.collect::<rusqlite::Result<_>>()?;
        Ok(hits)
    }

    /// A passage.
    pub(super) fn passage(&self, id: i64) -> rusqlite::Result<Option<Row>> {
        self.connection
            .prepare_cached(
                "SELECT passages.id, path, title, heading, text FROM passages JOIN documents ON documents.id = document
                 WHERE passages.id = ?1",
            )?
            .query_row([id], row)
            .optional()
    }
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        document: row.get(1)?,
        title: row.get(2)?,
        heading: row.get(3)?,
        text: row.get(4)?,
    })
}

fn remove(connection: &Connection, path: &str) -> rusqlite::Result<()> {
    let of = "SELECT passages.id FROM passages JOIN documents ON documents.id = document WHERE path = ?1";
    connection.execute(&format!("DELETE FROM words WHERE rowid IN ({of})"), [path])?;
    connection.execute(&format!("DELETE FROM passages WHERE id IN ({of})"), [path])?;
    connection.execute("DELETE FROM documents WHERE path = ?1", [path])?;
    Ok(())
}

fn changed(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE changes SET count = count + 1", [])?;
    Ok(())
}
