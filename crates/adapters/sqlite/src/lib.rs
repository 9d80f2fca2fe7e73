//! `sqlite`.
