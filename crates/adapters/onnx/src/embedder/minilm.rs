//! The `MiniLM` model: a sentence to its vector.

use std::path::Path;

use ports::Embedding;
use rten::{Model, NodeId, RunOptions};
use rten_tensor::{NdTensor, prelude::*};

use super::{
    EmbedderError,
    wordpiece::{MAX_VOCABULARY_BYTES, WordPieces},
};
use crate::{
    catalogue::MeaningSet,
    engine::EngineError,
    model_file::{load_model, read_model, read_model_up_to},
    moonshine::LoadError,
};

/// Numbers in a vector.
pub(super) const DIMENSIONS: usize = 384;
/// Word pieces that the model was taught to take, with the two at the ends.
const MAX_PIECES: usize = 256;

/// What gives one sentence its vector.
pub(super) trait SentenceModel: Send + Sync + 'static {
    /// The vector of a sentence, of length 1, or of zeros when it holds no words.
    fn vector(&self, sentence: &str, run: &RunOptions) -> Result<Embedding, EngineError>;
}

/// The loaded model. Sentences run one by one: int8 layers scale by the largest number of a whole batch, so that in
/// company a sentence's vector would depend on the company.
pub(super) struct MiniLm {
    model: Model,
    pieces: WordPieces,
    inputs: [NodeId; 3],
    output: NodeId,
}

impl MiniLm {
    pub(super) fn load(set: &MeaningSet) -> Result<Self, EmbedderError> {
        let path: &Path = &set.model;
        let model = load_model(path, read_model(path).map_err(LoadError::from)?).map_err(LoadError::from)?;
        let node = |name: &str| {
            model
                .find_node(name)
                .ok_or_else(|| LoadError::Shape { path: path.to_owned(), name: name.to_owned() })
        };
        let inputs = [node("input_ids")?, node("attention_mask")?, node("token_type_ids")?];
        let output = node("last_hidden_state")?;
        let vocabulary =
            read_model_up_to(&set.pieces, MAX_VOCABULARY_BYTES as u64).map_err(LoadError::from)?;
        let pieces = WordPieces::parse(&vocabulary)
            .map_err(|source| EmbedderError::Vocabulary { path: set.pieces.clone(), source })?;
        Ok(Self { model, pieces, inputs, output })
    }
}

impl SentenceModel for MiniLm {
    fn vector(&self, sentence: &str, run: &RunOptions) -> Result<Embedding, EngineError> {
        if !sentence.contains(char::is_alphanumeric) {
            return Ok(vec![0.0; DIMENSIONS].into());
        }
        let numbers = self.pieces.numbers(sentence, MAX_PIECES);
        let count = numbers.len();
        let row = |values: Vec<i32>| NdTensor::from_data([1, count], values).into();
        let [ids, mask, kinds] = self.inputs;
        let inputs = vec![(ids, row(numbers)), (mask, row(vec![1; count])), (kinds, row(vec![0; count]))];
        let [states] = self.model.run_n(inputs, [self.output], Some(run.clone()))?;
        let states: Vec<f32> =
            states.into_tensor::<f32>().map(|tensor| tensor.iter().copied().collect()).unwrap_or_default();
        if states.len() != count * DIMENSIONS {
            return Err(EngineError::Broken);
        }
        Ok(mean_direction(&states))
    }
}

/// The mean of the rows, made of length 1.
fn mean_direction(rows: &[f32]) -> Embedding {
    let mut sum = vec![0.0_f32; DIMENSIONS];
    for row in rows.chunks_exact(DIMENSIONS) {
        for (total, value) in sum.iter_mut().zip(row) {
            *total += value;
        }
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length.is_normal() {
        for value in &mut sum {
            *value /= length;
        }
    } else {
        sum.fill(0.0);
    }
    sum.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_length_one_or_zero() {
        let mut rows = vec![0.0; 2 * DIMENSIONS];
        assert!(mean_direction(&rows).iter().all(|value| *value == 0.0));
        rows[0] = 3.0;
        rows[DIMENSIONS + 1] = 4.0;
        let vector = mean_direction(&rows);
        assert_eq!((vector[0], vector[1]), (0.6, 0.8));
        rows[5] = f32::NAN;
        assert!(mean_direction(&rows).iter().all(|value| *value == 0.0));
    }
}
