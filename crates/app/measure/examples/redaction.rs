//! `trunkline bench redaction` without the rest of the program: `redaction [HALF] [SEED] [CALLS] [DIR]`.
#![expect(clippy::print_stdout, reason = "an example for reading")]

use dialogues::Half;
use measure::RedactionBench;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let half = if args.next().as_deref() == Some("held-out") { Half::HeldOut } else { Half::Tune };
    let mut number = |default| args.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seed, calls) = (number(1), u32::try_from(number(100))?);
    let bench = RedactionBench { calls, seed, half, corpus: args.next().map(Into::into), peer: true };
    let report = bench.run(&mut |at| println!("... {at}"))?;
    println!("{}", report.text());
    Ok(())
}
