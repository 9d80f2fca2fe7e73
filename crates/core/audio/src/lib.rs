//! `audio`.
