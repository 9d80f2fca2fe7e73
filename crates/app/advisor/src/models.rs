//! Which model does what for whom.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use model::TenantId;
use ports::LanguageModel;

use crate::{GuardedModel, ModelStatus};

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A card that a rule asks for.
    Hint,
    /// An answer to what an agent looks for.
    Answer,
    /// A summary.
    Summary,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hint, Self::Answer, Self::Summary];

    /// Its name in configurations, prompts and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Answer => "answer",
            Self::Summary => "summary",
        }
    }
}

/// A model, and how long it may take.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) model: Arc<dyn LanguageModel>,
    pub(crate) within: Duration,
}

/// Which model does what for whom. Where there is none, it is done without.
#[derive(Clone, Default)]
pub struct Models {
    routes: Arc<BTreeMap<(Option<TenantId>, Purpose), Route>>,
    guarded: Arc<Vec<GuardedModel>>,
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Models").field("guarded", &self.guarded).finish_non_exhaustive()
    }
}

impl Models {
    /// None at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Begins to name them.
    #[must_use]
    pub fn builder() -> ModelsBuilder {
        ModelsBuilder::default()
    }

    /// Whether there is one for this.
    #[must_use]
    pub fn has(&self, tenant: &TenantId, purpose: Purpose) -> bool {
        self.of(tenant, purpose).is_some()
    }

    /// How each is that was guarded.
    #[must_use]
    pub fn status(&self) -> Vec<ModelStatus> {
        self.guarded.iter().map(GuardedModel::status).collect()
    }

    pub(crate) fn of(&self, tenant: &TenantId, purpose: Purpose) -> Option<&Route> {
        let own = self.routes.get(&(Some(tenant.clone()), purpose));
        own.or_else(|| self.routes.get(&(None, purpose)))
    }
}

/// Names models.
#[derive(Default)]
pub struct ModelsBuilder {
    routes: BTreeMap<(Option<TenantId>, Purpose), Route>,
    guarded: Vec<GuardedModel>,
}

impl std::fmt::Debug for ModelsBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelsBuilder").field("guarded", &self.guarded).finish_non_exhaustive()
    }
}

impl ModelsBuilder {
    /// This model does this for a tenant, or for all that have no own; it may take so long.
    #[must_use]
    pub fn with(
        mut self,
        tenant: Option<TenantId>,
        purpose: Purpose,
        model: Arc<dyn LanguageModel>,
        within: Duration,
    ) -> Self {
        self.routes.insert((tenant, purpose), Route { model, within });
        self
    }

    /// This model's status is told.
    #[must_use]
    pub fn told(mut self, model: GuardedModel) -> Self {
        self.guarded.push(model);
        self
    }

    /// All that were named.
    #[must_use]
    pub fn build(self) -> Models {
        Models { routes: Arc::new(self.routes), guarded: Arc::new(self.guarded) }
    }
}
