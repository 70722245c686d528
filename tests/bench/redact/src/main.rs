//! Instructions a byte that looking for secrets takes: in a text without any
//! mark, in two that people write, and in ten repetitions that were made to
//! cost much, each of 1 KiB and of 4.
//!
//! `redact` prints the table, and `redact NAME SIZE` runs one variant.

use std::{env, hint::black_box};

use measure::{cost_of, measure};
use otelier_core::redact_text;

const SIZES: [usize; 2] = [1024, 4096];

/// Pieces that are repeated, by their names.
const PIECES: [(&str, &str); 13] = [
    ("no mark", "connection refused "),
    (
        "a log line",
        "order 7 of ann placed in 12 ms, total: 30 EUR; next ",
    ),
    (
        "JSON",
        "{\"id\":7,\"name\":\"ann\",\"tags\":[\"a\",\"b\"]},",
    ),
    ("hostile: message:", "message:"),
    (
        "hostile: database",
        "DatabaseError {message:\"error returned from database: '",
    ),
    ("hostile: key", "tokenpasskey:"),
    ("hostile: pairs", "a="),
    ("hostile: URLs", "x://u:"),
    ("hostile: code", "state code=("),
    ("hostile: tokens", "eyJ-ghp_sk-=AKIA."),
    ("hostile: encoded", "%2525%253A%2F%2F"),
    ("hostile: escapes", "\\\\\\\"pwd=\\"),
    ("hostile: private keys", "-----BEGIN :"),
];

fn main() {
    let mut arguments = env::args().skip(1);
    if let Some(variant) = arguments.next() {
        return run(&variant);
    }
    println!("| text | instructions a byte, 1 KiB | 4 KiB |");
    println!("|---|---:|---:|");
    for (name, _) in PIECES {
        let [small, large] = SIZES.map(|size| {
            let cost = cost_of(&format!("{name}/{size}"));
            cost.instructions as f64 / size as f64
        });
        println!("| {name} | {small:.1} | {large:.1} |");
    }
}

fn run(variant: &str) {
    let (name, size) = variant.split_once('/').expect("NAME/SIZE");
    let size: usize = size.parse().expect("a size");
    let (_, piece) = PIECES
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a name");
    let mut text = piece.repeat(size / piece.len() + 1);
    text.truncate(size);
    measure(|count| {
        for _ in 0..count {
            black_box(redact_text(black_box(&text)));
        }
    });
}
