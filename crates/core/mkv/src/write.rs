//! Matroska as KVS and its producers write it, appended to a buffer of the caller's.
//!
//! Whole documents: [`document`] (what `GetMedia` sends for one fragment) and [`producer_header`], [`cluster`],
//! [`producer_tags`] (what a producer sends to `PutMedia`). The elements that they consist of are public as well.

mod document;
mod element;

pub use document::{
    Document, Info, Tracks, cluster, cluster_start, document, document_header, info, producer_header,
    producer_tags, service_tags, simple_block, tracks,
};
pub use element::{Width, element, master, tags, text, uint, unknown_size};
