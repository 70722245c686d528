//! Builds a service of a few lines as it is, with ours, and with the nearest peer,
//! and prints how large it is, how many crates it has, and what its builds take.
//!
//! Takes some minutes. Seconds are those of the processor, all processes of a build
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

#[derive(Clone, Copy)]
struct Built {
    kibibytes: i64,
    crates: usize,
    seconds: f64,
}

impl Built {
    fn new(target: &Path, feature: &str) -> Self {
        let arguments = format!(
            "--features {feature} --manifest-path {}",
            manifest().display()
        );
        let tree = shell(
            target,
            &format!("cargo tree {arguments} -e normal --prefix none"),
        );
        let mut crates: Vec<_> = tree
            .lines()
            .filter_map(|line| line.strip_suffix(" (*)").or(Some(line)))
            .filter(|line| !line.is_empty())
            .collect();
        crates.sort_unstable();
        crates.dedup();

        let build = format!("cargo build --quiet --bin service {arguments}");
        let told = shell(target, &format!("{build} && times"));
        let seconds = told.lines().last().expect("times of children");
        let seconds = seconds.split_whitespace().map(seconds_of).sum();
        // As a new project has it, and not this workspace.
        let plain = ["strip=true", "lto=false", "codegen-units=16", "debug=false"];
        let plain = plain.map(|setting| format!("--config profile.release.{setting}"));
        shell(target, &format!("{build} --release {}", plain.join(" ")));
        let program = target.join("release/service");
        let bytes = fs::metadata(program).expect("the program").len();
        Self {
            kibibytes: i64::try_from(bytes / 1024).expect("a small number"),
            // Without itself.
            crates: crates.len() - 1,
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
