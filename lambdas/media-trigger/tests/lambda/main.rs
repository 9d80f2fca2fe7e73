//! The program as Lambda runs it: against the runtime's interface, byte by byte, and as a function of a stand-in.
#![expect(clippy::unwrap_used, reason = "what fails to be set up fails the test")]

mod bootstrap;
mod ministack;
mod runtime_api;
