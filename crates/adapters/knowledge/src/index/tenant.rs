//! One tenant's open index.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use ports::{Embedding, Passage};

use super::{
    score::{Fit, cosine, sureness, weight},
    store::{Hits, Store},
    words::telling,
};

/// Passages that words, and meaning, each put forward.
const CANDIDATES: usize = 60;
/// Passages that can be asked for.
const MAX_LIMIT: usize = 100;

/// A tenant's file, and its vectors in memory.
pub(super) struct TenantIndex {
    store: Mutex<Store>,
    vectors: Mutex<Option<Arc<Vectors>>>,
}

/// The vectors of a model, as they were after so many changes.
struct Vectors {
    model: String,
    changes: i64,
    ids: Vec<i64>,
    values: Vec<f32>,
    dimensions: usize,
}

/// A question's vector, and whose it is.
pub(super) struct Asked<'a> {
    pub(super) model: &'a str,
    pub(super) vector: Embedding,
}

impl TenantIndex {
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        Ok(Self { store: Mutex::new(Store::open(path)?), vectors: Mutex::default() })
    }

    /// Does something with the file. Blocks.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut Store) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        work(&mut self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The passages that fit a question. Blocks.
    pub(super) fn search(
        &self,
        question: &str,
        asked: Option<&Asked<'_>>,
        limit: usize,
    ) -> rusqlite::Result<Vec<Passage>> {
        let words = telling(question);
        let vectors =
            asked.map(|asked| self.vectors(asked)).transpose()?.filter(|vectors| !vectors.ids.is_empty());
        let hits = self.with(|store| store.find(&words, CANDIDATES))?;
        let mut fits: Vec<(i64, Fit)> = match (asked, vectors) {
            (Some(asked), Some(vectors)) => fits_by_both(&hits, &vectors, &asked.vector),
            _ => by_words(&hits).filter_map(|(id, words)| Some((id, Fit::of(words, None)?))).collect(),
        };
        fits.sort_by(|(one_id, one), (other_id, other)| {
            other.score.total_cmp(&one.score).then(one_id.cmp(other_id))
        });
        fits.truncate(limit.min(MAX_LIMIT));
        let mut out = Vec::new();
        for (id, fit) in fits {
            // A document may have changed meanwhile.
            let Some(row) = self.with(|store| store.passage(id))? else { continue };
            out.push(Passage {
                document: row.document,
                title: row.title,
                heading: row.heading,
                text: row.text,
                score: fit.score,
                meaning: fit.meaning,
            });
        }
        Ok(out)
    }

    /// The vectors of a model, read again when something changed.
    fn vectors(&self, asked: &Asked<'_>) -> rusqlite::Result<Arc<Vectors>> {
        let changes = self.with(|store| store.changes())?;
        let mut kept = self.vectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(vectors) =
            kept.as_ref().filter(|kept| kept.changes == changes && kept.model == asked.model)
        {
            return Ok(Arc::clone(vectors));
        }
        let dimensions = asked.vector.len();
        let (ids, values) = self.with(|store| store.vectors(asked.model, dimensions))?;
        let vectors = Arc::new(Vectors { model: asked.model.to_owned(), changes, ids, values, dimensions });
        *kept = Some(Arc::clone(&vectors));
        Ok(vectors)
    }
}

/// How far a question's words go in each passage that has some: near 1 when it has them all and they are many.
fn by_words(hits: &Hits) -> impl Iterator<Item = (i64, f32)> {
    let most: f64 = hits.having.iter().map(|having| weight(hits.of, *having)).sum();
    let telling = sureness(hits.having.len());
    hits.passages.iter().map(move |(id, fit)| (*id, (fit / most).min(1.0) as f32 * telling))
}

/// Passages that words or meaning put forward, with what both say of them.
fn fits_by_both(hits: &Hits, vectors: &Vectors, question: &[f32]) -> Vec<(i64, Fit)> {
    let rows = vectors.values.chunks_exact(vectors.dimensions.max(1));
    // In the order of ids, as they were read.
    let near: Vec<(i64, f32)> =
        vectors.ids.iter().copied().zip(rows.map(|row| cosine(row, question))).collect();
    let meaning = |id: i64| {
        let at = near.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        near.get(at).map(|(_, cosine)| *cosine)
    };
    let mut candidates: Vec<(i64, f32)> = by_words(hits).collect();
    let mut nearest = near.clone();
    nearest.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    for (id, _) in nearest.into_iter().take(CANDIDATES) {
        if !candidates.iter().any(|(known, _)| *known == id) {
            candidates.push((id, 0.0));
        }
    }
    candidates.into_iter().filter_map(|(id, words)| Some((id, Fit::of(words, meaning(id))?))).collect()
}
