//! How fast a written text is masked: `cargo run --release -p masking --example pace FILE`.
#![allow(clippy::print_stdout, reason = "an example's output")]

use std::{env, error::Error, fs::File, io, time::Instant};

use masking::{Plain, mask_plain};
use redaction::Policy;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("give a file")?;
    let megabytes = File::open(&path)?.metadata()?.len() as f64 / 1e6;
    for _ in 0..3 {
        let begin = Instant::now();
        let done = mask_plain(File::open(&path)?, io::sink(), &Policy::new([1; 16]), Plain::Text, |_| {})?;
        let seconds = begin.elapsed().as_secs_f64();
        println!("{megabytes:.1} MB, {} masks, {:.2} MB/s", done.spans, megabytes / seconds);
    }
    Ok(())
}
