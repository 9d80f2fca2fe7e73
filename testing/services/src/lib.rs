//! Throwaway servers for tests: each on a free port of this machine, with a folder of its own, gone when the test is.
//!
//! A server is the real program, found on this machine; only Ministack, which stands in for Amazon's services, is
//! installed at its first start. It may be stopped and started again on the same port and data, killed as a power loss
//! would, and paused, so that a test can show what its client does. A server ends with the process that started it,
//! even when that is killed.

mod fixed_answer;
mod ministack;
mod postgres;
mod redis;
mod server;

pub use fixed_answer::FixedAnswer;
pub use ministack::{Ministack, SKIP_AWS};
pub use postgres::{Postgres, SKIP_POSTGRES};
pub use redis::{Redis, SKIP_REDIS};
