//! What sqlx has on its pool, connection and transaction is here, too, or it is said why not.
#![cfg(test)]

use std::{env, fs, path::PathBuf, process::Command};

const OURS: [(&str, &str); 3] = [
    ("Pool", include_str!("../src/pool.rs")),
    ("PoolConnection", include_str!("../src/connection.rs")),
    ("Transaction", include_str!("../src/transaction.rs")),
];

/// Methods that are left out.
const EXCUSED: [(&str, &str, &str); 1] = [(
    "PoolConnection",
    "return_to_pool",
    "hidden in sqlx; a drop does the same",
)];

/// The folder of the sqlx-core that is built with.
fn sqlx_core() -> Option<PathBuf> {
    let cargo = env::var_os("CARGO")?;
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--offline", "--locked"]);
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let paths = text.split("\"manifest_path\":\"").skip(1);
    let mut paths = paths.filter_map(|rest| rest.split('"').next());
    let manifest = paths.find(|path| path.contains("sqlx-core-0.9."))?;
    Some(PathBuf::from(manifest).parent()?.to_owned())
}

/// The names of the public methods of a type.
fn methods(source: &str, of: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_inside = false;
    for line in source.lines() {
        if line.starts_with("impl") {
            let is_trait = line.contains(" for ");
            is_inside = !is_trait && line.contains(&format!("> {of}<"));
        } else if line == "}" {
            is_inside = false;
        }
        let Some(rest) = line.strip_prefix("    pub ").filter(|_| is_inside) else {
            continue;
        };
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        let name = rest
            .strip_prefix("fn ")
            .and_then(|rest| rest.split(['(', '<']).next());
        names.extend(name.map(str::to_owned));
    }
    names
}

#[test]
fn every_method_of_sqlx_is_here_or_excused() {
    let Some(folder) = sqlx_core() else {
        println!("skipped: the source of sqlx-core is not there");
        return;
    };
    let theirs = [
        "src/pool/mod.rs",
        "src/pool/connection.rs",
        "src/transaction.rs",
    ];
    for ((of, ours), path) in OURS.into_iter().zip(theirs) {
        let source = fs::read_to_string(folder.join(path)).unwrap();
        let theirs = methods(&source, of);
        assert!(
            theirs
                .iter()
                .any(|name| name == "close" || name == "commit"),
            "{theirs:?}"
        );
        let ours = methods(ours, of);
        for name in theirs {
            let is_excused = EXCUSED.iter().any(|(o, n, _)| (*o, *n) == (of, &*name));
            assert!(
                ours.contains(&name) || is_excused,
                "{of}::{name} of sqlx is neither here nor excused"
            );
        }
    }
}
