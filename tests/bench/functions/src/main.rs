//! What a call of a function costs that does nothing, with a span by
//! `#[otelier::trace]`, by `#[tracing::instrument]` and by hand.
//!
//! `functions` prints the table, `functions only NAME..` some rows, and
//! `functions NAME` runs one variant.

mod ours;
mod peers;

use std::fmt;

use measure::{Asked, below_caller, table};

const BARE: &str = "bare";

fn main() {
    match Asked::read() {
        Asked::All => {
            table(ours::NAMES, |_| BARE);
            println!();
            table(peers::NAMES, |_| BARE);
        }
        Asked::Only(names) => table(names.iter().map(String::as_str), |_| BARE),
        Asked::One(variant) => {
            // Below a request, which is sampled or not.
            let _current = below_caller(&variant).attach();
            match ours::NAMES.contains(&&*variant) {
                true => ours::run(&variant),
                false => peers::run(&variant),
            }
        }
    }
}

#[derive(Debug)]
struct Never;

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("never")
    }
}
