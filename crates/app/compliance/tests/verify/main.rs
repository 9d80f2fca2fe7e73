//! A finished call through the verifier, over the ports' own fakes.
#![expect(clippy::unwrap_used, reason = "a test that cannot read what it wrote has failed")]

mod calls;
mod crash;
mod decisions;
mod outcomes;
mod sweep;
