//! The Moonshine recogniser: audio to words with times.

mod align;
mod decoded;
mod tap;
mod tokenizer;

use std::{path::PathBuf, time::Duration};

use model::Pii;
use rten::{Model, NodeId, RunOptions, Value, ValueOrView};
use rten_tensor::{NdTensor, prelude::*};
use thiserror::Error;

use self::{
    decoded::{Decoded, Token},
    tap::{output_name, tap_attention},
    tokenizer::Tokenizer,
};
pub use self::{tap::TapError, tokenizer::TokenizerError};
use crate::model_file::{ModelFileError, read_model};

/// Samples per second of the audio that the model hears.
pub(crate) const MODEL_RATE_HZ: u32 = 16_000;

const START: u32 = 1;
const END: u32 = 2;
/// Speech holds no more tokens a second than this; more means that the decoder runs in circles.
const MAX_TOKENS_PER_SECOND: f32 = 6.5;
/// The shortest input that the encoder takes well; what is shorter is filled up with silence.
const MIN_SAMPLES: usize = 8_000;

/// Why a recogniser could not be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] ModelFileError),
    /// The decoder could not be tapped.
    #[error("{} cannot be used", path.display())]
    Tap {
        /// The decoder's file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: TapError,
    },
    /// The token file could not be read.
    #[error("{} cannot be used", path.display())]
    Tokenizer {
        /// The token file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: TokenizerError,
    },
    /// The graph lacks an input or output.
    #[error("{} has no tensor {name}", path.display())]
    Shape {
        /// The model's file.
        path: PathBuf,
        /// What it lacks.
        name: String,
    },
}

/// Where the parts of one recogniser are.
#[derive(Clone, Debug)]
pub(crate) struct MoonshineFiles {
    pub(crate) encoder: PathBuf,
    pub(crate) decoder: PathBuf,
    pub(crate) tokenizer: PathBuf,
}

/// A word and where it was spoken, counted from the start of the audio given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeardWord {
    /// The word as the model wrote it.
    pub(crate) text: Pii<String>,
    /// Its start.
    pub(crate) start: Duration,
    /// Its end.
    pub(crate) end: Duration,
    /// How sure the model is of it, 0 to 1.
    pub(crate) confidence: f32,
}

/// One loaded model; shared by all calls.
pub(crate) struct Moonshine {
    encoder: Model,
    decoder: Model,
    tokenizer: Tokenizer,
    tensors: Tensors,
}

impl std::fmt::Debug for Moonshine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Moonshine")
    }
}

impl Moonshine {
    /// Loads the model and taps its decoder.
    pub(crate) fn load(files: &MoonshineFiles) -> Result<Self, LoadError> {
        let tokens = read_model(&files.tokenizer)?;
        let tokenizer = Tokenizer::parse(&tokens)
            .map_err(|source| LoadError::Tokenizer { path: files.tokenizer.clone(), source })?;
        let encoder = crate::model_file::load_model(&files.encoder, read_model(&files.encoder)?)?;
        let tapped = tap_attention(&read_model(&files.decoder)?)
            .map_err(|source| LoadError::Tap { path: files.decoder.clone(), source })?;
        let decoder = crate::model_file::load_model(&files.decoder, tapped.model)?;
        let tensors = Tensors::find(&encoder, &decoder, tapped.layers).map_err(|(of_encoder, name)| {
            let path = if of_encoder { &files.encoder } else { &files.decoder };
            LoadError::Shape { path: path.clone(), name }
        })?;
        Ok(Self { encoder, decoder, tokenizer, tensors })
    }

    /// Writes down what is said in `samples`, 16 kHz mono within -1 to 1.
    pub(crate) fn recognise(
        &self,
        samples: &[f32],
        run: &RunOptions,
    ) -> Result<Vec<HeardWord>, rten::RunError> {
        let mut audio = samples.to_vec();
        audio.resize(audio.len().max(MIN_SAMPLES), 0.0);
        let length = Duration::from_secs_f64(samples.len() as f64 / f64::from(MODEL_RATE_HZ));
        let frames = self.encode(audio, run)?;
        let tokens = self.decode(frames, length, run)?;
        Ok(tokens.into_words(&self.tokenizer, length))
    }

