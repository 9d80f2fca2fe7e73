//! Matroska as Kinesis Video Streams writes it: a push reader that gives whole fragments, and a writer.
//!
//! A `GetMedia` body is an endless run of small Matroska documents of unknown size, one per fragment. The reader
//! takes its bytes in any pieces, follows the sizes that elements declare (never searching sound for magic
//! bytes), and after damage finds the next document and says what was lost. It knows nothing of calls: who a
//! fragment belongs to and what its tracks mean is for `call` to decide.
//!
//! **Invariant:** any cut of the same bytes gives the same items. **Invariant:** no bytes make it panic, and none
//! make it hold more than [`Limits`] allow.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod assembly;
mod buffer;
pub mod element;
mod fragment;
pub mod id;
pub mod inspect;
mod lacing;
mod limits;
mod pool;
mod reader;
mod resync;
pub mod tag;
#[cfg(feature = "testing")]
pub mod testing;
pub mod write;

pub use fragment::{Block, DamageReason, Fragment, FragmentEnd, Item, Track};
pub use limits::{
    Limits, MAX_BLOCKS, MAX_ELEMENT_BYTES, MAX_FRAGMENT_BYTES, MAX_HEADER_BYTES, MAX_TAG_NAME_BYTES,
    MAX_TAG_VALUE_BYTES, MAX_TAGS, MAX_TRACKS,
};
pub use reader::FragmentReader;
