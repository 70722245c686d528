//! Compares what ours adds to a bare operation with what it added before.
//!
//! `bench-check` runs every variant of baseline.txt again, beside what is bare of
//! the same run, and fails when one has grown; with `--strict` by less than is let
//! pass else. `bench-check write` takes the new counts. A name behind that, such as
//! `bench-http`, leaves the other packages out.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

// Where no instructions are counted, lines of code or KiB of a program stand in their place.

/// What only some of the operations allocate: so much, or two per cent of many,
/// which several threads do.
const PART: f64 = 0.3;
const PART_OF_MANY: f64 = 0.02;

/// Growth of instructions that is let pass: whichever is more.
#[derive(Clone, Copy)]
struct Bounds {
    /// In per cent.
    share: f64,
    /// In instructions, for what adds few.
    few: i64,
    /// The same where threads wait for each other, in no two runs alike.
    few_of_threads: i64,
    /// The same for lines of code, and for KiB of a program.
    few_of_code: i64,
}

const USUAL: Bounds = Bounds {
    share: 5.0,
    few: 40,
    few_of_threads: 250,
    few_of_code: 15,
};
const STRICT: Bounds = Bounds {
    share: 1.0,
    few: 40,
    few_of_threads: 60,
    few_of_code: 8,
};

/// What is added, by package and variant.
type Counts = BTreeMap<(String, String), Added>;

#[derive(Clone, Copy)]
struct Added {
    instructions: i64,
    allocations: f64,
}

impl Added {
    /// Reads two columns.
    fn parse(columns: &str) -> Self {
        let (instructions, allocations) = columns.split_once('\t').expect("two columns");
        Self {
            instructions: instructions.parse().expect("a count"),
            allocations: allocations.parse().expect("a number"),
        }
    }

    fn least(self, other: Self) -> Self {
        Self {
            instructions: self.instructions.min(other.instructions),
            allocations: self.allocations.min(other.allocations),
        }
    }

    /// Tells what became of the old count.
    fn verdict(self, old: Self, of: &(String, String), bounds: Bounds) -> &'static str {
        let few = match (of.0.as_str(), of.1.as_str()) {
            ("bench-growth" | "bench-sql", _) => bounds.few_of_threads,
            ("bench-minimal", _) => bounds.few_of_code,
            (_, variant) if variant.ends_with(", lines") => bounds.few_of_code,
            _ => bounds.few,
        };
        let share = (old.instructions as f64 * bounds.share / 100.0) as i64;
        let most = share.max(few);
        let grown = self.instructions - old.instructions;
        let part = PART.max(old.allocations * PART_OF_MANY);
        if grown > most || self.allocations - old.allocations > part {
            GROWN
        } else if grown < -most {
            // The baseline can be renewed.
            "less"
        } else {
            "ok"
        }
    }
}

const GROWN: &str = "GROWN";

/// How often what has grown is counted: a busy machine wakes threads more often,
/// which only adds.
const TRIES: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let mut words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let bounds = match words.contains(&"--strict") {
        true => STRICT,
        false => USUAL,
    };
    words.retain(|word| *word != "--strict");
    let (writes, wanted) = match words[..] {
        ["write", ref wanted @ ..] => (true, wanted),
        ref wanted => (false, wanted),
    };
    let path = folder().join("baseline.txt");
    let mut all = read(&path);
    let mut before = all.clone();
    before.retain(|(package, _), _| wanted.is_empty() || wanted.contains(&package.as_str()));
    let mut after = measured(&before);
    if writes {
        all.extend(after);
        let lines = all.iter().map(|((package, variant), added)| {
            let (instructions, allocations) = (added.instructions, added.allocations);
            format!("{package}\t{variant}\t{instructions}\t{allocations:.2}\n")
        });
        fs::write(&path, lines.collect::<String>()).expect("baseline.txt");
        return ExitCode::SUCCESS;
    }
    for _ in 1..TRIES {
        let mut grown = before.clone();
        grown.retain(|of, old| {
            let new = after.get(of);
            new.is_some_and(|new| new.verdict(*old, of, bounds) == GROWN)
        });
        for (of, new) in measured(&grown) {
            after.entry(of).and_modify(|all| *all = all.least(new));
        }
    }
    let mut fails = false;
    println!("| | variant | instructions added | before | allocations added | before |");
    println!("|---|---|---:|---:|---:|---:|");
    for (of @ (package, variant), old) in &before {
        let new = after.get(of);
        let new = new.unwrap_or_else(|| panic!("{package} did not tell of {variant:?}"));
        let verdict = new.verdict(*old, of, bounds);
        fails |= verdict == GROWN;
        println!(
            "| {verdict} | {package}: {variant} | {:+} | {:+} | {:+.2} | {:+.2} |",
            new.instructions, old.instructions, new.allocations, old.allocations
        );
    }
    ExitCode::from(u8::from(fails))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> Counts {
    let text = fs::read_to_string(path).expect("baseline.txt");
    let line = |line: &str| {
        let (package, rest) = line.split_once('\t').expect("a package");
        let (variant, columns) = rest.split_once('\t').expect("a variant");
        let key = (package.to_owned(), variant.to_owned());
        (key, Added::parse(columns))
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
            let (variant, columns) = line.split_once('\t').expect("a variant");
            let key = (package.to_owned(), variant.to_owned());
            let added = Added::parse(columns);
            if before.contains_key(&key) {
                // The least of several rounds: noise only adds.
                let least = after.entry(key).or_insert(added);
                *least = least.least(added);
            }
        }
    }
    fs::remove_file(&record).ok();
    after
}
