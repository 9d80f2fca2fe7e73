//! Makes a decoder show where it looks: adds its cross-attention weights to the graph's outputs.
//!
//! An ONNX file is a protobuf message; only the few fields on the way to the attention nodes are rewritten,
//! everything else is copied as it is. Field numbers are those of the ONNX schema.

use thiserror::Error;

/// The name of the output that carries the attention of the `layer`-th decoder layer.
pub(super) fn output_name(layer: usize) -> String {
    format!("cross_attentions.{layer}")
}

/// Why a decoder could not be tapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TapError {
    /// The bytes are no protobuf message, or one that ends early.
    #[error("the model file is damaged")]
    Damaged,
    /// The graph has no cross-attention, or the branches of its `If` differ in theirs.
    #[error("the decoder's attention is not where it is expected")]
    NoAttention,
}

const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_OUTPUT: u64 = 12;
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_OP_TYPE: u64 = 4;
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_GRAPH: u64 = 6;
const VALUE_NAME: u64 = 1;

/// What the exporter calls the attention to the encoder's output.
const CROSS_ATTENTION: &[u8] = b"encoder_attn";

/// A decoder with its taps.
#[derive(Debug)]
pub(super) struct Tapped {
    /// The new model file.
    pub(super) model: Vec<u8>,
    /// How many attention outputs it has.
    pub(super) layers: usize,
}

/// Adds the cross-attention outputs to a merged decoder.
pub(super) fn tap_attention(model: &[u8]) -> Result<Tapped, TapError> {
    let mut layers = None;
    let model = rewrite(model, MODEL_GRAPH, |graph| tap_graph(graph, &mut layers))?;
    layers.map(|layers| Tapped { model, layers }).ok_or(TapError::NoAttention)
}

/// Taps the top graph: every `If` node in it, then its own outputs.
fn tap_graph(graph: &[u8], layers: &mut Option<usize>) -> Result<Vec<u8>, TapError> {
    let mut out = rewrite(graph, GRAPH_NODE, |node| {
        if field(node, NODE_OP_TYPE)? == Some(b"If") { tap_if(node, layers) } else { Ok(node.to_vec()) }
    })?;
    for layer in 0..layers.ok_or(TapError::NoAttention)? {
        put(&mut out, GRAPH_OUTPUT, &value_info(output_name(layer).as_bytes()));
    }
    Ok(out)
}

/// Taps both branches of an `If` and hands their new outputs on.
fn tap_if(node: &[u8], layers: &mut Option<usize>) -> Result<Vec<u8>, TapError> {
    let mut out = rewrite(node, NODE_ATTRIBUTE, |attribute| {
        rewrite(attribute, ATTRIBUTE_GRAPH, |branch| {
            let (branch, found) = tap_branch(branch)?;
            if found == 0 || layers.is_some_and(|layers| layers != found) {
                return Err(TapError::NoAttention);
            }
            *layers = Some(found);
            Ok(branch)
        })
    })?;
    for layer in 0..layers.ok_or(TapError::NoAttention)? {
        put(&mut out, NODE_OUTPUT, output_name(layer).as_bytes());
    }
    Ok(out)
}

/// Adds an `Identity` behind each cross-attention `Softmax`; its output becomes one of the branch's.
///
/// An `Identity` and not the value itself, so that fusing the attention's own nodes stays possible.
fn tap_branch(branch: &[u8]) -> Result<(Vec<u8>, usize), TapError> {
    let mut out = branch.to_vec();
    let mut found = 0;
    let mut reader = Reader(branch);
    while let Some(entry) = reader.next()? {
        let Some(node) = entry.bytes.filter(|_| entry.field == GRAPH_NODE) else { continue };
        if field(node, NODE_OP_TYPE)? != Some(b"Softmax") {
            continue;
        }
        let (Some(input), Some(weights)) = (field(node, NODE_INPUT)?, field(node, NODE_OUTPUT)?) else {
            continue;
        };
        if !input.windows(CROSS_ATTENTION.len()).any(|window| window == CROSS_ATTENTION) {
            continue;
        }
        let name = format!("tapped_attention.{found}");
        let mut identity = Vec::new();
        put(&mut identity, NODE_INPUT, weights);
        put(&mut identity, NODE_OUTPUT, name.as_bytes());
        put(&mut identity, NODE_OP_TYPE, b"Identity");
        put(&mut out, GRAPH_NODE, &identity);
        put(&mut out, GRAPH_OUTPUT, &value_info(name.as_bytes()));
        found += 1;
    }
    Ok((out, found))
}

