//! What must hold after the calls. Each check looks at what is stored or was sent, not at what the code meant to do.

use std::{
    fs,
    path::{Path, PathBuf},
};

use audio::Tone;
use engine::recording_key;
use events::CallEndReason;
use lab::SensitiveSpan;
use serde_json::{Value, json};

use super::summary::{Played, Summary};
use crate::node::Node;

/// The most word errors that the samples may have.
const MAX_WORD_ERROR_RATE: f64 = 0.15;
/// Largest stored file that is searched.
const MAX_SEARCHED_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes of a WAV header before the samples.
const WAV_HEADER: usize = audio::WAV_HEADER_BYTES;

/// One check: what it promises, and where it does not hold.
struct Check {
    promise: &'static str,
    broken: Vec<String>,
}

/// All checks.
pub(super) struct Checks(Vec<Check>);

impl Checks {
    pub(super) fn run(summary: &Summary, server: &Node, data: &Path) -> Self {
        let each = |broken: &dyn Fn(&Played) -> Option<String>| -> Vec<String> {
            let name = |call: &Played| broken(call).map(|why| format!("{}: {why}", call.name));
            summary.calls.iter().filter_map(name).collect()
        };
        let rate = summary.word_errors().rate();
        let wrong = (rate > MAX_WORD_ERROR_RATE).then(|| format!("{:.1} % are wrong", rate * 100.0));
        let recordings = Recordings { folder: data.join("blobs"), server };
        Self(vec![
            Check { promise: "every call was placed and carried", broken: summary.failed.clone() },
            Check { promise: "every call ended when its contact did", broken: each(&ended) },
            Check { promise: "no audio was lost or kept out", broken: each(&whole) },
            Check { promise: "agents and holds were seen", broken: each(&moments) },
            Check { promise: "every sensitive word is masked in what was shown", broken: each(&masked) },
            Check { promise: "no stored byte holds a sensitive number", broken: stored(summary, data) },
            Check {
                promise: "recordings hold a tone where it was said",
                broken: each(&|call| recordings.toned(call)),
            },
            Check { promise: "the words are those of the script", broken: wrong.into_iter().collect() },
        ])
    }

    pub(super) fn held(&self) -> bool {
        self.0.iter().all(|check| check.broken.is_empty())
    }

    pub(super) fn text(&self) -> String {
        let mut lines = Vec::new();
        for check in &self.0 {
            let mark = if check.broken.is_empty() { "ok    " } else { "BROKEN" };
            lines.push(format!("{mark}  {}", check.promise));
            lines.extend(check.broken.iter().map(|why| format!("        {why}")));
        }
        lines.join("\n")
    }

    pub(super) fn json(&self) -> Value {
        self.0.iter().map(|check| json!({"promise": check.promise, "broken": check.broken})).collect()
    }
}

fn ended(call: &Played) -> Option<String> {
    match call.heard.ended.as_ref().map(|ended| ended.reason) {
        Some(CallEndReason::Disconnected) => None,
        Some(other) => Some(format!("it ended by {other:?}")),
        None => Some("it has no end".to_owned()),
    }
}

fn whole(call: &Played) -> Option<String> {
    let (gaps, quarantined) = (call.heard.gaps, call.heard.quarantined);
    (gaps + quarantined > 0).then(|| format!("{gaps} gaps, {quarantined} fragments quarantined"))
}

fn moments(call: &Played) -> Option<String> {
    let wanted = |kind| call.facts.events.iter().filter(|moment| moment.kind == kind).count();
    let agent = &call.facts.agent.name;
    if wanted(lab::EventKind::AgentConnected) > 0 && !call.heard.agents.contains(agent) {
        return Some(format!("{agent} was not seen"));
    }
    let holds = wanted(lab::EventKind::HoldStarted);
    (call.heard.holds != holds).then(|| format!("{} holds were seen, {holds} were there", call.heard.holds))
}

/// Within each sensitive span something is masked, and no word in clear reads as a number.
fn masked(call: &Played) -> Option<String> {
    let words: Vec<_> =
        call.heard.utterances.values().flat_map(|u| u.words.iter().map(move |w| (u.channel, w))).collect();
    for span in &call.facts.sensitive {
        let touches = |start: u64, end: u64| start < span.end_ms && end > span.start_ms;
        let mut within =
            words.iter().filter(|(channel, w)| *channel == span.channel && touches(w.start_ms, w.end_ms));
        if !within.clone().any(|(_, word)| word.masked.is_some()) {
            return Some(format!("the {} is not masked", span.kind));
        }
        let digits =
            |text: &str| wer::normalise(text).iter().any(|word| word.chars().all(|c| c.is_ascii_digit()));
        if within.any(|(_, word)| word.masked.is_none() && digits(&word.text)) {
            return Some(format!("a part of the {} is in clear", span.kind));
        }
    }
    None
}

