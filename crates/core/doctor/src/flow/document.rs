//! The file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::block::Block;

/// The largest file that is read; Connect's own flows stay far below.
pub const MAX_FLOW_BYTES: usize = 4 << 20;
/// The most blocks that are walked; Connect allows 250. A flow with more is refused.
pub const MAX_BLOCKS: usize = 1_000;

/// Why a file is not read as a flow.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FlowError {
    /// The file is too large to be one.
    #[error("it has {0} bytes, more than a flow has")]
    TooLarge(usize),
    /// It is no JSON, or a part of it has another type than in a flow.
    #[error("it is no flow in JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is JSON of something else.
    #[error("it has no Actions, as every exported flow has")]
    NoActions,
    /// It was exported by the designer before 2022.
    #[error("it is in the old export format of modules, which is not read")]
    Old,
    /// It has too many blocks.
    #[error("it has {0} blocks, more than Connect allows")]
    TooMany(usize),
}

/// An exported flow.
#[derive(Debug)]
pub struct Flow {
    /// What it is called in findings: the file.
    pub(super) file: String,
    /// What it is used for, in small letters, as `customerhold`; empty where the export does not say.
    pub(super) kind: String,
    pub(super) version: String,
    pub(super) start: String,
    pub(super) blocks: BTreeMap<String, Block>,
    /// Identifiers that more than one block has.
    pub(super) doubled: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    #[serde(default)]
    version: String,
    #[serde(default)]
    start_action: String,
    #[serde(default)]
    metadata: Value,
    actions: Option<Vec<RawBlock>>,
    #[serde(rename = "modules")]
    modules: Option<Value>,
    contact_flow: Option<Answer>,
    contact_flow_module: Option<Answer>,
}

/// What the API answers: the flow is a text in it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    content: String,
    #[serde(rename = "Type", default)]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawBlock {
    identifier: String,
    #[serde(rename = "Type")]
    kind: String,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    #[serde(default)]
    transitions: Option<RawTransitions>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawTransitions {
    #[serde(default)]
    next_action: Option<String>,
    #[serde(default)]
    errors: Option<Vec<RawBranch>>,
    #[serde(default)]
    conditions: Option<Vec<RawBranch>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawBranch {
    #[serde(default)]
    next_action: Option<String>,
}

impl Flow {
    /// Reads a file: what the designer exports, or what `DescribeContactFlow` answers. `file` is how findings call it.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FlowError> {
        if bytes.len() > MAX_FLOW_BYTES {
            return Err(FlowError::TooLarge(bytes.len()));
        }
        // Windows writes a mark in front.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut document: Document = serde_json::from_slice(bytes)?;
        let mut kind = String::new();
        if let Some(answer) = document.contact_flow.take().or_else(|| document.contact_flow_module.take()) {
            kind = answer.kind;
            document = serde_json::from_str(&answer.content)?;
        }
        if kind.is_empty() {
            kind = text(&document.metadata, &["type"]);
        }
        Self::of(file, &kind, document)
    }

    fn of(file: &str, kind: &str, document: Document) -> Result<Self, FlowError> {
        let Some(actions) = document.actions else {
            return Err(if document.modules.is_some() { FlowError::Old } else { FlowError::NoActions });
        };
        if actions.len() > MAX_BLOCKS {
            return Err(FlowError::TooMany(actions.len()));
        }
        let (mut blocks, mut doubled) = (BTreeMap::new(), Vec::new());
        for raw in actions {
            let path = ["ActionMetadata", &raw.identifier, "parameters", "LambdaFunctionARN", "displayName"];
            let function = text(&document.metadata, &path);
            let id = raw.identifier.clone();
            if blocks.insert(id.clone(), block(raw, function)).is_some() {
                doubled.push(id);
            }
        }
        let kind = kind.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let (version, start) = (document.version, document.start_action);
        Ok(Self { file: file.to_owned(), kind, version, start, blocks, doubled })
    }

    /// How findings call one of its blocks.
    pub(super) fn subject(&self, block: &str) -> String {
        format!("{} block {block}", self.file)
    }
}

fn block(raw: RawBlock, function: String) -> Block {
    let transitions = raw.transitions.unwrap_or_default();
    let target = |branch: RawBranch| branch.next_action.unwrap_or_default();
    let targets =
        |branches: Option<Vec<RawBranch>>| branches.unwrap_or_default().into_iter().map(target).collect();
    let mut next: Vec<String> = transitions.next_action.into_iter().collect();
    let conditions: Vec<String> = targets(transitions.conditions);
    next.extend(conditions);
    Block {
        kind: raw.kind,
        parameters: raw.parameters.unwrap_or_default(),
        function,
        next,
        errors: targets(transitions.errors),
    }
}

fn text(value: &Value, path: &[&str]) -> String {
    let found = path.iter().try_fold(value, |value, key| value.get(key));
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}
