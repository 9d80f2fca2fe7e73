//! What was lost, and what is there that should not be.

use events::{Envelope, Event};
use model::Channel;

use crate::{
    outcome::{Mask, Outcome, Recording, Word},
    script::{Scripted, Spoken},
};

const SAMPLES_PER_MS: u64 = 8;
/// How far a word's time in a transcript may be from where it was spoken: a recogniser's own rounding.
const NEAR_MS: u64 = 40;
/// How much of a card number in a row counts as the number.
const TELLING_DIGITS: usize = 6;
const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// What is wrong with a call.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Words that were spoken and are not in the transcript.
    pub lost: usize,
    /// Words in the transcript that were not spoken there: said twice, or another call's.
    pub repeated: usize,
    /// Gaps that are marked.
    pub gaps: usize,
    /// Everything that is wrong, in words.
    pub faults: Vec<String>,
}

/// Holds a call against its script.
#[must_use]
pub fn judge(script: &Scripted, outcome: &Outcome) -> Verdict {
    let mut verdict = Verdict { gaps: outcome.gaps().count(), ..Verdict::default() };
    judge_log(&outcome.events, &mut verdict.faults);
    for channel in Channel::ALL {
        let spoken: Vec<Spoken> = script.of(channel).copied().collect();
        judge_words(channel, &spoken, &outcome.words[channel.index()], &mut verdict);
    }
    judge_secrets(script, &outcome.events, &mut verdict.faults);
    match &outcome.recording {
        Some(recording) => judge_recording(script, recording, &mut verdict.faults),
        None => verdict.faults.push("there is no recording".to_owned()),
    }
    for gap in outcome.gaps() {
        verdict.faults.push(format!("a gap is marked: {} {}..{} ms", gap.channel, gap.from_ms, gap.to_ms));
    }
    verdict
}

/// Where a call is not as the same call in an undisturbed run.
#[must_use]
pub fn differences(outcome: &Outcome, undisturbed: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    for channel in Channel::ALL {
        let (ours, theirs) = (&outcome.words[channel.index()], &undisturbed.words[channel.index()]);
        if ours != theirs {
            let at = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs);
            let at = at.unwrap_or_else(|| ours.len().min(theirs.len()));
            found.push(format!(
                "{channel}: {} words and masks, undisturbed {}; the first that differs is {:?}, undisturbed {:?}",
                ours.len(),
                theirs.len(),
                ours.get(at),
                theirs.get(at),
            ));
        }
    }
    if outcome.recording != undisturbed.recording {
        found.push(format!(
            "the recording is another: {}, undisturbed {}",
            described(outcome.recording.as_ref()),
            described(undisturbed.recording.as_ref()),
        ));
    }
    for name in
        ["agent_connected", "agent_disconnected", "hold_started", "hold_ended", "fragment_quarantined"]
    {
        let count = |of: &Outcome| of.events.iter().filter(|event| event.event.type_name() == name).count();
        if count(outcome) != count(undisturbed) {
            found.push(format!("{} times {name}, undisturbed {}", count(outcome), count(undisturbed)));
        }
    }
    found
}

fn described(recording: Option<&Recording>) -> String {
    recording.map_or_else(
        || "none".to_owned(),
        |recording| format!("{} samples with masks {:?}", recording.samples[0].len(), recording.masks),
    )
}

/// A log has no holes, begins once and ends once; what comes after the end is only what becomes of what is kept.
fn judge_log(events: &[Envelope], faults: &mut Vec<String>) {
    let end = events.iter().position(|event| matches!(event.event, Event::CallEnded(_)));
    let (live, after) = events.split_at(end.map_or(events.len(), |end| end + 1));
    let count = |wanted: fn(&Event) -> bool| live.iter().filter(|event| wanted(&event.event)).count();
    let started = count(|event| matches!(event, Event::CallStarted(started) if !started.provisional));
    let ended = count(|event| matches!(event, Event::CallEnded(_)));
    let recorded = count(|event| matches!(event, Event::RecordingCompleted(_)));
    if (started, ended, recorded) != (1, 1, 1) {
        faults.push(format!(
            "it started {started} times, was recorded {recorded} times and ended {ended} times"
        ));
    }
    let is_afterwards = |event: &Envelope| {
        matches!(
            event.event,
            // What becomes of what is kept, and what guidance has still to say: it says nothing of new words.
            Event::CallVerified(_)
                | Event::UtteranceRevised(_)
                | Event::RecordingCompleted(_)
                | Event::GuidanceStarted(_)
                | Event::WorkflowChanged(_)
                | Event::HintChanged(_)
                | Event::ChecklistChanged(_)
                | Event::AlertRaised(_)
                | Event::AlertCleared(_)
                | Event::MetricsSampled(_)
                | Event::SummaryWritten(_)
        )
    };
    if end.is_none() || !after.iter().all(is_afterwards) {
        faults.push("it goes on after its end".to_owned());
    }
    if !events.iter().map(|event| event.seq).eq(1..=events.len() as u64) {
        faults.push("its log has a hole, or an event twice".to_owned());
    }
}

