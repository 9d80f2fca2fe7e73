//! What the sessions ask of the models, and the models that answer.

use std::{cell::RefCell, sync::Arc};

use rten::{RunOptions, ThreadPool};
use thiserror::Error;

use crate::{
    catalogue::ModelSet,
    end_of_turn::TurnModel,
    moonshine::{HeardWord, LoadError, Moonshine},
    voice::{VoiceMemory, VoiceModel},
};

/// Why a model could not answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The runtime failed.
    #[error("the model could not be run")]
    Run(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The code that ran it broke off, or gave what the model never gives.
    #[error("the code that runs the model broke off")]
    Broken,
}

impl From<rten::RunError> for EngineError {
    fn from(error: rten::RunError) -> Self {
        Self::Run(Box::new(error))
    }
}

/// Which of the two recognisers is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// The quick one, for words that are still being spoken.
    Draft,
    /// The good one, for words that stay.
    Final,
}

/// The models, as the sessions see them. All audio is 8 kHz.
pub(crate) trait SpeechEngine: Send + Sync + 'static {
    /// A judge of speech for one channel.
    fn voice(self: Arc<Self>) -> Box<dyn VoiceJudge>;
    /// Whether the speech before a pause sounds finished.
    fn is_turn_complete(&self, samples: &[i16]) -> Result<bool, EngineError>;
    /// The words in a stretch of speech.
    fn recognise(&self, tier: Tier, samples: &[i16]) -> Result<Vec<HeardWord>, EngineError>;
}

/// Judges the frames of one channel in their order.
pub(crate) trait VoiceJudge: Send {
    /// How likely the frame holds speech.
    fn speech(&mut self, frame: &[i16]) -> Result<f32, EngineError>;
    /// Forgets what was heard; the next frame does not follow on the last.
    fn reset(&mut self);
}

/// The models on this machine's CPU. One copy serves all calls.
pub(crate) struct Models {
    fine: Arc<Moonshine>,
    quick: Arc<Moonshine>,
    voice: VoiceModel,
    turn: TurnModel,
}

impl Models {
    /// Loads what `set` names; `one_recogniser` uses the quick one for everything.
    pub(crate) fn load(set: &ModelSet, quick_only: bool) -> Result<Self, LoadError> {
        let quick = Arc::new(Moonshine::load(&set.tiny)?);
        let fine = if quick_only { Arc::clone(&quick) } else { Arc::new(Moonshine::load(&set.base)?) };
        let (voice, turn) = (VoiceModel::load(&set.voice)?, TurnModel::load(&set.turn)?);
        Ok(Self { fine, quick, voice, turn })
    }
}

impl SpeechEngine for Models {
    fn voice(self: Arc<Self>) -> Box<dyn VoiceJudge> {
        Box::new(ModelVoice { models: self, memory: VoiceMemory::default() })
    }

    fn is_turn_complete(&self, samples: &[i16]) -> Result<bool, EngineError> {
        Ok(self.turn.is_complete(&audio::upsample_2x(samples), &one_core())?)
    }

    fn recognise(&self, tier: Tier, samples: &[i16]) -> Result<Vec<HeardWord>, EngineError> {
        let model = match tier {
            Tier::Draft => &self.quick,
            Tier::Final => &self.fine,
        };
        Ok(model.recognise(&audio::upsample_2x(samples), &one_core())?)
    }
}

struct ModelVoice {
    models: Arc<Models>,
    memory: VoiceMemory,
}

impl VoiceJudge for ModelVoice {
    fn speech(&mut self, frame: &[i16]) -> Result<f32, EngineError> {
        Ok(self.models.voice.speech(&mut self.memory, frame, &one_core())?)
    }

    fn reset(&mut self) {
        self.memory = VoiceMemory::default();
    }
}

thread_local! {
    static ONE_CORE: RefCell<Option<Arc<ThreadPool>>> = const { RefCell::new(None) };
}

/// Options under which a model uses the asking thread alone, so that the number of our own threads is the number
/// of cores that recognition uses.
pub(crate) fn one_core() -> RunOptions {
    ONE_CORE.with_borrow_mut(|pool| {
        let pool = pool.get_or_insert_with(|| Arc::new(ThreadPool::with_num_threads(1)));
        RunOptions::default().with_thread_pool(Some(Arc::clone(pool)))
    })
}

/// Runs `work` on a thread on which models run without being handed to another one.
pub(crate) fn on_one_core<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let pool = Arc::new(ThreadPool::with_num_threads(1));
    pool.run(|| {
        ONE_CORE.with_borrow_mut(|slot| *slot = Some(Arc::clone(&pool)));
        let result = work();
        // The pool must not be dropped by its own thread.
        ONE_CORE.with_borrow_mut(|slot| *slot = None);
        result
    })
}
