//! The contact directory, where it is not in the store.

use config::ContactsEngine;
use doctor::{Finding, Severity, checks};

use super::{Scope, ask, store};
use crate::parts;

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let check = &checks::CONTACTS_CONNECT;
    if scope.config.contacts.engine == ContactsEngine::Store {
        return vec![check.ok("it is in the store")];
    }
    let directory = parts::dynamodb(&scope.config).await;
    let finding = match ask(check, directory.check()).await {
        Err(finding) => finding,
        Ok(()) => {
            let written = store::write(&directory).await;
            if written.severity == Severity::Ok {
                check.ok("the table is there, in its form, and is written and read")
            } else {
                check.error(written.what)
            }
        }
    };
    vec![finding.about(scope.config.contacts.table.as_deref().unwrap_or_default())]
}
