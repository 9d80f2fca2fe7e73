//! What docs/playbooks.md shows is what the reader takes.

use playbook::{Phrase, Playbook, Rehearsal, Words};

const PAGE: &str = include_str!("../../../../docs/playbooks.md");

/// What stands between fences of YAML.
fn examples() -> impl Iterator<Item = &'static str> {
    PAGE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next())
}

#[test]
fn every_example_is_read() {
    for example in examples() {
        if example.starts_with("rehearsal:") {
            Rehearsal::read(example).unwrap_or_else(|problems| panic!("{problems}\n{example}"));
            continue;
        }
        let head = "playbook: example\nversion: 1\ntitle: Example\n";
        let whole = match (example.starts_with("playbook:"), example.starts_with("applies:")) {
            (true, _) => example.to_owned(),
            (false, true) => {
                format!("{head}{example}workflows: [{{ id: w, title: W, steps: [{{ id: s, title: S }}] }}]\n")
            }
            (false, false) => format!("{head}{example}"),
        };
        Playbook::read(&whole).unwrap_or_else(|problems| panic!("{problems}\n{whole}"));
    }
    assert!(examples().count() >= 9);
}

#[test]
fn every_phrase_is_found_as_the_page_says() {
    let table = PAGE
        .split("| written in the playbook |")
        .nth(1)
        .map_or("", |rest| rest.split("\n\n").next().unwrap_or(""));
    let mut found = 0;
    for row in table.lines().skip(2) {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let (Some(phrase), Some(said)) = (cells.next(), cells.next()) else { panic!("{row}") };
        let phrase = Phrase::parse(phrase.trim_matches('`')).unwrap_or_else(|error| panic!("{row}: {error}"));
        for said in said.split('"').skip(1).step_by(2) {
            assert!(phrase.matches(&Words::of(said)), "{phrase} is not found in {said}");
            found += 1;
        }
    }
    assert!(found >= 6, "{found}");
}
