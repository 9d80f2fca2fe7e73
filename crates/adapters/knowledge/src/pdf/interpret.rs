//! A page's content, as far as it writes text: what stands where, and how large.

use std::{collections::BTreeMap, rc::Rc};

use hayro_syntax::{
    content::UntypedIter,
    object::{Array, Name, Object, ObjectIdentifier, Stream},
    page::{Page, Resources},
};

use super::font::Font;
use crate::{problem::Unreadable, read::MAX_TEXT_BYTES};

/// Operators that a document may have. Drawings have the most.
const MAX_OPERATORS: usize = 20_000_000;
/// Pieces of text that a page may have.
const MAX_RUNS: usize = 200_000;
/// Forms within forms.
const MAX_FORMS: usize = 8;
/// States that may be saved within each other.
const MAX_SAVED: usize = 64;
/// Fonts that a document may have.
const MAX_FONTS: usize = 2_000;

/// A matrix as PDF writes it: a b c d e f.
type Matrix = [f32; 6];

const UNIT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// Text that was written in one go.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) text: String,
    /// Where it begins and ends, in points from the left.
    pub(super) from: f32,
    pub(super) to: f32,
    /// Where it stands, in points from below.
    pub(super) y: f32,
    /// How large its letters are.
    pub(super) size: f32,
}

/// Reads pages, and keeps their fonts.
#[derive(Default)]
pub(super) struct Interpreter {
    fonts: BTreeMap<(Option<ObjectIdentifier>, Vec<u8>), Rc<Font>>,
    /// The forms that are being read, each within the one before.
    forms: Vec<ObjectIdentifier>,
    operators: usize,
    bytes: usize,
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f32,
    letters: f32,
    words: f32,
    scale: f32,
    leading: f32,
    rise: f32,
}

/// What is known while one content stream is read.
struct Scope<'r, 'a> {
    resources: &'r Resources<'a>,
    state: State,
    saved: Vec<State>,
    /// Where the next glyph stands, and where its line began.
    text: Matrix,
    line: Matrix,
    /// Marked contents that are open, and how many of them are no part of what is read: running heads, page numbers.
    marked: Vec<bool>,
}

impl Interpreter {
    /// The text of a page.
    pub(super) fn page(&mut self, page: &Page<'_>) -> Result<Vec<Run>, Unreadable> {
        let mut runs = Vec::new();
        let state = State {
            matrix: UNIT,
            font: None,
            size: 0.0,
            letters: 0.0,
            words: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        self.content(page.operations(), page.resources(), state, &mut runs)?;
        Ok(runs)
    }

    fn content(
        &mut self,
        mut operations: UntypedIter<'_>,
        resources: &Resources<'_>,
        state: State,
        runs: &mut Vec<Run>,
    ) -> Result<(), Unreadable> {
        let mut scope =
            Scope { resources, state, saved: Vec::new(), text: UNIT, line: UNIT, marked: Vec::new() };
        while let Some(operation) = operations.next() {
            self.operators += 1;
            if self.operators > MAX_OPERATORS || runs.len() > MAX_RUNS || self.bytes > MAX_TEXT_BYTES {
                return Err(Unreadable::TooMuchText);
            }
            let operands: Vec<&Object<'_>> = operation.operands().collect();
            self.operate(&mut scope, operation.operator, &operands, runs)?;
        }
        Ok(())
    }

    fn operate(
        &mut self,
        scope: &mut Scope<'_, '_>,
        operator: &[u8],
        operands: &[&Object<'_>],
        runs: &mut Vec<Run>,
    ) -> Result<(), Unreadable> {
        match (operator, operands) {
            (b"Tf", [Object::Name(name), size]) => {
                scope.state.font = self.font(scope.resources, name);
                scope.state.size = number(size);
            }
            (b"Tj", [Object::String(text)]) => self.show(scope, text, runs),
            (b"'", [Object::String(text)]) => {
                scope.next_line(0.0, -scope.state.leading);
                self.show(scope, text, runs);
            }
            (b"\"", [words, letters, Object::String(text)]) => {
                (scope.state.words, scope.state.letters) = (number(words), number(letters));
                scope.next_line(0.0, -scope.state.leading);
                self.show(scope, text, runs);
            }
            (b"TJ", [Object::Array(pieces)]) => self.show_all(scope, pieces, runs),
            (b"Do", [Object::Name(name)]) => self.form(scope, name, runs)?,
            _ => scope.set(operator, operands),
        }
        Ok(())
    }

    fn font(&mut self, resources: &Resources<'_>, name: &Name<'_>) -> Option<Rc<Font>> {
        let dict = resources.get_font(name)?;
        let key = (dict.obj_id(), name.as_ref().to_vec());
        if let Some(font) = self.fonts.get(&key) {
            return Some(Rc::clone(font));
        }
        let font = Rc::new(Font::read(&dict));
        if self.fonts.len() < MAX_FONTS {
            self.fonts.insert(key, Rc::clone(&font));
        }
        Some(font)
    }

    /// A form is a page within a page.
    fn form(
        &mut self,
        scope: &Scope<'_, '_>,
        name: &Name<'_>,
        runs: &mut Vec<Run>,
    ) -> Result<(), Unreadable> {
        let Some(form) = scope.resources.get_x_object(name) else { return Ok(()) };
        let is_form = form.dict().get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_ref() == b"Form");
        let is_open = self.forms.len() >= MAX_FORMS || self.forms.contains(&form.obj_id());
        if !is_form || is_open || scope.is_artifact() {
            return Ok(());
        }
        self.forms.push(form.obj_id());
        let entered = self.enter(scope, &form, runs);
        self.forms.pop();
        entered
    }

    fn enter(
        &mut self,
        scope: &Scope<'_, '_>,
        form: &Stream<'_>,
        runs: &mut Vec<Run>,
    ) -> Result<(), Unreadable> {
        let Ok(data) = form.decoded_data() else { return Ok(()) };
        let mut state = scope.state.clone();
        if let Some(matrix) = form.dict().get::<Array<'_>>("Matrix") {
            let numbers: Vec<f32> = matrix.iter::<f32>().take(6).collect();
            if let Ok(matrix) = numbers.try_into() {
                state.matrix = times(matrix, state.matrix);
            }
        }
        let operations = UntypedIter::new(&data);
        match form.dict().get("Resources").map(Resources::new) {
            Some(resources) => self.content(operations, &resources, state, runs),
            None => self.content(operations, scope.resources, state, runs),
        }
    }