/// Walks through what was spoken and what is shown, word by word.
fn judge_words(channel: Channel, spoken: &[Spoken], shown: &[Word], verdict: &mut Verdict) {
    let mut rest = spoken.iter().copied().peekable();
    let lose = |verdict: &mut Verdict, word: Spoken| {
        verdict.lost += 1;
        verdict.faults.push(format!("{channel}: {} at {} ms is lost", word.word, word.start_ms));
    };
    for word in shown {
        while let Some(lost) = rest.next_if(|spoken| spoken.end_ms + NEAR_MS < word.start_ms) {
            lose(verdict, lost);
        }
        if word.masked {
            while rest.next_if(|spoken| spoken.start_ms + NEAR_MS < word.end_ms).is_some() {}
            continue;
        }
        match rest.next_if(|spoken| {
            spoken.start_ms.abs_diff(word.start_ms) <= NEAR_MS && is(&word.text, spoken.word)
        }) {
            Some(spoken) if spoken.secret => {
                verdict
                    .faults
                    .push(format!("{channel}: a digit of the card is shown at {} ms", word.start_ms));
            }
            Some(_) => {}
            None => {
                verdict.repeated += 1;
                verdict
                    .faults
                    .push(format!("{channel}: {} at {} ms was not said there", word.text, word.start_ms));
            }
        }
    }
    rest.for_each(|lost| lose(verdict, lost));
}

/// Whether a transcript's word is a spoken one, but for case and punctuation.
fn is(shown: &str, spoken: &str) -> bool {
    shown.trim_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case(spoken)
}

