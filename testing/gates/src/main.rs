//! `gates write FRAGMENTS FILE` writes a call's stream; `gates carry FILE` carries it, to be counted by callgrind: see
//! `scripts/test-callgrind.sh`.

use std::{env, fs, io, process::ExitCode};

use gates::{Carried, stream};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", fragments, file] => {
            fs::write(file, stream(fragments.parse().map_err(io::Error::other)?))?;
            Ok(ExitCode::SUCCESS)
        }
        ["carry", file] => {
            let mut carried = Carried::default();
            carried.push(&fs::read(file)?);
            Ok(if carried.samples() > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => Ok(ExitCode::from(2)),
    }
}
