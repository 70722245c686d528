//! The short forms: a few seconds of each, on any machine.
//!
//! The processes are stopped by signals, which only Unix has.
#![cfg(unix)]

use std::process::Command;

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn run(arguments: &[&str]) {
    let program = env!("CARGO_BIN_EXE_load");
    let load = Command::new(program).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&load.stdout);
    let wrong = String::from_utf8_lossy(&load.stderr);
    assert!(load.status.success(), "{told}\n{wrong}");
}

#[test]
fn under_load_nothing_is_lost_and_every_span_has_its_parent() {
    run(&["soak", "--short"]);
}

#[test]
fn no_fault_costs_more_than_is_expected_of_it() {
    run(&["faults", "--short"]);
}
