//! Windows of texts as the utterances of a call.

use std::{collections::VecDeque, ops::Range, time::Duration};

use model::{Channel, MediaTime, Participant, Pii, SpokenWord, Utterance, UtteranceId, UtteranceText};

use super::{
    piece::Piece,
    place::Shown,
    window::{End, Window},
};
use crate::{Policy, Redacted, Redactor, Span};

/// How long a written word takes.
const WORD: Duration = Duration::from_millis(300);

/// Between two windows of a text, and between two turns.
const PAUSE: Duration = Duration::from_millis(300);

/// After a paragraph: what is asked for in it is soon forgotten, and a number may still go on.
const PARAGRAPH: Duration = Duration::from_secs(5);

/// After a window of a written text that ends with a sentence: no number goes on behind it.
const SENTENCE: Duration = Duration::from_secs(13);

/// A window that was judged.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) id: UtteranceId,
    /// Which of the texts it is of.
    pub(crate) turn: usize,
    /// Which of that text's windows it is.
    pub(crate) part: usize,
    pub(crate) place: Range<usize>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) revision: u32,
    pub(crate) spans: Vec<Shown>,
}

/// When something was said, and the times of its words, if they are known.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Times<'a> {
    /// Each word follows the one before.
    Even,
    /// Per stretch between white space.
    Known(&'a [(MediaTime, MediaTime)]),
}

/// Judges windows in the order in which they are read.
#[derive(Debug)]
pub(crate) struct Session {
    redactor: Redactor,
    /// It is one written text, and not what people say to each other.
    written: bool,
    /// When the last word ended that has no time of its own, and per channel the last start that was used.
    now: MediaTime,
    started: [Option<MediaTime>; 2],
    pub(crate) heard: VecDeque<Heard>,
}

impl Session {
    pub(crate) fn new(policy: Policy, written: bool) -> Self {
        Self {
            written,
            redactor: Redactor::new(policy),
            now: MediaTime::ZERO,
            started: [None; 2],
            heard: VecDeque::new(),
        }
    }

    /// The utterance of a window, which gives up its texts.
    pub(crate) fn utterance(&mut self, channel: Channel, window: &mut Window, times: Times<'_>) -> Utterance {
        let mut at = self.now + PAUSE;
        let mut words: Vec<SpokenWord> = Vec::with_capacity(window.pieces.len());
        for (piece, ordinal) in window.pieces.iter_mut().zip(&window.ordinals) {
            let (start, end) = match times {
                Times::Known(times) => {
                    times.get(*ordinal).or_else(|| times.last()).copied().unwrap_or((at, at))
                }
                Times::Even => (at, at + WORD),
            };
            at = at.max(end);
            words.push(SpokenWord {
                text: Pii::new(std::mem::take(&mut piece.text)),
                start,
                end,
                confidence: 1.0,
            });
        }
        let mut start = words.first().map_or(at, |word| word.start);
        // Utterances of a channel are told apart by their start.
        if let Some(last) =
            self.started[channel.index()].filter(|last| start < *last + Duration::from_millis(1))
        {
            start = last + Duration::from_millis(1);
        }
        self.started[channel.index()] = Some(start);
        self.now = at.max(start) + self.pause(window.end);
        let id = UtteranceId::new(channel, start);
        Utterance { id, revision: 1, text: UtteranceText::Final, end: at.max(start), words }
    }

    const fn pause(&self, end: End) -> Duration {
        match end {
            End::Sentence if self.written => SENTENCE,
            End::Open | End::Sentence => Duration::ZERO,
            End::Paragraph => PARAGRAPH,
        }
    }

    /// Judges the whole of an utterance.
    pub(crate) fn judge(&mut self, utterance: Utterance) -> Redacted {
        let speaker = speaker(utterance.id.channel());
        self.redactor.redact_unshown(utterance, speaker)
    }

    /// Judges what is said of an utterance so far.
    pub(crate) fn judge_begun(&mut self, utterance: &Utterance) -> Redacted {
        self.redactor.redact(utterance, speaker(utterance.id.channel()))
    }

    /// Remembers a window that is final, and what it changes of others; gives the places of those in `heard`.
    pub(crate) fn finish(&mut self, mut heard: Heard, redacted: &Redacted) -> Vec<usize> {
        heard.spans = redacted.spans.iter().copied().zip(redacted.masks.iter().cloned()).collect();
        self.heard.push_back(heard);
        let mut changed = Vec::new();
        for (revised, spans) in redacted.revised.iter().zip(&redacted.revised_spans) {
            let known = self.heard.iter().position(|heard| heard.id == revised.utterance.id);
            let Some((at, heard)) = known.and_then(|at| Some((at, self.heard.get_mut(at)?))) else {
                continue;
            };
            heard.spans = shown(spans, &revised.utterance);
            heard.revision = revised.utterance.revision;
            changed.push(at);
        }
        changed
    }
}

const fn speaker(channel: Channel) -> Participant {
    match channel {
        Channel::Customer => Participant::Customer,
        Channel::ToCustomer => Participant::Agent,
    }
}

/// Spans with what is shown for each.
pub(crate) fn shown(spans: &[Span], utterance: &events::TranscriptUtterance) -> Vec<Shown> {
    let mut masks = utterance.words.iter().filter(|word| word.masked.is_some());
    let named = spans.iter().map(|span| {
        let mask = masks.next().map_or_else(|| format!("[{}]", span.kind.as_str()), |word| word.text.clone());
        (*span, mask)
    });
    named.collect()
}
