//! Listens to one channel: finds the speech in it and keeps the audio that is still needed.
//!
//! Runs no clock and shares nothing: what it finds depends on the samples alone.

use std::{collections::VecDeque, sync::Arc};

use model::MediaTime;
use turn::{
    EnergyGate, FRAME_SAMPLES, Frame, Input, Output, SAMPLE_RATE_HZ, Segment, TurnConfig, TurnDetector,
};

use crate::engine::{EngineError, SpeechEngine, VoiceJudge};

/// Frames before the gate opened that the judge of speech hears first, so that it does not start within a word.
const LOOK_BACK_FRAMES: usize = 8;
/// Frames after the start of speech for the first drafts: the first is compared with the second, which is shown.
const FIRST_DRAFTS: [u64; 2] = [10, 18];
/// Frames between later drafts.
const DRAFT_EVERY: u64 = 18;
/// Fewer sure frames than this are a click or a breath and no word.
const MIN_VOICED_FRAMES: u32 = 4;

/// A stretch of speech with its audio.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spoken {
    /// The first sample's position.
    pub(crate) audio: MediaTime,
    /// Start of speech; it names the utterance.
    pub(crate) start: MediaTime,
    /// End of speech.
    pub(crate) end: MediaTime,
    /// The audio, with a little around the speech.
    pub(crate) samples: Vec<i16>,
}

/// What was heard.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    /// The open utterance has grown enough to be looked at again.
    Draft(Spoken),
    /// An utterance is over.
    Utterance(Spoken),
    /// What began as an utterance was too short for a word.
    Nothing(Spoken),
}

/// Listens to one channel.
pub(crate) struct Listener {
    engine: Arc<dyn SpeechEngine>,
    voice: Box<dyn VoiceJudge>,
    gate: EnergyGate,
    listening: bool,
    detector: TurnDetector,
    /// The position of frame 0.
    origin: MediaTime,
    /// Frames taken.
    frames: u64,
    /// The audio from sample `kept_from` on.
    kept: VecDeque<i16>,
    kept_from: u64,
    /// Samples that the channel has; less than whole frames at its end.
    samples: u64,
    open: Option<OpenSegment>,
}

#[derive(Clone, Copy)]
struct OpenSegment {
    speech: u64,
    audio: u64,
}

impl Listener {
    /// A listener for a channel whose first sample is at `origin`.
    pub(crate) fn new(engine: Arc<dyn SpeechEngine>, origin: MediaTime) -> Self {
        Self {
            voice: Arc::clone(&engine).voice(),
            engine,
            gate: EnergyGate::default(),
            listening: false,
            detector: TurnDetector::new(TurnConfig::default()),
            origin,
            frames: 0,
            kept: VecDeque::new(),
            kept_from: 0,
            samples: 0,
            open: None,
        }
    }

    /// Takes one frame; only the last one of a channel may be short.
    pub(crate) fn take(&mut self, frame: &[i16], heard: &mut Vec<Heard>) -> Result<(), EngineError> {
        self.samples += frame.len() as u64;
        self.kept.extend(frame);
        self.frames += 1;
        let level_dbfs = audio::rms_dbfs(frame);
        let speech = self.judge(frame, level_dbfs)?;
        self.detector.handle_input(Input::Frame(Frame { speech, level_dbfs }));
        self.drain(heard)?;
        self.draft_when_due(heard);
        self.forget();
        Ok(())
    }

    /// Ends the channel: what is open is over.
    pub(crate) fn finish(&mut self, heard: &mut Vec<Heard>) -> Result<(), EngineError> {
        self.detector.handle_input(Input::Finish);
        self.drain(heard)
    }

    /// No utterance that is still to come starts before this.
    pub(crate) fn settled(&self) -> MediaTime {
        self.position(self.detector.settled())
    }

    /// The end of what was listened to.
    pub(crate) fn heard_through(&self) -> MediaTime {
        self.sample_position(self.samples)
    }

