//! The local recogniser behind the `Transcriber` port.

use std::{sync::Arc, thread::available_parallelism, time::Instant};

use async_trait::async_trait;
use model::{Channel, MediaTime};
use ports::{AudioSink, Language, Transcriber, TranscriberError, Transcription, TranscriptionRequest};
use thiserror::Error;

use crate::{
    call::Call,
    catalogue::MissingModels,
    catalogue::ModelFolder,
    engine::{Models, SpeechEngine},
    moonshine::LoadError,
    outbox::Results,
    pool::Pool,
};

/// The sample rates that can be pushed.
const RATES_HZ: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// Which recogniser gives the finals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recogniser {
    /// Moonshine base: the better words.
    #[default]
    Base,
    /// Moonshine tiny: a third of the work, for weak machines.
    Tiny,
}

impl Recogniser {
    /// The name as people know it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "moonshine-base-en",
            Self::Tiny => "moonshine-tiny-en",
        }
    }
}

/// How the recogniser works.
#[derive(Clone, Debug, Default)]
pub struct TranscriberOptions {
    /// Threads for all recognition; as many as the machine has cores when absent.
    pub threads: Option<usize>,
    /// Which recogniser gives the finals.
    pub recogniser: Recogniser,
    /// Leave out the partials, where only finals are wanted.
    pub finals_only: bool,
}

/// Why the recogniser could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Model files are missing or damaged: the text says which, and where they belong.
    #[error(transparent)]
    Missing(#[from] MissingModels),
    /// A model could not be loaded.
    #[error("the models in {folder} cannot be used")]
    Load {
        /// Where they are.
        folder: String,
        /// Why not.
        #[source]
        source: LoadError,
    },
    /// The machine gave no threads.
    #[error("the recogniser's threads could not be started")]
    Threads(#[source] std::io::Error),
}

/// Recognises speech on this machine. One copy of each model serves all calls.
pub struct OnnxTranscriber {
    engine: Arc<dyn SpeechEngine>,
    pool: Arc<Pool>,
    name: &'static str,
    drafts: bool,
}

impl std::fmt::Debug for OnnxTranscriber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxTranscriber").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OnnxTranscriber {
    /// Loads the models of a folder and starts the threads. Takes a second or so: call it off the async runtime.
    ///
    /// # Errors
    /// [`OpenError::Missing`] when files are not there or not what they should be; transcripts are then absent,
    /// and the text says what to do.
    pub fn open(folder: &ModelFolder, options: &TranscriberOptions) -> Result<Self, OpenError> {
        let set = folder.complete(options.recogniser)?;
        let models = Models::load(&set, options.recogniser == Recogniser::Tiny)
            .map_err(|source| OpenError::Load { folder: folder.path().display().to_string(), source })?;
        let threads = options.threads.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
        let pool = Pool::start(threads).map_err(OpenError::Threads)?;
        let (engine, name): (Arc<dyn SpeechEngine>, _) = (Arc::new(models), options.recogniser.name());
        Ok(Self { engine, pool, name, drafts: !options.finals_only })
    }

    #[cfg(test)]
    pub(crate) fn scripted(engine: Arc<dyn SpeechEngine>, pool: Arc<Pool>) -> Self {
        Self { engine, pool, name: "scripted", drafts: true }
    }
}

#[async_trait]
impl Transcriber for OnnxTranscriber {
    fn name(&self) -> &str {
        self.name
    }

    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError> {
        let rate = request.sample_rate_hz;
        if !RATES_HZ.contains(&rate) {
            return Err(TranscriberError::Unavailable(format!("audio of {rate} Hz cannot be recognised")));
        }
        check_language(&request.language)?;
        // The models keep no vocabularies; one that is asked for is another recogniser's, which this one stands in for.
        let engine = Arc::clone(&self.engine);
        let call = Arc::new(Call::new(request.tenant, engine, self.drafts, rate, request.start));
        let session = Session { call: Arc::clone(&call), pool: Arc::clone(&self.pool) };
        let reader = Session { call: Arc::clone(&call), pool: Arc::clone(&self.pool) };
        let results = Results::new(Arc::clone(&call.outbox), move || reader.recheck());
        Ok(Transcription { audio: Box::new(Sink(session)), results: Box::pin(results) })
    }
}

/// The models know English. They do not tell languages apart, so of several the one that they know is taken.
fn check_language(language: &Language) -> Result<(), TranscriberError> {
    let asked = match language {
        Language::Default => return Ok(()),
        Language::Tag(tag) => std::slice::from_ref(tag),
        Language::Identify(tags) => tags.as_slice(),
    };
    if asked.is_empty() || asked.iter().any(|tag| is_english(tag)) {
        return Ok(());
    }
    let asked = asked.join(", ");
    Err(TranscriberError::Unavailable(format!(
        "the local model speaks English only: name a recogniser that speaks {asked}"
    )))
}

/// Whether a BCP 47 tag names English of whatever country.
fn is_english(tag: &str) -> bool {
    tag.split(['-', '_']).next().is_some_and(|language| language.eq_ignore_ascii_case("en"))
}

/// A call and the threads that work on it.
struct Session {
    call: Arc<Call>,
    pool: Arc<Pool>,
}

impl Session {
    fn recheck(&self) {
        for channel in Channel::ALL {
            self.pool.submit(&self.call, channel, &self.call.recheck(channel));
        }
    }

    fn finish(&self) {
        for channel in Channel::ALL {
            self.pool.submit(&self.call, channel, &self.call.finish(channel));
        }
    }
}

struct Sink(Session);

impl AudioSink for Sink {
    fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        let possible = self.0.call.push(channel, at, samples, Instant::now());
        self.0.pool.submit(&self.0.call, channel, &possible);
    }

    fn finish(&mut self) {
        self.0.finish();
    }
}

impl Drop for Sink {
    /// A sink that goes away gives no more audio either.
    fn drop(&mut self) {
        self.0.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn english_of_any_country_is_taken() {
        let taken = [
            Language::Default,
            Language::Tag("en".to_owned()),
            Language::Tag("EN-gb".to_owned()),
            Language::Tag("en-Latn-US".to_owned()),
            Language::Identify(tags(&["es-US", "en-US"])),
            Language::Identify(Vec::new()),
        ];
        for language in taken {
            assert!(check_language(&language).is_ok(), "{language:?}");
        }
    }

    #[test]
    fn another_language_is_refused_with_what_to_do() {
        let refused = [
            Language::Tag("de-DE".to_owned()),
            Language::Tag("enm".to_owned()),
            Language::Tag(String::new()),
            Language::Identify(tags(&["es-US", "de-DE"])),
        ];
        for language in refused {
            let error = check_language(&language).unwrap_err();
            assert!(matches!(error, TranscriberError::Unavailable(_)), "{language:?}: {error:?}");
            assert!(error.to_string().contains("the local model speaks English only"), "{error}");
        }
        let error = check_language(&Language::Identify(tags(&["es-US", "de-DE"]))).unwrap_err();
        assert!(error.to_string().contains("es-US, de-DE"), "{error}");
    }
}
