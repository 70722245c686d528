//! Builds a program that exports all signals, by our exporter and by the stock
//! one alone, and prints how large they are when stripped.
//!
//! Takes some minutes.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Binary, and the features of it.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("stock, gRPC alone", "stock", "stock,grpc"),
    ("stock, gRPC and http/protobuf", "stock", "stock,grpc,http"),
    ("ours", "own", "own"),
];

fn main() {
    println!("| program | stripped, KiB | beside stock with both |");
    println!("|---|---:|---:|");
    let target = env::var_os("BENCH_TARGET").map_or_else(own_target, PathBuf::from);
    let sizes = PROGRAMS.map(|(_, binary, features)| kibibytes(&target, binary, features));
    for ((name, ..), size) in PROGRAMS.iter().zip(sizes) {
        println!("| {name} | {size} | {:+} |", size - sizes[1]);
    }
    if env::var_os("BENCH_TARGET").is_none() {
        fs::remove_dir_all(target).expect("to remove");
    }
}

fn own_target() -> PathBuf {
    env::temp_dir().join(format!("bench-size.{}", std::process::id()))
}

fn kibibytes(target: &Path, binary: &str, features: &str) -> i64 {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--bin",
            binary,
            "--features",
            features,
        ])
        .args(["--config", "profile.release.strip=true"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", target)
        .status();
    assert!(status.expect("cargo").success());
    let program = target.join("release").join(binary);
    let bytes = fs::metadata(program).expect("a program").len();
    i64::try_from(bytes / 1024).expect("a small number")
}