/// Searches every stored file for the numbers, written and spoken.
fn stored(summary: &Summary, data: &Path) -> Vec<String> {
    let needles: Vec<(&SensitiveSpan, Vec<String>)> = summary
        .calls
        .iter()
        .flat_map(|call| &call.facts.sensitive)
        .filter(|span| span.digits.len() >= 4)
        .map(|span| (span, spellings(&span.digits)))
        .collect();
    let mut found = Vec::new();
    for file in files(data) {
        let small = fs::metadata(&file).is_ok_and(|about| about.len() <= MAX_SEARCHED_BYTES);
        let Ok(bytes) = fs::read(&file) else { continue };
        if !small {
            found.push(format!("{} is too large to be searched", file.display()));
        }
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for (span, spellings) in &needles {
            if spellings.iter().any(|spelling| text.contains(spelling)) {
                found.push(format!("{} holds a {}", file.display(), span.kind));
            }
        }
    }
    found
}

/// How a number may be written: in one, in groups, spoken.
fn spellings(digits: &str) -> Vec<String> {
    const NAMES: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let spoken = |joint: &str| {
        let name = |digit: char| NAMES.get(digit.to_digit(10)? as usize).copied();
        digits.chars().filter_map(name).collect::<Vec<_>>().join(joint)
    };
    let mut all = vec![digits.to_owned(), spoken(" "), spoken(", "), spoken("-")];
    for (size, joint) in [(4, " "), (4, "-"), (3, "-"), (3, " "), (1, "-"), (1, " ")] {
        let digits: Vec<char> = digits.chars().collect();
        all.push(
            digits.chunks(size).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(joint),
        );
    }
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The committed recordings.
struct Recordings<'s> {
    folder: PathBuf,
    server: &'s Node,
}

impl Recordings<'_> {
    /// Every sensitive span of the recording is the tone.
    fn toned(&self, call: &Played) -> Option<String> {
        if !call.heard.recorded {
            return Some("it has no recording".to_owned());
        }
        let id = call.call_id.parse().ok()?;
        let path = self.folder.join(recording_key(&self.server.tenant, &id, model::Epoch::FIRST));
        let Ok(wav) = fs::read(&path) else { return Some(format!("{} cannot be read", path.display())) };
        let mut samples = Vec::new();
        audio::pcm_from_bytes(wav.get(WAV_HEADER..).unwrap_or_default(), &mut samples);
        call.facts.sensitive.iter().find_map(|span| {
            let channel: Vec<i16> = samples.chunks_exact(2).map(|pair| pair[span.channel.index()]).collect();
            (!is_tone(&channel, span)).then(|| format!("the {} can be heard", span.kind))
        })
    }
}

/// Whether every sample of the span is the tone's.
fn is_tone(channel: &[i16], span: &SensitiveSpan) -> bool {
    let at = |ms: u64| ms * u64::from(call::SAMPLE_RATE_HZ) / 1_000;
    let tone = Tone::new(call::SAMPLE_RATE_HZ);
    (at(span.start_ms)..at(span.end_ms))
        .all(|n| usize::try_from(n).ok().and_then(|n| channel.get(n)) == Some(&tone.sample(n)))
}

/// How many words a number of the samples takes when it is spoken: the scripts say a word for each digit.
pub(super) const fn spoken_words(digits: &str) -> usize {
    digits.len()
}

#[cfg(test)]
mod tests {
    use model::Channel;

    use super::*;

    fn span(channel: Channel) -> SensitiveSpan {
        SensitiveSpan { channel, start_ms: 100, end_ms: 200, kind: "card".into(), digits: "4111".into() }
    }

    #[test]
    fn a_span_with_speech_left_in_it_is_not_the_tone() {
        let tone = Tone::new(call::SAMPLE_RATE_HZ);
        let mut channel: Vec<i16> = (0..2_400).map(|n| tone.sample(n)).collect();
        assert!(is_tone(&channel, &span(Channel::Customer)));
        channel[1_000] = 20_000;
        assert!(!is_tone(&channel, &span(Channel::Customer)));
        assert!(!is_tone(&channel[..900], &span(Channel::Customer)));
    }

    #[test]
    fn numbers_are_looked_for_in_every_spelling() {
        let spellings = spellings("41112222");
        for spelling in ["41112222", "4111 2222", "4-1-1-1-2-2-2-2", "four one one one two two two two"] {
            assert!(spellings.iter().any(|known| known == spelling), "{spelling}");
        }
    }
}
