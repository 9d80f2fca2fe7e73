//! The vectors of sentences that were asked for lately.

use std::collections::HashMap;

use ports::Embedding;

/// Keeps what was used lately, in two generations: when the younger is full it becomes the older one, and what was
/// not asked for since is forgotten. So at most twice `room` sentences are kept, and each use costs the same.
pub(super) struct Cache {
    room: usize,
    young: HashMap<Box<str>, Embedding>,
    old: HashMap<Box<str>, Embedding>,
}

impl Cache {
    pub(super) fn new(room: usize) -> Self {
        Self { room, young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn find(&mut self, sentence: &str) -> Option<Embedding> {
        if let Some(found) = self.young.get(sentence) {
            return Some(found.clone());
        }
        let found = self.old.remove(sentence)?;
        self.keep(sentence, found.clone());
        Some(found)
    }

    pub(super) fn keep(&mut self, sentence: &str, vector: Embedding) {
        if self.young.len() >= self.room {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(Box::from(sentence), vector);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut cache = Cache::new(2);
        for index in 0_u8..50 {
            cache.keep(&index.to_string(), vec![f32::from(index)].into());
            assert_eq!(cache.find("0").unwrap()[0], 0.0);
            assert!(cache.young.len() + cache.old.len() <= 4);
        }
        assert!(cache.find("49").is_some());
        assert!(cache.find("10").is_none());
    }
}
