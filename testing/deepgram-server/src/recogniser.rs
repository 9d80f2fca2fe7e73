//! One channel's audio to results. No clock: what is said, and when, follows from the samples.

use std::time::Duration;

use tone_words::{Decoder, Heard};

use crate::params::Params;

/// Audio after which what was heard becomes final although nobody paused.
const PIECE: Duration = Duration::from_secs(5);
/// Audio between two guesses.
const INTERIM: Duration = Duration::from_millis(500);

/// What is told of a channel, in samples from the stream's first one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Speech begins.
    Started {
        at: u64,
    },
    Result(Piece),
    /// A gap follows the word that ends here.
    UtteranceEnd {
        words_end: u64,
    },
}

/// The words from `start` to `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) words: Vec<Heard>,
    pub(crate) is_final: bool,
    pub(crate) speech_final: bool,
    pub(crate) from_finalize: bool,
}

/// What has been heard of one channel.
#[derive(Debug)]
pub(crate) struct Recogniser {
    decoder: Decoder,
    endpointing: Option<u64>,
    utterance_end: Option<u64>,
    interim: Option<u64>,
    piece: Option<u64>,
    vad_events: bool,
    /// Where the last final piece ended.
    piece_start: u64,
    /// Where the utterance began: pieces are cut from here on, so that they do not depend on where the stream began.
    utterance_start: Option<u64>,
    interim_at: u64,
    /// The words since `piece_start`.
    words: Vec<Heard>,
    last_word_end: Option<u64>,
}

impl Recogniser {
    /// One that `decides` makes what it heard final by itself.
    pub(crate) fn new(params: &Params, decides: bool) -> Self {
        let samples = |time: Duration| {
            u64::try_from(time.as_micros() * u128::from(params.rate_hz) / 1_000_000).unwrap_or(u64::MAX)
        };
        Self {
            decoder: Decoder::new(params.rate_hz),
            endpointing: params.endpointing.filter(|_| decides).map(samples),
            utterance_end: params.utterance_end.map(samples),
            interim: params.interim_results.then(|| samples(INTERIM)),
            piece: decides.then(|| samples(PIECE)),
            vad_events: params.vad_events,
            piece_start: 0,
            utterance_start: None,
            interim_at: 0,
            words: Vec::new(),
            last_word_end: None,
        }
    }

    /// Takes one sample; tells what follows from it.
    pub(crate) fn take(&mut self, sample: i16, out: &mut Vec<Told>) {
        let sounding = self.decoder.sounding_since();
        let heard = self.decoder.push(&[sample]);
        if self.vad_events && sounding.is_none() && self.utterance_start.is_none() {
            out.extend(self.decoder.sounding_since().map(|at| Told::Started { at }));
        }
        for word in heard {
            self.utterance_start.get_or_insert(word.start_sample);
            self.last_word_end = Some(word.end_sample);
            self.words.push(word);
        }
        self.end_of_speech(out);
        self.end_of_utterance(out);
        self.end_of_piece(out);
        self.guess(out);
    }

    /// Tells all that was heard up to the word that still sounds.
    pub(crate) fn finalize(&mut self) -> Option<Told> {
        let end = self.safe_end();
        (end > self.piece_start).then(|| self.cut(end, false, true))
    }

    /// Tells all that was heard; no more samples come.
    pub(crate) fn close(&mut self) -> Option<Told> {
        self.words.extend(self.decoder.finish());
        let end = self.decoder.position();
        (end > self.piece_start).then(|| self.cut(end, !self.words.is_empty(), false))
    }

    fn end_of_speech(&mut self, out: &mut Vec<Told>) {
        let Some(pause) = self.endpointing else { return };
        let (Some(word_end), Some(_)) = (self.last_word_end, self.utterance_start) else { return };
        if self.no_word() && self.decoder.position() >= word_end + pause {
            let end = self.decoder.position();
            out.push(self.cut(end, true, false));
            self.utterance_start = None;
        }
    }

    fn end_of_utterance(&mut self, out: &mut Vec<Told>) {
        let Some(gap) = self.utterance_end else { return };
        let Some(words_end) = self.last_word_end else { return };
        if self.decoder.position() == words_end + gap && self.no_word() {
            out.push(Told::UtteranceEnd { words_end });
            self.last_word_end = None;
        }
    }

    fn end_of_piece(&mut self, out: &mut Vec<Told>) {
        let Some(piece) = self.piece else { return };
        let from = self.utterance_start.map_or(self.piece_start, |start| start.max(self.piece_start));
        if self.decoder.position() >= from + piece {
            let end = self.safe_end();
            if end > self.piece_start {
                out.push(self.cut(end, false, false));
            }
        }
    }

    fn guess(&mut self, out: &mut Vec<Told>) {
        let Some(every) = self.interim else { return };
        let (position, start) = (self.decoder.position(), self.piece_start);
        if position >= self.interim_at.max(start) + every {
            self.interim_at = position;
            let piece = Piece {
                start,
                end: position,
                words: self.words.clone(),
                is_final: false,
                speech_final: false,
                from_finalize: false,
            };
            out.push(Told::Result(piece));
        }
    }

