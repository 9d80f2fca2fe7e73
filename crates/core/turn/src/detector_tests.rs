use proptest::prelude::*;

use super::*;

const LOUD: Frame = Frame { speech: 0.95, level_dbfs: -20.0 };
const QUIET: Frame = Frame { speech: 0.02, level_dbfs: -70.0 };

/// Feeds frames, answers every question with `complete`, and gathers what is said.
fn run(detector: &mut TurnDetector, frames: &[Frame], complete: bool) -> Vec<Output> {
    let mut said = Vec::new();
    for frame in frames {
        detector.handle_input(Input::Frame(*frame));
        while let Some(output) = detector.poll_output() {
            if matches!(output, Output::AskTurn { .. }) {
                detector.handle_input(Input::TurnComplete(complete));
            }
            said.push(output);
        }
    }
    said
}

fn finish(detector: &mut TurnDetector) -> Vec<Output> {
    detector.handle_input(Input::Finish);
    std::iter::from_fn(|| detector.poll_output()).collect()
}

fn segments(outputs: &[Output]) -> Vec<Segment> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::SegmentEnded(segment) => Some(segment.clone()),
            Output::SpeechStarted { .. } | Output::AskTurn { .. } => None,
        })
        .collect()
}

fn frames_of(parts: &[(Frame, usize)]) -> Vec<Frame> {
    parts.iter().flat_map(|(frame, count)| std::iter::repeat_n(*frame, *count)).collect()
}

#[test]
fn a_finished_turn_ends_at_the_first_pause() {
    let mut detector = TurnDetector::new(TurnConfig::default());
    let said = run(&mut detector, &frames_of(&[(QUIET, 20), (LOUD, 30), (QUIET, 60)]), true);
    assert_eq!(said[0], Output::SpeechStarted { at: 20, audio: 12 });
    assert_eq!(said[1], Output::AskTurn { through: 60 });
    assert_eq!(
        said[2],
        Output::SegmentEnded(Segment { audio: 12..57, speech: 20..50, voiced: 30, ended: Ended::Turn })
    );
    assert_eq!(said.len(), 3);
}

#[test]
fn an_unfinished_turn_waits_for_the_longer_silence() {
    let mut detector = TurnDetector::new(TurnConfig::default());
    let parts = [(QUIET, 20), (LOUD, 30), (QUIET, 15), (LOUD, 10), (QUIET, 60)];
    let said = run(&mut detector, &frames_of(&parts), false);
    let ended = segments(&said);
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].speech, 20..75);
    assert_eq!(ended[0].ended, Ended::Silence);
    // Asked once in the first pause and twice in the last.
    assert_eq!(said.iter().filter(|output| matches!(output, Output::AskTurn { .. })).count(), 3);
}

#[test]
fn a_click_starts_nothing() {
    let mut detector = TurnDetector::new(TurnConfig::default());
    let said = run(&mut detector, &frames_of(&[(QUIET, 9), (LOUD, 1), (QUIET, 40)]), true);
    assert!(said.is_empty());
}

#[test]
fn speech_right_after_a_segment_loses_none_of_its_start() {
    let mut detector = TurnDetector::new(TurnConfig::default());
    let parts = [(LOUD, 30), (QUIET, 11), (LOUD, 30), (QUIET, 40)];
    let ended = segments(&run(&mut detector, &frames_of(&parts), true));
    assert_eq!(ended.len(), 2);
    assert_eq!(ended[0].audio.end, ended[1].audio.start);
    assert_eq!(ended[1].speech.start, 41);
}

#[test]
fn a_long_segment_is_cut_where_it_is_quietest() {
    let mut detector = TurnDetector::new(TurnConfig::default());
    let dip = Frame { speech: 0.9, level_dbfs: -45.0 };
    let said = run(&mut detector, &frames_of(&[(LOUD, 300), (dip, 6), (LOUD, 300), (QUIET, 40)]), true);
    let ended = segments(&said);
    assert_eq!(ended[0].audio, 0..303);
    assert_eq!(ended[0].ended, Ended::Length);
    assert_eq!(ended[1].speech, 303..606);
    assert!(said.contains(&Output::SpeechStarted { at: 303, audio: 303 }));
}

#[test]
fn an_answer_after_speech_went_on_is_too_late() {
    let mut detector = TurnDetector::new(TurnConfig::default());
    for frame in frames_of(&[(LOUD, 30), (QUIET, 10), (LOUD, 1)]) {
        detector.handle_input(Input::Frame(frame));
    }
    detector.handle_input(Input::TurnComplete(true));
    assert!(detector.is_speaking());
}

#[test]
fn the_end_of_the_audio_ends_what_is_open() {
    let mut detector = TurnDetector::new(TurnConfig::default());
    run(&mut detector, &frames_of(&[(LOUD, 30)]), true);
    assert_eq!(segments(&finish(&mut detector))[0].audio, 0..30);
    assert!(finish(&mut detector).is_empty());
}

proptest! {
    #[test]
    fn segments_never_overlap_and_hold_all_sure_speech(
        parts in prop::collection::vec((0_u8..=3, 1_usize..120), 0..40),
        complete in any::<bool>(),
    ) {
        let kinds = [
            QUIET,
            LOUD,
            Frame { speech: 0.4, level_dbfs: -35.0 },
            Frame { speech: 0.6, level_dbfs: -50.0 },
        ];
        let frames: Vec<Frame> =
            parts.iter().flat_map(|(kind, count)| std::iter::repeat_n(kinds[*kind as usize], *count)).collect();
        let config = TurnConfig::default();
        let mut detector = TurnDetector::new(config.clone());
        let mut said = Vec::new();
        for frame in &frames {
            let settled = detector.settled();
            let needed = detector.needed_from();
            let new = run(&mut detector, std::slice::from_ref(frame), complete);
            for output in &new {
                match output {
                    Output::SpeechStarted { at, audio } => {
                        prop_assert!(*at >= settled && *audio >= needed && audio <= at);
                    }
                    Output::SegmentEnded(segment) => {
                        prop_assert!(segment.speech.start >= settled && segment.audio.start >= needed);
                    }
                    Output::AskTurn { .. } => {}
                }
            }
            prop_assert!(detector.settled() >= settled && detector.needed_from() >= needed);
            said.extend(new);
        }
        said.extend(finish(&mut detector));
        let segments = segments(&said);
        for pair in segments.windows(2) {
            prop_assert!(pair[0].audio.end <= pair[1].audio.start);
        }
        for segment in &segments {
            prop_assert!(segment.audio.start <= segment.speech.start);
            prop_assert!(segment.speech.end <= segment.audio.end);
            prop_assert!(segment.audio.end <= frames.len() as u64);
            prop_assert!(segment.audio.end - segment.audio.start <= u64::from(config.max_segment));
        }
        // Two sure frames in a row are always within a segment.
        for at in 1..frames.len() {
            if frames[at - 1].speech >= config.onset && frames[at].speech >= config.onset {
                let at = at as u64;
                prop_assert!(segments.iter().any(|segment| segment.audio.contains(&at)));
            }
        }
    }
}
