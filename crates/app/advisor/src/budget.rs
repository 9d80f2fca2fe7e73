//! What a tenant may use of a model.

use std::{collections::BTreeMap, time::Duration};

use model::TenantId;

/// The most tenants that are remembered. Who used nothing for a day is forgotten first.
const MAX_TENANTS: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// What each tenant may use of a model, on this host; no bound where there is none. What was used comes back evenly over
/// the time that it is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Questions in a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens in a minute, read and written.
    pub tokens_per_minute: Option<u64>,
    /// Questions in a day.
    pub requests_per_day: Option<u32>,
    /// Tokens in a day.
    pub tokens_per_day: Option<u64>,
}

/// What tenants have used. Times are counted from one moment.
#[derive(Debug)]
pub(crate) struct Spending {
    budget: Budget,
    tenants: BTreeMap<TenantId, Spent>,
}

/// What one tenant has used and did not get back yet.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    at: Duration,
    requests_minute: f64,
    tokens_minute: f64,
    requests_day: f64,
    tokens_day: f64,
}

impl Spending {
    pub(crate) const fn new(budget: Budget) -> Self {
        Self { budget, tenants: BTreeMap::new() }
    }

    /// Takes a question from the budget, if there is one left. Tokens are known later, so that the last question may
    /// use more than was left; that is paid back first.
    pub(crate) fn take(&mut self, tenant: &TenantId, now: Duration) -> bool {
        if self.budget == Budget::default() {
            return true;
        }
        self.make_room(tenant, now);
        let budget = self.budget;
        let spent = self.tenants.entry(tenant.clone()).or_default();
        spent.recover(&budget, now);
        let fits =
            |spent: f64, limit: Option<f64>, more: f64| limit.is_none_or(|limit| spent + more <= limit);
        let has = fits(spent.requests_minute, budget.requests_per_minute.map(f64::from), 1.0)
            && fits(spent.requests_day, budget.requests_per_day.map(f64::from), 1.0)
            && fits(spent.tokens_minute, budget.tokens_per_minute.map(tokens), 1.0)
            && fits(spent.tokens_day, budget.tokens_per_day.map(tokens), 1.0);
        if has {
            spent.requests_minute += 1.0;
            spent.requests_day += 1.0;
        }
        has
    }

    /// A question used so many tokens.
    pub(crate) fn used(&mut self, tenant: &TenantId, used: u64, now: Duration) {
        let budget = self.budget;
        if let Some(spent) = self.tenants.get_mut(tenant) {
            spent.recover(&budget, now);
            spent.tokens_minute += tokens(used);
            spent.tokens_day += tokens(used);
        }
    }

    fn make_room(&mut self, tenant: &TenantId, now: Duration) {
        if self.tenants.len() < MAX_TENANTS || self.tenants.contains_key(tenant) {
            return;
        }
        self.tenants.retain(|_, spent| now.saturating_sub(spent.at) < DAY);
        while self.tenants.len() >= MAX_TENANTS {
            let oldest = self.tenants.iter().min_by_key(|(_, spent)| spent.at).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { return };
            self.tenants.remove(&oldest);
        }
    }
}

impl Spent {
    fn recover(&mut self, budget: &Budget, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = now;
        let back = |spent: &mut f64, limit: Option<f64>, over: Duration| {
            let rate = limit.unwrap_or(f64::INFINITY) / over.as_secs_f64();
            // Nothing times without bound is no number.
            *spent = if rate.is_finite() { (*spent - passed * rate).max(0.0) } else { 0.0 };
        };
        back(&mut self.requests_minute, budget.requests_per_minute.map(f64::from), MINUTE);
        back(&mut self.requests_day, budget.requests_per_day.map(f64::from), DAY);
        back(&mut self.tokens_minute, budget.tokens_per_minute.map(tokens), MINUTE);
        back(&mut self.tokens_day, budget.tokens_per_day.map(tokens), DAY);
    }
}

/// Tokens as a share is reckoned with; what does not fit exactly is far beyond any budget.
const fn tokens(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).unwrap()
    }

    const fn at(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn each_tenant_has_its_own_requests_and_gets_them_back() {
        let budget = Budget { requests_per_minute: Some(6), ..Budget::default() };
        let mut spending = Spending::new(budget);
        for _ in 0..6 {
            assert!(spending.take(&tenant("a"), at(0)));
        }
        assert!(!spending.take(&tenant("a"), at(9)));
        assert!(spending.take(&tenant("b"), at(9)));
        assert!(spending.take(&tenant("a"), at(10)));
        assert!(!spending.take(&tenant("a"), at(10)));
    }

    #[test]
    fn tokens_that_were_used_too_many_are_paid_back_first() {
        let budget = Budget { tokens_per_minute: Some(600), ..Budget::default() };
        let mut spending = Spending::new(budget);
        assert!(spending.take(&tenant("a"), at(0)));
        spending.used(&tenant("a"), 1_200, at(0));
        assert!(!spending.take(&tenant("a"), at(59)));
        assert!(spending.take(&tenant("a"), at(61)));
    }

    #[test]
    fn a_day_is_no_minute() {
        let budget = Budget { requests_per_day: Some(2), ..Budget::default() };
        let mut spending = Spending::new(budget);
        assert!(spending.take(&tenant("a"), at(0)));
        assert!(spending.take(&tenant("a"), at(0)));
        assert!(!spending.take(&tenant("a"), at(3_600)));
        assert!(spending.take(&tenant("a"), at(43_300)));
    }

    #[test]
    fn without_bounds_nothing_is_remembered_and_nobody_refused() {
        let mut spending = Spending::new(Budget::default());
        assert!((0..1_000).all(|_| spending.take(&tenant("a"), at(0))));
        assert!(spending.tenants.is_empty());
    }

    #[test]
    fn so_many_tenants_are_remembered_and_no_more() {
        let mut spending = Spending::new(Budget { requests_per_day: Some(1), ..Budget::default() });
        for n in 0..MAX_TENANTS as u64 + 5 {
            assert!(spending.take(&tenant(&format!("t{n}")), Duration::from_millis(n)));
        }
        assert_eq!(spending.tenants.len(), MAX_TENANTS);
    }
}
