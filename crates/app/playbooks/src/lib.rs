//! The playbooks of a running server: the folder that holds them, read again when it changes.
//!
//! A file with a mistake changes nothing: the last version of it that was good stays live, and what is wrong with it is
//! told. What a playbook does in a call is `assist`'s.

mod folder;
mod library;
mod shipped;

pub use library::{Changes, FileProblem, Library, Live, Loaded, OpenError};
pub use shipped::{SHIPPED, Shipped};
