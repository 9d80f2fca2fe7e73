//! `transcript`.
