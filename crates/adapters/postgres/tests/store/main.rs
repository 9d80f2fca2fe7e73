//! The store against a real PostgreSQL of the test's own.

mod conformance;
mod directory;
mod faults;
mod leases;
mod log;
mod rig;
mod tenants;
