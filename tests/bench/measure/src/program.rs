//! A program that measures variants, each in a process of its own.

use std::{
    collections::BTreeMap,
    env,
    hint::black_box,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::{cost_of, row};

/// What a program is asked for on its command line.
pub enum Asked {
    /// Nothing in particular.
    All,
    /// `only NAME..`.
    Only(Vec<String>),
    /// `NAME`, alone.
    One(String),
}

impl Asked {
    #[must_use]
    pub fn read() -> Self {
        let mut arguments = env::args().skip(1);
        match arguments.next() {
            None => Self::All,
            Some(only) if only == "only" => Self::Only(arguments.collect()),
            Some(one) => Self::One(one),
        }
    }
}

/// Prints the rows that are asked for, each beside its base, or runs one variant.
pub fn program(names: &[&str], base_of: fn(&str) -> &'static str, run: impl FnOnce(&str)) {
    match Asked::read() {
        Asked::All => table(names.iter().copied(), base_of),
        Asked::Only(names) => table(names.iter().map(String::as_str), base_of),
        Asked::One(variant) => run(&variant),
    }
}

/// Prints a row for each variant, beside its base.
pub fn table<'a>(names: impl IntoIterator<Item = &'a str>, base_of: impl Fn(&str) -> &'static str) {
    println!("| variant | instructions | added | allocations | added | bytes | ns, best |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut bases = BTreeMap::new();
    for name in names {
        let base = *bases
            .entry(base_of(name))
            .or_insert_with_key(|base| cost_of(base));
        println!("{}", row(name, cost_of(name), base));
    }
}

/// Polls once, which is enough.
pub fn drive<F: Future>(future: Pin<&mut F>) -> F::Output {
    let mut cx = Context::from_waker(Waker::noop());
    match black_box(future.poll(&mut cx)) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("it is ready at once"),
    }
}
