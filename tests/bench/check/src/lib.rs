//! How a bench tells `bench-check` what it counted.

use std::{env, fs::File, io::Write as _};

/// Adds what a variant adds to a bare one to the file that `BENCH_RECORD` names,
/// for `bench-check`.
pub fn record(variant: &str, instructions: i64, allocations: f64) {
    let Some(path) = env::var_os("BENCH_RECORD") else {
        return;
    };
    let file = File::options().append(true).create(true).open(path);
    writeln!(
        file.expect("BENCH_RECORD"),
        "{variant}\t{instructions}\t{allocations:.2}"
    )
    .expect("BENCH_RECORD");
}
