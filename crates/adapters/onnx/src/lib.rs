//! The local recogniser: speech to words on this machine's CPU, without a native library or an account.

mod model_file;
mod moonshine;

pub use model_file::ModelFileError;
pub use moonshine::{HeardWord, LoadError, TapError, TokenizerError};
