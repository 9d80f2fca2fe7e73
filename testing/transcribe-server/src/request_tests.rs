use super::*;

const GOOD: [(&str, &str); 7] = [
    ("language-code", "en-US"),
    ("sample-rate", "8000"),
    ("media-encoding", "pcm"),
    ("number-of-channels", "2"),
    ("enable-channel-identification", "true"),
    ("enable-partial-results-stabilization", "true"),
    ("partial-results-stability", "medium"),
];

/// The good headers with changes: an empty value leaves one out.
fn headers(changes: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/vnd.amazon.eventstream".parse().unwrap());
    for (name, value) in GOOD.iter().chain(changes) {
        let name: http::HeaderName = format!("x-amzn-transcribe-{name}").parse().unwrap();
        if value.is_empty() {
            headers.remove(name);
        } else {
            headers.insert(name, value.parse().unwrap());
        }
    }
    headers
}

fn read_with(changes: &[(&str, &str)]) -> Result<StreamRequest, Refusal> {
    read(&headers(changes), &ServerConfig::default())
}

fn is_refused(changes: &[(&str, &str)]) -> bool {
    read_with(changes)
        .is_err_and(|refusal| (refusal.status, refusal.code.as_str()) == (400, "BadRequestException"))
}

#[test]
fn a_call_with_two_channels_is_taken() {
    let request = read_with(&[]).unwrap();
    let language = Language::Asked("en-US".to_owned());
    assert_eq!(request, StreamRequest { rate_hz: 8_000, channels: 2, stabilizes: true, language });
    assert!(read_with(&[("vocabulary-name", "cards")]).is_ok());
    let mono = read_with(&[("number-of-channels", ""), ("enable-channel-identification", "")]).unwrap();
    assert_eq!(mono.bytes_per_frame(), 2);
}

#[test]
fn a_language_is_given_or_identified_and_never_both() {
    let identify = [("language-code", ""), ("identify-language", "true")];
    let with = |more: &[(&'static str, &'static str)]| [&identify[..], more].concat();
    let found = read_with(&with(&[("language-options", "es-US,en-US")])).unwrap();
    assert_eq!(found.language, Language::Found("en-US".to_owned()));
    let other = read_with(&with(&[("language-options", "es-US,fr-CA")])).unwrap();
    assert_eq!(other.language, Language::Found("es-US".to_owned()));
    assert!(is_refused(&with(&[])), "no options");
    assert!(is_refused(&with(&[("language-options", "en-US")])), "one option");
    assert!(is_refused(&with(&[("language-options", "en-US,en-GB")])), "two dialects");
    assert!(is_refused(&with(&[("language-options", "en-US,xx-XX")])), "an unknown one");
    assert!(is_refused(&[("identify-language", "true"), ("language-options", "en-US,es-US")]));
    assert!(is_refused(&[("language-code", "")]));
    assert!(is_refused(&[("language-code", "tlh-KL")]));
}

#[test]
fn a_vocabulary_must_be_known_and_named_as_the_language_is() {
    assert!(is_refused(&[("vocabulary-name", "unknown")]));
    assert!(is_refused(&[("vocabulary-names", "cards")]));
    let identify =
        [("language-code", ""), ("identify-language", "true"), ("language-options", "en-US,es-US")];
    assert!(is_refused(&[&identify[..], &[("vocabulary-name", "cards")]].concat()));
    assert!(read_with(&[&identify[..], &[("vocabulary-names", "cards")]].concat()).is_ok());
}

#[test]
fn numbers_and_flags_have_their_rules() {
    let bad: [&[(&str, &str)]; 10] = [
        &[("sample-rate", "7999")],
        &[("sample-rate", "48001")],
        &[("sample-rate", "")],
        &[("media-encoding", "wav")],
        &[("number-of-channels", "")],
        &[("enable-channel-identification", "")],
        &[("number-of-channels", "3")],
        &[("enable-channel-identification", "yes")],
        &[("partial-results-stability", "extreme")],
        &[("enable-partial-results-stabilization", "false")],
    ];
    for changes in bad {
        assert!(is_refused(changes), "{changes:?}");
    }
}
