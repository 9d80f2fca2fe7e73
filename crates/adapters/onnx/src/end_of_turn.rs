//! Smart-turn: whether a speaker who pauses has finished.

mod mel;

use std::path::Path;

use rten::{Model, NodeId, RunOptions};
use rten_tensor::{NdTensor, prelude::*};

use self::mel::{LogMel, MELS};
use crate::{
    model_file::{load_model, read_model},
    moonshine::LoadError,
};

/// Samples at 16 kHz that the model hears: the last eight seconds.
const WINDOW: usize = 128_000;
/// From this answer on the turn counts as complete.
const COMPLETE: f32 = 0.5;

/// The loaded model; shared by all channels.
pub(crate) struct TurnModel {
    model: Model,
    input: NodeId,
    output: NodeId,
    mel: LogMel,
}

impl TurnModel {
    pub(crate) fn load(path: &Path) -> Result<Self, LoadError> {
        let model = load_model(path, read_model(path)?)?;
        let missing = |name: &str| LoadError::Shape { path: path.to_owned(), name: name.to_owned() };
        let input = model.find_node("input_features").ok_or_else(|| missing("input_features"))?;
        let output = *model.output_ids().first().ok_or_else(|| missing("logits"))?;
        Ok(Self { model, input, output, mel: LogMel::new() })
    }

    /// Whether the speech in `samples`, 16 kHz mono up to the pause, sounds finished.
    pub(crate) fn is_complete(&self, samples: &[f32], run: &RunOptions) -> Result<bool, rten::RunError> {
        let features = self.mel.features(&window(samples));
        let frames = features.len() / MELS;
        let input = NdTensor::from_data([1, MELS, frames], features);
        let [output] =
            self.model.run_n(vec![(self.input, input.into())], [self.output], Some(run.clone()))?;
        let likely = output.into_tensor::<f32>().and_then(|tensor| tensor.iter().next().copied());
        Ok(likely.unwrap_or(1.0) > COMPLETE)
    }
}

/// The last eight seconds with mean 0 and deviation 1, silence before what is shorter.
fn window(samples: &[f32]) -> Vec<f32> {
    let kept = &samples[samples.len().saturating_sub(WINDOW)..];
    let mut window = vec![0.0; WINDOW - kept.len()];
    window.extend_from_slice(kept);
    let mean = window.iter().map(|&x| f64::from(x)).sum::<f64>() / WINDOW as f64;
    let spread = window.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / WINDOW as f64;
    let scale = 1.0 / (spread + 1e-7).sqrt();
    for sample in &mut window {
        *sample = ((f64::from(*sample) - mean) * scale) as f32;
    }
    window
}
