//! One folder of playbooks, and what its files said when they were read last.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use model::Timestamp;
use playbook::{MAX_PLAYBOOK_BYTES, Playbook, Problem};
use sha2::{Digest, Sha256};

use crate::{FileProblem, Loaded};

/// As many files of a folder are read.
const MAX_FILES: usize = 100;

/// A folder's files by their names.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    files: BTreeMap<String, File>,
    /// What is wrong with the folder itself.
    trouble: Option<String>,
}

/// A file as it was read last.
#[derive(Debug)]
struct File {
    /// What told that it is the same still.
    stamp: Stamp,
    /// The last version of it that was good.
    good: Option<Arc<Loaded>>,
    /// What is wrong with it now.
    problems: Vec<Problem>,
}

/// A file's time and size.
type Stamp = (Option<SystemTime>, u64);

impl Folder {
    /// A folder of files that never change.
    pub(crate) fn fixed(files: impl Iterator<Item = (String, String)>) -> Self {
        let files = files
            .map(|(name, yaml)| {
                let file = File::read(&name, &yaml, (None, 0), None);
                (name, file)
            })
            .collect();
        Self { files, trouble: None }
    }

    /// Reads what changed; says whether anything did. A folder that cannot be read keeps what it had.
    pub(crate) fn refresh(&mut self, path: &Path) -> bool {
        match list(path) {
            Ok(found) => {
                let healed = self.trouble.take().is_some();
                self.take(found) || healed
            }
            Err(error) => {
                let trouble = Some(format!("the folder cannot be read: {}", error.kind()));
                let new = self.trouble != trouble;
                self.trouble = trouble;
                new
            }
        }
    }

    /// The good files, and what is wrong with the others, in the order of their names.
    pub(crate) fn contents(&self) -> (Vec<Arc<Loaded>>, Vec<FileProblem>) {
        let mut live: Vec<Arc<Loaded>> = Vec::new();
        let mut problems = Vec::new();
        if let Some(trouble) = &self.trouble {
            problems.push(FileProblem { file: String::new(), problem: plain(trouble.clone()) });
        }
        for (name, file) in &self.files {
            problems.extend(
                file.problems
                    .iter()
                    .map(|problem| FileProblem { file: name.clone(), problem: problem.clone() }),
            );
            let Some(good) = &file.good else {
                continue;
            };
            if let Some(same) = live.iter().find(|other| other.playbook.id == good.playbook.id) {
                let message = format!(
                    "\"{}\" is the id of {}, too: this file is not used",
                    good.playbook.id, same.file
                );
                problems.push(FileProblem {
                    file: name.clone(),
                    problem: Problem { key: "playbook".to_owned(), ..plain(message) },
                });
            } else {
                live.push(good.clone());
            }
        }
        (live, problems)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.trouble.is_none()
    }

    fn take(&mut self, found: Vec<(String, PathBuf, Stamp)>) -> bool {
        let before = self.files.len();
        self.files.retain(|name, _| found.iter().any(|(other, ..)| other == name));
        let mut changed = self.files.len() != before;
        for (name, path, stamp) in found {
            if self.files.get(&name).is_some_and(|file| file.stamp == stamp) {
                continue;
            }
            let good = self.files.remove(&name).and_then(|file| file.good);
            let file = match read(&path) {
                Ok(yaml) => File::read(&name, &yaml, stamp, good),
                Err(error) => {
                    let problems = vec![plain(format!("cannot be read: {}", error.kind()))];
                    File { stamp, good, problems }
                }
            };
            self.files.insert(name, file);
            changed = true;
        }
        changed
    }
}

impl File {
    fn read(name: &str, yaml: &str, stamp: Stamp, good: Option<Arc<Loaded>>) -> Self {
        match Playbook::read(yaml) {
            Ok(playbook) => {
                let digest = digest(yaml);
                // A file that was only touched is the version that it was.
                let same = good.filter(|good| good.digest == digest);
                let loaded = || {
                    Arc::new(Loaded {
                        playbook: Arc::new(playbook),
                        digest,
                        file: name.to_owned(),
                        yaml: yaml.into(),
                        loaded_at: now(),
                    })
                };
                Self { stamp, good: Some(same.unwrap_or_else(loaded)), problems: Vec::new() }
            }
            Err(problems) => Self { stamp, good, problems: problems.into_iter().collect() },
        }
    }
}

/// The first twelve hexadecimal digits of a file's SHA-256.
pub(crate) fn digest(yaml: &str) -> String {
    Sha256::digest(yaml.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The files that are playbooks by their names.
fn list(path: &Path) -> io::Result<Vec<(String, PathBuf, Stamp)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            continue;
        };
        let ends = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if name.starts_with('.') || !ends {
            continue;
        }
        // What went away since the folder was read is gone.
        if let Ok(facts) = fs::metadata(&path)
            && facts.is_file()
        {
            found.push((name, path, (facts.modified().ok(), facts.len())));
        }
    }
    found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    found.truncate(MAX_FILES);
    Ok(found)
}

/// What a file says, as far as the reader of playbooks takes it.
fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_PLAYBOOK_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

const fn plain(message: String) -> Problem {
    Problem { line: 1, column: 1, key: String::new(), message, allowed: Vec::new() }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
