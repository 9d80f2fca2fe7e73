//! The shipped playbooks do in written calls what their rehearsals expect. Meanings are not told here: that takes a
//! model, and `trunkline playbook test` has one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use playbook::{Playbook, Rehearsal};
use playbooks::{SHIPPED, compile, rehearse};

#[tokio::test]
async fn the_shipped_playbooks_do_what_their_rehearsals_expect() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../playbooks/tests");
    let mut rehearsed = Vec::new();
    let mut wrong = String::new();
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let rehearsal = Rehearsal::read(&fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let yaml = fs::read_to_string(folder.join(&rehearsal.playbook)).unwrap();
        let playbook = Playbook::read(&yaml).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let unknown = rehearsal.unknown_to(&playbook);
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        let ready = Arc::new(compile(&playbook, "", None).await.unwrap());
        let report = rehearse(&rehearsal, ready, &mut |_| None);
        for row in report.rows.iter().filter(|row| row.verdict.is_failure()) {
            writeln!(wrong, "{name}:{} {:?} {:?}", row.expected.line, row.expected.outcome, row.verdict)
                .unwrap();
        }
        if !report.passed() {
            for happened in &report.happened {
                writeln!(wrong, "    {} {:?} {}", happened.at, happened.outcome, happened.shown).unwrap();
            }
        }
        rehearsed.push(playbook.id);
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    for shipped in SHIPPED {
        let id = shipped.file.trim_end_matches(".yaml");
        assert!(rehearsed.iter().any(|rehearsed| rehearsed == id), "{id} has no rehearsal");
    }
}
