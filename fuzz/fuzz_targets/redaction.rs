//! Any text keeps the redactor's rules. The corpus is replayed on a stable compiler by the tests of `redaction`.
//!
//! `cargo +nightly fuzz run redaction` in this folder's parent; add what it finds to `corpus/redaction` under a name
//! that says what it is.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| redaction::testing::check_any_text(bytes));
