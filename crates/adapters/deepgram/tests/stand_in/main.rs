//! The recogniser against the stand-in for Deepgram.

mod failures;
mod protocol;
mod results;
mod support;