    fn show_all(&mut self, scope: &mut Scope<'_, '_>, pieces: &Array<'_>, runs: &mut Vec<Run>) {
        for piece in pieces.iter::<Object<'_>>() {
            if let Object::String(text) = &piece {
                self.show(scope, text, runs);
            } else if let Some(back) = piece.into_f32() {
                scope.advance(-back / 1_000.0 * scope.state.size * scope.state.scale);
            }
            if runs.len() > MAX_RUNS {
                return;
            }
        }
    }

    fn show(&mut self, scope: &mut Scope<'_, '_>, string: &[u8], runs: &mut Vec<Run>) {
        let Some(font) = scope.state.font.clone() else { return };
        let (from, y) = scope.place();
        let mut text = String::new();
        for glyph in font.glyphs(string) {
            let State { size, letters, words, scale, .. } = scope.state;
            let space = if glyph.is_space { words } else { 0.0 };
            scope.advance((glyph.width / 1_000.0 * size + letters + space) * scale);
            text.extend(glyph.text.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
        let (to, _) = scope.place();
        let size = scope.size();
        self.bytes += text.len();
        let is_drawn = size.is_finite() && from.is_finite() && to.is_finite() && y.is_finite();
        if !text.is_empty() && is_drawn && !scope.is_artifact() {
            runs.push(Run { text, from, to, y, size });
        }
    }
}

impl Scope<'_, '_> {
    /// Operators that only set something.
    fn set(&mut self, operator: &[u8], operands: &[&Object<'_>]) {
        let numbers: Vec<f32> = operands.iter().map(|operand| number(operand)).collect();
        match (operator, numbers.as_slice()) {
            (b"q", _) if self.saved.len() < MAX_SAVED => self.saved.push(self.state.clone()),
            (b"Q", _) => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            (b"cm", &[a, b, c, d, e, f]) => self.state.matrix = times([a, b, c, d, e, f], self.state.matrix),
            (b"BT", _) => (self.text, self.line) = (UNIT, UNIT),
            (b"Tm", &[a, b, c, d, e, f]) => (self.text, self.line) = ([a, b, c, d, e, f], [a, b, c, d, e, f]),
            (b"Td", &[x, y]) => self.next_line(x, y),
            (b"TD", &[x, y]) => {
                self.state.leading = -y;
                self.next_line(x, y);
            }
            (b"T*", _) => self.next_line(0.0, -self.state.leading),
            (b"Tc", &[value]) => self.state.letters = value,
            (b"Tw", &[value]) => self.state.words = value,
            (b"Tz", &[value]) => self.state.scale = value / 100.0,
            (b"TL", &[value]) => self.state.leading = value,
            (b"Ts", &[value]) => self.state.rise = value,
            (b"BMC" | b"BDC", _) if self.marked.len() < MAX_OPERATORS => {
                let artifact =
                    matches!(operands.first(), Some(Object::Name(name)) if name.as_ref() == b"Artifact");
                self.marked.push(artifact);
            }
            (b"EMC", _) => {
                self.marked.pop();
            }
            _ => {}
        }
    }

    fn is_artifact(&self) -> bool {
        self.marked.iter().any(|artifact| *artifact)
    }

    fn next_line(&mut self, x: f32, y: f32) {
        self.line = times([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    fn advance(&mut self, by: f32) {
        self.text = times([1.0, 0.0, 0.0, 1.0, by, 0.0], self.text);
    }

    /// Where the next glyph stands on the page.
    fn place(&self) -> (f32, f32) {
        let [.., x, y] =
            times(times([1.0, 0.0, 0.0, 1.0, 0.0, self.state.rise], self.text), self.state.matrix);
        (x, y)
    }

    /// How large letters are on the page.
    fn size(&self) -> f32 {
        let [_, _, c, d, ..] = times(self.text, self.state.matrix);
        c.hypot(d) * self.state.size.abs()
    }
}

fn number(object: &Object<'_>) -> f32 {
    if let Object::Number(number) = object { number.as_f32() } else { 0.0 }
}

/// One matrix after the other.
fn times([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix) -> Matrix {
    [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]
}
