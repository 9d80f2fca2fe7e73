//! `redaction`.
