//! The real models over real speech. Skipped, and said so, where models or recordings are not at hand;
//! `TRUNKLINE_REQUIRE_MODELS=1` makes their absence a failure.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test breaks off at what it does not expect")]

use std::path::PathBuf;

use model::{Channel, Utterance};
use onnx::{ModelFolder, OnnxTranscriber, Recogniser, TranscriberOptions, transcribe_recording};

/// The recogniser and the folder of recordings, when both are there.
fn set_up(test: &str) -> Option<(OnnxTranscriber, PathBuf)> {
    let required = std::env::var_os("TRUNKLINE_REQUIRE_MODELS").is_some_and(|value| value == "1");
    let folder = ModelFolder::find(None);
    if let Err(missing) = folder.check(Recogniser::Base) {
        assert!(!required, "{missing}");
        println!("{test}: skipped, {missing}");
        return None;
    }
    let shared = std::env::var_os("TRUNKLINE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data")),
        PathBuf::from,
    );
    let audio = shared.join("audio");
    if !audio.join("manifest.json").exists() {
        println!("{test}: skipped, no recordings in {}", audio.display());
        return None;
    }
    let options = TranscriberOptions { finals_only: true, ..TranscriberOptions::default() };
    Some((OnnxTranscriber::open(&folder, &options).unwrap(), audio))
}

fn read(path: PathBuf) -> (Vec<i16>, u32) {
    let mut reader = hound::WavReader::open(path).unwrap();
    let rate = reader.spec().sample_rate;
    (reader.samples::<i16>().map(Result::unwrap).collect(), rate)
}

fn text(utterances: &[Utterance]) -> String {
    let words = utterances.iter().flat_map(|utterance| &utterance.words);
    words.map(|word| word.text.expose().as_str()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_prompt_is_written_down_with_times_that_only_rise() {
    let Some((transcriber, audio)) = set_up("a_prompt_is_written_down") else { return };
    let (samples, rate) = read(audio.join("clips/demo-abouttotry.wav"));
    let heard = transcribe_recording(&transcriber, &[(Channel::Customer, &samples)], rate).await.unwrap();
    let said = text(&heard).to_lowercase();
    assert!(said.contains("please wait a moment while i attempt to make the connection"), "{said}");
    let again = transcribe_recording(&transcriber, &[(Channel::Customer, &samples)], rate).await.unwrap();
    assert_eq!(heard, again, "the same audio gives the same words and times");
    let mut last = heard[0].id.start();
    for utterance in &heard {
        for word in &utterance.words {
            assert!(word.start >= last && word.end >= word.start, "{word:?}");
            assert!((0.0..=1.0).contains(&word.confidence));
            last = word.end;
        }
        assert!(last <= utterance.end);
    }
}

/// What the recogniser reaches on a quarter of the prompts recorded at 8 kHz, with room for other machines' arithmetic.
const PROMPTS_MAX_WER: f64 = 0.08;

#[derive(serde::Deserialize)]
struct Clip {
    path: PathBuf,
    #[serde(rename = "ref")]
    reference: String,
    domain: String,
}

#[tokio::test]
async fn prompts_of_a_telephone_system_are_written_down_nearly_without_errors() {
    let Some((transcriber, audio)) = set_up("prompts_of_a_telephone_system") else { return };
    let manifest = std::fs::read_to_string(audio.join("manifest.json")).unwrap();
    let clips: Vec<Clip> = serde_json::from_str(&manifest).unwrap();
    let mut errors = wer::WordErrors::default();
    for clip in clips.iter().filter(|clip| clip.domain == "ivr8k").step_by(4) {
        let (samples, rate) = read(audio.join(&clip.path));
        let heard = transcribe_recording(&transcriber, &[(Channel::Customer, &samples)], rate).await.unwrap();
        errors += wer::word_errors(&clip.reference, &text(&heard));
    }
    println!("word error rate {:.1} % of {} words", errors.rate() * 100.0, errors.words);
    assert!(errors.words > 0 && errors.rate() <= PROMPTS_MAX_WER, "{errors:?}");
}