    fn encode(&self, audio: Vec<f32>, run: &RunOptions) -> Result<Value, rten::RunError> {
        let audio = NdTensor::from_data([1, audio.len()], audio);
        let inputs = vec![(self.tensors.audio, audio.into())];
        let [frames] = self.encoder.run_n(inputs, [self.tensors.frames_out], Some(run.clone()))?;
        Ok(frames)
    }

    fn decode(&self, frames: Value, length: Duration, run: &RunOptions) -> Result<Decoded, rten::RunError> {
        let max_tokens = (length.as_secs_f32() * MAX_TOKENS_PER_SECOND).ceil().max(1.0) as usize;
        let mut cache = Cache::empty(&self.tensors);
        let mut decoded = Decoded::default();
        let mut last = START;
        while decoded.tokens.len() < max_tokens {
            let first = decoded.tokens.is_empty();
            let step = self.step(last, first, &frames, &mut cache, run)?;
            decoded.attention.push(&step.attention_rows(), step.frames);
            // A transcript of nothing at all is never right where speech was heard, yet the model likes it.
            let (token, log_prob) = step.best(if first { Some(END) } else { None });
            if token == END {
                return Ok(decoded);
            }
            decoded.tokens.push(Token { id: token, log_prob });
            if decoded.cut_repetition(&self.tokenizer) {
                return Ok(decoded);
            }
            last = token;
        }
        Ok(decoded)
    }

    /// Runs the decoder for the token after `last`.
    fn step(
        &self,
        last: u32,
        first: bool,
        frames: &Value,
        cache: &mut Cache,
        run: &RunOptions,
    ) -> Result<Step, rten::RunError> {
        let tensors = &self.tensors;
        let token = NdTensor::from_data([1, 1], vec![last.cast_signed()]);
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![
            (tensors.token, token.into()),
            (tensors.frames_in, frames.into()),
            (tensors.use_cache, NdTensor::from_data([1], vec![i32::from(!first)]).into()),
        ];
        inputs
            .extend(tensors.past_spoken.iter().copied().zip(cache.spoken.drain(..).map(ValueOrView::Value)));
        inputs.extend(
            tensors
                .past_heard
                .iter()
                .copied()
                .zip(cache.heard.iter().map(|value| ValueOrView::View(value.as_view()))),
        );
        // What was heard does not change after the first step.
        let outputs = if first { &tensors.first_outputs } else { &tensors.next_outputs };
        let mut values = self.decoder.run(inputs, outputs, Some(run.clone()))?.into_iter();
        let logits = values.next();
        let attention: Vec<Value> = values.by_ref().take(tensors.layers).collect();
        cache.spoken = values.by_ref().take(tensors.past_spoken.len()).collect();
        if first {
            cache.heard = values.collect();
        }
        Ok(Step::read(logits, attention))
    }
}

/// The tensors by role.
struct Tensors {
    audio: NodeId,
    frames_out: NodeId,
    token: NodeId,
    frames_in: NodeId,
    use_cache: NodeId,
    past_spoken: Vec<NodeId>,
    past_heard: Vec<NodeId>,
    /// Logits, attention, spoken cache, heard cache.
    first_outputs: Vec<NodeId>,
    /// The same without the heard cache.
    next_outputs: Vec<NodeId>,
    layers: usize,
    heads: usize,
    head_size: usize,
}

