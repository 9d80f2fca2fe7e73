//! One call's words: audio to the recogniser, results through assembler and redactor, events with their
//! stage times out. What is spoken stays in memory and in here.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use call::{AudioSpan, Samples};
use events::{Event, Stages, TranscriptUtterance, UtteranceRevised};
use futures_util::StreamExt;
use model::{Channel, MediaTime, Pii, SpokenWord, Timestamp, Utterance, UtteranceText};
use ports::{NewEvent, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest};
use redaction::{Mute, Redactor, TenantPolicy, mutes_of};
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

/// What an earlier owner of the call has heard of it.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Up to where each channel's words are final and logged.
    pub(crate) settled: [MediaTime; 2],
    /// The finals as they are shown, in the order of the log.
    finals: Vec<TranscriptUtterance>,
}

impl Heard {
    /// What a log holds, and what its owner stored last: silence is settled, too, and leaves nothing in a log.
    pub(crate) fn of(logged: &[Event], stored: [MediaTime; 2]) -> Self {
        let mut heard = Self { settled: stored, finals: Vec::new() };
        for event in logged {
            if let Event::UtteranceCompleted(said)
            | Event::UtteranceRevised(UtteranceRevised { utterance: said, .. }) = event
            {
                let settled = &mut heard.settled[said.channel.index()];
                *settled = (*settled).max(MediaTime::from_millis(said.end_ms));
                heard.finals.push(said.clone());
            }
        }
        heard
    }

    /// The audio to mute of what was heard.
    pub(crate) fn mutes(&self, policy: &TenantPolicy) -> Vec<Mute> {
        let policy = policy.for_call([0; 16]);
        self.finals.iter().flat_map(|said| mutes_of(said, &policy)).collect()
    }
}

/// What one result came to.
pub(crate) enum Words {
    /// Another recogniser hears the call, or a language was found out.
    Status {
        /// The recogniser's name, when it changed.
        recogniser: Option<String>,
        /// The language, when it was found out.
        language: Option<String>,
    },
    /// To be shown, not logged.
    Partial(NewEvent),
    /// To be logged, with the audio to mute.
    Final(Vec<NewEvent>, Vec<Mute>),
}

/// One call's recognition, from audio to redacted events.
pub(crate) struct Speech {
    transcription: Transcription,
    /// Where the recogniser's audio begins.
    start: MediaTime,
    /// What was settled by an earlier owner: the recogniser hears silence up to there.
    heard: [MediaTime; 2],
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
    /// Opens the recogniser where an earlier owner's words end.
    pub(crate) async fn open(
        transcriber: &dyn Transcriber,
        mut request: TranscriptionRequest,
        heard: &Heard,
        policy: &TenantPolicy,
    ) -> Result<Self, TranscriberError> {
        let start = heard.settled[0].min(heard.settled[1]);
        request.start = start;
        let transcription = transcriber.open(request).await?;
        // Digits are remembered under a key that dies with the call.
        let echo_key = *uuid::Uuid::new_v4().as_bytes();
        let mut assembler = TranscriptAssembler::new();
        let mut redactor = Redactor::new(policy.for_call(echo_key));
        for said in &heard.finals {
            assembler.remember_final(said.id);
            // What was asked for is known again; what was masked is not.
            redactor.recall(&shown_words(said));
        }
        for channel in Channel::ALL {
            assembler.push(SpeechResult::Settled { channel, through: heard.settled[channel.index()] });
        }
        Ok(Self {
            transcription,
            start,
            heard: heard.settled,
            assembler,
            redactor,
            spans: [VecDeque::new(), VecDeque::new()],
            pushed: [start; 2],
            waiting: VecDeque::new(),
            finishing: false,
            agents: BTreeSet::new(),
            hold: false,
        })
    }

