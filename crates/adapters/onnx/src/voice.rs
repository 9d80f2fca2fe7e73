//! Silero's voice activity model: how likely a frame holds speech.

use std::path::Path;

use rten::{Model, NodeId, RunOptions, Value, ValueOrView};
use rten_tensor::{NdTensor, Tensor, prelude::*};
use turn::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

use crate::{
    model_file::{load_model, read_model},
    moonshine::LoadError,
};

/// Samples of the frame before that the model wants to see again.
const CONTEXT: usize = 32;
/// The model's memory between frames.
const STATE_SHAPE: [usize; 3] = [2, 1, 128];

/// The loaded model; shared by all channels.
pub(crate) struct VoiceModel {
    model: Model,
    input: NodeId,
    state: NodeId,
    rate: NodeId,
    outputs: [NodeId; 2],
}

impl VoiceModel {
    pub(crate) fn load(path: &Path) -> Result<Self, LoadError> {
        let model = load_model(path, read_model(path)?)?;
        let node = |name: &str| {
            model
                .find_node(name)
                .ok_or_else(|| LoadError::Shape { path: path.to_owned(), name: name.to_owned() })
        };
        let (input, state, rate) = (node("input")?, node("state")?, node("sr")?);
        let outputs = [node("output")?, node("stateN")?];
        Ok(Self { model, input, state, rate, outputs })
    }

    /// How likely the frame holds speech.
    pub(crate) fn speech(
        &self,
        memory: &mut VoiceMemory,
        frame: &[i16],
        run: &RunOptions,
    ) -> Result<f32, rten::RunError> {
        let mut input = Vec::with_capacity(CONTEXT + FRAME_SAMPLES);
        input.extend_from_slice(&memory.context);
        input.extend(frame.iter().map(|&sample| f32::from(sample) / 32_768.0));
        input.resize(CONTEXT + FRAME_SAMPLES, 0.0);
        memory.context.copy_from_slice(&input[FRAME_SAMPLES..]);
        let state = memory.state.take().unwrap_or_else(|| NdTensor::<f32, 3>::zeros(STATE_SHAPE).into());
        let inputs = vec![
            (self.input, NdTensor::from_data([1, input.len()], input).into()),
            (self.state, ValueOrView::Value(state)),
            (self.rate, ValueOrView::Value(Tensor::from(SAMPLE_RATE_HZ.cast_signed()).into())),
        ];
        let [output, state] = self.model.run_n(inputs, self.outputs, Some(run.clone()))?;
        memory.state = Some(state);
        Ok(output.into_tensor::<f32>().and_then(|tensor| tensor.iter().next().copied()).unwrap_or(0.0))
    }
}

/// What the model remembers of one channel.
#[derive(Default)]
pub(crate) struct VoiceMemory {
    context: [f32; CONTEXT],
    state: Option<Value>,
}
