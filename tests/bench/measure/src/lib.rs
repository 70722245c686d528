//! How costs are measured: instructions by callgrind, allocations by a counting
//! allocator, and time as the best of many batches.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::HashSet,
    env, fs,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::Instant,
};

mod program;
#[cfg(feature = "providers")]
mod providers;
mod steps;

pub use self::program::{Asked, drive, program, table};
#[cfg(feature = "providers")]
pub use self::providers::{Sink, below, below_caller, flags_of, meters, tracers, tracers_by};
pub use self::steps::{rest, step_by_step};

#[global_allocator]
static ALLOCATOR: Counting = Counting;
static COUNTS: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static REALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
/// Whether callgrind counts.
static MEASURED: AtomicBool = AtomicBool::new(false);

/// Counts what it hands out while it is told to.
struct Counting;

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTS.load(Relaxed) {
            ALLOCATIONS.fetch_add(1, Relaxed);
            BYTES.fetch_add(layout.size() as u64, Relaxed);
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if COUNTS.load(Relaxed) {
            REALLOCATIONS.fetch_add(1, Relaxed);
            BYTES.fetch_add((size as u64).saturating_sub(layout.size() as u64), Relaxed);
        }
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Runs of this many operations before anything is counted.
const WARM_UP: u64 = 300;
/// Operations that callgrind counts.
const OPERATIONS: u64 = 2000;

/// What one operation costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub instructions: u64,
    pub allocations: f64,
    pub reallocations: f64,
    pub bytes: f64,
    /// The best of many batches.
    pub nanoseconds: f64,
}

/// Measures in this process what callgrind does not: called by a variant, with
/// a function that runs so many operations.
pub fn measure(mut run: impl FnMut(u64)) {
    run(WARM_UP);
    if env::var_os("BENCH_UNDER_CALLGRIND").is_some() {
        measured_run(&mut run);
        return;
    }
    COUNTS.store(true, Relaxed);
    run(OPERATIONS);
    COUNTS.store(false, Relaxed);
    let best = (0..40).map(|_| {
        let started = Instant::now();
        run(500);
        started.elapsed().as_nanos() as f64 / 500.0
    });
    let best = best.fold(f64::INFINITY, f64::min);
    let each = |count: &AtomicU64| count.load(Relaxed) as f64 / OPERATIONS as f64;
    println!(
        "cost {} {} {} {best}",
        each(&ALLOCATIONS),
        each(&REALLOCATIONS),
        each(&BYTES)
    );
}

/// What callgrind looks for.
#[inline(never)]
fn measured_run(run: &mut dyn FnMut(u64)) {
    let operations = env::var("BENCH_OPERATIONS");
    MEASURED.store(true, Relaxed);
    run(operations.map_or(OPERATIONS, |count| count.parse().expect("a number")));
}

/// Tells whether instructions or allocations are counted, and not the time.
pub fn is_counting() -> bool {
    COUNTS.load(Relaxed) || MEASURED.load(Relaxed)
}

/// Measures a variant of this program in processes of its own.
pub fn cost_of(variant: &str) -> Cost {
    let program = env::current_exe().expect("own path");
    let plain = Command::new(&program).arg(variant).output().expect("run");
    assert!(plain.status.success(), "{variant}: {plain:?}");
    let text = String::from_utf8_lossy(&plain.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("cost "));
    let mut numbers = line
        .expect("a cost")
        .split(' ')
        .map(|n| n.parse().expect("a number"));
    let mut next = || numbers.next().expect("four numbers");
    Cost {
        allocations: next(),
        reallocations: next(),
        bytes: next(),
        nanoseconds: next(),
        instructions: instructions(&program, variant),
    }
}

/// How many lines of 64 bytes of code one operation of a variant runs through, all
/// that it needs of the caches where other work has taken them.
pub fn code_lines_of(variant: &str) -> usize {
    let program = env::current_exe().expect("own path");
    let profile = env::temp_dir().join(format!("lines.{}", std::process::id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*measured_run*"])
        .args([
            "--dump-instr=yes",
            "--compress-pos=no",
            "--compress-strings=no",
        ])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .arg(variant)
        .env("BENCH_UNDER_CALLGRIND", "1")
        .env("BENCH_OPERATIONS", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("valgrind is needed");
    assert!(status.success(), "{variant}");
    let text = fs::read_to_string(&profile).expect("a profile");
    fs::remove_file(&profile).ok();
    let (mut object, mut lines) = ("", HashSet::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("ob=") {
            object = name;
        }
        let address = line.split(' ').next().and_then(|at| at.strip_prefix("0x"));
        if let Some(address) = address.and_then(|at| u64::from_str_radix(at, 16).ok()) {
            lines.insert((object, address / 64));
        }
    }
    lines.len()
}

fn instructions(program: &std::path::Path, variant: &str) -> u64 {
    let profile = env::var("BENCH_PROFILE").unwrap_or_else(|_| "/dev/null".to_owned());
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*measured_run*"])
        .arg("--toggle-collect=*uncounted_wait*")
        .arg(format!("--callgrind-out-file={profile}"))
        .arg(program)
        .arg(variant)
        .env("BENCH_UNDER_CALLGRIND", "1")
        .stdout(Stdio::null())
        .output()
        .expect("valgrind is needed");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = text
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, collected) = collected.unwrap_or_else(|| panic!("{variant}: {text}"));
    let collected: u64 = collected.trim().parse().expect("a count");
    collected / OPERATIONS
}

/// Tells `bench-check` what a variant adds to a bare one.
pub fn record(name: &str, cost: Cost, base: Cost) {
    let all = |cost: Cost| cost.allocations + cost.reallocations;
    let instructions = cost.instructions as i64 - base.instructions as i64;
    bench_check::record(name, instructions, all(cost) - all(base));
}

/// One line of a table of differences, which `bench-check` is told of, too.
pub fn row(name: &str, cost: Cost, base: Cost) -> String {
    record(name, cost, base);
    format!(
        "| {name} | {} | {:+} | {:.0}+{:.0} | {:+.0} | {:.0} | {:.0} |",
        cost.instructions,
        cost.instructions as i64 - base.instructions as i64,
        cost.allocations,
        cost.reallocations,
        cost.allocations - base.allocations,
        cost.bytes,
        cost.nanoseconds,
    )
}
