//! The session from outside: rule by rule, and whole calls in virtual time.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test may"
)]

mod pauses;
mod repair;
mod restart;
mod rollover;
mod session;
mod sim;
mod support;
mod timeline;
