//! One call's words: audio to the recogniser, results through assembler and redactor, events with their
//! stage times out. What is spoken stays in memory and in here.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use call::{AudioSpan, Samples};
use events::{Event, Stages};
use futures_util::StreamExt;
use model::{Channel, MediaTime, Timestamp, UtteranceText};
use ports::{NewEvent, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest};
use redaction::{Mute, Policy, Redactor};
use transcript::TranscriptAssembler;

/// How far recognition may lag behind before the stream is read no further. Longer than the longest
/// utterance, so that an unfinished one does not stop its own audio.
const MAX_AHEAD: Duration = Duration::from_secs(60);
/// Spans whose times are remembered, per channel: one a fragment, so minutes more than recognition may lag.
const MAX_SPANS: usize = 512;
/// Silence is handed on in pieces of this many samples.
static SILENCE: [i16; 8_000] = [0; 8_000];

/// When the audio up to `end` was spoken and received.
#[derive(Clone, Copy)]
struct SpanTimes {
    end: MediaTime,
    captured_at: Timestamp,
    received_at: Timestamp,
}

/// What one result came to.
pub(crate) enum Words {
    /// To be shown, not logged.
    Partial(NewEvent),
    /// To be logged, with the audio to mute.
    Final(Vec<NewEvent>, Vec<Mute>),
}

/// One call's recognition, from audio to redacted events.
pub(crate) struct Speech {
    transcription: Transcription,
    assembler: TranscriptAssembler,
    redactor: Redactor,
    spans: [VecDeque<SpanTimes>; 2],
    pushed: [MediaTime; 2],
    /// Audio that the recogniser is not ready for; reading stops while there is any.
    waiting: VecDeque<AudioSpan>,
    /// The end is to be said when nothing waits any more.
    finishing: bool,
    /// The connected agents by id: in a warm transfer one leaves and the other stays.
    agents: BTreeSet<String>,
    hold: bool,
}

impl Speech {
    pub(crate) async fn open(
        transcriber: &dyn Transcriber,
        request: TranscriptionRequest,
    ) -> Result<Self, TranscriberError> {
        let transcription = transcriber.open(request).await?;
        // Digits are remembered under a key that dies with the call.
        let echo_key = *uuid::Uuid::new_v4().as_bytes();
        Ok(Self {
            transcription,
            assembler: TranscriptAssembler::new(),
            redactor: Redactor::new(Policy::new(echo_key)),
            spans: [VecDeque::new(), VecDeque::new()],
            pushed: [MediaTime::ZERO; 2],
            waiting: VecDeque::new(),
            finishing: false,
            agents: BTreeSet::new(),
            hold: false,
        })
    }

    /// Takes the next stretch of a channel, and hands on what the recogniser keeps up with.
    pub(crate) fn push(&mut self, span: AudioSpan) {
        let spans = &mut self.spans[span.channel.index()];
        spans.push_back(SpanTimes {
            end: span.end(),
            captured_at: span.captured_at,
            received_at: span.received_at,
        });
        if spans.len() > MAX_SPANS {
            spans.pop_front();
        }
        self.waiting.push_back(span);
        self.pump();
    }

    /// No more audio will come.
    pub(crate) fn finish(&mut self) {
        self.finishing = true;
        self.pump();
    }

    /// Hands audio on until the recogniser is behind. A gap of hours goes the same way, a second at a time.
    fn pump(&mut self) {
        while !self.lags() {
            let Some(span) = self.waiting.pop_front() else {
                if std::mem::take(&mut self.finishing) {
                    self.transcription.audio.finish();
                }
                return;
            };
            let (channel, at) = (span.channel, span.at);
            let end = match &span.samples {
                Samples::Pcm(samples) => {
                    self.transcription.audio.push(channel, at, samples);
                    span.end()
                }
                Samples::Silence(count) => {
                    let piece =
                        usize::try_from(*count).map_or(SILENCE.len(), |count| count.min(SILENCE.len()));
                    self.transcription.audio.push(channel, at, SILENCE.get(..piece).unwrap_or_default());
                    let piece = piece as u64;
                    let end = MediaTime::from_samples(
                        at.as_samples(call::SAMPLE_RATE_HZ) + piece,
                        call::SAMPLE_RATE_HZ,
                    );
                    if *count > piece {
                        let samples = Samples::Silence(count - piece);
                        self.waiting.push_front(AudioSpan { at: end, samples, ..span });
                    }
                    end
                }
            };
            self.pushed[channel.index()] = end;
        }
    }

    /// Whether recognition lags so far behind that the stream should wait.
    pub(crate) fn is_behind(&self) -> bool {
        !self.waiting.is_empty() || self.lags()
    }

    fn lags(&self) -> bool {
        Channel::ALL
            .iter()
            .any(|&channel| self.pushed[channel.index()].since(self.assembler.settled(channel)) > MAX_AHEAD)
    }

    /// An agent is, or is no longer, heard on `to_customer`. On hold the customer hears music, not the agent.
    pub(crate) fn agent(&mut self, id: &str, connected: bool, at: MediaTime) {
        if connected {
            self.agents.insert(id.to_owned());
        } else {
            self.agents.remove(id);
        }
        self.attribute(at);
    }

    pub(crate) fn hold(&mut self, on: bool, at: MediaTime) {
        self.hold = on;
        self.attribute(at);
    }

    fn attribute(&mut self, at: MediaTime) {
        if !self.agents.is_empty() && !self.hold {
            self.assembler.agent_connected(at);
        } else {
            self.assembler.agent_disconnected(at);
        }
    }

    /// The recogniser's next result; `None` after the last. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Option<Result<SpeechResult, TranscriberError>> {
        self.transcription.results.next().await
    }

    /// Takes a result in; `None` when it says nothing new.
    pub(crate) fn take(
        &mut self,
        result: SpeechResult,
        recognised_at: Timestamp,
        now: impl Fn() -> Timestamp,
    ) -> Option<Words> {
        let assembled = self.assembler.push(result);
        self.pump();
        let assembled = assembled?;
        let utterance = &assembled.utterance;
        let redacted = self.redactor.redact(utterance, assembled.participant);
        let mut stages = self.stages(utterance.id.channel(), utterance.end);
        stages.recognised_us = Some(recognised_at);
        stages.redacted_us = Some(now());
        stages.late = assembled.late;
        Some(match utterance.text {
            UtteranceText::Partial => {
                Words::Partial(NewEvent { stages, event: Event::UtteranceUpdated(redacted.utterance) })
            }
            UtteranceText::Final => {
                let completed = NewEvent { stages, event: Event::UtteranceCompleted(redacted.utterance) };
                // A revision rests on older audio: its own times would say nothing of how fast we are.
                let untimed = Stages {
                    recognised_us: stages.recognised_us,
                    redacted_us: stages.redacted_us,
                    ..Stages::default()
                };
                let revised = redacted.revised.into_iter();
                let revised = revised
                    .map(|revised| NewEvent { stages: untimed, event: Event::UtteranceRevised(revised) });
                Words::Final(std::iter::once(completed).chain(revised).collect(), redacted.mutes)
            }
        })
    }

    /// When the audio that ends at `end` was spoken and received.
    fn stages(&self, channel: Channel, end: MediaTime) -> Stages {
        let spans = &self.spans[channel.index()];
        let Some(times) = spans.get(spans.partition_point(|span| span.end < end)).or_else(|| spans.back())
        else {
            return Stages::default();
        };
        Stages {
            captured_us: Some(times.captured_at - times.end.since(end)),
            received_us: Some(times.received_at),
            ..Stages::default()
        }
    }
}
