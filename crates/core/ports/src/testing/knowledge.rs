//! Documents in memory, searched by their words alone.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use model::TenantId;

use super::embedder::words;
use crate::{Knowledge, KnowledgeError, Passage};

/// A question must share this part of its longer words with a passage.
const FITS: f32 = 0.4;
/// Shorter words tell little.
const SHORT: usize = 3;

/// Holds Markdown documents: `# ` begins the title, `## ` a heading, a blank line a passage.
#[derive(Debug, Default)]
pub struct MemoryKnowledge {
    passages: Mutex<BTreeMap<TenantId, Vec<Passage>>>,
}

impl MemoryKnowledge {
    /// Adds a document.
    pub fn add(&self, tenant: &TenantId, document: &str, markdown: &str) {
        let mut passages = self.passages.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = passages.entry(tenant.clone()).or_default();
        let (mut title, mut heading) = (document.to_owned(), None);
        for block in markdown.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
            if let Some(text) = block.strip_prefix("# ") {
                text.clone_into(&mut title);
            } else if let Some(text) = block.strip_prefix("## ") {
                heading = Some(text.to_owned());
            } else {
                kept.push(Passage {
                    document: document.to_owned(),
                    title: title.clone(),
                    heading: heading.clone(),
                    text: block.to_owned(),
                    score: 0.0,
                    meaning: None,
                });
            }
        }
    }
}

#[async_trait]
impl Knowledge for MemoryKnowledge {
    async fn search(
        &self,
        tenant: &TenantId,
        question: &str,
        limit: usize,
    ) -> Result<Vec<Passage>, KnowledgeError> {
        let passages = self.passages.lock().unwrap_or_else(PoisonError::into_inner);
        let asked: Vec<String> = words(question).filter(|word| word.chars().count() > SHORT).collect();
        let score = |passage: &Passage| {
            let have: Vec<String> =
                words(&passage.text).chain(passage.heading.iter().flat_map(|text| words(text))).collect();
            let shared = asked.iter().filter(|word| have.contains(word)).count();
            shared as f32 / asked.len().max(1) as f32
        };
        let mut found: Vec<Passage> = passages
            .get(tenant)
            .into_iter()
            .flatten()
            .map(|passage| Passage { score: score(passage), ..passage.clone() })
            .filter(|passage| passage.score >= FITS)
            .collect();
        found.sort_by(|one, other| other.score.total_cmp(&one.score));
        found.truncate(limit);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::testing::knowledge_suite;

    #[test]
    fn it_keeps_the_contract() {
        block_on(knowledge_suite(async |documents| {
            let knowledge = MemoryKnowledge::default();
            for document in documents {
                knowledge.add(&document.tenant, document.path, document.markdown);
            }
            knowledge
        }));
    }
}
