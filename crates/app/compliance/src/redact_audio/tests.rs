use std::path::PathBuf;

use audio::wav_header;
use proptest::prelude::*;

use super::*;
use crate::parse_spans;

const EXACT: Padding = Padding { before: Duration::ZERO, after: Duration::ZERO, merge: Duration::ZERO };

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn wav(&self, channels: u16, rate_hz: u32, samples: &[i16], after: &[u8]) -> PathBuf {
        let mut bytes =
            wav_header(channels, rate_hz, Some(u64::try_from(samples.len() * 2).unwrap())).to_vec();
        audio::pcm_to_bytes(samples, &mut bytes);
        bytes.extend(after);
        let path = self.path("in.wav");
        fs::write(&path, bytes).unwrap();
        path
    }

    fn redact(&self, spans: &str, padding: Padding) -> Result<(RedactedAudio, Vec<u8>), RedactAudioError> {
        let (input, output) = (self.path("in.wav"), self.path("out.wav"));
        let Ok(spans) = parse_spans(spans) else { panic!("the spans are valid") };
        let done = redact_audio(&RedactAudio {
            input: &input,
            output: &output,
            spans: &spans,
            padding,
            cross_talk: true,
        })?;
        let Ok(bytes) = fs::read(output) else { panic!("the output is there") };
        Ok((done, bytes))
    }
}

/// Numbers without a pattern.
fn noise(seed: u32, count: usize) -> Vec<i16> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            i16::try_from(state % 20_000).unwrap() - 10_000
        })
        .collect()
}

