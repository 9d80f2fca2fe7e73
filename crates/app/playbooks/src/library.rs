//! All playbooks of a server, by tenant.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use model::{TenantId, Timestamp};
use playbook::{Playbook, Problem};
use thiserror::Error;
use tokio::sync::watch;

use crate::SHIPPED;
use crate::folder::Folder;

/// How often the folder is looked at. Times and sizes of some files are asked for, which costs next to nothing and works
/// on every file system.
const EVERY: Duration = Duration::from_secs(2);

/// A playbook that is live.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What it says.
    pub playbook: Arc<Playbook>,
    /// The first twelve hexadecimal digits of the SHA-256 of its file.
    pub digest: String,
    /// Its file's name.
    pub file: String,
    /// Its file.
    pub yaml: Arc<str>,
    /// When it was read.
    pub loaded_at: Timestamp,
}

/// The playbooks of a tenant, in the order of their ids.
pub type Live = Arc<Vec<Arc<Loaded>>>;

/// Tells when playbooks changed: the number rises.
pub type Changes = watch::Receiver<u64>;

/// Something that is wrong with a file. Displayed as `FILE:LINE:COLUMN key: message; allowed: a, b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The file's name; empty for the folder itself.
    pub file: String,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.problem)
    }
}

/// Why there is no library.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder is not there, or is no folder.
    #[error("{0} is no folder that can be read")]
    NoFolder(PathBuf),
}

/// The playbooks of all tenants.
///
/// `FOLDER/*.yaml` are every tenant's, `FOLDER/TENANT/*.yaml` that tenant's; one of a tenant's takes the place of the
/// common one with its id. Without a folder the shipped ones are every tenant's.
#[derive(Debug)]
pub struct Library {
    path: Option<PathBuf>,
    folders: Mutex<Folders>,
    /// What the folders came to when they were read last: never held while files are read.
    shelves: RwLock<Shelves>,
    changed: watch::Sender<u64>,
}

/// The folders as they were read last.
#[derive(Debug, Default)]
struct Folders {
    common: Folder,
    own: BTreeMap<TenantId, Folder>,
}

/// What folders come to.
#[derive(Debug, Default)]
struct Shelves {
    /// Of tenants that can have a folder of their own.
    own: BTreeMap<TenantId, Contents>,
    /// Of the others.
    others: Contents,
}

/// What a tenant has.
#[derive(Clone, Debug, Default)]
struct Contents {
    live: Live,
    problems: Vec<FileProblem>,
}

impl Library {
    /// The playbooks that come with the program, for every tenant.
    #[must_use]
    pub fn shipped() -> Self {
        let files = SHIPPED.iter().map(|shipped| (shipped.file.to_owned(), shipped.yaml.to_owned()));
        Self::of(None, Folders { common: Folder::fixed(files), own: BTreeMap::new() })
    }

    /// The playbooks of a folder, with the folders of these tenants in it. Files with mistakes are no error: see
    /// [`Self::problems`].
    ///
    /// # Errors
    /// When the folder is not there.
    pub fn open(folder: &Path, tenants: impl IntoIterator<Item = TenantId>) -> Result<Self, OpenError> {
        if !folder.is_dir() {
            return Err(OpenError::NoFolder(folder.to_owned()));
        }
        let own = tenants.into_iter().map(|tenant| (tenant, Folder::default())).collect();
        let library = Self::of(Some(folder.to_owned()), Folders { common: Folder::default(), own });
        library.refresh();
        Ok(library)
    }

    fn of(path: Option<PathBuf>, folders: Folders) -> Self {
        let shelves = RwLock::new(folders.put_together());
        Self { path, folders: Mutex::new(folders), shelves, changed: watch::channel(0).0 }
    }

    /// What is live for a tenant now.
    #[must_use]
    pub fn live(&self, tenant: &TenantId) -> Live {
        self.shelves().of(tenant).live.clone()
    }

    /// What is wrong with the files of a tenant now.
    #[must_use]
    pub fn problems(&self, tenant: &TenantId) -> Vec<FileProblem> {
        self.shelves().of(tenant).problems.clone()
    }

