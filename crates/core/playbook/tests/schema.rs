//! The schema for editors takes what the reader takes, and refuses what it can of the rest.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it where it is missing")]

use jsonschema::Validator;
use playbook::{Playbook, SCHEMA};
use serde_json::Value;

const SHIPPED: [(&str, &str); 3] = [
    ("card-collection", include_str!("../../../../playbooks/card-collection.yaml")),
    ("cancellation-save", include_str!("../../../../playbooks/cancellation-save.yaml")),
    ("technical-triage", include_str!("../../../../playbooks/technical-triage.yaml")),
];

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// YAML as the JSON that an editor checks.
fn json(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap()
}

#[test]
fn the_shipped_playbooks_are_taken_by_both() {
    let validator = validator();
    for (name, yaml) in SHIPPED {
        Playbook::read(yaml).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let errors: Vec<String> = validator
            .iter_errors(&json(yaml))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn what_the_schema_can_tell_is_refused_by_both() {
    let base = "playbook: a\nversion: 1\ntitle: A\n";
    let rule = |when: &str, then: &str| format!("{base}rules: [{{ id: r, when: {when}, then: [{then}] }}]\n");
    let card = "{ card: { title: T } }";
    let validator = validator();
    let good = rule("{ elapsed: 1m30s }", card);
    assert!(Playbook::read(&good).is_ok() && validator.is_valid(&json(&good)));
    let bad = [
        base.to_owned(),
        format!("{base}rules: []\n"),
        good.replace("playbook: a", "playbook: Not An Id"),
        good.replace("version: 1", "version: 0"),
        good.replace("title: A\n", ""),
        good.replace("rules:", "ruels:"),
        good.replace("id: r,", ""),
        rule("{ elapsed: 30 }", card),
        rule("{ elapsed: 1s1m }", card),
        rule("{ elapsed: 3s, on_hold: true }", card),
        rule("{}", card),
        rule("{ says: {} }", card),
        rule("{ says: { any_of: [] } }", card),
        rule("{ says: { any_of: [x], who: caller } }", card),
        rule("{ says: { any_of: ['*'] } }", card),
        rule("{ says: { any_of: [x], on: both } }", card),
        rule("{ masked: { kinds: [cards] } }", card),
        rule("{ metric: { name: hold } }", card),
        rule("{ metric: { name: hold, who: agent, at_least: 3 } }", card),
        rule("{ metric: { name: hold, over: 30s, at_least: 3 } }", card),
        rule("{ metric: { name: sentiment, at_most: 0 } }", card),
        rule("{ metric: { name: sentiment, who: customer, at_most: -2 } }", card),
        rule("{ fact: { name: queue } }", card),
        rule("{ fact: { name: queue, is: [a], matches: b } }", card),
        rule("{ within: { time: 3s, of: [{ elapsed: 3s }] } }", card),
        rule("{ elapsed: 3s }", "{ card: {} }"),
        rule("{ elapsed: 3s }", "{ card: { title: T, priority: 101 } }"),
        rule("{ elapsed: 3s }", &format!("{{ card: {{ title: T, say: {} }} }}", "word ".repeat(26))),
        rule("{ elapsed: 3s }", "{ alert: { kind: hold, severity: high, title: T } }"),
        rule("{ elapsed: 3s }", "{ cards: { title: T } }"),
        format!("{base}workflows: [{{ id: w, title: W, steps: [{{ id: end, title: E }}] }}]\n"),
        format!("{base}summary: {{ sections: [{{ id: s, title: S, kind: matching }}] }}\n"),
        format!(
            "{base}summary: {{ sections: [{{ id: s, title: S, kind: reason, when: {{ elapsed: 3s }} }}] }}\n"
        ),
        format!("{base}meanings: {{ a: {{ examples: [x], threshold: 2 }} }}\nrules: []\n"),
    ];
    for yaml in bad {
        assert!(Playbook::read(&yaml).is_err(), "the reader takes {yaml}");
        assert!(!validator.is_valid(&json(&yaml)), "the schema takes {yaml}");
    }
}

/// The reader names the keys that it knows when it meets one that it does not.
#[test]
fn the_schema_has_the_keys_that_the_reader_knows() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let condition = &schema["$defs"]["condition"]["properties"];
    let rule = "playbook: a\nversion: 1\ntitle: A\nrules:\n- id: r\n  when: { WHEN }\n  then: [{ THEN }]\n";
    let when = |test: &str| rule.replace("WHEN", test).replace("THEN", "card: { title: T }");
    let then = |action: &str| rule.replace("WHEN", "elapsed: 3s").replace("THEN", action);
    for (yaml, properties) in [
        ("nokey: 1\n".to_owned(), &schema["properties"]),
        ("applies: { nokey: 1 }\n".to_owned(), &schema["properties"]["applies"]["properties"]),
        ("budget: { nokey: 1 }\n".to_owned(), &schema["properties"]["budget"]["properties"]),
        ("summary: { nokey: 1 }\n".to_owned(), &schema["properties"]["summary"]["properties"]),
        ("meanings: { a: { nokey: 1 } }\n".to_owned(), &schema["$defs"]["meaning"]["properties"]),
        ("checklist: [{ nokey: 1 }]\n".to_owned(), &schema["$defs"]["item"]["properties"]),
        ("rules: [{ nokey: 1 }]\n".to_owned(), &schema["$defs"]["rule"]["properties"]),
        ("workflows: [{ nokey: 1 }]\n".to_owned(), &schema["$defs"]["workflow"]["properties"]),
        (when("nokey: 1"), condition),
        (when("says: { nokey: 1 }"), &condition["says"]["properties"]),
        (when("means: { nokey: 1 }"), &condition["means"]["properties"]),
        (when("masked: { nokey: 1 }"), &condition["masked"]["properties"]),
        (when("metric: { nokey: 1 }"), &condition["metric"]["properties"]),
        (when("fact: { nokey: 1 }"), &condition["fact"]["properties"]),
        (when("within: { nokey: 1 }"), &condition["within"]["properties"]),
        (when("sequence: { nokey: 1 }"), &condition["sequence"]["properties"]),
        (then("nokey: 1"), &schema["$defs"]["action"]["properties"]),
        (then("card: { nokey: 1 }"), &schema["$defs"]["action"]["properties"]["card"]["properties"]),
        (then("alert: { nokey: 1 }"), &schema["$defs"]["action"]["properties"]["alert"]["properties"]),
        (then("answer: { nokey: 1 }"), &schema["$defs"]["action"]["properties"]["answer"]["properties"]),
        (then("model: { nokey: 1 }"), &schema["$defs"]["action"]["properties"]["model"]["properties"]),
    ] {
        let problems = Playbook::read(&yaml).unwrap_err();
        let told = problems.iter().find(|problem| problem.message.contains("is not known"));
        let mut allowed = told.unwrap_or_else(|| panic!("{yaml}: {problems}")).allowed.clone();
        allowed.sort();
        let mut known: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
        known.sort();
        assert_eq!(allowed, known, "{yaml}");
    }
}
