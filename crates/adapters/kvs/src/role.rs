//! Which role reads a tenant's streams.

use std::collections::BTreeMap;

use model::TenantId;

/// What AWS's logs show as the session's name when nothing else is set.
const SESSION_NAME: &str = "trunkline";

/// The role to assume in a tenant's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleConfig {
    /// Its ARN.
    pub role_arn: String,
    /// By which the tenant's account knows that we act for this tenant and for no other. It is chosen by us, never by
    /// the tenant.
    pub external_id: Option<String>,
    /// The streams' region, where it is not our own and a stream's address does not say.
    pub region: Option<String>,
    /// What the account's logs call our sessions.
    pub session_name: String,
}

impl RoleConfig {
    /// A role without an external id, in our own region.
    #[must_use]
    pub fn new(role_arn: &str) -> Self {
        Self {
            role_arn: role_arn.to_owned(),
            external_id: None,
            region: None,
            session_name: SESSION_NAME.to_owned(),
        }
    }

    /// With the external id that the role's trust policy demands.
    #[must_use]
    pub fn with_external_id(mut self, external_id: &str) -> Self {
        self.external_id = Some(external_id.to_owned());
        self
    }

    /// For streams of this region.
    #[must_use]
    pub fn with_region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }
}

/// The tenants' roles. A tenant without one is read for with the process's own credentials.
pub type Roles = BTreeMap<TenantId, RoleConfig>;
