//! From speech probabilities to segments of speech.

use std::{collections::VecDeque, ops::Range};

use crate::frames;

/// What was judged of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// How likely it holds speech, 0 to 1.
    pub speech: f32,
    /// Its level, in decibels against full scale.
    pub level_dbfs: f32,
}

/// What the detector takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// The next frame.
    Frame(Frame),
    /// The answer to [`Output::AskTurn`]: whether the speaker has finished. It counts when it comes before the
    /// next frame.
    TurnComplete(bool),
    /// No more frames will come.
    Finish,
}

/// What the detector says. Positions are frame numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Speech began at this frame; the segment's audio begins at `audio`.
    SpeechStarted {
        /// The first frame with speech.
        at: u64,
        /// The first frame of its audio, a little earlier.
        audio: u64,
    },
    /// The speaker pauses: is it the end of the turn? Judge the audio before `through`.
    AskTurn {
        /// The first frame that is not to be judged.
        through: u64,
    },
    /// The segment is whole.
    SegmentEnded(Segment),
}

/// A stretch of speech. Segments never share a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its audio, with a little before and after the speech.
    pub audio: Range<u64>,
    /// From its first to its last frame with speech.
    pub speech: Range<u64>,
    /// Frames that surely held speech.
    pub voiced: u32,
    /// What ended it.
    pub ended: Ended,
}

/// What ended a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A pause, and the words sounded finished.
    Turn,
    /// A pause too long to wait on.
    Silence,
    /// It became too long and was cut where it was quietest; speech goes on.
    Length,
    /// The audio ended.
    Finished,
}

/// The thresholds. Times are in frames; see [`frames`].
#[derive(Clone, Debug, PartialEq)]
pub struct TurnConfig {
    /// Speech begins with frames at least this likely.
    pub onset: f32,
    /// Speech goes on with frames at least this likely.
    pub offset: f32,
    /// Speech begins with so many likely frames in a row.
    pub onset_frames: u32,
    /// Silences after which the turn is asked for, rising.
    pub ask_after: Vec<u32>,
    /// The silence that ends a segment whatever was answered.
    pub hang: u32,
    /// Audio kept before the first frame of speech, so that no soft start of a word is lost.
    pub pre_roll: u32,
    /// Audio kept after the last frame of speech.
    pub tail: u32,
    /// The longest segment.
    pub max_segment: u32,
    /// The stretch whose level decides where a long segment is cut.
    pub cut_window: u32,
}

impl Default for TurnConfig {
    fn default() -> Self {
        Self {
            onset: 0.5,
            offset: 0.35,
            onset_frames: 2,
            ask_after: vec![frames(300), frames(600)],
            hang: frames(900),
            pre_roll: frames(250),
            tail: frames(200),
            max_segment: frames(14_000),
            cut_window: frames(190),
        }
    }
}

/// Finds segments of speech in a stream of frames.
#[derive(Clone, Debug)]
pub struct TurnDetector {
    config: TurnConfig,
    /// Frames taken so far.
    position: u64,
    /// Frames before this belong to an earlier segment.
    floor: u64,
    state: State,
    outputs: VecDeque<Output>,
}

#[derive(Clone, Debug)]
enum State {
    /// Nobody speaks; the last `run` frames may be a start.
    Silence {
        run: u32,
    },
    Speech(Open),
}

#[derive(Clone, Debug)]
struct Open {
    audio: u64,
    speech: u64,
    /// After the last frame of speech.
    speech_end: u64,
    /// Frames since the last one of speech.
    silent: u32,
    /// The frames from `audio` on, no more than the longest segment.
    frames: Vec<Seen>,
}

/// What is remembered of a frame of an open segment.
#[derive(Clone, Copy, Debug)]
struct Seen {
    level_dbfs: f32,
    voiced: bool,
}

impl Open {
    fn voiced(&self) -> u32 {
        u32::try_from(self.frames.iter().filter(|frame| frame.voiced).count()).unwrap_or(u32::MAX)
    }
}

impl TurnDetector {
    /// A detector at the start of a stream.
    #[must_use]
    pub const fn new(config: TurnConfig) -> Self {
        let state = State::Silence { run: 0 };
        Self { config, position: 0, floor: 0, state, outputs: VecDeque::new() }
    }

    /// Takes an input. Drain [`Self::poll_output`] after each.
    pub fn handle_input(&mut self, input: Input) {
        match input {
            Input::Frame(frame) => self.take(frame),
            Input::TurnComplete(true) => self.end_at_pause(),
            Input::TurnComplete(false) => {}
            Input::Finish => self.end(Ended::Finished),
        }
    }

    /// The next output; none when all was told.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether someone speaks, or pauses within a segment.
    #[must_use]
    pub const fn is_speaking(&self) -> bool {
        matches!(self.state, State::Speech(_))
    }

