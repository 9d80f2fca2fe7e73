//! Where each token was spoken: the decoder's attention to the encoder's frames, made into a monotone path.
//!
//! Each head's weights are normalised over the tokens, smoothed over time and averaged; the cheapest monotone
//! path through the result says which frames belong to which token (dynamic time warping).

/// Frames over which a weight is smoothed by its median; odd.
const SMOOTHING: usize = 7;

/// The attention of every decoded token, gathered step by step.
#[derive(Debug, Default)]
pub(super) struct Attention {
    frames: usize,
    heads: usize,
    /// Per token: heads x frames.
    tokens: Vec<Vec<f32>>,
}

impl Attention {
    /// Adds the attention with which one token was chosen: the layers' heads, each with one weight per frame.
    pub(super) fn push(&mut self, layers: &[&[f32]], frames: usize) {
        let row: Vec<f32> = layers.iter().flat_map(|layer| layer.iter().copied()).collect();
        self.frames = frames;
        self.heads = row.len().checked_div(frames).unwrap_or(0);
        self.tokens.push(row);
    }

    /// Keeps the first `len` tokens.
    pub(super) fn truncate(&mut self, len: usize) {
        self.tokens.truncate(len);
    }

    /// The first frame of each token.
    pub(super) fn token_starts(&self) -> Vec<usize> {
        if self.tokens.is_empty() || self.frames == 0 || self.heads == 0 {
            return vec![0; self.tokens.len()];
        }
        path_starts(&self.relevance(), self.frames)
    }

    /// How much each frame speaks for each token, tokens x frames.
    fn relevance(&self) -> Vec<f32> {
        let mut mean = vec![0.0; self.tokens.len() * self.frames];
        let mut normal = vec![0.0; self.tokens.len() * self.frames];
        for head in 0..self.heads {
            self.normalise(head, &mut normal);
            for (row, sum) in normal.chunks_exact(self.frames).zip(mean.chunks_exact_mut(self.frames)) {
                add_smoothed(row, sum);
            }
        }
        mean
    }

    /// One head's weights with mean 0 and deviation 1 over the tokens, frame by frame.
    fn normalise(&self, head: usize, out: &mut [f32]) {
        let from = head * self.frames;
        let count = self.tokens.len() as f32;
        for frame in 0..self.frames {
            let weight = |row: &Vec<f32>| row.get(from + frame).copied().unwrap_or(0.0);
            let mean = self.tokens.iter().map(weight).sum::<f32>() / count;
            let spread = self.tokens.iter().map(|row| (weight(row) - mean).powi(2)).sum::<f32>() / count;
            let deviation = spread.sqrt().max(1e-6);
            for (token, row) in self.tokens.iter().enumerate() {
                out[token * self.frames + frame] = (weight(row) - mean) / deviation;
            }
        }
    }
}

/// Adds the running median of `row` to `sum`; the ends are mirrored.
fn add_smoothed(row: &[f32], sum: &mut [f32]) {
    let half = SMOOTHING / 2;
    let last = row.len() - 1;
    for (at, sum) in sum.iter_mut().enumerate() {
        let mut window = [0.0_f32; SMOOTHING];
        for (offset, slot) in window.iter_mut().enumerate() {
            let mirrored = (at + offset).abs_diff(half);
            *slot = row[if mirrored > last { (2 * last).saturating_sub(mirrored) } else { mirrored }];
        }
        window.sort_unstable_by(f32::total_cmp);
        *sum += window[half];
    }
}

/// The frame at which each row of the best monotone path begins.
fn path_starts(relevance: &[f32], frames: usize) -> Vec<usize> {
    let tokens = relevance.len() / frames;
    let width = frames + 1;
    let mut cost = vec![f32::INFINITY; (tokens + 1) * width];
    let mut from = vec![Step::Both; (tokens + 1) * width];
    cost[0] = 0.0;
    for token in 1..=tokens {
        for frame in 1..=frames {
            let both = cost[(token - 1) * width + frame - 1];
            let next_token = cost[(token - 1) * width + frame];
            let next_frame = cost[token * width + frame - 1];
            let (best, step) = if both <= next_token && both <= next_frame {
                (both, Step::Both)
            } else if next_token <= next_frame {
                (next_token, Step::Token)
            } else {
                (next_frame, Step::Frame)
            };
            cost[token * width + frame] = best - relevance[(token - 1) * frames + frame - 1];
            from[token * width + frame] = step;
        }
    }
    let mut starts = vec![0; tokens];
    let (mut token, mut frame) = (tokens, frames);
    while token > 0 && frame > 0 {
        starts[token - 1] = frame - 1;
        match from[token * width + frame] {
            Step::Both => (token, frame) = (token - 1, frame - 1),
            Step::Token => token -= 1,
            Step::Frame => frame -= 1,
        }
    }
    starts
}

/// Which way the path came.
#[derive(Clone, Copy)]
enum Step {
    Both,
    Token,
    Frame,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One head that looks at `spans[token]` while it chooses that token.
    fn looking_at(spans: &[std::ops::Range<usize>], frames: usize) -> Attention {
        let mut attention = Attention::default();
        for span in spans {
            let row: Vec<f32> =
                (0..frames).map(|frame| if span.contains(&frame) { 0.9 } else { 0.01 }).collect();
            attention.push(&[&row], frames);
        }
        attention
    }

    #[test]
    fn tokens_start_where_their_attention_starts() {
        let starts = looking_at(&[0..20, 20..35, 35..60], 60).token_starts();
        assert_eq!(starts[0], 0);
        assert!(starts[1].abs_diff(20) <= 3 && starts[2].abs_diff(35) <= 3, "{starts:?}");
    }

    #[test]
    fn starts_never_go_back() {
        let starts = looking_at(&[30..40, 0..10, 20..30, 5..15], 40).token_starts();
        assert!(starts.is_sorted(), "{starts:?}");
    }

    #[test]
    fn few_frames_and_no_tokens_are_fine() {
        assert!(Attention::default().token_starts().is_empty());
        for frames in 1..9 {
            assert_eq!(looking_at(&[0..1, 0..1, 0..1], frames).token_starts().len(), 3);
        }
    }
}
