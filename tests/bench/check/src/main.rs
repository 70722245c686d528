//! Compares instruction counts with the committed ones.
//!
//! `bench-check` runs every variant of baseline.txt again and fails when one has
//! grown by more than five per cent; `bench-check write` takes the new counts.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// Growth that fails, in per cent.
const MOST: f64 = 5.0;

/// Instructions by package and variant.
type Counts = BTreeMap<(String, String), u64>;

fn main() -> ExitCode {
    let writes = match env::args().nth(1).as_deref() {
        None => false,
        Some("write") => true,
        Some(other) => panic!("{other:?}? There is only `write`."),
    };
    let path = folder().join("baseline.txt");
    let before = read(&path);
    let after = measured(&before);
    if writes {
        let lines = after
            .iter()
            .map(|((package, variant), count)| format!("{package}\t{variant}\t{count}\n"));
        fs::write(&path, lines.collect::<String>()).expect("baseline.txt");
        return ExitCode::SUCCESS;
    }
    let mut grown = false;
    for (key, old) in &before {
        let new = after.get(key);
        let change = new.map(|new| (*new as f64 / *old as f64 - 1.0) * 100.0);
        let verdict = match change {
            None => "MISSING",
            Some(change) if change > MOST => "GROWN",
            Some(_) => "ok",
        };
        grown |= verdict != "ok";
        println!(
            "{verdict:8} {:+6.1} % {old:>7} -> {:>7}  {}: {}",
            change.unwrap_or_default(),
            new.copied().unwrap_or_default(),
            key.0,
            key.1
        );
    }
    ExitCode::from(u8::from(grown))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> Counts {
    let text = fs::read_to_string(path).expect("baseline.txt");
    let line = |line: &str| {
        let mut parts = line.split('\t');
        let mut next = || parts.next().expect("three columns").to_owned();
        let key = (next(), next());
        (key, next().parse().expect("a count"))
    };
    text.lines().map(line).collect()
}

/// Runs what was counted before, package by package.
fn measured(before: &Counts) -> Counts {
    let mut packages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (package, variant) in before.keys() {
        packages.entry(package).or_default().push(variant);
    }
    let record = env::temp_dir().join(format!("bench-check.{}", std::process::id()));
    let mut after = Counts::new();
    for (package, variants) in packages {
        fs::remove_file(&record).ok();
        let status = Command::new("cargo")
            .args(["run", "--release", "--quiet", "-p", package, "--", "only"])
            .args(variants)
            .current_dir(folder())
            .env("BENCH_RECORD", &record)
            .status()
            .expect("cargo");
        assert!(status.success(), "{package}: {status}");
        let text = fs::read_to_string(&record).expect("what was recorded");
        for line in text.lines() {
            let (variant, count) = line.split_once('\t').expect("two columns");
            let key = (package.to_owned(), variant.to_owned());
            let count: u64 = count.parse().expect("a count");
            if before.contains_key(&key) {
                // The least of several rounds: noise only adds.
                let least = after.entry(key).or_insert(count);
                *least = count.min(*least);
            }
        }
    }
    fs::remove_file(&record).ok();
    after
}
