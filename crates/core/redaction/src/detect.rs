//! What finds everything but numbers. Each detector looks at one utterance as it stands in the call.

mod fold;
mod internet;
mod lists;
mod names;
mod phrases;
mod pieces;
mod places;
mod repeated;
mod secrets;
mod spelling;
mod terms;
mod vocabulary;
mod written;

pub(crate) use self::{
    names::{People, Wanted, asks, ends_open, sure_names},
    secrets::{Noun, nouns},
};
use crate::{judge::Scene, view::Span};

/// What a detector found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) spans: Vec<Span>,
    /// From this word on a partial is better not shown yet.
    pub(crate) held_from: Option<usize>,
}

/// All of them. The cost of each grows with the number of words and no faster.
pub(crate) const DETECTORS: &[fn(&Scene<'_>) -> Found] =
    &[internet::find, secrets::find, repeated::find, written::find, names::find, places::find, terms::find];