    /// Tells of changes from here on.
    #[must_use]
    pub fn subscribe(&self) -> Changes {
        self.changed.subscribe()
    }

    /// Reads what changed in the folder; says whether anything did. It waits for the file system.
    pub fn refresh(&self) -> bool {
        let Some(path) = &self.path else {
            return false;
        };
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = folders.refresh(path);
        if changed {
            *self.shelves.write().unwrap_or_else(PoisonError::into_inner) = folders.put_together();
            self.changed.send_modify(|count| *count += 1);
        }
        changed
    }

    /// Looks at the folder for as long as it is polled, and logs what is wrong with it.
    pub async fn keep_fresh(self: Arc<Self>) {
        if self.path.is_none() {
            return;
        }
        self.log();
        loop {
            tokio::time::sleep(EVERY).await;
            let library = Arc::clone(&self);
            let changed = tokio::task::spawn_blocking(move || library.refresh()).await;
            if changed.unwrap_or(false) {
                self.log();
            }
        }
    }

    /// Says in the log what is live and what is wrong.
    fn log(&self) {
        let shelves = self.shelves();
        for (tenant, contents) in
            shelves.own.iter().map(|(id, of)| (id.as_str(), of)).chain([("", &shelves.others)])
        {
            let live = contents.live.len();
            let problems = contents.problems.len();
            tracing::info!(tenant, live, problems, "playbooks were read");
            if let Some(first) = contents.problems.first() {
                tracing::warn!(
                    tenant,
                    problems,
                    "a playbook has a mistake; its last good version stays: {first}"
                );
            }
        }
    }

    fn shelves(&self) -> RwLockReadGuard<'_, Shelves> {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    fn of(&self, tenant: &TenantId) -> &Contents {
        self.own.get(tenant).unwrap_or(&self.others)
    }
}

impl Folders {
    fn refresh(&mut self, path: &Path) -> bool {
        let mut changed = self.common.refresh(path);
        // A disk that went away says nothing of what was on it.
        let own = if path.is_dir() { &mut self.own } else { &mut BTreeMap::new() };
        for (tenant, own) in own {
            let path = path.join(tenant.as_str());
            // A tenant needs no folder of its own.
            if path.is_dir() {
                changed |= own.refresh(&path);
            } else if !own.is_empty() {
                *own = Folder::default();
                changed = true;
            }
        }
        changed
    }

    fn put_together(&self) -> Shelves {
        let (common, problems) = self.common.contents();
        let of_tenant = |(tenant, own): (&TenantId, &Folder)| {
            let (mut live, own_problems) = own.contents();
            let replaced = |id: &str| live.iter().any(|own| own.playbook.id == id);
            let others: Vec<_> =
                common.iter().filter(|common| !replaced(&common.playbook.id)).cloned().collect();
            live.extend(others);
            let named =
                |problem: FileProblem| FileProblem { file: format!("{tenant}/{}", problem.file), ..problem };
            let problems = problems.iter().cloned().chain(own_problems.into_iter().map(named)).collect();
            (tenant.clone(), Contents::of(live, problems))
        };
        let own = self.own.iter().map(of_tenant).collect();
        Shelves { own, others: Contents::of(common, problems) }
    }
}

