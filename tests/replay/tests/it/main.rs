//! What fuzzing found worth keeping, once more.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in what it calls, too"
)]

use std::{
    fs, panic,
    path::{Path, PathBuf},
};

use replay::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// Checks every file in this folder of each target, and counts them.
fn replay(folder: &str) -> usize {
    let folder = fuzz().join(folder);
    let mut files = 0;
    for (target, check) in TARGETS {
        let Ok(entries) = fs::read_dir(folder.join(target)) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let data = fs::read(&path).unwrap();
            files += 1;
            // The panic itself has been printed.
            if panic::catch_unwind(|| check(&data)).is_err() {
                panic!("{target} fails on {}", path.display());
            }
        }
    }
    files
}

#[test]
fn what_was_found_stays_mended() {
    replay("regressions");
}

#[test]
fn every_target_takes_its_corpus() {
    let files = replay("corpus");
    assert!(files >= TARGETS.len(), "only {files} files");
}

#[test]
fn every_target_has_a_corpus_and_a_program() {
    let folder = fuzz();
    for (target, _) in TARGETS {
        assert!(folder.join("corpus").join(target).is_dir(), "{target}");
        let program = folder.join("fuzz_targets").join(target);
        assert!(program.with_extension("rs").is_file(), "{target}");
    }
}