#[test]
fn a_span_of_one_channel_leaves_header_length_and_everything_else_as_it_was() {
    let folder = Folder::new();
    let sound = noise(1, 2 * 16_000);
    let input = folder.wav(2, 16_000, &sound, b"LIST\x02\0\0\0ab");
    let before = fs::read(input).unwrap();
    let (done, after) = folder.redact(r#"[{"channel":1,"start_ms":100,"end_ms":250}]"#, EXACT).unwrap();
    assert_eq!(done.masks.len(), 1);
    let mask = &done.masks[0];
    assert_eq!((mask.channel, mask.from_sample, mask.to_sample), (1, 1_600, 4_000));
    assert_eq!(after.len(), before.len());
    let changed: Vec<usize> = (0..before.len()).filter(|n| before[*n] != after[*n]).collect();
    let frame = |n: usize| ((n - 44) / 4, (n - 44) % 4 / 2);
    assert!(changed.iter().all(|n| (1_600..4_000).contains(&frame(*n).0) && frame(*n).1 == 1));
    assert!(changed.len() > 4_000);
}

#[test]
fn padding_is_added_and_small_gaps_are_closed() {
    let folder = Folder::new();
    folder.wav(1, 8_000, &noise(2, 16_000), &[]);
    let spans = r#"[{"start":0.5,"end":0.6,"entity":"card"},{"start":1.1,"end":1.2,"entity":"cvv"}]"#;
    let (done, _) = folder.redact(spans, Padding::default()).unwrap();
    let [mask] = &done.masks[..] else { panic!("one mask expected: {done:?}") };
    assert_eq!((mask.from_ms, mask.to_ms), (350, 1_400));
    assert_eq!(mask.entities, ["card", "cvv"]);
}

#[test]
fn what_leaks_into_the_other_channel_is_masked_there_too() {
    let folder = Folder::new();
    let said = noise(3, 16_000);
    let stereo: Vec<i16> =
        (0..16_000).flat_map(|n| [said[n], if n < 800 { 0 } else { said[n - 800] / 20 }]).collect();
    folder.wav(2, 8_000, &stereo, &[]);
    let (done, _) = folder.redact(r#"[{"channel":"customer","start":0.5,"end":1.5}]"#, EXACT).unwrap();
    let [said, leak] = &done.masks[..] else { panic!("two masks expected: {done:?}") };
    assert!(!said.cross_talk && leak.cross_talk);
    assert_eq!((leak.channel, leak.from_ms), (1, 500));
    assert!((1_600..1_610).contains(&leak.to_ms), "{leak:?}");
}

#[test]
fn names_of_channels_mean_the_only_one_of_a_mono_file() {
    let folder = Folder::new();
    folder.wav(1, 8_000, &noise(4, 8_000), &[]);
    let (done, _) = folder.redact(r#"[{"channel":"agent","start":0.1,"end":0.2}]"#, EXACT).unwrap();
    assert_eq!(done.masks[0].channel, 0);
}

#[test]
fn spans_that_do_not_fit_are_refused_and_nothing_is_written() {
    let folder = Folder::new();
    folder.wav(1, 8_000, &noise(5, 8_000), &[]);
    for (spans, why) in [
        (
            r#"[{"channel":1,"start":0,"end":1}]"#,
            "span 1: it is on channel 1, and the file has only channel 0",
        ),
        (
            r#"[{"start":0,"end":1},{"start":1000,"end":1001}]"#,
            "span 2: it starts at 16:40.000, and the file ends at 00:01.000",
        ),
        (r#"[{"start":0.5,"end":0.5}]"#, "span 1: it is empty, and nothing is padded"),
    ] {
        assert_eq!(folder.redact(spans, EXACT).unwrap_err().to_string(), why);
    }
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1);
}

#[test]
fn a_file_in_another_form_is_refused_and_nothing_is_written() {
    let folder = Folder::new();
    fs::write(folder.path("in.wav"), b"ID3 and an MP3").unwrap();
    assert!(folder.redact(r#"[{"start":0,"end":1}]"#, EXACT).is_err());
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1);
}

#[test]
fn a_span_to_the_end_takes_a_torn_last_frame_with_it() {
    let folder = Folder::new();
    folder.wav(2, 8_000, &noise(6, 16_000), &[7, 7, 7]);
    let (_, after) = folder.redact(r#"[{"start":0.9,"end":9}]"#, EXACT).unwrap();
    assert_eq!(after[after.len() - 3..], [0, 0, 0]);
}

#[test]
fn a_file_can_be_redacted_in_its_place() {
    let folder = Folder::new();
    let path = folder.wav(1, 8_000, &noise(7, 8_000), &[]);
    let spans = parse_spans(r#"[{"start":0.2,"end":0.4}]"#).unwrap();
    let job = RedactAudio { input: &path, output: &path, spans: &spans, padding: EXACT, cross_talk: false };
    let first = redact_audio(&job).unwrap();
    let once = fs::read(&path).unwrap();
    assert_eq!(redact_audio(&job).unwrap(), first);
    assert_eq!(fs::read(&path).unwrap(), once);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn only_what_it_says_is_changed(
        channels in 1_u16..3,
        rate in prop_oneof![Just(8_000_u32), Just(11_025), Just(44_100)],
        spans in prop::collection::vec((0_u64..900, 0_u64..400, prop::option::of(0_u16..2)), 1..6),
        seed in any::<u32>(),
    ) {
        let folder = Folder::new();
        let sound = noise(seed, usize::try_from(rate).unwrap() * usize::from(channels));
        let input = folder.wav(channels, rate, &sound, &[]);
        let list: Vec<String> = spans
            .iter()
            .map(|(from, long, channel)| {
                let channel = channel.filter(|n| *n < channels).map_or_else(|| "null".to_owned(), |n| n.to_string());
                format!(r#"{{"channel":{channel},"start_ms":{from},"end_ms":{}}}"#, from + long)
            })
            .collect();
        let (done, after) = folder.redact(&format!("[{}]", list.join(",")), Padding::default()).unwrap();
        let before = fs::read(input).unwrap();
        prop_assert_eq!(before.len(), after.len());
        prop_assert_eq!(&before[..44], &after[..44]);
        for n in (44..before.len()).step_by(2) {
            let (frame, channel) = ((n - 44) / 2 / usize::from(channels), (n - 44) / 2 % usize::from(channels));
            let inside = done.masks.iter().any(|mask| {
                usize::from(mask.channel) == channel
                    && (mask.from_sample..mask.to_sample).contains(&u64::try_from(frame).unwrap())
            });
            prop_assert!(inside || before[n..n + 2] == after[n..n + 2]);
        }
    }
}
