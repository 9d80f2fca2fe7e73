//! What every call is watched for, without any playbook of the tenant: it calls a supervisor, and gives no cards.

use std::sync::{Arc, LazyLock};

use playbook::Playbook;

use crate::CompiledPlaybook;

/// The id of the built-in playbook.
pub const BUILT_IN: &str = "built-in";

const SOURCE: &str = include_str!("builtin.yaml");

/// The built-in playbook, which all calls share.
pub(crate) fn shared() -> Arc<CompiledPlaybook> {
    static BUILT: LazyLock<Arc<CompiledPlaybook>> = LazyLock::new(|| {
        let playbook = Playbook::read(SOURCE).expect("the built-in playbook has no mistake: a test reads it");
        let mut built_in = CompiledPlaybook::new(playbook, String::new(), &|_| None)
            .expect("the built-in playbook names nothing that is not in it: a test compiles it");
        built_in.built_in = true;
        Arc::new(built_in)
    });
    Arc::clone(&BUILT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_playbook_reads_and_only_alerts() {
        let book = shared();
        assert_eq!(book.playbook.id, BUILT_IN);
        assert!(book.rules.iter().all(|rule| !rule.needs_agent && rule.rests_on_state));
    }
}
