use super::*;

use mkv::testing::ConnectStream;

fn inspect(bytes: &[u8], json: bool) -> (Result<(), String>, String) {
    let mut inspection = Inspection {
        reader: FragmentReader::new(Limits::default()),
        inspector: Inspector::new(),
        early: Vec::new(),
        json,
        out: Vec::new(),
    };
    let outcome = inspection.run(bytes, "call.mkv").map_err(|stop| match stop {
        Stop::Input(error) => format!("{error:#}"),
        Stop::Output(error) => error.to_string(),
    });
    (outcome, String::from_utf8(inspection.out).unwrap())
}

fn call() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut stream = ConnectStream::new("5ca32fbd-8f92-46af-92a5-6b0f970f0efe", 1_726_677_688_724, 5);
    stream.write(1, &mut bytes);
    stream.next_ms += 320;
    stream.contact = None;
    stream.write(1, &mut bytes);
    bytes.truncate(bytes.len() - 1_000);
    bytes
}

#[test]
fn people_get_a_row_per_fragment_and_a_summary() {
    let (outcome, text) = inspect(&call(), false);
    assert_eq!(outcome, Ok(()));
    insta::assert_snapshot!(text);
}

#[test]
fn programs_get_a_json_object_per_line() {
    let (outcome, text) = inspect(&call(), true);
    assert_eq!(outcome, Ok(()));
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["fragment", "fragment", "anomaly", "anomaly"]);
    assert_eq!(lines[0]["tracks"][0]["samples"], 8_192);
    assert_eq!(lines[1]["gaps"][0]["ms"], 320);
    assert_eq!(lines[2]["kind"], "missing_contact_id");
}

#[test]
fn what_is_no_stream_is_named_with_its_cause_and_prints_nothing() {
    let cases: [(&[u8], &str); 3] = [
        (b"", "call.mkv: the file is empty"),
        (b"RIFF\0\0\0\0WAVEfmt ", "call.mkv: not a Matroska file (no valid EBML header was found)"),
        (
            b"\x1A\x45\xDF\xA3\x8B\x42\x82\x88matroska\x00\x00\x00",
            "call.mkv: damaged from its beginning (no valid element where one must be); no fragment could be read",
        ),
    ];
    for (bytes, expected) in cases {
        for json in [false, true] {
            assert_eq!(inspect(bytes, json), (Err(expected.to_owned()), String::new()));
        }
    }
}

#[test]
fn damage_in_front_of_the_first_fragment_is_told_with_it() {
    let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let lead = bytes.len();
    bytes.extend(call());
    let (outcome, text) = inspect(&bytes, true);
    assert_eq!(outcome, Ok(()));
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(
        (first["kind"].as_str(), first["skipped_bytes"].as_u64()),
        (Some("damage"), Some(lead as u64))
    );
}