    fn cut(&mut self, end: u64, speech_final: bool, from_finalize: bool) -> Told {
        let piece = Piece {
            start: self.piece_start,
            end,
            words: std::mem::take(&mut self.words),
            is_final: true,
            speech_final,
            from_finalize,
        };
        self.piece_start = end;
        self.interim_at = self.decoder.position();
        Told::Result(piece)
    }

    fn no_word(&self) -> bool {
        self.decoder.word_since().is_none()
    }

    /// The last position that cuts no word in two.
    fn safe_end(&self) -> u64 {
        self.decoder.word_since().unwrap_or_else(|| self.decoder.position())
    }
}

#[cfg(test)]
mod tests {
    use tone_words::{encode_text, silence};

    use super::*;

    const RATE: u32 = 8_000;

    fn params() -> Params {
        Params {
            rate_hz: RATE,
            channels: 1,
            interim_results: true,
            endpointing: Some(Duration::from_millis(300)),
            utterance_end: Some(Duration::from_secs(1)),
            vad_events: true,
            multilingual: false,
            model: "nova-3".to_owned(),
        }
    }

    fn tell(samples: &[i16]) -> Vec<Told> {
        let mut recogniser = Recogniser::new(&params(), true);
        let mut out = Vec::new();
        for &sample in samples {
            recogniser.take(sample, &mut out);
        }
        out.extend(recogniser.close());
        out
    }

    fn said(parts: &[(u32, &str)]) -> Vec<i16> {
        parts
            .iter()
            .flat_map(|&(pause, text)| [silence(pause, RATE), encode_text(text, RATE)].concat())
            .collect()
    }

    fn finals(told: &[Told]) -> Vec<(String, bool)> {
        let finals = told.iter().filter_map(|told| match told {
            Told::Result(piece) if piece.is_final && !piece.words.is_empty() => {
                let words: Vec<_> = piece.words.iter().map(|word| word.word).collect();
                Some((words.join(" "), piece.speech_final))
            }
            Told::Result(_) | Told::Started { .. } | Told::UtteranceEnd { .. } => None,
        });
        finals.collect()
    }

    #[test]
    fn a_pause_ends_an_utterance_and_a_long_one_is_told_twice() {
        let told = tell(&said(&[(500, "my card number"), (2_000, "yes"), (400, "thank you")]));
        let expected = [("my card number", true), ("yes", true), ("thank you", true)];
        assert_eq!(finals(&told), expected.map(|(words, end)| (words.to_owned(), end)));
        let ends = told.iter().filter(|told| matches!(told, Told::UtteranceEnd { .. })).count();
        assert_eq!(ends, 1, "only one gap is a second long");
        assert_eq!(told.iter().filter(|told| matches!(told, Told::Started { .. })).count(), 3);
    }

    #[test]
    fn pieces_cover_the_audio_without_holes() {
        let samples = said(&[(12_000, "one two three"), (300, &"four ".repeat(40)), (9_000, "bye")]);
        let mut end = 0;
        for told in tell(&samples) {
            if let Told::Result(piece) = told {
                assert_eq!(piece.start, end);
                if piece.is_final {
                    end = piece.end;
                }
            }
        }
        assert_eq!(end, samples.len() as u64);
    }

    #[test]
    fn somebody_who_does_not_pause_is_told_in_pieces_that_cut_no_word() {
        let told = tell(&said(&[(0, &"four ".repeat(60))]));
        let finals = finals(&told);
        assert!(finals.len() >= 3);
        assert_eq!(finals.iter().map(|(words, _)| words.split(' ').count()).sum::<usize>(), 60);
        assert_eq!(finals.iter().filter(|(_, end)| *end).count(), 1);
    }

    #[test]
    fn where_the_stream_begins_changes_nothing_that_is_final() {
        let speech = said(&[(0, &"one two three four ".repeat(9)), (500, "my card"), (700, "no")]);
        let whole = finals(&tell(&speech));
        for pause in [1, 137, 333, 2_001, 4_999, 7_777] {
            assert_eq!(finals(&tell(&[silence(pause, RATE), speech.clone()].concat())), whole, "{pause}");
        }
    }

    #[test]
    fn asking_for_finals_cuts_no_word() {
        let mut recogniser = Recogniser::new(&params(), true);
        let mut out = Vec::new();
        let samples = said(&[(0, "yes no")]);
        let (heard, rest) = samples.split_at(2_400);
        heard.iter().for_each(|&sample| recogniser.take(sample, &mut out));
        out.extend(recogniser.finalize());
        rest.iter().for_each(|&sample| recogniser.take(sample, &mut out));
        out.extend(recogniser.close());
        assert_eq!(finals(&out), [("yes".to_owned(), false), ("no".to_owned(), true)]);
    }
}
