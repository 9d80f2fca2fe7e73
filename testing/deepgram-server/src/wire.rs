//! Deepgram's JSON.

use serde_json::{Value, json};

use crate::{
    fault::Garbage,
    params::Params,
    recogniser::{Piece, Told},
};

/// What every message of a stream says of it.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    pub(crate) request_id: String,
    pub(crate) rate_hz: u32,
    pub(crate) channels: usize,
    /// Told with every word when the stream is multilingual.
    pub(crate) language: Option<String>,
    pub(crate) model: String,
}

impl Voice {
    pub(crate) fn new(params: &Params, request_id: String, language: &str) -> Self {
        Self {
            request_id,
            rate_hz: params.rate_hz,
            channels: params.channels,
            language: params.multilingual.then(|| language.to_owned()),
            model: params.model.clone(),
        }
    }

    pub(crate) fn message(&self, channel: usize, told: &Told) -> Value {
        match told {
            Told::Started { at } => json!({
                "type": "SpeechStarted",
                "channel": [channel, self.channels],
                "timestamp": self.seconds(*at),
            }),
            Told::UtteranceEnd { words_end } => json!({
                "type": "UtteranceEnd",
                "channel": [channel, self.channels],
                "last_word_end": self.seconds(*words_end),
            }),
            Told::Result(piece) => self.result(channel, piece),
        }
    }

    /// The last message of a stream.
    pub(crate) fn summary(&self, samples: u64) -> Value {
        json!({
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self.request_id,
            "sha256": "0".repeat(64),
            "created": "1970-01-01T00:00:00.000Z",
            "duration": self.seconds(samples),
            "channels": self.channels,
        })
    }

    pub(crate) fn garbage(&self, what: Garbage) -> Value {
        let word =
            |start: f64, end: f64| json!({"word": "my", "start": start, "end": end, "confidence": 0.9});
        let words = match what {
            Garbage::Text | Garbage::Binary | Garbage::Shape => {
                return json!({"type": "Results", "transcript": "my card number"});
            }
            Garbage::Times => vec![word(86_400.0, 86_401.0)],
            Garbage::Backwards => vec![word(5.0, 5.2), word(1.0, 1.2)],
            Garbage::Channel => vec![word(0.1, 0.2)],
        };
        let channel = if what == Garbage::Channel { 7 } else { 0 };
        json!({
            "type": "Results",
            "channel_index": [channel, self.channels],
            "start": 0.0,
            "duration": if what == Garbage::Times { 86_402.0 } else { 0.3 },
            "is_final": true,
            "speech_final": true,
            "channel": {"alternatives": [{"transcript": "my", "confidence": 0.9, "words": words}]},
        })
    }

    fn result(&self, channel: usize, piece: &Piece) -> Value {
        const CONFIDENCE: f64 = 0.98;
        let words: Vec<Value> = piece
            .words
            .iter()
            .map(|heard| {
                let mut word = json!({
                    "word": heard.word,
                    "start": self.seconds(heard.start_sample),
                    "end": self.seconds(heard.end_sample),
                    "confidence": CONFIDENCE,
                    "punctuated_word": heard.word,
                });
                if let Some(language) = &self.language {
                    word["language"] = json!(language);
                }
                word
            })
            .collect();
        let transcript: Vec<&str> = piece.words.iter().map(|heard| heard.word).collect();
        let mut alternative = json!({
            "transcript": transcript.join(" "),
            "confidence": if words.is_empty() { 0.0 } else { CONFIDENCE },
            "words": words,
        });
        if let Some(language) = self.language.as_ref().filter(|_| !piece.words.is_empty()) {
            alternative["languages"] = json!([language]);
        }
        json!({
            "type": "Results",
            "channel_index": [channel, self.channels],
            "duration": self.seconds(piece.end - piece.start),
            "start": self.seconds(piece.start),
            "is_final": piece.is_final,
            "speech_final": piece.speech_final,
            "from_finalize": piece.from_finalize,
            "channel": {"alternatives": [alternative]},
            "metadata": {
                "request_id": self.request_id,
                "model_info": {"name": self.model, "version": "2024-01-01.0", "arch": self.model},
                "model_uuid": "00000000-0000-0000-0000-000000000000",
            },
        })
    }

    fn seconds(&self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.rate_hz)
    }
}
