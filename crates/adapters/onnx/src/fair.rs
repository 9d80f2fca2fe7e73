//! Whose turn it is: tenants in turn, and within a tenant its channels in turn.

use std::collections::{HashMap, VecDeque};

use model::TenantId;

/// A queue in which nobody waits on how much another one has queued.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    /// Tenants that have something queued, next first.
    turns: VecDeque<TenantId>,
    waiting: HashMap<TenantId, VecDeque<T>>,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self { turns: VecDeque::new(), waiting: HashMap::new() }
    }
}

impl<T> FairQueue<T> {
    /// Puts an item at the end of its tenant's line.
    pub(crate) fn push(&mut self, tenant: &TenantId, item: T) {
        if let Some(line) = self.waiting.get_mut(tenant) {
            line.push_back(item);
        } else {
            self.waiting.insert(tenant.clone(), VecDeque::from([item]));
            self.turns.push_back(tenant.clone());
        }
    }

    /// Takes the first item of the tenant whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let tenant = self.turns.pop_front()?;
        let line = self.waiting.get_mut(&tenant)?;
        let item = line.pop_front();
        if line.is_empty() {
            self.waiting.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_with_many_calls_does_not_hold_up_one_with_few() {
        let (big, small) = (TenantId::new("big").unwrap(), TenantId::new("small").unwrap());
        let mut queue = FairQueue::default();
        for call in 0..100 {
            queue.push(&big, call);
        }
        queue.push(&small, 1_000);
        queue.push(&small, 1_001);
        let order: Vec<i32> = std::iter::from_fn(|| queue.pop()).take(5).collect();
        assert_eq!(order, [0, 1_000, 1, 1_001, 2]);
        assert_eq!(std::iter::from_fn(|| queue.pop()).count(), 97);
    }
}