    /// How likely the frame holds speech; frames that hold nothing are not worth asking about.
    fn judge(&mut self, frame: &[i16], level_dbfs: f32) -> Result<f32, EngineError> {
        let open = self.gate.is_open(level_dbfs) || self.detector.is_speaking();
        let resumed = open && !self.listening;
        self.listening = open;
        if !open {
            return Ok(0.0);
        }
        if resumed {
            self.voice.reset();
            let before = self.kept.len().saturating_sub(frame.len());
            let from = before.saturating_sub(LOOK_BACK_FRAMES * FRAME_SAMPLES);
            let back: Vec<i16> = self.kept.range(from..before).copied().collect();
            for frame in back.chunks(FRAME_SAMPLES) {
                self.voice.speech(frame)?;
            }
        }
        self.voice.speech(frame)
    }

    fn drain(&mut self, heard: &mut Vec<Heard>) -> Result<(), EngineError> {
        while let Some(output) = self.detector.poll_output() {
            match output {
                Output::SpeechStarted { at, audio } => self.open = Some(OpenSegment { speech: at, audio }),
                Output::AskTurn { through } => {
                    let from = self.open.map_or(through, |open| open.audio);
                    let complete = self.engine.is_turn_complete(&self.cut(from, through))?;
                    self.detector.handle_input(Input::TurnComplete(complete));
                }
                Output::SegmentEnded(segment) => heard.push(self.close(&segment)),
            }
        }
        Ok(())
    }

    fn close(&mut self, segment: &Segment) -> Heard {
        self.open = None;
        let spoken =
            self.spoken(segment.audio.start, segment.speech.start, segment.speech.end, segment.audio.end);
        if segment.voiced < MIN_VOICED_FRAMES { Heard::Nothing(spoken) } else { Heard::Utterance(spoken) }
    }

    fn draft_when_due(&self, heard: &mut Vec<Heard>) {
        let Some(open) = self.open else { return };
        let spoken = self.frames.saturating_sub(open.speech);
        let [first, second] = FIRST_DRAFTS;
        if spoken == first || (spoken >= second && (spoken - second).is_multiple_of(DRAFT_EVERY)) {
            heard.push(Heard::Draft(self.spoken(open.audio, open.speech, self.frames, self.frames)));
        }
    }

    fn spoken(&self, audio: u64, start: u64, end: u64, audio_end: u64) -> Spoken {
        Spoken {
            audio: self.position(audio),
            start: self.position(start),
            end: self.position(end).min(self.heard_through()),
            samples: self.cut(audio, audio_end),
        }
    }

    /// The audio of frames that are kept.
    fn cut(&self, from: u64, to: u64) -> Vec<i16> {
        let index = |frame: u64| {
            let sample = (frame * FRAME_SAMPLES as u64).saturating_sub(self.kept_from);
            usize::try_from(sample).unwrap_or(usize::MAX).min(self.kept.len())
        };
        self.kept.range(index(from)..index(to).max(index(from))).copied().collect()
    }

    /// Drops audio that no segment can need. What stays is bounded by the longest segment.
    fn forget(&mut self) {
        let look_back = self.frames.saturating_sub(LOOK_BACK_FRAMES as u64);
        let needed = self.detector.needed_from().min(look_back) * FRAME_SAMPLES as u64;
        let drop = usize::try_from(needed.saturating_sub(self.kept_from)).unwrap_or(0).min(self.kept.len());
        self.kept.drain(..drop);
        self.kept_from += drop as u64;
    }

    fn position(&self, frame: u64) -> MediaTime {
        self.sample_position(frame * FRAME_SAMPLES as u64)
    }

    fn sample_position(&self, sample: u64) -> MediaTime {
        MediaTime::from_micros(
            self.origin.as_micros() + MediaTime::from_samples(sample, SAMPLE_RATE_HZ).as_micros(),
        )
    }
}
