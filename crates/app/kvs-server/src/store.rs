//! Fragments in memory and on disk.

mod disk;
mod entry;
mod log;

pub(crate) use disk::{DiskError, DiskLog, DiskRef};
pub(crate) use entry::{Content, Entry, FragmentInfo};
pub(crate) use log::Log;
