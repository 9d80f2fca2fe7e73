//! The playbooks that come with the program: `playbooks/` at the root of the repository.

/// A playbook that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its file's name.
    pub file: &'static str,
    /// What the file says.
    pub yaml: &'static str,
}

macro_rules! shipped {
    ($($name:literal),*) => {
        &[$(Shipped {
            file: concat!($name, ".yaml"),
            yaml: include_str!(concat!("../../../../playbooks/", $name, ".yaml")),
        }),*]
    };
}

/// The playbooks that guide calls where no folder is named.
pub const SHIPPED: &[Shipped] = shipped!["card-collection", "cancellation-save", "technical-triage"];
