//! One module per subcommand: its arguments, and what it does with the parts.
#![expect(clippy::doc_markdown, reason = "these comments are the texts of --help, which shows no Markdown")]
pub(crate) mod bench;
pub(crate) mod call;
pub(crate) mod conformance;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod emulate;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod hold;
pub(crate) mod inspect;
mod kept_calls;
pub(crate) mod knowledge;
pub(crate) mod kvs;
pub(crate) mod migrate;
pub(crate) mod models;
pub(crate) mod openapi;
pub(crate) mod playbook;
pub(crate) mod redact;
pub(crate) mod redact_audio;
pub(crate) mod replay;
pub(crate) mod retention;
pub(crate) mod serve;
mod stored;
pub(crate) mod transcribe;
pub(crate) mod verify;
