//! Finished calls in stores that are memory.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use audio::{Peaks, SampleRange, mask_ranges, wav_header};
use bytes::Bytes;
use compliance::{Verifier, VerifierParts};
use engine::{Outline, OutlineMask, peaks_key, recording_key};
use events::{EntityKind, Event, Recording, TranscriptUtterance, TranscriptWord};
use model::{CallKey, Channel, Epoch, MediaTime, Participant, Pii, SpokenWord, Timestamp, UtteranceId};
use ports::{
    BlobStore, EventLog, NewEvent, SpeechResult, Transcriber,
    testing::{
        MemoryBlobStore, MemoryEventLog, ScriptLine, ScriptedTranscriber, append_as_owner, call_ended,
        call_started, ids,
    },
};
use redaction::TenantPolicy;
use sha2::{Digest, Sha256};
use signing::SigningKey;

pub(crate) const RATE: u32 = 8_000;
/// Every call lasts twenty seconds.
pub(crate) const LENGTH_MS: u64 = 20_000;

/// What a call holds before it is verified.
#[derive(Clone, Default)]
pub(crate) struct Call {
    pub(crate) said: Vec<TranscriptUtterance>,
    /// Ranges of the recording that are tone, and named in its outline.
    pub(crate) masked: Vec<(Channel, u64, u64)>,
    /// Named in the outline, and not tone.
    pub(crate) not_masked: Vec<(Channel, u64, u64)>,
    /// What the recogniser hears in the recording.
    pub(crate) heard: Vec<(Channel, u64, String)>,
    pub(crate) no_recogniser: bool,
    pub(crate) no_recording: bool,
    pub(crate) policy: TenantPolicy,
}

/// Its stores, and the verifier over them.
pub(crate) struct Stored {
    pub(crate) key: CallKey,
    pub(crate) log: Arc<MemoryEventLog>,
    pub(crate) blobs: Arc<MemoryBlobStore>,
    pub(crate) verifier: Verifier,
}

/// An utterance: a word each 400 ms, "[card]" masked.
pub(crate) fn said(channel: Channel, start_ms: u64, text: &str) -> TranscriptUtterance {
    let words: Vec<TranscriptWord> = text
        .split(' ')
        .zip(0..)
        .map(|(text, n)| TranscriptWord {
            text: text.to_owned(),
            start_ms: start_ms + n * 400,
            end_ms: start_ms + n * 400 + 350,
            confidence: 0.9,
            masked: text.starts_with('[').then_some(EntityKind::Card),
        })
        .collect();
    TranscriptUtterance {
        id: UtteranceId::new(channel, MediaTime::from_millis(start_ms)),
        revision: 1,
        channel,
        participant: if channel == Channel::Customer { Participant::Customer } else { Participant::Agent },
        start_ms,
        end_ms: words.last().map_or(start_ms, |word| word.end_ms),
        words,
    }
}

/// Sound that is the same for the same seed and no two channels share.
pub(crate) fn sound(seed: u32) -> Vec<i16> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let count = usize::try_from(LENGTH_MS * u64::from(RATE) / 1_000).unwrap();
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            i16::try_from(state % 16_000).unwrap() - 8_000
        })
        .collect()
}

fn range(from_ms: u64, to_ms: u64) -> SampleRange {
    SampleRange::covering(MediaTime::from_millis(from_ms), MediaTime::from_millis(to_ms), RATE)
}

impl Call {
    pub(crate) async fn store(&self) -> Stored {
        let (tenant, call) = ids("acme", "call-1");
        let key = CallKey::new(tenant.clone(), call.clone());
        let (log, blobs) = (Arc::new(MemoryEventLog::new()), Arc::new(MemoryBlobStore::new()));
        let mut events = vec![call_started(1_000)];
        let event = |event| NewEvent { stages: events::Stages::default(), event };
        events.extend(self.said.iter().cloned().map(|said| event(Event::UtteranceCompleted(said))));
        if !self.no_recording {
            events.push(event(Event::RecordingCompleted(self.record(&key, &*blobs).await)));
        }
        events.push(call_ended(LENGTH_MS));
        append_as_owner(&*log, &tenant, &call, Timestamp::from_millis(2_000), events).await.unwrap();
        let verifier = self.verifier(Arc::clone(&log) as _, Arc::clone(&blobs) as _);
        Stored { key, log, blobs, verifier }
    }

    pub(crate) fn verifier(&self, log: Arc<dyn EventLog>, blobs: Arc<dyn BlobStore>) -> Verifier {
        let time = AtomicI64::new(1_700_000_000_000);
        let policy = Arc::new(self.policy.clone());
        Verifier::new(VerifierParts {
            log,
            blobs,
            recogniser: (!self.no_recogniser).then(|| Arc::new(self.recogniser()) as Arc<dyn Transcriber>),
            key: Some(Arc::new(SigningKey::from_secret(&[7; 32]))),
            clock: Arc::new(move || Timestamp::from_millis(time.fetch_add(1, Ordering::Relaxed))),
            publish: Arc::new(drop),
            policy: Arc::new(move |_| Arc::clone(&policy)),
        })
    }

