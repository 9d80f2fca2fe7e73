//! Opens what is asked, with errors as findings.

use doctor::{Finding, checks};
use kvs::KvsMediaSource;

use super::{Scope, reach};
use crate::parts;

/// Where streams are read. None when they are in a local server that does not run: nobody can be asked.
pub(super) async fn media(scope: &Scope) -> Result<Option<KvsMediaSource>, Finding> {
    let local = format!("http://{}", scope.config.kvs.listen);
    let is_local = scope.config.kvs.endpoint.is_none();
    if is_local && reach::http(&format!("{local}/_trunkline/faults")).await.is_err() {
        return Ok(None);
    }
    let opened = parts::media(&scope.config, is_local.then_some(local.as_str())).await;
    opened.map(Some).map_err(|failure| checks::STREAMS_ENDPOINT.error(failure.to_string()))
}
