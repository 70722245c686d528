//! How a bench tells `bench-check` what it counted.

use std::{env, fs::File, io::Write as _};

/// Adds a count to the file that `BENCH_RECORD` names, for `bench-check`.
pub fn record(variant: &str, instructions: u64) {
    let Some(path) = env::var_os("BENCH_RECORD") else {
        return;
    };
    let file = File::options().append(true).create(true).open(path);
    writeln!(file.expect("BENCH_RECORD"), "{variant}\t{instructions}").expect("BENCH_RECORD");
}
