use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;

const FILES: [(&str, &[u8]); 8] = [
    ("flac", include_bytes!("../../tests/audio/tone.flac")),
    ("24-bit flac", include_bytes!("../../tests/audio/tone-24bit.flac")),
    ("mp3", include_bytes!("../../tests/audio/tone.mp3")),
    ("ogg", include_bytes!("../../tests/audio/tone.ogg")),
    ("24-bit wav", include_bytes!("../../tests/audio/tone-s24.wav")),
    ("float wav", include_bytes!("../../tests/audio/tone-f32.wav")),
    ("mu-law wav", include_bytes!("../../tests/audio/tone-mulaw.wav")),
    ("a-law wav", include_bytes!("../../tests/audio/tone-alaw.wav")),
];

const OPUS: &[u8] = include_bytes!("../../tests/audio/tone-opus.ogg");

/// How much of a tone is in the samples, 0 to 1 of a full-scale one.
fn strength(samples: &[i16], hz: f64, rate_hz: u32) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, &sample) in samples.iter().enumerate() {
        let angle = 2.0 * PI * hz * n as f64 / f64::from(rate_hz);
        re += f64::from(sample) * angle.cos();
        im += f64::from(sample) * angle.sin();
    }
    2.0 * re.hypot(im) / samples.len() as f64 / 32_768.0
}

/// A WAV file with the given format fields and data.
fn wav(tag: u16, channels: u16, rate_hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let mut out = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    out.extend(16_u32.to_le_bytes());
    out.extend(tag.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(rate_hz.to_le_bytes());
    out.extend([0; 6]);
    out.extend(bits.to_le_bytes());
    out.extend(b"data");
    out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    out.extend(data);
    out
}

#[test]
fn every_coding_gives_both_tones_on_their_own_channels() {
    for (name, bytes) in FILES {
        let audio = to_8k(&decode(bytes).unwrap_or_else(|error| panic!("{name}: {error}")));
        assert_eq!(audio.channels.len(), 2, "{name}");
        assert!((240..=360).contains(&audio.duration().as_millis()), "{name}: {:?}", audio.duration());
        for (channel, own, other) in [(0, 500.0, 1_000.0), (1, 1_000.0, 500.0)] {
            let inner = &audio.channels[channel][400..1_900];
            assert!(strength(inner, own, 8_000) > 0.3, "{name} {channel}: {}", strength(inner, own, 8_000));
            assert!(strength(inner, other, 8_000) < 0.01, "{name} {channel}");
        }
    }
}

#[test]
fn plain_pcm_keeps_every_bit() {
    let samples = [0_i16, 1, -1, i16::MAX, i16::MIN, 12_345];
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let audio = decode(&wav(1, 1, 8_000, 16, &data)).unwrap();
    assert_eq!(audio, DecodedAudio { channels: vec![samples.to_vec()], sample_rate_hz: 8_000 });
}

#[test]
fn a_size_that_was_never_filled_in_is_read_to_the_end() {
    let mut bytes = wav(1, 2, 8_000, 16, &[0, 1, 0, 2, 0, 3]);
    bytes[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(decode(&bytes).unwrap().channels, [[256], [512]]);
}

#[test]
fn headers_that_make_no_sense_are_refused() {
    for (bytes, says) in [
        (wav(1, 0, 8_000, 16, &[0; 8]), "no channels"),
        (wav(1, 1, 0, 16, &[0; 8]), "0 samples per second"),
        (wav(1, 1, u32::MAX, 16, &[0; 8]), "samples per second"),
        (wav(1, 9, 8_000, 16, &[0; 36]), "too large"),
        (wav(1, 1, 8_000, 0, &[0; 8]), "0x0001 of 0 bits"),
        (wav(0x55, 1, 8_000, 16, &[0; 8]), "not supported"),
        (wav(1, 1, 8_000, 16, &[]), "no samples"),
        (b"RIFF\0\0\0\0WAVEfmt ".to_vec(), "cut short"),
        (b"RIFF".to_vec(), "cut short"),
        (b"fLaC".to_vec(), "cut short"),
        (b"\x89PNG\r\n\x1a\n and so on".to_vec(), "no audio file"),
        (Vec::new(), "empty"),
        (OPUS.to_vec(), "Ogg Opus"),
        (b"\x1a\x45\xdf\xa3".to_vec(), "Matroska"),
    ] {
        let error = decode(&bytes).unwrap_err().to_string();
        assert!(error.contains(says), "{error} lacks {says}");
    }
}

#[test]
fn the_error_names_the_file_on_one_line() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "just text").unwrap();
    let error = read_file(file.path()).unwrap_err().to_string();
    assert!(error.contains(&file.path().display().to_string()) && error.contains("no audio file"), "{error}");
    assert!(!error.contains('\n'));
    assert!(read_file(Path::new("/no/such/file.wav")).unwrap_err().to_string().contains("/no/such/file.wav"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Whatever is done to a file, reading it ends with audio or an error.
    #[test]
    fn damaged_files_never_panic(
        file in 0..FILES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut bytes = FILES[file].1.to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(audio) = decode(&bytes) {
            prop_assert!(audio.channels.iter().all(|channel| channel.len() == audio.channels[0].len()));
            prop_assert!(audio.sample_rate_hz > 0 && !audio.channels[0].is_empty());
        }
    }

    #[test]
    fn damaged_heads_never_panic(file in 0..FILES.len(), changes in prop::collection::vec((0_usize..128, any::<u8>()), 1..6)) {
        let mut bytes = FILES[file].1.to_vec();
        for (at, value) in changes {
            bytes[at] = value;
        }
        drop(decode(&bytes));
    }
}
