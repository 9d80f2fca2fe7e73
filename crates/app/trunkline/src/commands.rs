//! One module per subcommand: its arguments, and what it does with the parts.
pub(crate) mod inspect;
