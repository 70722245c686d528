//! The stack of a panic, from where it was raised.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    fmt::Write as _,
};

use otelier_core::{MAX_TEXT, head_of};

/// The last frames that belong to the panic itself, the better mark first.
const MARKS: [&str; 2] = ["__rust_end_short_backtrace", "rust_panic_with_hook"];

/// The frames below the hook, where `RUST_BACKTRACE` asks for them: they cost
/// some milliseconds.
pub(super) fn capture() -> Option<String> {
    let backtrace = Backtrace::capture();
    // An endless recursion has a stack of megabytes.
    (backtrace.status() == BacktraceStatus::Captured)
        .then(|| without_hook(&head_of(&backtrace, MAX_TEXT)))
}

/// Cuts the frames of the hook and of what calls it, and numbers the others anew.
fn without_hook(stack: &str) -> String {
    let frames = || stack.lines().filter_map(name);
    let head = MARKS
        .iter()
        .find_map(|mark| frames().position(|frame| frame.contains(mark)))
        .map_or(0, |last| last + 1);
    let mut text = String::new();
    let mut frame = 0_usize;
    for line in stack.lines() {
        let named = name(line);
        frame += usize::from(named.is_some());
        if frame <= head {
            continue;
        }
        let _ = match named {
            Some(name) => writeln!(text, "{:>4}: {name}", frame - head - 1),
            None => writeln!(text, "{line}"),
        };
    }
    text
}

/// The name of a frame, from a line that begins one: `  12: core::panicking::panic_fmt`.
fn name(line: &str) -> Option<&str> {
    let (number, name) = line.trim_start().split_once(": ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::without_hook;

    #[test]
    fn the_frames_of_the_hook_are_cut_and_the_others_numbered_anew() {
        let stack = "   0: otelier_logs::panics::stack::capture\n             at ./src/stack.rs:1:2\n   \
                     1: std::panicking::rust_panic_with_hook\n   \
                     2: std::sys::backtrace::__rust_end_short_backtrace\n             at /rustc/x:1:2\n   \
                     3: core::panicking::panic_fmt\n   4: shop::buy\n             at ./src/shop.rs:7:5\n   \
                     5: std::sys::backtrace::__rust_end_short_backtrace\n";
        let cut = "   0: core::panicking::panic_fmt\n   1: shop::buy\n             at ./src/shop.rs:7:5\n   \
                   2: std::sys::backtrace::__rust_end_short_backtrace\n";
        assert_eq!(without_hook(stack), cut);
    }

    #[test]
    fn a_stack_without_names_stays_as_it_is() {
        let stack = "   0: <unknown>\n   1: <unknown>\n";
        assert_eq!(without_hook(stack), stack);
        assert_eq!(without_hook(""), "");
    }
}