impl Tensors {
    /// Finds every tensor by name; else whether the encoder lacks it, and its name.
    fn find(encoder: &Model, decoder: &Model, layers: usize) -> Result<Self, (bool, String)> {
        let node = |name: &str| decoder.find_node(name).ok_or_else(|| (false, name.to_owned()));
        let each = |side: &str, what: &str| -> Result<Vec<NodeId>, (bool, String)> {
            (0..layers)
                .flat_map(|layer| ["key", "value"].map(|kind| format!("{what}.{layer}.{side}.{kind}")))
                .map(|name| node(&name))
                .collect()
        };
        let attention: Vec<NodeId> =
            (0..layers).map(|layer| node(&output_name(layer))).collect::<Result<_, _>>()?;
        let mut next_outputs = vec![node("logits")?];
        next_outputs.extend(attention);
        next_outputs.extend(each("decoder", "present")?);
        let mut first_outputs = next_outputs.clone();
        first_outputs.extend(each("encoder", "present")?);
        let past_spoken = each("decoder", "past_key_values")?;
        let (heads, head_size) = cache_shape(decoder, past_spoken.first().copied())
            .ok_or_else(|| (false, "past_key_values of a fixed size".to_owned()))?;
        Ok(Self {
            audio: *encoder.input_ids().first().ok_or_else(|| (true, "input_values".to_owned()))?,
            frames_out: *encoder
                .output_ids()
                .first()
                .ok_or_else(|| (true, "last_hidden_state".to_owned()))?,
            token: node("input_ids")?,
            frames_in: node("encoder_hidden_states")?,
            use_cache: node("use_cache_branch")?,
            past_heard: each("encoder", "past_key_values")?,
            past_spoken,
            first_outputs,
            next_outputs,
            layers,
            heads,
            head_size,
        })
    }
}

/// Heads and size of a head, from the shape of a cache input.
fn cache_shape(decoder: &Model, input: Option<NodeId>) -> Option<(usize, usize)> {
    let shape = decoder.node_info(input?)?.shape()?;
    let fixed = |at: usize| match shape.get(at)? {
        rten::Dimension::Fixed(size) => Some(*size),
        rten::Dimension::Symbolic(_) => None,
    };
    Some((fixed(1)?, fixed(3)?))
}

/// What the decoder keeps from step to step.
struct Cache {
    /// Keys and values of the tokens so far.
    spoken: Vec<Value>,
    /// Keys and values of the encoder's frames.
    heard: Vec<Value>,
}

impl Cache {
    /// The first step ignores the cache, but wants one of its shape.
    fn empty(tensors: &Tensors) -> Self {
        let shape = [1, tensors.heads, 1, tensors.head_size];
        let fill = |count: usize| (0..count).map(|_| NdTensor::<f32, 4>::zeros(shape).into()).collect();
        Self { spoken: fill(tensors.past_spoken.len()), heard: fill(tensors.past_heard.len()) }
    }
}

/// What one run of the decoder gave.
struct Step {
    logits: Vec<f32>,
    /// Per layer: heads x frames.
    attention: Vec<Vec<f32>>,
    frames: usize,
}

impl Step {
    fn read(logits: Option<Value>, attention: Vec<Value>) -> Self {
        let floats =
            |value: Value| value.into_tensor::<f32>().map(|t| (t.shape().last().copied(), t.into_data()));
        let logits = logits.and_then(floats).map(|(_, data)| data).unwrap_or_default();
        let layers: Vec<_> = attention.into_iter().filter_map(floats).collect();
        let frames = layers.first().and_then(|(frames, _)| *frames).unwrap_or(0);
        Self { logits, attention: layers.into_iter().map(|(_, data)| data).collect(), frames }
    }

    fn attention_rows(&self) -> Vec<&[f32]> {
        self.attention.iter().map(Vec::as_slice).collect()
    }

    /// The likeliest token but `never`, and the logarithm of its probability.
    fn best(&self, never: Option<u32>) -> (u32, f32) {
        let allowed = |&(token, _): &(usize, &f32)| Some(token as u32) != never;
        let Some((token, top)) =
            self.logits.iter().enumerate().filter(allowed).max_by(|a, b| a.1.total_cmp(b.1))
        else {
            return (END, 0.0);
        };
        let sum: f32 =
            self.logits.iter().enumerate().filter(allowed).map(|(_, logit)| (logit - top).exp()).sum();
        (token as u32, -sum.ln())
    }
}
