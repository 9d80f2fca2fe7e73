//! `mkv`.
mod fragment;

pub use fragment::{Block, DamageReason, Fragment, FragmentEnd, Item, Track};
