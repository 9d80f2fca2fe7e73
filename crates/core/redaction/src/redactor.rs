//! The redactor of one call.

use std::{borrow::Cow, collections::VecDeque, time::Duration};

use events::{EntityKind, TranscriptUtterance, UtteranceRevised};
use model::{Channel, MediaTime, Participant, Utterance, UtteranceId, UtteranceText};

use crate::{
    Policy,
    asked::Asked,
    cue::{self, Cue, Found},
    detect::{self, People},
    dialogue::Dialogue,
    echo::{EchoMemory, NGRAM},
    judge::{self, Scene, Verdict},
    policy::{Act, last_four},
    said::Said,
    slot,
    token::{Token, tokens},
    view::{Span, merged, mutes, shown},
};

/// The most finished utterances that are remembered in clear, so that a later one can still mask them. Beyond
/// it the oldest is forgotten and stays as it is.
pub const MAX_REMEMBERED_UTTERANCES: usize = 16;

/// The most words of one remembered utterance. A longer one is not remembered.
pub const MAX_REMEMBERED_WORDS: usize = 1_000;

/// How long after an utterance the next one of the same speaker may go on with its last number.
const BREATH: Duration = Duration::from_secs(8);

/// Audio that must be replaced by a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mute {
    /// The channel.
    pub channel: Channel,
    /// First position to replace.
    pub from: MediaTime,
    /// First position after it.
    pub to: MediaTime,
    /// What was said there.
    pub kind: EntityKind,
}

/// What may be shown and kept of one utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Redacted {
    /// The utterance with masks.
    pub utterance: TranscriptUtterance,
    /// Audio to replace, padded and merged: of this utterance when it is final, and all of each revised one.
    /// The same audio may be named more than once.
    pub mutes: Vec<Mute>,
    /// Which of the words given are masked, and why; in order, apart from each other.
    pub spans: Vec<Span>,
    /// What is shown for each of `spans`.
    pub masks: Vec<String>,
    /// Finished utterances in which more is masked now.
    pub revised: Vec<UtteranceRevised>,
    /// What is masked of each of `revised`, in their order: all of it, as spans over their words.
    pub revised_spans: Vec<Vec<Span>>,
}

/// Masks the utterances of one call, in the order in which they are recognised.
#[derive(Debug)]
pub struct Redactor {
    policy: Policy,
    dialogue: Dialogue,
    asked: Asked,
    said: Said,
    echo: EchoMemory,
    people: People,
    remembered: VecDeque<Remembered>,
    /// Per channel: the shown number that ended the last finished utterance.
    dangling: [Option<Dangling>; 2],
}

/// A finished utterance that may still have to be masked. Its words print as nothing.
#[derive(Debug)]
struct Remembered {
    utterance: Utterance,
    participant: Participant,
    spans: Vec<Span>,
    /// What is shown for each of them.
    masks: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Dangling {
    id: UtteranceId,
    words: (usize, usize),
    end: MediaTime,
}

impl Redactor {
    /// A redactor for one call.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        let echo = EchoMemory::new(policy.echo_key);
        let people = People::new(policy.echo_key);
        let said = Said::new(policy.echo_key);
        Self {
            policy,
            dialogue: Dialogue::new(),
            asked: Asked::new(),
            said,
            echo,
            people,
            remembered: VecDeque::new(),
            dangling: [None; 2],
        }
    }

    /// Masks one version of an utterance. A final that is given again gets the same masks again.
    pub fn redact(&mut self, utterance: &Utterance, participant: Participant) -> Redacted {
        self.take(Cow::Borrowed(utterance), participant, true)
    }

    /// The same for an utterance of which nobody sees the words or hears the sound: gives spans and masks alone.
    pub(crate) fn redact_unshown(&mut self, utterance: Utterance, participant: Participant) -> Redacted {
        self.take(Cow::Owned(utterance), participant, false)
    }

