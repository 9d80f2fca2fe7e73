//! Audio to results in the service's shape.

use serde_json::{Value, json};
use tone_words::{Decoder, Heard};
use uuid::Uuid;

use crate::request::{Language, StreamRequest};

/// Silence after which what was said is final.
pub const SEGMENT_GAP_MS: u32 = 700;
/// A segment with this many words is final though speech goes on.
const MAX_SEGMENT_WORDS: usize = 60;

/// Hears one channel.
#[derive(Debug)]
pub(crate) struct Recogniser {
    decoder: Decoder,
    format: Format,
    segment: Option<Segment>,
}

/// How results are written.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    rate_hz: u32,
    /// The channel's id, where channels are told apart.
    channel: Option<String>,
    stabilizes: bool,
    punctuates: bool,
    language: Language,
}

#[derive(Debug)]
struct Segment {
    id: Uuid,
    words: Vec<Heard>,
}

impl Format {
    pub(crate) fn of(request: &StreamRequest, channel: usize, punctuates: bool) -> Self {
        Self {
            rate_hz: request.rate_hz,
            channel: (request.channels > 1).then(|| format!("ch_{channel}")),
            stabilizes: request.stabilizes,
            punctuates,
            language: request.language.clone(),
        }
    }
}

impl Recogniser {
    pub(crate) const fn new(format: Format) -> Self {
        Self { decoder: Decoder::new(format.rate_hz), format, segment: None }
    }

    /// Hears the next samples and gives the results that they bring: the same however they are cut.
    pub(crate) fn hear(&mut self, samples: &[i16]) -> Vec<Value> {
        let mut results = Vec::new();
        for heard in self.decoder.push(samples) {
            results.extend(self.final_before(heard.start_sample));
            results.push(self.add(heard));
            if self.segment.as_ref().is_some_and(|segment| segment.words.len() >= MAX_SEGMENT_WORDS) {
                results.extend(self.close());
            }
        }
        let quiet_through = self.decoder.sounding_since().unwrap_or_else(|| self.decoder.position());
        results.extend(self.final_before(quiet_through));
        results
    }

    /// The audio is over: what is open becomes final.
    pub(crate) fn finish(&mut self) -> Vec<Value> {
        let mut results = Vec::new();
        if let Some(heard) = self.decoder.finish() {
            results.push(self.add(heard));
        }
        results.extend(self.close());
        results
    }

    fn add(&mut self, heard: Heard) -> Value {
        let segment = self.segment.get_or_insert_with(|| Segment { id: Uuid::new_v4(), words: Vec::new() });
        segment.words.push(heard);
        self.format.result(segment, true)
    }

    /// Closes the segment when nothing sounded for long enough before `position`.
    fn final_before(&mut self, position: u64) -> Option<Value> {
        let last = self.segment.as_ref()?.words.last()?.end_sample;
        let gap = u64::from(SEGMENT_GAP_MS) * u64::from(self.format.rate_hz) / 1_000;
        if position.saturating_sub(last) >= gap { self.close() } else { None }
    }

    fn close(&mut self) -> Option<Value> {
        let segment = self.segment.take()?;
        Some(self.format.result(&segment, false))
    }
}

impl Format {
    fn result(&self, segment: &Segment, is_partial: bool) -> Value {
        let (start, end) = match segment.words.as_slice() {
            [] => (0, 0),
            [first, .., last] => (first.start_sample, last.end_sample),
            [only] => (only.start_sample, only.end_sample),
        };
        let text = segment.words.iter().map(|word| word.word).collect::<Vec<_>>().join(" ");
        let last = segment.words.len().saturating_sub(1);
        let words = segment.words.iter().enumerate();
        let mut items: Vec<Value> =
            words.map(|(index, word)| self.item(word, !is_partial || index < last)).collect();
        let ends_with_a_stop = !is_partial && self.punctuates;
        if ends_with_a_stop {
            let at = self.seconds(end);
            items.push(json!({"Content": ".", "StartTime": at, "EndTime": at, "Type": "punctuation",
                "VocabularyFilterMatch": false}));
        }
        let stop = if ends_with_a_stop { "." } else { "" };
        let mut result = json!({
            "Alternatives": [{"Transcript": format!("{text}{stop}"), "Items": items}],
            "StartTime": self.seconds(start),
            "EndTime": self.seconds(end),
            "IsPartial": is_partial,
            "ResultId": segment.id.to_string(),
        });
        if let Some(channel) = &self.channel {
            result["ChannelId"] = json!(channel);
        }
        if let Language::Found(language) = &self.language {
            result["LanguageCode"] = json!(language);
            result["LanguageIdentification"] = json!([{"LanguageCode": language, "Score": 0.97}]);
        }
        result
    }

