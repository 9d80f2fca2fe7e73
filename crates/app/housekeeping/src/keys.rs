//! Where a call's blobs are.

use model::{CallId, Epoch, TenantId};

use crate::{Housekeeper, HousekeepingError};

/// How many keys are asked for at once. A call has a handful.
const PAGE: u32 = 100;
/// How many blobs of one call and folder are removed at the most in one go. Each owner of a call has two at the most.
const MAX_BLOBS: usize = 1_000;

/// Folders of a tenant's blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folder {
    /// Recordings and their waveforms.
    Recordings,
    /// Reports that prove what was checked and done.
    Evidence,
    /// Reviewers' decisions as cases to measure with.
    Cases,
}

impl Folder {
    const fn name(self) -> &'static str {
        match self {
            Self::Recordings => "recordings",
            Self::Evidence => "evidence",
            Self::Cases => "cases",
        }
    }
}

/// A tenant's and a call's parts of keys.
pub(crate) fn parts(tenant: &TenantId, call: &CallId) -> (String, String) {
    let key = engine::recording_key(tenant, call, Epoch::FIRST);
    let mut parts = key.split('/');
    let tenant = parts.next().unwrap_or_default().to_owned();
    let file = parts.next_back().unwrap_or_default();
    (tenant, file.strip_suffix(".wav").unwrap_or(file).to_owned())
}

/// A tenant's part of keys.
pub(crate) fn tenant_part(tenant: &TenantId) -> String {
    let nothing = CallId::new("x").expect("a letter is an id");
    parts(tenant, &nothing).0
}

impl Housekeeper {
    /// The keys of a call's blobs in a folder, of all its owners: their names are the call's and an ending.
    pub(crate) async fn blobs_of(
        &self,
        (tenant, call): (&str, &str),
        folder: Folder,
    ) -> Result<Vec<String>, HousekeepingError> {
        let folder = format!("{tenant}/{}/", folder.name());
        let stem = format!("{folder}{call}.");
        let (mut keys, mut after) = (Vec::new(), format!("{folder}{call}"));
        while keys.len() < MAX_BLOBS {
            let page = self.kept.blobs.list(&folder, Some(&after), PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            // Others' names may come between, as `call-1-2` before `call-1.wav`; far ones are passed over.
            let is_past = *last > stem && !last.starts_with(&stem);
            keys.extend(page.into_iter().filter(|key| key.starts_with(&stem)));
            if is_past {
                break;
            }
        }
        Ok(keys)
    }

    /// Removes blobs; gives the keys.
    pub(crate) async fn remove_blobs(&self, keys: Vec<String>) -> Result<Vec<String>, HousekeepingError> {
        for key in &keys {
            self.kept.blobs.delete(key).await?;
        }
        Ok(keys)
    }
}
