//! Legal holds.

use events::{Event, LegalHold};
use model::{CallId, TenantId};
use ports::{CallState, CallSummary, NewAuditEntry, act};

use crate::{Housekeeper, HousekeepingError};

/// The longest name of a matter or a person, in bytes.
const MAX_NAME_BYTES: usize = 200;

impl Housekeeper {
    /// Keeps a call that is over, whatever its retention says, until the matter is released.
    ///
    /// # Errors
    /// When there is no such call, it goes on, a name cannot be one, or a store fails.
    pub async fn place_hold(
        &self,
        tenant: &TenantId,
        call: &CallId,
        matter: &str,
        by: &str,
    ) -> Result<(), HousekeepingError> {
        let (row, hold) = self.hold(tenant, call, matter, by).await?;
        self.append(tenant, &row, Event::LegalHoldPlaced(hold)).await?;
        self.note(tenant, by, act::HOLD_PLACED, call.as_str(), format!("matter {matter}")).await
    }

    /// Ends a matter's hold on a call. Others' holds stay.
    ///
    /// # Errors
    /// As [`Self::place_hold`].
    pub async fn release_hold(
        &self,
        tenant: &TenantId,
        call: &CallId,
        matter: &str,
        by: &str,
    ) -> Result<(), HousekeepingError> {
        let (row, hold) = self.hold(tenant, call, matter, by).await?;
        self.append(tenant, &row, Event::LegalHoldReleased(hold)).await?;
        self.note(tenant, by, act::HOLD_RELEASED, call.as_str(), format!("matter {matter}")).await
    }

    async fn hold(
        &self,
        tenant: &TenantId,
        call: &CallId,
        matter: &str,
        by: &str,
    ) -> Result<(CallSummary, LegalHold), HousekeepingError> {
        check_name("matter", matter)?;
        check_name("name of who asks", by)?;
        let row = self.kept.log.call(tenant, call).await?;
        if row.state == CallState::Live {
            return Err(HousekeepingError::Live(call.clone()));
        }
        let hold = LegalHold { matter: matter.to_owned(), by: by.to_owned(), at_ms: self.now().as_millis() };
        Ok((row, hold))
    }

    /// Writes an act down.
    pub(crate) async fn note(
        &self,
        tenant: &TenantId,
        by: &str,
        act: &str,
        subject: &str,
        detail: String,
    ) -> Result<(), HousekeepingError> {
        let entry = NewAuditEntry {
            at: self.now(),
            by: by.to_owned(),
            act: act.to_owned(),
            subject: subject.to_owned(),
            detail,
        };
        self.kept.audit.record(tenant, entry).await?;
        Ok(())
    }
}

/// Checks what people call a matter or themselves.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), HousekeepingError> {
    let good = (1..=MAX_NAME_BYTES).contains(&name.len()) && !name.trim().is_empty();
    if good && !name.chars().any(char::is_control) { Ok(()) } else { Err(HousekeepingError::Name(what)) }
}
