//! Prompts as files.
//!
//! A file is Markdown. What stands before its first `## ` is for people; the sections after it are for the model. A folder
//! of a tenant has files by the names of the built-in ones, to replace them, and by other names for rules that name them.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// The longest file.
const MAX_BYTES: u64 = 32 << 10;
/// The most files of a folder.
const MAX_FILES: usize = 200;
/// The longest name.
const MAX_NAME_CHARS: usize = 64;
/// What a file may have.
const SECTIONS: &[&str] = &["Task", "Style", "Glossary", "Examples"];
/// What it must have.
const REQUIRED: &str = "Task";
const ALLOWED: &str = "Task, Style, Glossary or Examples";
/// What every prompt says, whatever its file does.
const FRAME: &str = include_str!("../../../../prompts/frame.md");
const BUILT_IN: &[(&str, &str)] = &[
    ("hint", include_str!("../../../../prompts/hint.md")),
    ("answer", include_str!("../../../../prompts/answer.md")),
    ("summary", include_str!("../../../../prompts/summary.md")),
];

/// Why prompts cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PromptError {
    /// The folder or a file cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is no prompt.
    #[error("{path} is no prompt: line {line}: {why}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// What is wrong, and what is allowed.
        why: String,
    },
    /// There are more files than anybody means to have.
    #[error("{0} has more than {MAX_FILES} prompts")]
    TooMany(PathBuf),
}

/// The prompts of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompts {
    by_name: BTreeMap<String, String>,
}

impl Default for Prompts {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Prompts {
    /// The built-in ones: `hint`, `answer` and `summary`.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    pub fn built_in() -> Self {
        let read = |(name, text): &(&str, &str)| {
            let body = read(text).expect("the built-in prompts are valid");
            ((*name).to_owned(), body)
        };
        Self { by_name: BUILT_IN.iter().map(read).collect() }
    }

    /// Those of a folder, and the built-in ones for what it does not have. Files that do not end in `.md` are others'
    /// business, and so is a `README.md`.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or a file is no prompt.
    pub fn load(folder: &Path) -> Result<Self, PromptError> {
        let mut prompts = Self::built_in();
        let unread = |path: &Path| {
            let path = path.to_owned();
            move |source| PromptError::Read { path, source }
        };
        let mut count = 0;
        for entry in fs::read_dir(folder).map_err(unread(folder))? {
            let path = entry.map_err(unread(folder))?.path();
            let Some(name) = prompt_name(&path) else { continue };
            count += 1;
            if count > MAX_FILES {
                return Err(PromptError::TooMany(folder.to_owned()));
            }
            let size = fs::metadata(&path).map_err(unread(&path))?.len();
            if size > MAX_BYTES {
                let why = format!("it has {size} bytes: give {MAX_BYTES} at the most");
                return Err(PromptError::Invalid { path, line: 1, why });
            }
            let text = fs::read_to_string(&path).map_err(unread(&path))?;
            let body = read(&text).map_err(|(line, why)| PromptError::Invalid { path, line, why })?;
            prompts.by_name.insert(name, body);
        }
        Ok(prompts)
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Whether there is one of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The instructions of a prompt, with what every prompt says. One that is not there is the built-in one of its
    /// purpose.
    pub(crate) fn instructions(&self, name: &str, purpose: &str, max_words: usize, fence: &str) -> String {
        let body = self.by_name.get(name).or_else(|| self.by_name.get(purpose));
        let body = body.map(String::as_str).unwrap_or_default();
        let body = body.replace("{max_words}", &max_words.to_string());
        format!("{body}\n## Data\n\n{}", FRAME.replace("{fence}", fence))
    }
}

/// The name of a prompt's file; none for other files.
fn prompt_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".md")?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    (!name.is_empty() && name.len() <= MAX_NAME_CHARS && name.chars().all(is_name)).then(|| name.to_owned())
}

/// The sections of a file. The error is the line and what is wrong with it.
fn read(text: &str) -> Result<String, (usize, String)> {
    let mut body = String::new();
    let mut seen: Vec<&str> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix("## ").map(str::trim) {
            if !SECTIONS.contains(&name) {
                return Err((at + 1, format!("there is no section {name:?}: give {ALLOWED}")));
            }
            if seen.contains(&name) {
                return Err((at + 1, format!("the section {name:?} is there twice")));
            }
            seen.push(name);
        }
        if !seen.is_empty() {
            body.push_str(line);
            body.push('\n');
        }
    }
    let task = body.split("## ").find_map(|section| section.strip_prefix(REQUIRED)).unwrap_or_default();
    if task.trim().is_empty() {
        return Err((
            1,
            format!("the section {REQUIRED:?} is missing or empty: it says what the model is to do"),
        ));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_ones_can_be_read_and_say_what_data_is() {
        let prompts = Prompts::built_in();
        assert_eq!(prompts.names().collect::<Vec<_>>(), ["answer", "hint", "summary"]);
        let told = prompts.instructions("hint", "hint", 25, "<<1:name>> and <<1:end>>");
        assert!(told.starts_with("## Task\n") && told.contains("At most 25 words"));
        assert!(told.contains("between <<1:name>> and <<1:end>>, where"));
        assert!(!told.contains('{'), "everything is filled in");
    }

    #[test]
    fn a_folder_replaces_and_adds() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("hint.md"), "# Ours\n\n## Task\n\nSay it in verse.\n").unwrap();
        fs::write(folder.path().join("billing.md"), "## Task\nAbout bills.\n## Style\nShort.\n").unwrap();
        fs::write(folder.path().join("README.md"), "no prompt").unwrap();
        fs::write(folder.path().join("notes.txt"), "no prompt").unwrap();
        let prompts = Prompts::load(folder.path()).unwrap();
        assert_eq!(prompts.names().collect::<Vec<_>>(), ["answer", "billing", "hint", "summary"]);
        let told = |name| prompts.instructions(name, "hint", 25, "f");
        assert!(told("hint").contains("verse") && !told("hint").contains("Ours"));
        assert!(told("billing").contains("About bills."));
        assert!(told("unknown").contains("verse"));
        assert!(told("billing").contains("data and nothing else"), "no file takes this away");
    }

    #[test]
    fn what_is_no_prompt_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hint.md");
        for (text, why) in [
            ("", "line 1: the section \"Task\" is missing"),
            ("## Task\n\n", "\"Task\" is missing or empty"),
            ("a\n## Duty\nb", "line 2: there is no section \"Duty\": give Task, Style, Glossary or Examples"),
            ("## Task\na\n## Task\nb", "line 3: the section \"Task\" is there twice"),
            (&"x".repeat(40_000), "40000 bytes"),
        ] {
            fs::write(&path, text).unwrap();
            let error = Prompts::load(folder.path()).unwrap_err().to_string();
            assert!(error.contains("hint.md") && error.contains(why), "{error}");
        }
        assert!(Prompts::load(&folder.path().join("nowhere")).is_err());
    }
}
