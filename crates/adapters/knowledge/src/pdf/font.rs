//! A font, as far as it tells what was written and how wide it is.

use std::collections::HashMap;

use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

use super::{
    cmap::CodeMap,
    names::{Base, glyph},
};

/// Widths that a font may name.
const MAX_WIDTHS: usize = 1 << 16;
/// A glyph's width where nothing says it, in thousandths of the font's size.
const DEFAULT_WIDTH: f32 = 1_000.0;

/// A font.
#[derive(Debug, Default)]
pub(super) struct Font {
    /// Codes of two bytes, as composite fonts have.
    wide: bool,
    map: CodeMap,
    encoding: Vec<Option<String>>,
    widths: HashMap<u32, f32>,
    default_width: Option<f32>,
}

/// One glyph of a text.
pub(super) struct Glyph {
    pub(super) text: String,
    /// In thousandths of the font's size.
    pub(super) width: f32,
    /// Whether it is the space that word spacing widens.
    pub(super) is_space: bool,
}

impl Font {
    pub(super) fn read(dict: &Dict<'_>) -> Self {
        let map = dict
            .get::<Stream<'_>>("ToUnicode")
            .and_then(|stream| stream.decoded_data().ok().map(|data| CodeMap::parse(&data)))
            .unwrap_or_default();
        let wide = dict.get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_ref() == b"Type0");
        if wide {
            let inner = dict
                .get::<Array<'_>>("DescendantFonts")
                .and_then(|fonts| fonts.iter::<Dict<'_>>().next())
                .unwrap_or_default();
            let default_width = Some(inner.get::<f32>("DW").unwrap_or(DEFAULT_WIDTH));
            return Self { wide, map, widths: wide_widths(&inner), default_width, ..Self::default() };
        }
        Self { wide, map, encoding: encoding(dict), widths: widths(dict), default_width: None }
    }

    /// The glyphs of a string.
    pub(super) fn glyphs(&self, string: &[u8]) -> Vec<Glyph> {
        string.chunks(if self.wide { 2 } else { 1 }).map(|code| self.glyph(code)).collect()
    }

    fn glyph(&self, bytes: &[u8]) -> Glyph {
        let code = bytes.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
        let named = || self.encoding.get(code as usize).cloned().flatten();
        let text = self.map.text(code).map(str::to_owned).or_else(named).unwrap_or_default();
        let known = self.widths.get(&code).copied().or(self.default_width);
        let width = known.unwrap_or_else(|| text.chars().map(usual_width).sum());
        Glyph { is_space: !self.wide && code == 32, text, width }
    }
}

/// What the bytes of a simple font stand for.
fn encoding(dict: &Dict<'_>) -> Vec<Option<String>> {
    let named = |name: &Name<'_>| match name.as_ref() {
        b"WinAnsiEncoding" => Some(Base::Windows),
        b"MacRomanEncoding" => Some(Base::MacRoman),
        b"StandardEncoding" => Some(Base::Standard),
        _ => None,
    };
    let described = dict.get::<Dict<'_>>("Encoding");
    let base = dict
        .get::<Name<'_>>("Encoding")
        .or_else(|| described.as_ref().and_then(|of| of.get::<Name<'_>>("BaseEncoding")))
        .and_then(|name| named(&name));
    let is_type1 = dict.get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_ref() == b"Type1");
    let base = base.unwrap_or(if is_type1 { Base::Standard } else { Base::Windows });
    let mut out: Vec<Option<String>> =
        (0..=u8::MAX).map(|byte| Some(base.character(byte)?.to_string())).collect();
    let differences = described.and_then(|of| of.get::<Array<'_>>("Differences"));
    let mut code = 0_usize;
    for item in differences.iter().flat_map(Array::iter::<Object<'_>>).take(MAX_WIDTHS) {
        match item {
            Object::Number(number) => code = usize::try_from(number.as_i64()).unwrap_or(usize::MAX),
            Object::Name(name) => {
                if let Some(place) = out.get_mut(code) {
                    *place = glyph(name.as_str());
                }
                code = code.saturating_add(1);
            }
            Object::Null(_)
            | Object::Boolean(_)
            | Object::String(_)
            | Object::Dict(_)
            | Object::Array(_)
            | Object::Stream(_) => {}
        }
    }
    out
}

/// The widths of a simple font.
fn widths(dict: &Dict<'_>) -> HashMap<u32, f32> {
    let first = dict.get::<u32>("FirstChar").unwrap_or(0);
    let all = dict.get::<Array<'_>>("Widths");
    // Fonts whose glyphs are drawings measure in units of their own.
    let unit = dict
        .get::<Array<'_>>("FontMatrix")
        .and_then(|matrix| matrix.iter::<f32>().next())
        .map_or(1.0, |scale| scale.abs() * 1_000.0);
    let all = all.iter().flat_map(Array::iter::<f32>).take(MAX_WIDTHS);
    all.zip(first..).map(|(width, code)| (code, width * unit)).collect()
}

/// The widths of a composite font: `code [w w w]` or `from to w`, again and again.
fn wide_widths(dict: &Dict<'_>) -> HashMap<u32, f32> {
    let mut out = HashMap::new();
    let Some(all) = dict.get::<Array<'_>>("W") else { return out };
    let mut numbers: Vec<f32> = Vec::new();
    for item in all.iter::<Object<'_>>() {
        if let Object::Array(list) = item {
            let from = numbers.last().map_or(0, |code| *code as u32);
            out.extend(list.iter::<f32>().zip(from..).map(|(width, code)| (code, width)).take(MAX_WIDTHS));
            numbers.clear();
        } else if let Some(number) = item.into_f32() {
            numbers.push(number);
            if let [from, to, width] = numbers.as_slice() {
                let codes = (*from as u32)..=(*to as u32);
                out.extend(codes.take(MAX_WIDTHS).map(|code| (code, *width)));
                numbers.clear();
            }
        }
        if out.len() > MAX_WIDTHS {
            break;
        }
    }
    out
}

/// About how wide a character is in the fonts that every printer has, which name no widths.
fn usual_width(c: char) -> f32 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 222.0,
        ' ' | 'f' | 't' | 'I' | '.' | ',' | ':' | ';' | '/' | '!' => 278.0,
        'r' | '-' | '(' | ')' => 333.0,
        'm' | 'M' | 'W' | '%' | '@' => 850.0,
        'w' => 722.0,
        'A'..='Z' => 690.0,
        _ => 545.0,
    }
}