    fn take(&mut self, utterance: Cow<'_, Utterance>, participant: Participant, show: bool) -> Redacted {
        let (id, end) = (utterance.id, utterance.end);
        let is_final = utterance.text == UtteranceText::Final;
        if is_final && let Some(known) = self.remembered.iter().find(|known| known.utterance.id == id) {
            return Redacted {
                utterance: known.shown(),
                mutes: mutes(&known.utterance, &known.spans, &self.policy),
                spans: known.spans.clone(),
                masks: known.masks.clone(),
                revised: Vec::new(),
                revised_spans: Vec::new(),
            };
        }
        let tokens = tokens(&utterance.words);
        let cues = cue::scan(&tokens);
        let verdict = self.judge(&utterance, &tokens, &cues);
        self.dialogue.hear(id, &cues, end, is_final);
        let asks = self.asked.hear(id, &tokens, end, is_final)
            | self.people.ask(id, detect::asks(&tokens), end, is_final);
        let masks = self.masks(&utterance, &verdict.spans);
        let held = verdict.held_from.filter(|_| !is_final);
        let utterance_shown = match held {
            _ if !show => nothing(&utterance, participant),
            Some(held) => shown(&up_to(&utterance, held), participant, &verdict.spans, &masks),
            None => shown(&utterance, participant, &verdict.spans, &masks),
        };
        let mut out = Redacted {
            utterance: utterance_shown,
            mutes: Vec::new(),
            spans: verdict.spans.clone(),
            masks: masks.clone(),
            revised: Vec::new(),
            revised_spans: Vec::new(),
        };
        if is_final {
            if show {
                out.mutes = mutes(&utterance, &verdict.spans, &self.policy);
            }
            let met = self.meet(&utterance, &tokens, &verdict.spans);
            self.said.remember(&tokens, &verdict.spans);
            self.finish(utterance, participant, verdict, masks, &mut out);
            self.revise_names(&met, &mut out);
        } else {
            self.dialogue.hear_partial(id, &verdict.hidden, end);
        }
        if asks || cues.iter().any(|(_, cue)| *cue != Cue::Counts) {
            self.revise_answers(id, &mut out);
        }
        out
    }

    /// Takes in what was said before this redactor began, as far as it is shown: which numbers were asked for. What was
    /// masked is not known, so nothing of it is remembered or revised.
    pub fn recall(&mut self, shown: &Utterance) {
        let tokens = tokens(&shown.words);
        let cues = cue::scan(&tokens);
        self.dialogue.hear(shown.id, &cues, shown.end, true);
        self.asked.hear(shown.id, &tokens, shown.end, true);
        self.people.ask(shown.id, detect::asks(&tokens), shown.end, true);
    }

    fn judge(&self, utterance: &Utterance, tokens: &[Token], cues: &[Found]) -> Verdict {
        let (channel, start) = (utterance.id.channel(), utterance.id.start());
        let (mut slots, mut expected) = (Vec::new(), Vec::new());
        let known = self.dialogue.slots(utterance.id).into_iter().map(|slot| (0, slot));
        let said = cues.iter().filter_map(|(at, cue)| match cue {
            Cue::Opens(slot) => Some((*at, *slot)),
            Cue::LastFour => Some((*at, EntityKind::Number)),
            Cue::Counts => None,
        });
        for (at, slot) in known.chain(said) {
            if slot == EntityKind::Number {
                // "The number" after "your card" is the card's number.
                slots.push((at, slots.last().map_or(slot, |(_, newest)| *newest)));
            } else if slot::takes_digits(slot) {
                slots.push((at, slot));
            } else {
                expected.push((at, slot));
            }
            if slot == EntityKind::Address {
                // The last number of an address.
                slots.push((at, EntityKind::Postcode));
            }
        }
        let goes_on = self.dangling[channel.index()].filter(|shown| start <= shown.end + BREATH);
        let unfinished =
            self.dialogue.unfinished(utterance.id).or_else(|| goes_on.map(|_| EntityKind::Number));
        let asked = self.asked.expected(utterance.id);
        let scene = Scene {
            words: &utterance.words,
            tokens,
            partial: utterance.text == UtteranceText::Partial,
            slots,
            expected,
            asked: &asked,
            question: self.dialogue.is_question_for(utterance.id),
            unfinished,
            midway: goes_on.is_some() || self.dialogue.unfinished_by(channel, start).is_some(),
            echo: &self.echo,
            people: &self.people,
            wanted: self.people.wanted(utterance.id),
            said: &self.said,
            acts: &self.policy.acts,
        };
        scene.judge()
    }