impl Contents {
    fn of(mut live: Vec<Arc<Loaded>>, problems: Vec<FileProblem>) -> Self {
        live.sort_by(|a, b| a.playbook.id.cmp(&b.playbook.id));
        Self { live: Arc::new(live), problems }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn playbook(id: &str, version: u32) -> String {
        format!(
            "playbook: {id}\nversion: {version}\ntitle: A\nchecklist: [{{ id: a, title: A, done: {{ elapsed: 3s }} }}]\n"
        )
    }

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).unwrap()
    }

    fn versions(library: &Library, of: &str) -> Vec<(String, u32)> {
        let live = library.live(&tenant(of));
        live.iter().map(|loaded| (loaded.playbook.id.clone(), loaded.playbook.version)).collect()
    }

    fn opened() -> (TempDir, Library) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("acme")).unwrap();
        fs::write(folder.path().join("a.yaml"), playbook("a", 1)).unwrap();
        fs::write(folder.path().join("b.yaml"), playbook("b", 1)).unwrap();
        fs::write(folder.path().join("acme/own.yaml"), playbook("b", 7)).unwrap();
        let library = Library::open(folder.path(), [tenant("acme")]).unwrap();
        (folder, library)
    }

    #[test]
    fn a_tenants_own_playbook_takes_the_place_of_the_common_one() {
        let (_folder, library) = opened();
        assert_eq!(versions(&library, "acme"), [("a".to_owned(), 1), ("b".to_owned(), 7)]);
        assert_eq!(versions(&library, "other"), [("a".to_owned(), 1), ("b".to_owned(), 1)]);
        assert!(library.problems(&tenant("acme")).is_empty());
    }

    #[test]
    fn a_mistake_leaves_the_last_good_version_live_and_is_told() {
        let (folder, library) = opened();
        let changes = library.subscribe();
        fs::write(folder.path().join("a.yaml"), "playbook: a\nversion: x\n").unwrap();
        assert!(library.refresh());
        assert!(changes.has_changed().unwrap());
        assert_eq!(versions(&library, "other")[0], ("a".to_owned(), 1));
        let told: Vec<String> = library.problems(&tenant("acme")).iter().map(ToString::to_string).collect();
        assert!(
            told.contains(&"a.yaml:2:10 version: must be a whole number from 1 to 4294967295".to_owned()),
            "{told:?}"
        );

        fs::write(folder.path().join("a.yaml"), playbook("a", 22)).unwrap();
        assert!(library.refresh());
        assert_eq!(versions(&library, "other")[0], ("a".to_owned(), 22));
        assert!(library.problems(&tenant("acme")).is_empty());
        assert!(!library.refresh());
    }

    #[test]
    fn a_file_that_goes_takes_its_playbook_with_it() {
        let (folder, library) = opened();
        fs::remove_dir_all(folder.path().join("acme")).unwrap();
        fs::remove_file(folder.path().join("a.yaml")).unwrap();
        assert!(library.refresh());
        assert_eq!(versions(&library, "acme"), [("b".to_owned(), 1)]);
    }

    #[test]
    fn a_folder_that_goes_keeps_what_was_live() {
        let (folder, library) = opened();
        fs::remove_dir_all(folder.path()).unwrap();
        library.refresh();
        assert_eq!(versions(&library, "other").len(), 2);
        assert_eq!(versions(&library, "acme")[1], ("b".to_owned(), 7));
        assert!(library.problems(&tenant("other"))[0].problem.message.contains("cannot be read"));
        assert!(!library.refresh());
    }

    #[test]
    fn two_files_of_one_id_are_a_problem_of_the_second() {
        let (folder, library) = opened();
        fs::write(folder.path().join("c.yml"), playbook("a", 2)).unwrap();
        fs::write(folder.path().join("binary.yaml"), [0xff, 0xfe]).unwrap();
        fs::write(folder.path().join("notes.txt"), "no playbook").unwrap();
        fs::write(folder.path().join(".hidden.yaml"), "no playbook").unwrap();
        library.refresh();
        assert_eq!(versions(&library, "other")[0], ("a".to_owned(), 1));
        let told: Vec<String> = library.problems(&tenant("other")).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "binary.yaml:1:1 cannot be read: invalid data",
                "c.yml:1:1 playbook: \"a\" is the id of a.yaml, too: this file is not used"
            ]
        );
    }

    #[test]
    fn the_shipped_playbooks_are_good() {
        let library = Library::shipped();
        let told: Vec<String> = library.problems(&tenant("any")).iter().map(ToString::to_string).collect();
        assert_eq!(told, [""; 0]);
        assert_eq!(library.live(&tenant("any")).len(), SHIPPED.len());
        assert!(!library.refresh());
    }

    #[test]
    fn a_folder_that_is_not_there_is_refused() {
        assert!(Library::open(Path::new("/nowhere/playbooks"), []).is_err());
    }
}
