//! Builds a service of a few lines as it is, with ours, and with the nearest peer,
//! and prints how large it is, how many crates it has, and what its builds take.
//!
//! `bench-minimal only NAME..` prints how large some are. Either takes some minutes. Seconds are those of the processor, all processes of a build
//! together, so that other work on the machine changes them little.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What is built, and the features of it.
const PROGRAMS: [(&str, &str); 4] = [
    ("axum alone", "service"),
    ("ours", "ours"),
    ("ours, `otel-http`", "lean"),
    ("oxtel", "oxtel"),
];

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((word, names)) if word == "only" => sizes(names),
        _ => table(),
    }
}

fn table() {
    println!(
        "| service | stripped, KiB | added | crates | cold debug build, s of CPU | of axum's |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let target = env::temp_dir().join(format!("bench-minimal.{}", std::process::id()));
    let mut alone = None;
    for (name, feature) in PROGRAMS {
        let built = Built::new(&target.join(feature), feature);
        let alone = alone.get_or_insert(built);
        println!(
            "| {name} | {} | {:+} | {} | {:.0} | {:.1} |",
            built.kibibytes,
            built.kibibytes - alone.kibibytes,
            built.crates,
            built.seconds,
            built.seconds / alone.seconds
        );
    }
    fs::remove_dir_all(&target).expect("to remove");
}

/// What some programs have more than axum alone, for `bench-check`; their builds are kept.
fn sizes(names: &[String]) {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/minimal");
    let alone = release(&target, PROGRAMS[0].1);
    println!("| service | stripped, KiB | added |");
    println!("|---|---:|---:|");
    for (name, feature) in PROGRAMS
        .iter()
        .filter(|(name, _)| names.iter().any(|it| it == name))
    {
        let kibibytes = release(&target, feature);
        bench_check::record(name, kibibytes - alone, 0.0);
        println!("| {name} | {kibibytes} | {:+} |", kibibytes - alone);
    }
}

#[derive(Clone, Copy)]
struct Built {
    kibibytes: i64,
    crates: usize,
    seconds: f64,
}

impl Built {
    fn new(target: &Path, feature: &str) -> Self {
        let arguments = arguments(feature);
        let tree = shell(
            target,
            &format!("cargo tree {arguments} -e normal --prefix none"),
        );
        let mut crates: Vec<_> = tree
            .lines()
            .filter_map(|line| line.strip_suffix(" (*)").or(Some(line)))
            .filter(|line| !line.is_empty() && !line.starts_with("bench-"))
            .collect();
        crates.sort_unstable();
        crates.dedup();

        let told = shell(target, &format!("{} && times", build(feature)));
        let seconds = told.lines().last().expect("times of children");
        let seconds = seconds.split_whitespace().map(seconds_of).sum();
        Self {
            kibibytes: release(target, feature),
            // Without itself.
            crates: crates.len(),
            seconds,
        }
    }
}

/// `1m2.345s`
fn seconds_of(text: &str) -> f64 {
    let (minutes, seconds) = text.split_once('m').expect("minutes");
    let seconds = seconds
        .trim_end_matches('s')
        .parse::<f64>()
        .expect("seconds");
    minutes.parse::<f64>().expect("minutes") * 60.0 + seconds
}

fn arguments(feature: &str) -> String {
    let manifest = manifest();
    format!(
        "--features {feature} --manifest-path {}",
        manifest.display()
    )
}

fn build(feature: &str) -> String {
    format!("cargo build --quiet --bin service {}", arguments(feature))
}

/// The KiB of a release build, as a new project has it, and not this workspace.
fn release(target: &Path, feature: &str) -> i64 {
    let plain = ["strip=true", "lto=false", "codegen-units=16", "debug=false"];
    let plain = plain.map(|setting| format!("--config profile.release.{setting}"));
    let build = build(feature);
    shell(target, &format!("{build} --release {}", plain.join(" ")));
    let program = target.join("release/service");
    let bytes = fs::metadata(program).expect("the program").len();
    i64::try_from(bytes / 1024).expect("a small number")
}

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")
}

fn shell(target: &Path, script: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", script])
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{script}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}