    /// What is shown for each span.
    fn masks(&self, utterance: &Utterance, spans: &[Span]) -> Vec<String> {
        let is_final = utterance.text == UtteranceText::Final;
        let mask = |span: &Span| {
            let keeps = is_final && self.policy.acts.of(span.kind) == Act::LastFour;
            let kept = if keeps { last_four(&utterance.words, span) } else { None };
            kept.map_or_else(
                || self.policy.mask(span.kind),
                |kept| format!("[{} {kept}]", span.kind.as_str()),
            )
        };
        spans.iter().map(mask).collect()
    }

    fn finish(
        &mut self,
        utterance: Cow<'_, Utterance>,
        participant: Participant,
        verdict: Verdict,
        masks: Vec<String>,
        out: &mut Redacted,
    ) {
        let (id, end) = (utterance.id, utterance.end);
        for run in &verdict.hidden {
            self.echo.remember(&run.digits, run.kind);
            self.echo.remember(&run.code, run.kind);
        }
        if verdict.hidden.iter().any(|run| run.digits.len() > NGRAM) {
            self.revise_echoes(id, out);
        }
        self.dialogue.feed(id.channel(), &verdict.hidden, end);
        self.asked.finish(id, &verdict.spans, utterance.words.len(), end);
        self.dialogue.end_turn(id.channel(), !verdict.hidden.is_empty(), end);
        let ended = verdict.dangling.map(|words| Dangling { id, words, end });
        let before = std::mem::replace(&mut self.dangling[id.channel().index()], ended);
        if let Some(first) = verdict.hidden.first().filter(|run| run.leading)
            && let Some(shown) = before.filter(|shown| id.start() <= shown.end + BREATH)
        {
            let span = Span {
                from: shown.words.0,
                to: shown.words.1,
                kind: first.kind,
                confidence: 90,
                reason: "a number split over turns",
            };
            self.revise(shown.id, vec![span], "number_split_over_turns", out);
        }
        if utterance.words.len() <= MAX_REMEMBERED_WORDS {
            let utterance = utterance.into_owned();
            self.remembered.push_back(Remembered { utterance, participant, spans: verdict.spans, masks });
            if self.remembered.len() > MAX_REMEMBERED_UTTERANCES {
                self.remembered.pop_front();
            }
        }
    }

    /// Remembers the names of a finished utterance; gives those that are new.
    fn meet(&mut self, utterance: &Utterance, tokens: &[Token], spans: &[Span]) -> Vec<String> {
        let names = detect::sure_names(tokens, spans);
        let new = names.filter(|name| self.people.learn(name)).map(str::to_owned).collect();
        self.people.end_turn(utterance.id, utterance.end, spans, detect::ends_open(tokens, spans));
        new
    }

    /// Judges again what was said before a name was known, where it may be said.
    fn revise_names(&mut self, names: &[String], out: &mut Redacted) {
        if !names.is_empty() {
            self.revise_all(|known| known.may_say(names), "name_given_later", out);
        }
    }

    /// Recognition of the two sides is not in step: judges again what the other side said after the cue.
    fn revise_answers(&mut self, asked: UtteranceId, out: &mut Redacted) {
        let is_answer = |known: &Remembered| {
            known.utterance.id.channel() != asked.channel() && known.utterance.id.start() >= asked.start()
        };
        self.revise_all(is_answer, "asked_for_before", out);
    }

