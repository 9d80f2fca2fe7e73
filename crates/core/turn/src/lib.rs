//! `turn`.