    /// No segment that is still to come, or open, has speech before this frame.
    #[must_use]
    pub fn settled(&self) -> u64 {
        match &self.state {
            State::Silence { run } => self.position - u64::from(*run),
            State::Speech(open) => open.speech,
        }
    }

    /// No segment that is still to come, or open, has audio before this frame.
    #[must_use]
    pub fn needed_from(&self) -> u64 {
        match &self.state {
            State::Silence { run } => self.audio_start(self.position - u64::from(*run)),
            State::Speech(open) => open.audio,
        }
    }

    fn audio_start(&self, speech: u64) -> u64 {
        speech.saturating_sub(u64::from(self.config.pre_roll)).max(self.floor)
    }

    fn take(&mut self, frame: Frame) {
        self.position += 1;
        match &mut self.state {
            State::Silence { run } => {
                *run = if frame.speech >= self.config.onset { *run + 1 } else { 0 };
                if *run >= self.config.onset_frames {
                    let run = *run;
                    self.start(run, frame.level_dbfs);
                }
            }
            State::Speech(open) => {
                let voiced = frame.speech >= self.config.onset;
                open.frames.push(Seen { level_dbfs: frame.level_dbfs, voiced });
                if frame.speech >= self.config.offset {
                    (open.speech_end, open.silent) = (self.position, 0);
                } else {
                    open.silent += 1;
                }
                let (silent, length) = (open.silent, self.position - open.audio);
                self.after_frame(silent, length);
            }
        }
    }

    fn start(&mut self, run: u32, level_dbfs: f32) {
        let speech = self.position - u64::from(run);
        let audio = self.audio_start(speech);
        // Levels from before the start were not kept; a cut never falls there.
        let frames = (audio..self.position).map(|at| Seen { level_dbfs, voiced: at >= speech }).collect();
        self.state = State::Speech(Open { audio, speech, speech_end: self.position, silent: 0, frames });
        self.outputs.push_back(Output::SpeechStarted { at: speech, audio });
    }

    fn after_frame(&mut self, silent: u32, length: u64) {
        if silent >= self.config.hang {
            self.end(Ended::Silence);
        } else if length >= u64::from(self.config.max_segment.max(2)) {
            self.cut();
        } else if self.config.ask_after.contains(&silent) {
            self.outputs.push_back(Output::AskTurn { through: self.position });
        }
    }

    /// Ends the segment when it pauses; an answer that comes after speech went on is too late.
    fn end_at_pause(&mut self) {
        if matches!(&self.state, State::Speech(open) if open.silent > 0) {
            self.end(Ended::Turn);
        }
    }

    fn end(&mut self, ended: Ended) {
        let State::Speech(open) = std::mem::replace(&mut self.state, State::Silence { run: 0 }) else {
            return;
        };
        let end = (open.speech_end + u64::from(self.config.tail)).min(self.position);
        self.floor = end;
        self.outputs.push_back(Output::SegmentEnded(Segment {
            audio: open.audio..end,
            speech: open.speech..open.speech_end,
            voiced: open.voiced(),
            ended,
        }));
    }

    /// Ends the segment in the quietest place of its second half; what follows is the next one.
    fn cut(&mut self) {
        let State::Speech(open) = &mut self.state else { return };
        let at = quietest(&open.frames, self.config.cut_window as usize);
        let cut = open.audio + at as u64;
        let frames = open.frames.split_off(at);
        let rest = Open { audio: cut, speech: cut, speech_end: open.speech_end, silent: open.silent, frames };
        let segment = Segment {
            audio: open.audio..cut,
            speech: open.speech.min(cut)..open.speech_end.min(cut),
            voiced: open.voiced(),
            ended: Ended::Length,
        };
        self.floor = cut;
        self.outputs.push_back(Output::SegmentEnded(segment));
        if rest.speech_end > cut {
            self.outputs.push_back(Output::SpeechStarted { at: cut, audio: cut });
            self.state = State::Speech(rest);
        } else {
            self.state = State::Silence { run: 0 };
        }
    }
}

/// The middle of the quietest window of the second half; at least 1.
fn quietest(frames: &[Seen], window: usize) -> usize {
    let window = window.clamp(1, frames.len().max(1));
    let half = frames.len() / 2;
    let loudness = |part: &[Seen]| part.iter().map(|frame| frame.level_dbfs).sum::<f32>();
    frames
        .windows(window)
        .enumerate()
        .skip(half)
        .min_by(|a, b| loudness(a.1).total_cmp(&loudness(b.1)))
        .map_or(half, |(at, _)| at + window / 2)
        .clamp(1, frames.len().max(1))
}

#[cfg(test)]
#[path = "detector_tests.rs"]
mod tests;
