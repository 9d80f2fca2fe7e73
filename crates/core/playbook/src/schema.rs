//! The JSON schema of playbooks, for editors.

/// The schema (JSON Schema 2020-12). It is kept by hand beside the shipped playbooks, and tests hold it to the reader.
pub const SCHEMA: &str = include_str!("../../../../playbooks/schema.json");
