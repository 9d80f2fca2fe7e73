//! The manual's page lists every check as the catalogue has it.
#![expect(clippy::disallowed_methods, reason = "a test reads and writes files")]

use std::{fs, path::Path};

#[test]
fn the_manual_lists_every_check() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/doctor.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, _) = text.split_once("## Checks\n\n").unwrap();
    let wanted = format!("{before}## Checks\n\n{}", doctor::page());
    if std::env::var_os("TRUNKLINE_WRITE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text == wanted,
        "docs/doctor.md differs from the catalogue: run this test with TRUNKLINE_WRITE_DOCS=1"
    );
}
