//! The texts that fuzzing found worth keeping, on a stable compiler.

use std::{fs, path::Path};

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus is in files")]
fn the_corpus_keeps_the_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus/redaction");
    let mut texts = 0;
    for entry in fs::read_dir(folder).unwrap() {
        redaction::testing::check_any_text(&fs::read(entry.unwrap().path()).unwrap());
        texts += 1;
    }
    assert!(texts > 0, "no texts found");
}