    /// Judges again those of the remembered utterances that are `chosen`.
    fn revise_all(&mut self, chosen: impl Fn(&Remembered) -> bool, reason: &str, out: &mut Redacted) {
        let answers: Vec<(UtteranceId, Vec<Span>)> = self
            .remembered
            .iter()
            .filter(|known| chosen(known))
            .map(|known| {
                let tokens = tokens(&known.utterance.words);
                let cues = cue::scan(&tokens);
                (known.utterance.id, self.judge(&known.utterance, &tokens, &cues).spans)
            })
            .collect();
        for (id, spans) in answers {
            self.revise(id, spans, reason, out);
        }
    }

    /// Recognition of the two sides is not in step: what repeats a number may be finished before it.
    fn revise_echoes(&mut self, said: UtteranceId, out: &mut Redacted) {
        let others = self.remembered.iter().filter(|known| known.utterance.id.channel() != said.channel());
        let echoes: Vec<(UtteranceId, Vec<Span>)> = others
            .map(|known| {
                let tokens = tokens(&known.utterance.words);
                (known.utterance.id, judge::echoes(&tokens, &self.echo))
            })
            .filter(|(_, spans)| !spans.is_empty())
            .collect();
        for (id, spans) in echoes {
            self.revise(id, spans, "repeats_what_is_hidden", out);
        }
    }

    /// Masks more of a finished utterance, if it is still remembered and that is more.
    fn revise(&mut self, id: UtteranceId, mut spans: Vec<Span>, reason: &str, out: &mut Redacted) {
        spans.retain(|span| !self.policy.acts.shows(span.kind));
        let Some(known) = self.remembered.iter_mut().find(|known| known.utterance.id == id) else { return };
        let hides =
            |spans: &[Span], word: usize| spans.iter().any(|span| (span.from..span.to).contains(&word));
        let new = spans.iter().flat_map(|span| span.from..span.to).any(|word| !hides(&known.spans, word));
        if !new {
            return;
        }
        let spans = merged(known.spans.iter().copied().chain(spans).collect());
        // What reaches further now is not a number whose end was known: nothing of it is kept.
        let before =
            |span: &Span| known.spans.iter().position(|old| (old.from, old.to) == (span.from, span.to));
        let mask = |span: &Span| before(span).and_then(|at| known.masks.get(at).cloned());
        let policy = &self.policy;
        known.masks = spans.iter().map(|span| mask(span).unwrap_or_else(|| policy.mask(span.kind))).collect();
        known.spans = spans;
        known.utterance.revision = known.utterance.revision.saturating_add(1);
        out.mutes.extend(mutes(&known.utterance, &known.spans, &self.policy));
        out.revised_spans.push(known.spans.clone());
        out.revised.push(UtteranceRevised { utterance: known.shown(), reason: reason.to_owned() });
    }
}

/// The utterance without its words from `held` on.
fn up_to(utterance: &Utterance, held: usize) -> Utterance {
    let words = utterance.words.iter().take(held).cloned().collect();
    Utterance { words, ..utterance.clone() }
}

/// The utterance without words.
const fn nothing(utterance: &Utterance, participant: Participant) -> TranscriptUtterance {
    TranscriptUtterance {
        id: utterance.id,
        revision: utterance.revision,
        channel: utterance.id.channel(),
        participant,
        start_ms: utterance.id.start().as_millis(),
        end_ms: utterance.end.as_millis(),
        words: Vec::new(),
    }
}

/// From so many words of one letter on an utterance may spell a name.
const SPELLS: usize = 3;

impl Remembered {
    /// Whether one of these names, in lower case, may be said in it or spelled.
    fn may_say(&self, names: &[String]) -> bool {
        let texts = || self.utterance.words.iter().map(|word| word.text.expose());
        let says = |text: &String| {
            let mut names = names.iter().filter(|name| name.len() <= text.len()).peekable();
            names.peek().is_some() && {
                let text = text.to_lowercase();
                names.any(|name| text.contains(name.as_str()))
            }
        };
        texts().any(says)
            || texts().filter(|text| text.trim_end_matches(['.', ',']).len() == 1).nth(SPELLS - 1).is_some()
    }

    fn shown(&self) -> TranscriptUtterance {
        shown(&self.utterance, self.participant, &self.spans, &self.masks)
    }
}

#[cfg(test)]
mod tests;
