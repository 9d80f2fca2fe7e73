//! The real router over stores in memory.

mod guard;
mod paths;
mod support;
