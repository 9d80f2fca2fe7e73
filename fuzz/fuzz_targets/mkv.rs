//! Any bytes keep the reader's rules. The corpus is replayed on a stable compiler by the tests of `mkv`.
//!
//! `cargo +nightly fuzz run mkv` in this folder's parent; add what it finds to `corpus/mkv` under a name that says
//! what it is.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mkv::testing::check_any_bytes(bytes));
