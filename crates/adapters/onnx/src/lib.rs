//! The local recogniser and embedder: speech to words and words to meaning on this machine's CPU, without a native
//! library or an account.
//!
//! A channel's audio passes an energy gate, a model that knows speech (Silero), and at each pause one that knows a
//! finished turn (smart-turn); what is found to be an utterance is written down by Moonshine, with the time of
//! every word. One copy of each model serves all calls, on a bounded number of threads.
//!
//! Beside it, [`OnnxEmbedder`] is the `Embedder` port: sentences to vectors whose directions are their meanings, on a
//! thread of its own that yields to recognition.
//!
//! [`OnnxTranscriber`] is the `Transcriber` port; [`ModelFolder`] knows which model files are there, and
//! [`pull`] fetches those that are not. What is final depends on the audio alone, never on how busy the machine is.

mod call;
mod catalogue;
mod channel;
mod draft;
mod embedder;
mod end_of_turn;
mod engine;
mod fair;
mod file;
mod listener;
mod model_file;
mod moonshine;
mod outbox;
mod pool;
mod pull;
#[cfg(test)]
mod scripted;
mod transcriber;
mod verify;
mod voice;

pub use catalogue::{
    CATALOGUE, FOLDER_VARIABLE, MissingModels, ModelEntry, ModelFolder, ModelState, ModelStatus, Package,
    Registry,
};
pub use embedder::{EmbedderError, OnnxEmbedder, VocabularyError};
pub use engine::EngineError;
pub use file::transcribe_recording;
pub use model_file::ModelFileError;
pub use moonshine::{LoadError, TapError, TokenizerError};
pub use pull::{PullError, PullEvent, pull};
pub use transcriber::{OnnxTranscriber, OpenError, Recogniser, TranscriberOptions};