    fn recogniser(&self) -> ScriptedTranscriber {
        let line = |(channel, start_ms, text): &(Channel, u64, String)| {
            let words: Vec<SpokenWord> = said(*channel, *start_ms, text)
                .words
                .into_iter()
                .map(|word| SpokenWord {
                    text: Pii::new(word.text),
                    start: MediaTime::from_millis(word.start_ms),
                    end: MediaTime::from_millis(word.end_ms),
                    confidence: 1.0,
                })
                .collect();
            let (start, end) = (MediaTime::from_millis(*start_ms), words.last().unwrap().end);
            let result = SpeechResult::Final { channel: *channel, start, end, words, late: false };
            ScriptLine::Result { at: end, result }
        };
        ScriptedTranscriber::new(self.heard.iter().map(line))
    }

    async fn record(&self, key: &CallKey, blobs: &dyn BlobStore) -> Recording {
        let of = |list: &[(Channel, u64, u64)], channel: Channel| -> Vec<SampleRange> {
            list.iter().filter(|(of, ..)| *of == channel).map(|(_, from, to)| range(*from, *to)).collect()
        };
        let sides = Channel::ALL.map(|channel| {
            let mut samples = sound(u32::try_from(channel.index()).unwrap() + 1);
            mask_ranges(&mut samples, &of(&self.masked, channel), RATE);
            samples
        });
        let mut both = Vec::new();
        audio::interleave(&sides[0], &sides[1], &mut both);
        let mut file = wav_header(2, RATE, Some(u64::try_from(both.len() * 2).unwrap())).to_vec();
        audio::pcm_to_bytes(&both, &mut file);
        let recording = recording_key(&key.tenant, &key.call, Epoch::FIRST);
        let sha256 = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = u64::try_from(file.len()).unwrap();
        put(blobs, &recording, file.into()).await;
        let all = self.masked.iter().chain(&self.not_masked);
        let masks: Vec<OutlineMask> = all
            .map(|(channel, from, to)| OutlineMask::new(*channel, range(*from, *to), EntityKind::Card, RATE))
            .collect();
        let count = u32::try_from(masks.len()).unwrap();
        let outline =
            Outline::new(MediaTime::from_millis(LENGTH_MS), Channel::ALL.map(|_| Peaks::new(RATE)), masks);
        put(blobs, &peaks_key(&recording), serde_json::to_vec(&outline).unwrap().into()).await;
        Recording { key: recording, bytes, duration_ms: LENGTH_MS, masks: count, sha256 }
    }
}

async fn put(blobs: &dyn BlobStore, key: &str, bytes: Bytes) {
    let mut writer = blobs.create(key).await.unwrap();
    writer.write(bytes).await.unwrap();
    writer.commit().await.unwrap();
}

impl Stored {
    pub(crate) async fn events(&self) -> Vec<Event> {
        let all = self.log.read_call(&self.key.tenant, &self.key.call, 0, 500).await.unwrap();
        all.into_iter().map(|envelope| envelope.event).collect()
    }

    /// The transcript as it is shown, an utterance each.
    pub(crate) async fn shown(&self) -> Vec<String> {
        let view = self.log.transcript(&self.key.tenant, &self.key.call).await.unwrap();
        view.utterances.iter().map(TranscriptUtterance::text).collect()
    }

    /// The samples of a channel of the recording that counts.
    pub(crate) async fn samples(&self, channel: Channel) -> Vec<i16> {
        let file = self.blobs.blob(&self.recording().await.key).unwrap();
        let side = channel.index() * 2;
        file[44..].chunks_exact(4).map(|frame| i16::from_le_bytes([frame[side], frame[side + 1]])).collect()
    }

    pub(crate) async fn recording(&self) -> Recording {
        let recording = |event: &Event| {
            if let Event::RecordingCompleted(recording) = event { Some(recording.clone()) } else { None }
        };
        self.events().await.iter().rev().find_map(recording).unwrap()
    }

    /// The report, whose signature is checked.
    pub(crate) fn report(&self) -> serde_json::Value {
        let json = self.blobs.blob("acme/evidence/call-1.json").unwrap();
        let signature = self.blobs.blob("acme/evidence/call-1.json.sig").unwrap();
        let signature: signing::Signature = serde_json::from_slice(&signature).unwrap();
        signature.verify(&json).unwrap();
        assert!(self.blobs.blob("acme/evidence/call-1.html").is_some());
        serde_json::from_slice(&json).unwrap()
    }
}