    /// Up to where each channel's words are final.
    pub(crate) fn settled(&self) -> [MediaTime; 2] {
        Channel::ALL.map(|channel| self.assembler.settled(channel))
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
        if let Some(span) = unheard(span, self.start, &self.heard) {
            self.waiting.push_back(span);
        }
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
        match result {
            SpeechResult::LanguageIdentified { tag } => {
                return Some(Words::Status { recogniser: None, language: Some(tag) });
            }
            SpeechResult::RecogniserChanged { name } => {
                return Some(Words::Status { recogniser: Some(name), language: None });
            }
            SpeechResult::Partial { .. } | SpeechResult::Final { .. } | SpeechResult::Settled { .. } => {}
        }
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

/// A span as the recogniser is to hear it: nothing before its audio begins, silence where an earlier owner has heard
/// the words. A span that lies on both sides of such a border is cut there.
fn unheard(span: AudioSpan, start: MediaTime, heard: &[MediaTime; 2]) -> Option<AudioSpan> {
    let span = cut(span, start)?;
    let settled = heard[span.channel.index()];
    if span.at >= settled {
        return Some(span);
    }
    let samples = match span.samples {
        Samples::Silence(count) => Samples::Silence(count),
        Samples::Pcm(mut samples) => {
            let said = samples_between(span.at, settled).min(samples.len());
            samples.iter_mut().take(said).for_each(|sample| *sample = 0);
            Samples::Pcm(samples)
        }
    };
    Some(AudioSpan { samples, ..span })
}

/// What of a span lies after `start`.
fn cut(span: AudioSpan, start: MediaTime) -> Option<AudioSpan> {
    if span.at >= start {
        return Some(span);
    }
    let before = samples_between(span.at, start);
    let samples = match span.samples {
        Samples::Silence(count) => {
            Samples::Silence(count.checked_sub(before as u64).filter(|left| *left > 0)?)
        }
        Samples::Pcm(mut samples) => {
            if samples.len() <= before {
                return None;
            }
            samples.drain(..before);
            Samples::Pcm(samples)
        }
    };
    let at = MediaTime::from_samples(
        span.at.as_samples(call::SAMPLE_RATE_HZ) + before as u64,
        call::SAMPLE_RATE_HZ,
    );
    Some(AudioSpan { at, samples, ..span })
}

fn samples_between(from: MediaTime, to: MediaTime) -> usize {
    let samples = to.as_samples(call::SAMPLE_RATE_HZ).saturating_sub(from.as_samples(call::SAMPLE_RATE_HZ));
    usize::try_from(samples).unwrap_or(usize::MAX)
}

/// A logged utterance as it was spoken, as far as it is shown.
pub(crate) fn shown_words(said: &TranscriptUtterance) -> Utterance {
    let shown = said.words.iter().filter(|word| word.masked.is_none()).map(|word| SpokenWord {
        text: Pii::new(word.text.clone()),
        start: MediaTime::from_millis(word.start_ms),
        end: MediaTime::from_millis(word.end_ms),
        confidence: word.confidence,
    });
    Utterance {
        id: said.id,
        revision: said.revision,
        text: UtteranceText::Final,
        end: MediaTime::from_millis(said.end_ms),
        words: shown.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(at_ms: u64, samples: Samples) -> AudioSpan {
        AudioSpan {
            channel: Channel::Customer,
            at: MediaTime::from_millis(at_ms),
            samples,
            captured_at: Timestamp::from_millis(0),
            received_at: Timestamp::from_millis(0),
        }
    }

    fn unheard_of(at_ms: u64, samples: Samples, start_ms: u64, settled_ms: u64) -> Option<AudioSpan> {
        let at = MediaTime::from_millis;
        unheard(span(at_ms, samples), at(start_ms), &[at(settled_ms), at(start_ms)])
    }

    #[test]
    fn nothing_is_heard_before_the_start_and_silence_up_to_what_is_settled() {
        let ones = |count| Samples::Pcm(vec![1; count]);
        assert_eq!(unheard_of(0, ones(80), 10, 10), None);
        let cut = unheard_of(0, ones(160), 10, 10).unwrap();
        assert_eq!((cut.at.as_millis(), &cut.samples), (10, &ones(80)));
        let silenced = unheard_of(10, ones(160), 10, 20).unwrap();
        assert_eq!(silenced.samples, Samples::Pcm([vec![0; 80], vec![1; 80]].concat()));
        assert_eq!(unheard_of(30, ones(8), 10, 20).unwrap().samples, ones(8));
        assert_eq!(unheard_of(0, Samples::Silence(160), 10, 10).unwrap().samples, Samples::Silence(80));
        assert_eq!(unheard_of(0, Samples::Silence(80), 10, 10), None);
    }
}
