//! Throwaway servers for tests: each on a free port of this machine, with a folder of its own, gone when the test is.
//!
//! A server is the real program, found on this machine; nothing is downloaded. It may be stopped and started again
//! on the same port and data, killed as a power loss would, and paused, so that a test can show what its client does.
//! A server ends with the process that started it, even when that is killed.

mod postgres;
mod server;

pub use postgres::{Postgres, SKIP_POSTGRES};
