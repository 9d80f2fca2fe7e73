//! Redacted utterances as text and subtitles.

use events::TranscriptUtterance;
use model::Participant;

/// A masked or empty subtitle still has to be seen.
const MIN_CUE_MS: u64 = 1;

/// One line per utterance, in time order: `[00:12.345] Customer: my card is [card]`.
#[must_use]
pub fn render_txt(utterances: &[TranscriptUtterance]) -> String {
    let mut out = String::new();
    for utterance in in_order(utterances) {
        let ms = utterance.start_ms;
        out.push_str(&format!(
            "[{:02}:{:02}.{:03}] {}: {}\n",
            ms / 60_000,
            ms / 1_000 % 60,
            ms % 1_000,
            speaker(utterance.participant),
            one_line(&utterance.text())
        ));
    }
    out
}

/// The utterances as an SRT file, numbered from 1 in time order. Cues of two speakers may overlap.
#[must_use]
pub fn render_srt(utterances: &[TranscriptUtterance]) -> String {
    let mut out = String::new();
    for (n, utterance) in in_order(utterances).into_iter().enumerate() {
        let end_ms = utterance.end_ms.max(utterance.start_ms.saturating_add(MIN_CUE_MS));
        out.push_str(&format!(
            "{}\r\n{} --> {}\r\n{}: {}\r\n\r\n",
            n + 1,
            srt_time(utterance.start_ms),
            srt_time(end_ms),
            speaker(utterance.participant),
            srt_text(&utterance.text())
        ));
    }
    out
}

/// Utterances that have words, by start.
fn in_order(utterances: &[TranscriptUtterance]) -> Vec<&TranscriptUtterance> {
    let mut ordered: Vec<_> = utterances.iter().filter(|utterance| !utterance.words.is_empty()).collect();
    ordered.sort_by_key(|utterance| (utterance.start_ms, utterance.id));
    ordered
}

const fn speaker(participant: Participant) -> &'static str {
    match participant {
        Participant::Customer => "Customer",
        Participant::Agent => "Agent",
        Participant::System => "System",
        Participant::Bot => "Bot",
    }
}

fn srt_time(ms: u64) -> String {
    format!("{:02}:{:02}:{:02},{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
}

/// Recognised text holds no line breaks, but a file's structure must not rest on that.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control()).collect::<Vec<_>>().join(" ")
}

/// Players read `<b>` and `{\an8}` as markup: what was said stays text.
fn srt_text(text: &str) -> String {
    one_line(text).replace("-->", "->").replace(['<', '{'], "(").replace(['>', '}'], ")")
}

#[cfg(test)]
mod tests {
    use events::{EntityKind, TranscriptWord};
    use model::{Channel, MediaTime, UtteranceId};

    use super::*;

    fn said(channel: Channel, start_ms: u64, end_ms: u64, words: &[&str]) -> TranscriptUtterance {
        let word = |text: &&str| TranscriptWord {
            text: (*text).to_owned(),
            start_ms,
            end_ms,
            confidence: 1.0,
            masked: (*text == "[card]").then_some(EntityKind::Card),
        };
        TranscriptUtterance {
            id: UtteranceId::new(channel, MediaTime::from_millis(start_ms)),
            revision: 1,
            channel,
            participant: if channel == Channel::Customer {
                Participant::Customer
            } else {
                Participant::Agent
            },
            start_ms,
            end_ms,
            words: words.iter().map(word).collect(),
        }
    }

    #[test]
    fn text_has_one_line_per_utterance_in_time_order() {
        let list = [
            said(Channel::Customer, 62_345, 64_000, &["it", "is", "[card]"]),
            said(Channel::ToCustomer, 1_000, 2_000, &["hello"]),
        ];
        assert_eq!(render_txt(&list), "[00:01.000] Agent: hello\n[01:02.345] Customer: it is [card]\n");
    }

    #[test]
    fn subtitles_are_numbered_and_may_overlap() {
        let list = [
            said(Channel::Customer, 3_600_500, 3_602_000, &["yes"]),
            said(Channel::ToCustomer, 3_600_000, 3_601_000, &["hello"]),
        ];
        assert_eq!(
            render_srt(&list),
            "1\r\n01:00:00,000 --> 01:00:01,000\r\nAgent: hello\r\n\r\n\
             2\r\n01:00:00,500 --> 01:00:02,000\r\nCustomer: yes\r\n\r\n"
        );
    }

    #[test]
    fn utterances_without_words_are_left_out() {
        assert_eq!(render_srt(&[said(Channel::Customer, 0, 10, &[])]), "");
        assert_eq!(render_txt(&[said(Channel::Customer, 0, 10, &[])]), "");
    }

    #[test]
    fn a_subtitle_of_no_length_still_has_one() {
        assert!(
            render_srt(&[said(Channel::Customer, 5, 5, &["a"])]).contains("00:00:00,005 --> 00:00:00,006")
        );
    }

    #[test]
    fn speech_cannot_break_the_file() {
        let list = [said(Channel::Customer, 0, 10, &["a\n\n2\n", "-->", "<b>", "{\\an8}"])];
        let srt = render_srt(&list);
        assert_eq!(srt.matches("-->").count(), 1);
        assert_eq!(srt.lines().count(), 4);
        assert!(!srt.contains(['<', '{']));
        assert_eq!(render_txt(&list).lines().count(), 1);
    }
}
