//! Masks standard input: `cargo run -p masking --example texts [lines|words|plain|explain]`.
#![allow(clippy::print_stderr, reason = "an example for people")]

use std::{env, error::Error, io};

use masking::{Plain, mask_lines, mask_plain, reveal_plain};
use redaction::Policy;

fn main() -> Result<(), Box<dyn Error>> {
    let (input, out) = (io::stdin().lock(), io::stdout().lock());
    let policy = Policy::new([1; 16]);
    match env::args().nth(1).as_deref() {
        Some(form @ ("lines" | "words")) => {
            mask_lines(input, out, &policy, form == "words")?;
        }
        Some("plain") => {
            reveal_plain(input, out, &policy)?;
        }
        explain => {
            mask_plain(input, out, &policy, Plain::Text, |found| {
                if explain.is_some() {
                    let redaction::TextSpan { kind, confidence, reason, .. } = found.span;
                    eprintln!("{}:{} {} {confidence}% {reason}", found.line, found.column, kind.as_str());
                }
            })?;
        }
    }
    Ok(())
}
