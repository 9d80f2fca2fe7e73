//! The adapter against the stand-in of the service.

mod failures;
mod rules;
mod suite;
mod support;
