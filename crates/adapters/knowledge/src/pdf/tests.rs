//! PDFs made here, good and hostile, in this process and in a child.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use proptest::prelude::*;

use super::*;
use crate::read::Part;

const ENCRYPTED: &[u8] = include_bytes!("../../tests/data/encrypted.pdf");
const PRINTED: &[u8] = include_bytes!("../../tests/data/printed.pdf");
const WRITTEN: &[u8] = include_bytes!("../../tests/data/written.pdf");

/// A PDF of these objects, numbered from 1; the first is the catalogue.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        writeln!(out, "{} 0 obj", index + 1).unwrap();
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(out, "{place:010} 00000 n ").unwrap();
    }
    write!(out, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1)
        .unwrap();
    out
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {dictionary} /Length {} >>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// One page with this content and these fonts.
fn one_page(content: Vec<u8>, fonts: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << {fonts} >> /XObject << /X 5 0 R >> >> >>"
    );
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        page.into_bytes(),
        content,
    ];
    objects.extend(more.iter().cloned());
    pdf(&objects)
}

const HELVETICA: &str =
    "/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";

fn text(of: &str) -> Part {
    Part::Text(of.to_owned())
}

#[test]
fn a_plain_page_has_its_heading_and_paragraphs() {
    let content =
        b"BT /F1 20 Tf 72 770 Td (Refunds) Tj /F1 10 Tf 0 -30 Td 12 TL (A refund takes \\(at most\\)) Tj T* \
        [(\\223fi) -20 (ve\\224) -300 (da) 30 (ys.)] TJ 0 -30 Td (Caf\\351 vouchers expire.) Tj ET";
    let content = read(one_page(stream("", content), HELVETICA, &[])).unwrap();
    let expected = [
        Part::Heading(1, "Refunds".to_owned()),
        text("A refund takes (at most) “five” days."),
        text("Café vouchers expire."),
    ];
    assert_eq!(content.parts, expected);
}

#[test]
fn composite_fonts_forms_and_compressed_streams_are_read_and_artifacts_are_not() {
    let map = b"1 beginbfchar <0001> <0048> endbfchar 1 beginbfrange <0002> <0003> <0065> endbfrange";
    let content = deflated(b"/Artifact BMC BT /F1 10 Tf 72 800 Td (running head) Tj ET EMC BT /F2 10 Tf 72 700 Td <000100020003> Tj ET q 1 0 0 1 0 -50 cm /X Do Q");
    let fonts = format!(
        "{HELVETICA} /F2 << /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 6 0 R /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /DW 500 /W [1 [600 500] 3 9 400] >>] >>"
    );
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 595 842]",
        b"BT /F1 10 Tf 72 700 Td (within a form) Tj /X Do ET",
    );
    let file = one_page(stream("/Filter /FlateDecode", &content), &fonts, &[form, stream("", map)]);
    assert_eq!(read(file).unwrap().parts, [text("Hef"), text("within a form")]);
}

#[test]
fn the_files_of_other_programs_are_read() {
    for (name, bytes) in [("printed", PRINTED), ("written", WRITTEN)] {
        let content = read(bytes.to_vec()).unwrap();
        let all: Vec<String> = content
            .parts
            .iter()
            .map(|part| match part {
                Part::Heading(level, text) => format!("{level} {text}"),
                Part::Text(text) => text.clone(),
            })
            .collect();
        let all = all.join("\n");
        assert!(all.contains("1 Warranty terms"), "{name}: {all}");
        assert!(
            all.contains("The router is covered for twenty-four months from the day of delivery."),
            "{name}: {all}"
        );
    }
}

#[test]
fn a_file_with_a_password_says_so() {
    assert_eq!(read(ENCRYPTED.to_vec()), Err(Unreadable::Encrypted));
}

#[test]
fn what_is_no_pdf_is_broken() {
    for bytes in [&b""[..], b"%PDF-1.7", b"<html>", &[0xff; 4_096], PRINTED.get(..200).unwrap()] {
        assert!(matches!(read(bytes.to_vec()), Err(Unreadable::BrokenPdf)), "{bytes:?}");
    }
}

#[test]
fn a_form_within_itself_ends() {
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >>",
        b"/X Do",
    );
    let file = one_page(stream("", b"BT /F1 9 Tf (word) Tj ET /X Do"), HELVETICA, &[form]);
    assert_eq!(read(file).unwrap().parts, [text("word")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_damaged_file_breaks_nothing(at in prop::collection::vec((0..5_000_usize, any::<u8>()), 1..40)) {
        for file in [PRINTED, WRITTEN] {
            let mut bytes = file.to_vec();
            for (place, byte) in &at {
                let place = place * bytes.len() / 5_000;
                bytes[place] = *byte;
            }
            drop(read(bytes));
        }
    }
}

/// This test program as the child: see [`child`].
pub(crate) fn reader() -> PdfReader {
    let arguments = ["pdf::tests::child", "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    PdfReader::child(std::env::current_exe().unwrap(), arguments.map(str::to_owned).to_vec())
}

#[test]
#[ignore = "the other tests run it as their child"]
#[expect(clippy::exit, reason = "nothing may follow the answer")]
fn child() {
    read_pdf_here().unwrap();
    std::process::exit(0);
}

#[test]
fn a_child_reads_what_this_process_reads() {
    assert_eq!(reader().read(PRINTED.to_vec()), read(PRINTED.to_vec()));
    assert_eq!(reader().read(ENCRYPTED.to_vec()), Err(Unreadable::Encrypted));
    assert_eq!(reader().read(b"none".to_vec()), Err(Unreadable::BrokenPdf));
}

#[test]
fn a_bomb_ends_its_child_alone() {
    let inner = deflated(&deflated(&vec![b' '; 1 << 30]));
    let file = one_page(stream("/Filter [/FlateDecode /FlateDecode]", &inner), HELVETICA, &[]);
    assert!(file.len() < 100_000, "{} bytes", file.len());
    let failed = reader().read(file);
    assert!(matches!(failed, Err(Unreadable::PdfReader(why)) if why.contains("more memory")), "{failed:?}");
}

#[test]
fn a_reader_that_is_not_there_says_so() {
    for absent in [PdfReader::absent(), PdfReader::child(PathBuf::from("/no/such/program"), Vec::new())] {
        assert_eq!(absent.read(PRINTED.to_vec()), Err(Unreadable::NoPdfReader));
    }
    let silent = PdfReader::child(PathBuf::from("/bin/true"), Vec::new());
    assert!(
        matches!(silent.read(PRINTED.to_vec()), Err(Unreadable::PdfReader(why)) if why.contains("broke off"))
    );
}
