//! What was told of one channel, and what a result of the stream that hears it now adds.

use std::{collections::BTreeMap, time::Duration};

use model::{Channel, MediaTime, SpokenWord};
use ports::SpeechResult;

/// Two recognisers hear the start of the same utterance up to this far apart.
const SAME_START: Duration = Duration::from_millis(500);
/// Results farther than this beyond the audio are not true.
const MAX_BEYOND: Duration = Duration::from_secs(30);
/// Utterances that were shown and are not final, per channel. A recogniser has one or two open; beyond this the oldest
/// is forgotten: its final still counts, but it is not taken back if that never comes.
const MAX_SHOWN: usize = 16;

/// Whether a result can be true when audio was sent up to `sent`.
pub(super) fn is_plausible(result: &SpeechResult, sent: MediaTime) -> bool {
    let limit = sent + MAX_BEYOND;
    match result {
        SpeechResult::Partial { start, end, words, .. } | SpeechResult::Final { start, end, words, .. } => {
            let in_order = words.iter().all(|word| word.start <= word.end && word.end <= limit);
            in_order && words.is_sorted_by_key(|word| word.start) && start <= end && *end <= limit
        }
        SpeechResult::Settled { through, .. } => *through <= limit,
        SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => true,
    }
}

/// One channel.
#[derive(Debug)]
pub(super) struct Told {
    settled: MediaTime,
    final_end: MediaTime,
    /// What lies before this was told by an earlier stream.
    floor: MediaTime,
    /// Utterances of this stream that were shown, by their start in it.
    open: BTreeMap<MediaTime, Shown>,
    /// Utterances of earlier streams that were shown and nobody has confirmed: start and end.
    orphans: BTreeMap<MediaTime, MediaTime>,
}

#[derive(Clone, Copy, Debug)]
struct Shown {
    /// The start under which it was shown.
    start: MediaTime,
    end: MediaTime,
}

/// The words of a partial or final.
struct Speech {
    channel: Channel,
    start: MediaTime,
    end: MediaTime,
    words: Vec<SpokenWord>,
    late: bool,
}

impl Told {
    /// Nothing was told of what begins at `start`.
    pub(super) const fn new(start: MediaTime) -> Self {
        Self {
            settled: start,
            final_end: start,
            floor: start,
            open: BTreeMap::new(),
            orphans: BTreeMap::new(),
        }
    }

    pub(super) const fn settled(&self) -> MediaTime {
        self.settled
    }

    /// Up to here every word was given as a final: finals of a channel come in order and do not overlap.
    pub(super) fn done(&self) -> MediaTime {
        self.settled.max(self.final_end)
    }

    /// The end of what was shown last and is not final.
    pub(super) fn open_end(&self) -> Option<MediaTime> {
        self.open.values().map(|shown| shown.end).max()
    }

    /// The stream is gone: what it has shown waits for the next one to confirm it.
    pub(super) fn stream_gone(&mut self) {
        let open = std::mem::take(&mut self.open);
        self.orphans.extend(open.into_values().map(|shown| (shown.start, shown.end)));
        while self.orphans.len() > MAX_SHOWN {
            self.orphans.pop_first();
        }
        self.floor = self.done();
    }

    /// What a result of this channel comes to, when audio was sent up to `sent`.
    pub(super) fn take(&mut self, result: SpeechResult, sent: MediaTime) -> Vec<SpeechResult> {
        let mut out = Vec::new();
        match result {
            SpeechResult::Partial { channel, start, end, words, late } => {
                self.partial(Speech { channel, start, end, words, late }, &mut out);
            }
            SpeechResult::Final { channel, start, end, words, late } => {
                self.finish(Speech { channel, start, end, words, late }, sent, &mut out);
            }
            SpeechResult::Settled { channel, through } => self.settle(channel, through.min(sent), &mut out),
            other @ (SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. }) => {
                out.push(other);
            }
        }
        out
    }

    /// The results end at `end`: nothing that was shown stays open.
    pub(super) fn end(&mut self, channel: Channel, end: MediaTime) -> Vec<SpeechResult> {
        let mut out = Vec::new();
        self.take_back(channel, |_| true, &mut out);
        self.settle(channel, end, &mut out);
        out
    }

    fn partial(&mut self, mut speech: Speech, out: &mut Vec<SpeechResult>) {
        if !self.cut(&mut speech) {
            return;
        }
        let known = self.open.get(&speech.start).map(|shown| shown.start);
        if speech.words.is_empty() && known.is_none() {
            return;
        }
        let start = known.or_else(|| self.adopt(speech.start)).unwrap_or(speech.start);
        let end = speech.end.max(start);
        self.take_back(speech.channel, |orphan| orphan < speech.end, out);
        self.open.insert(speech.start, Shown { start, end });
        if self.open.len() > MAX_SHOWN {
            self.open.pop_first();
        }
        let Speech { channel, words, late, .. } = speech;
        out.push(SpeechResult::Partial { channel, start, end, words, late });
    }

    fn finish(&mut self, mut speech: Speech, sent: MediaTime, out: &mut Vec<SpeechResult>) {
        if !self.cut(&mut speech) {
            return;
        }
        let known = self.open.remove(&speech.start).map(|shown| shown.start);
        let start = known.or_else(|| self.adopt(speech.start)).unwrap_or(speech.start);
        let end = speech.end.max(start);
        self.take_back(speech.channel, |orphan| orphan < speech.end, out);
        self.final_end = self.final_end.max(end.min(sent));
        let Speech { channel, words, late, .. } = speech;
        out.push(SpeechResult::Final { channel, start, end, words, late });
    }

    fn settle(&mut self, channel: Channel, through: MediaTime, out: &mut Vec<SpeechResult>) {
        if through <= self.settled {
            return;
        }
        self.settled = through;
        self.take_back(channel, |orphan| orphan < through, out);
        out.push(SpeechResult::Settled { channel, through });
    }

    /// Cuts away what an earlier stream has told: a word belongs to the side on which its middle lies. `false` when
    /// nothing is left.
    fn cut(&self, speech: &mut Speech) -> bool {
        let floor = self.floor;
        if speech.start >= floor {
            return true;
        }
        let had_words = !speech.words.is_empty();
        speech.words.retain(|word| word.start + word.end.since(word.start) / 2 >= floor);
        for word in &mut speech.words {
            word.start = word.start.max(floor);
            word.end = word.end.max(floor);
        }
        speech.start = floor;
        let left = !had_words || !speech.words.is_empty() || self.open.contains_key(&floor);
        left && speech.end > floor
    }

    /// The start under which an earlier stream has shown the utterance that starts here, a little apart.
    fn adopt(&mut self, start: MediaTime) -> Option<MediaTime> {
        let near = self.orphans.range(start.saturating_sub(SAME_START)..=start + SAME_START);
        let near = near.map(|(orphan, _)| *orphan);
        let nearest = near.min_by_key(|orphan| orphan.since(start).max(start.since(*orphan)))?;
        self.orphans.remove(&nearest);
        Some(nearest)
    }

    /// Takes back what an earlier stream has shown and this one has passed, or hears otherwise.
    fn take_back(
        &mut self,
        channel: Channel,
        passed: impl Fn(MediaTime) -> bool,
        out: &mut Vec<SpeechResult>,
    ) {
        let gone: Vec<_> = self.orphans.extract_if(.., |start, _| passed(*start)).collect();
        out.extend(gone.into_iter().map(|(start, end)| SpeechResult::Final {
            channel,
            start,
            end,
            words: Vec::new(),
            late: false,
        }));
    }
}
