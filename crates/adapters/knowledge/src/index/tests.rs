//! The index over folders made here.

use std::{collections::BTreeSet, fs};

use ports::testing::{HashedEmbedder, SuiteDocument, knowledge_suite};
use tempfile::TempDir;

use super::*;

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn write(folder: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// An index in a folder, and a folder of documents beside it.
fn index(embedder: Option<Arc<dyn Embedder>>) -> (Index, TempDir, TempDir) {
    let (root, documents) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    (Index::open(root.path().join("index"), embedder, PdfReader::absent()), documents, root)
}

/// Holds the temporary folder for as long as the index.
struct Held(Index, #[expect(dead_code, reason = "it goes when it is dropped")] TempDir);

#[async_trait]
impl Knowledge for Held {
    async fn search(
        &self,
        tenant: &TenantId,
        of: &str,
        limit: usize,
    ) -> Result<Vec<Passage>, KnowledgeError> {
        self.0.search(tenant, of, limit).await
    }
}

async fn holding(documents: &[SuiteDocument], embedder: Option<Arc<dyn Embedder>>) -> Held {
    let (index, folder, root) = index(embedder);
    let tenants: BTreeSet<&TenantId> = documents.iter().map(|document| &document.tenant).collect();
    for document in documents {
        write(folder.path(), &format!("{}/{}", document.tenant, document.path), document.markdown);
    }
    for tenant in tenants {
        index.refresh(tenant, &folder.path().join(tenant.as_str())).await.unwrap();
    }
    Held(index, root)
}

#[tokio::test]
async fn it_keeps_the_contract_by_words_alone() {
    knowledge_suite(async |documents| holding(documents, None).await).await;
}

#[tokio::test]
async fn it_keeps_the_contract_with_an_embedder() {
    let embedder = || Some(Arc::new(HashedEmbedder::default()) as Arc<dyn Embedder>);
    knowledge_suite(async |documents| holding(documents, embedder()).await).await;
}

#[tokio::test]
async fn only_what_changed_is_read_again() {
    let embedder = Arc::new(HashedEmbedder::default());
    let (index, folder, _root) = index(Some(Arc::clone(&embedder) as Arc<dyn Embedder>));
    let (one, at) = (tenant("one"), folder.path());
    write(at, "a.md", "# A\n\nAlpha words.");
    write(at, "b/c.html", "<h1>B</h1><p>Beta words.</p>");
    write(at, "d.txt", "Delta words.");
    let first = index.refresh(&one, at).await.unwrap();
    assert_eq!((first.added, first.status.documents, first.status.by_meaning), (3, 3, 3));
    let again = index.refresh(&one, at).await.unwrap();
    assert_eq!((again.added, again.changed, again.removed, again.unchanged), (0, 0, 0, 3));
    assert_eq!(embedder.sentences(), 3);

    write(at, "a.md", "# A\n\nOmega words now.");
    fs::remove_file(at.join("d.txt")).unwrap();
    let later = index.refresh(&one, at).await.unwrap();
    assert_eq!((later.changed, later.removed, later.unchanged, later.status.documents), (1, 1, 1, 2));
    assert_eq!(embedder.sentences(), 4);
    assert!(index.search(&one, "delta alpha", 5).await.unwrap().is_empty());
    assert_eq!(index.search(&one, "omega words", 5).await.unwrap()[0].document, "a.md");
    assert_eq!(index.status(&one).await.unwrap(), later.status);
}

#[tokio::test]
async fn an_index_lasts_and_takes_another_model() {
    let (made, folder, root) = index(None);
    let one = tenant("one");
    write(folder.path(), "a.md", "# Cancelling\n\nCancel within fourteen days.");
    made.refresh(&one, folder.path()).await.unwrap();
    drop(made);
    let embedder = Arc::new(HashedEmbedder::default());
    let opened = Index::open(
        root.path().join("index"),
        Some(Arc::clone(&embedder) as Arc<dyn Embedder>),
        PdfReader::absent(),
    );
    let found = opened.search(&one, "cancel within fourteen days", 3).await.unwrap();
    assert_eq!((found.len(), found[0].meaning), (1, None));
    let refreshed = opened.refresh(&one, folder.path()).await.unwrap();
    assert_eq!((refreshed.unchanged, refreshed.status.by_meaning), (1, 1));
    let found = opened.search(&one, "cancel within fourteen days", 3).await.unwrap();
    assert!(found[0].meaning.is_some());
    // While the model is busy, words decide.
    embedder.set_busy(true);
    let found = opened.search(&one, "cancel within fourteen days", 3).await.unwrap();
    assert_eq!((found.len(), found[0].meaning), (1, None));
}

#[tokio::test]
async fn a_bad_file_is_its_own_problem() {
    let (index, folder, _root) = index(None);
    let at = folder.path();
    write(at, "good.md", "# Good\n\nThese words are found.");
    write(at, "binary.txt", [0_u8, 159, 146, 150]);
    write(at, "deep.html", "<div>".repeat(10_000));
    write(at, "empty.md", "");
    write(at, "scan.pdf", b"%PDF-1.4");
    let large = fs::File::create(at.join("large.html")).unwrap();
    large.set_len(100 << 20).unwrap();
    let refreshed = index.refresh(&tenant("one"), at).await.unwrap();
    let problems: Vec<(&str, &str)> =
        refreshed.problems.iter().map(|problem| (problem.file.as_str(), problem.code.as_str())).collect();
    let expected = [
        ("binary.txt", "document_not_text"),
        ("deep.html", "document_too_deep"),
        ("empty.md", "document_empty"),
        ("large.html", "document_too_large"),
        ("scan.pdf", "document_without_reader"),
    ];
    assert_eq!(problems, expected);
    assert_eq!(refreshed.status.documents, 1);
    // They are not read again until they change, and are told again.
    let again = index.refresh(&tenant("one"), at).await.unwrap();
    assert_eq!((again.unchanged, again.problems), (6, refreshed.problems));
    write(at, "empty.md", "Words at last.");
    let mended = index.refresh(&tenant("one"), at).await.unwrap();
    assert_eq!((mended.changed, mended.problems.len()), (1, 4));
}

#[tokio::test]
async fn what_had_no_reader_is_read_when_there_is_one() {
    let (without, folder, root) = index(None);
    let one = tenant("one");
    write(folder.path(), "printed.pdf", include_bytes!("../../tests/data/printed.pdf"));
    let refreshed = without.refresh(&one, folder.path()).await.unwrap();
    assert_eq!((refreshed.added, refreshed.problems.len()), (1, 1));
    let again = without.refresh(&one, folder.path()).await.unwrap();
    assert_eq!((again.changed, again.unchanged, again.problems), (0, 1, refreshed.problems));
    drop(without);
    let reader = crate::pdf::tests::reader();
    let with = Index::open(root.path().join("index"), None, reader);
    let read = with.refresh(&one, folder.path()).await.unwrap();
    assert_eq!((read.changed, read.problems, read.status.documents), (1, Vec::new(), 1));
    let found = with.search(&one, "how many months is the router covered", 1).await.unwrap();
    assert_eq!((found[0].title.as_str(), found[0].document.as_str()), ("Warranty", "printed.pdf"));
}

#[tokio::test]
async fn a_folder_that_is_away_empties_nothing() {
    let (index, folder, _root) = index(None);
    let one = tenant("one");
    write(folder.path(), "a.md", "Fourteen days remain.");
    index.refresh(&one, folder.path()).await.unwrap();
    let gone = index.refresh(&one, &folder.path().join("gone")).await;
    assert!(matches!(gone, Err(RefreshError::Folder { .. })), "{gone:?}");
    assert_eq!(index.search(&one, "fourteen days", 3).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_search_of_nobody_makes_no_file() {
    let (index, _folder, root) = index(None);
    assert!(index.search(&tenant("nobody"), "anything", 3).await.unwrap().is_empty());
    assert_eq!(index.status(&tenant("nobody")).await.unwrap(), Status::default());
    assert!(!root.path().join("index").exists());
}
