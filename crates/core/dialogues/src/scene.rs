//! Sentences with slots to words with truth.

use crate::{
    secrets::{self, Made},
    spoken::{Piece, Voice, plain, words},
    truth::{Secret, Style, Truth, Word},
};

/// What is being said, and the secrets so far.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) voice: Voice<'a>,
    pub(crate) secrets: Vec<Secret>,
    numbers: usize,
}

/// A sentence, in pieces.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) pieces: Vec<Piece>,
    /// The secrets in it.
    pub(crate) made: Vec<(usize, Made)>,
}

impl Said {
    pub(crate) fn words(self) -> Vec<Word> {
        self.pieces.into_iter().flat_map(|piece| piece.words).collect()
    }
}

impl<'a> Scene<'a> {
    pub(crate) const fn new(voice: Voice<'a>) -> Self {
        Self { voice, secrets: Vec::new(), numbers: 0 }
    }

    /// One of a list's sentences.
    pub(crate) fn one_of(&mut self, list: &str) -> Said {
        let template = self.voice.dice.pick(self.voice.from.list(list));
        self.sentence(template)
    }

    pub(crate) fn sentence(&mut self, template: &str) -> Said {
        let mut out = Said::default();
        for word in template.split_whitespace() {
            self.word(word, &mut out);
        }
        out
    }

    /// A secret by itself.
    pub(crate) fn secret(&mut self, slot: &str) -> Said {
        self.sentence(&format!("{{{slot}}}"))
    }

    fn word(&mut self, word: &str, out: &mut Said) {
        let Some((slot, after)) = word.split_once('{').and_then(|(_, rest)| rest.split_once('}')) else {
            return out.pieces.push(Piece { words: self.literal(word) });
        };
        if let Some(made) = secrets::make(slot, self.voice.dice, self.voice.from) {
            let which = self.secrets.len();
            self.secrets.push(made.secret.clone());
            out.pieces.extend(self.voice.say(&made, which));
            out.made.push((which, made));
        } else {
            let text = self.voice.harmless(slot).unwrap_or_else(|| self.thing(slot));
            let words = text.split_whitespace().flat_map(|word| self.literal(word)).collect();
            out.pieces.push(Piece { words });
        }
        let last = out.pieces.last_mut().and_then(|piece| piece.words.last_mut());
        if self.voice.style == Style::Formatted
            && let Some(last) = last
        {
            last.text.push_str(after);
        }
    }

    fn thing(&mut self, slot: &str) -> String {
        let list = if slot == "firm" { "firms" } else { "things" };
        (self.voice.dice.pick(self.voice.from.list(list))).to_owned()
    }

    /// A word of the sentence itself; in brackets it is a number.
    fn literal(&mut self, word: &str) -> Vec<Word> {
        let truth = if word.starts_with('[') {
            self.numbers += 1;
            Truth::Harmless(self.numbers - 1)
        } else {
            Truth::Plain
        };
        let text = word.replace(['[', ']'], "").replace('~', " ");
        match self.voice.style {
            Style::Plain => words(&plain(&text), truth),
            Style::Formatted => words(&text, truth),
        }
    }
}