    fn item(&self, word: &Heard, is_stable: bool) -> Value {
        let mut item = json!({
            "Content": word.word,
            "StartTime": self.seconds(word.start_sample),
            "EndTime": self.seconds(word.end_sample),
            "Type": "pronunciation",
            "VocabularyFilterMatch": false,
            "Confidence": 0.98,
        });
        if self.stabilizes {
            item["Stable"] = json!(is_stable);
        }
        item
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a stream has far fewer samples than a float counts exactly"
    )]
    fn seconds(&self, sample: u64) -> f64 {
        sample as f64 / f64::from(self.rate_hz)
    }
}

#[cfg(test)]
mod tests {
    use tone_words::{encode, silence};

    use super::*;

    const RATE_HZ: u32 = 8_000;

    fn recogniser(punctuates: bool) -> Recogniser {
        let request = StreamRequest {
            rate_hz: RATE_HZ,
            channels: 2,
            stabilizes: true,
            language: Language::Asked("en-US".to_owned()),
        };
        Recogniser::new(Format::of(&request, 1, punctuates))
    }

    /// What was said, without the ids, which are new each time.
    fn told(results: &[Value]) -> Vec<String> {
        let tell = |result: &Value| {
            let what = if result["IsPartial"] == true { "partial" } else { "final" };
            format!("{what} {} {}", result["StartTime"], result["Alternatives"][0]["Transcript"])
        };
        results.iter().map(tell).collect()
    }

    fn call() -> Vec<i16> {
        let mut samples = silence(500, RATE_HZ);
        samples.extend(encode(&["my", "card"], RATE_HZ));
        samples.extend(silence(SEGMENT_GAP_MS, RATE_HZ));
        samples.extend(encode(&["yes"], RATE_HZ));
        samples
    }

    #[test]
    fn each_word_brings_a_partial_and_a_pause_a_final() {
        let mut recogniser = recogniser(false);
        let mut results = recogniser.hear(&call());
        results.extend(recogniser.finish());
        let expected = [
            r#"partial 0.5 "my""#,
            r#"partial 0.5 "my card""#,
            r#"final 0.5 "my card""#,
            r#"partial 1.64 "yes""#,
            r#"final 1.64 "yes""#,
        ];
        assert_eq!(told(&results), expected);
        assert_eq!(results[0]["ResultId"], results[2]["ResultId"]);
        assert_ne!(results[2]["ResultId"], results[3]["ResultId"]);
        assert_eq!(results[0]["ChannelId"], "ch_1");
        let stable: Vec<_> =
            [0, 1].map(|item| &results[1]["Alternatives"][0]["Items"][item]["Stable"]).to_vec();
        assert_eq!(stable, [true, false]);
    }

    #[test]
    fn however_audio_is_cut_the_results_are_the_same() {
        let whole = told(&recogniser(false).hear(&call()));
        for cut in [1, 80, 801, 4_000] {
            let mut recogniser = recogniser(false);
            let results: Vec<Value> = call().chunks(cut).flat_map(|part| recogniser.hear(part)).collect();
            assert_eq!(told(&results), whole, "{cut}");
        }
    }

    #[test]
    fn a_final_may_end_with_a_mark_that_is_no_word() {
        let mut recogniser = recogniser(true);
        let results = recogniser.hear(&call());
        assert_eq!(told(&results)[2], r#"final 0.5 "my card.""#);
        assert_eq!(results[2]["Alternatives"][0]["Items"][2]["Type"], "punctuation");
    }
}