/// No event shows so much of the card number that it tells anything, in whatever revision.
fn judge_secrets(script: &Scripted, events: &[Envelope], faults: &mut Vec<String>) {
    let card: Vec<&str> =
        script.of(Channel::Customer).filter(|spoken| spoken.secret).map(|spoken| spoken.word).collect();
    let figures = |words: &[&str]| -> String {
        words
            .iter()
            .filter_map(|word| DIGITS.iter().position(|digit| digit == word))
            .map(|digit| digit.to_string())
            .collect()
    };
    let shown = events.iter().map(|event| serde_json::to_string(event).unwrap_or_default());
    let shown = shown.collect::<Vec<_>>().join("\n").to_lowercase();
    // Words of an utterance lie apart in JSON: only their texts, in order.
    let texts: Vec<&str> = shown
        .split("\"text\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|text| text.trim_matches(|c: char| !c.is_alphanumeric()))
        .collect();
    let texts = texts.join(" ");
    for some in card.windows(TELLING_DIGITS) {
        if texts.contains(&some.join(" ")) || texts.contains(&figures(some)) {
            faults.push("its log shows a part of the card number".to_owned());
            return;
        }
    }
}

/// Outside its masks a recording is what was played, sample by sample; the card number lies inside them.
fn judge_recording(script: &Scripted, recording: &Recording, faults: &mut Vec<String>) {
    for channel in Channel::ALL {
        let (played, kept) = (script.samples(channel), &recording.samples[channel.index()]);
        if played.len() != kept.len() {
            faults.push(format!(
                "{channel}: {} samples are recorded, {} were played",
                kept.len(),
                played.len()
            ));
        }
        let masks: Vec<&Mask> = recording.masks.iter().filter(|mask| mask.channel == channel).collect();
        let is_masked = |ms: u64| masks.iter().any(|mask| (mask.from_ms..mask.to_ms).contains(&ms));
        let differs = |(at, (played, kept)): (u64, (&i16, &i16))| {
            (played != kept && !is_masked(at / SAMPLES_PER_MS)).then_some(at / SAMPLES_PER_MS)
        };
        let wrong: Vec<u64> = (0_u64..).zip(played.iter().zip(kept)).filter_map(differs).collect();
        if let (Some(first), Some(last)) = (wrong.first(), wrong.last()) {
            faults.push(format!(
                "{channel}: {} samples from {first} to {last} ms are not as played",
                wrong.len()
            ));
        }
        let open = script.of(channel).filter(|spoken| spoken.secret);
        let open =
            open.filter(|spoken| !(is_masked(spoken.start_ms + 10) && is_masked(spoken.end_ms - 10))).count();
        if open > 0 {
            faults.push(format!("{channel}: {open} digits of the card can be heard"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(word: &'static str, start_ms: u64, secret: bool) -> Spoken {
        Spoken { channel: Channel::Customer, word, start_ms, end_ms: start_ms + 160, secret }
    }

    fn shown(text: &str, start_ms: u64, end_ms: u64) -> Word {
        Word { start_ms, end_ms, text: text.to_owned(), masked: text.starts_with('[') }
    }

    fn verdict(shown: &[Word]) -> (usize, usize, usize) {
        let said = [
            spoken("my", 0, false),
            spoken("card", 220, false),
            spoken("four", 440, true),
            spoken("bye", 900, false),
        ];
        let mut verdict = Verdict::default();
        judge_words(Channel::Customer, &said, shown, &mut verdict);
        (verdict.lost, verdict.repeated, verdict.faults.len())
    }

    #[test]
    fn a_transcript_is_whole_when_each_word_is_there_once_or_masked() {
        let (my, card, mask, bye) = (
            shown("My", 0, 160),
            shown("card,", 220, 380),
            shown("[card]", 440, 600),
            shown("bye.", 900, 1_060),
        );
        let whole = [my, card, mask, bye];
        assert_eq!(verdict(&whole), (0, 0, 0));
        assert_eq!(verdict(&[whole[0].clone(), whole[2].clone(), whole[3].clone()]), (1, 0, 1));
        assert_eq!(verdict(&whole[..3]), (1, 0, 1));
        let twice =
            [whole[0].clone(), whole[1].clone(), whole[1].clone(), whole[2].clone(), whole[3].clone()];
        assert_eq!(verdict(&twice), (0, 1, 1));
        let clear = [whole[0].clone(), whole[1].clone(), shown("four", 440, 600), whole[3].clone()];
        assert_eq!(verdict(&clear), (0, 0, 1));
    }

    /// A recording as it should be: the card's words of the script under masks.
    fn recorded(script: &Scripted) -> Recording {
        let mask = |spoken: &Spoken| Mask {
            channel: spoken.channel,
            from_ms: spoken.start_ms,
            to_ms: spoken.end_ms + 1,
        };
        let masks: Vec<Mask> = script.spoken.iter().filter(|spoken| spoken.secret).map(mask).collect();
        let mut samples = Channel::ALL.map(|channel| script.samples(channel).to_vec());
        for mask in &masks {
            let range = |ms: u64| usize::try_from(ms * SAMPLES_PER_MS).unwrap();
            samples[mask.channel.index()][range(mask.from_ms)..range(mask.to_ms)].fill(77);
        }
        Recording { samples, masks }
    }

    fn faults(script: &Scripted, recording: &Recording) -> Vec<String> {
        let mut faults = Vec::new();
        judge_recording(script, recording, &mut faults);
        faults
    }

    #[test]
    fn a_recording_is_exact_outside_its_masks_and_the_card_lies_inside_them() {
        let script = Scripted::new(1, 30);
        let whole = recorded(&script);
        assert_eq!(faults(&script, &whole), Vec::<String>::new());
        let mut changed = whole.clone();
        changed.samples[0][8_000] ^= 1;
        assert_eq!(faults(&script, &changed).len(), 1);
        let mut short = whole.clone();
        short.samples[1].pop();
        assert_eq!(faults(&script, &short).len(), 1);
        let mut open = whole;
        open.masks.retain(|mask| mask.channel == Channel::Customer);
        open.samples[1] = script.samples(Channel::ToCustomer).to_vec();
        assert!(faults(&script, &open)[0].contains("16 digits"), "{:?}", faults(&script, &open));
        assert!(!faults(&Scripted::new(2, 30), &recorded(&script)).is_empty(), "another call's recording");
    }

    #[test]
    fn a_log_begins_once_ends_once_and_has_no_hole() {
        let mut faults = Vec::new();
        judge_log(&[], &mut faults);
        assert_eq!(faults.len(), 2, "{faults:?}");
    }
}