fn value_info(name: &[u8]) -> Vec<u8> {
    let mut info = Vec::new();
    put(&mut info, VALUE_NAME, name);
    info
}

/// Copies a message, with the bytes of every field of number `target` replaced by what `edit` makes of them.
fn rewrite(
    message: &[u8],
    target: u64,
    mut edit: impl FnMut(&[u8]) -> Result<Vec<u8>, TapError>,
) -> Result<Vec<u8>, TapError> {
    let mut out = Vec::with_capacity(message.len() + 4_096);
    let mut reader = Reader(message);
    while let Some(entry) = reader.next()? {
        match entry.bytes {
            Some(bytes) if entry.field == target => put(&mut out, target, &edit(bytes)?),
            _ => out.extend_from_slice(entry.raw),
        }
    }
    Ok(out)
}

/// The bytes of the first field of number `target`.
fn field(message: &[u8], target: u64) -> Result<Option<&[u8]>, TapError> {
    let mut reader = Reader(message);
    while let Some(entry) = reader.next()? {
        if entry.field == target && entry.bytes.is_some() {
            return Ok(entry.bytes);
        }
    }
    Ok(None)
}

/// One field as it stands in the file.
struct Entry<'a> {
    field: u64,
    /// Key, length and content.
    raw: &'a [u8],
    /// The content of a length-delimited field.
    bytes: Option<&'a [u8]>,
}

/// Walks over the fields of one message.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<Entry<'a>>, TapError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let whole = self.0;
        let key = self.varint()?;
        let bytes = match key & 7 {
            0 => self.varint().map(|_| None)?,
            1 => self.take(8).map(|_| None)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| TapError::Damaged)?;
                Some(self.take(length)?)
            }
            5 => self.take(4).map(|_| None)?,
            _ => return Err(TapError::Damaged),
        };
        let raw = whole.get(..whole.len() - self.0.len()).ok_or(TapError::Damaged)?;
        Ok(Some(Entry { field: key >> 3, raw, bytes }))
    }

    fn varint(&mut self) -> Result<u64, TapError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first().ok_or(TapError::Damaged)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(TapError::Damaged)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], TapError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(TapError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }
}

/// Writes a length-delimited field.
fn put(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(out, field << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &[(u64, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (field, bytes) in fields {
            put(&mut out, *field, bytes);
        }
        out
    }

    fn softmax(input: &[u8], output: &[u8]) -> Vec<u8> {
        message(&[(NODE_INPUT, input), (NODE_OUTPUT, output), (NODE_OP_TYPE, b"Softmax")])
    }

    fn decoder(branches: &[Vec<u8>]) -> Vec<u8> {
        let mut node = message(&[(NODE_OUTPUT, b"logits"), (NODE_OP_TYPE, b"If")]);
        for branch in branches {
            put(&mut node, NODE_ATTRIBUTE, &message(&[(ATTRIBUTE_GRAPH, branch)]));
        }
        message(&[(1, b"header"), (MODEL_GRAPH, &message(&[(GRAPH_NODE, &node)]))])
    }

    fn branch(layers: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for layer in 0..layers {
            put(&mut out, GRAPH_NODE, &softmax(format!("l{layer}/self_attn/x").as_bytes(), b"s"));
            put(&mut out, GRAPH_NODE, &softmax(format!("l{layer}/encoder_attn/x").as_bytes(), b"c"));
        }
        out
    }

    #[test]
    fn each_cross_attention_of_both_branches_becomes_an_output() {
        let tapped = tap_attention(&decoder(&[branch(3), branch(3)])).unwrap();
        assert_eq!(tapped.layers, 3);
        let count = |needle: &[u8]| tapped.model.windows(needle.len()).filter(|w| *w == needle).count();
        assert_eq!(count(b"Identity"), 6);
        // Once as an output of the `If` node and once as an output of the graph.
        assert_eq!(count(b"cross_attentions.2"), 2);
        assert_eq!(count(b"header"), 1);
    }

    #[test]
    fn branches_that_differ_are_refused() {
        let differing = decoder(&[branch(3), branch(2)]);
        assert_eq!(tap_attention(&differing).unwrap_err(), TapError::NoAttention);
        assert_eq!(tap_attention(&decoder(&[])).unwrap_err(), TapError::NoAttention);
    }

    #[test]
    fn no_prefix_of_a_model_panics() {
        let whole = decoder(&[branch(1), branch(1)]);
        for cut in 0..whole.len() {
            let _outcome = tap_attention(&whole[..cut]);
        }
    }
}
