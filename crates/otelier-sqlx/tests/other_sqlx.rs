//! What the compiler says to who wraps a pool of another sqlx.
#![cfg(test)]
#![cfg(feature = "postgres")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// As a program has it that has sqlx 0.8: types of the same names, from elsewhere.
const OTHER: &str = "mod sqlx_08 { pub struct Pool<DB>(DB); pub struct Postgres; }\n";

/// What the compiler says of a source, with that library; nothing where it is content.
fn compile(library: &Path, source: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.rs");
    fs::write(&file, source).unwrap();
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let dependencies = library.parent().unwrap();
    let output = Command::new(compiler)
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata"])
        .arg("--out-dir")
        .arg(folder.path())
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .arg("--extern")
        .arg(format!("otelier_sqlx={}", library.display()))
        .arg(&file)
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The library as it was built last with PostgreSQL, which is beside this test.
fn library() -> PathBuf {
    let test = env::current_exe().unwrap();
    let files = fs::read_dir(test.parent().unwrap()).unwrap();
    let files = files.map(|file| file.unwrap());
    let mut built: Vec<_> = files
        .filter(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.starts_with("libotelier_sqlx-") && name.ends_with(".rlib")
        })
        .map(|file| (file.metadata().unwrap().modified().unwrap(), file.path()))
        .collect();
    built.sort();
    let uses = "pub fn all(pool: &otelier_sqlx::PgPool) { pool.size(); }";
    let uses = format!("{uses}\npub fn wraps(pool: &impl otelier_sqlx::RawPool) {{ drop(pool) }}");
    let mut paths = built.into_iter().rev().map(|(_, path)| path);
    paths
        .find(|path| compile(path, &uses).is_ok())
        .expect("the library that this test was built with")
}

#[test]
fn a_pool_of_another_sqlx_is_refused_with_the_cure() {
    let library = library();
    let wrap = |how: &str| {
        let pool = "pool: sqlx_08::Pool<sqlx_08::Postgres>";
        let wrap = format!("pub fn wrap({pool}) -> otelier_sqlx::PgPool {{ {how} }}");
        compile(&library, &format!("{OTHER}{wrap}")).unwrap_err()
    };
    let said = wrap("otelier_sqlx::PgPool::from(pool)");
    for part in [
        " is no pool of the sqlx that otelier is built on",
        "one of sqlx 0.8 is another type",
        "`cargo tree -i sqlx` shows both",
        "Raise sqlx to 0.9",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    // Here the compiler tells of `Into` first, and of what is missing below.
    let said = wrap("pool.into()");
    let part = "the trait `RawPool` is not implemented for `sqlx_08::Pool<";
    assert!(said.contains(part), "{said}");
}

#[test]
fn a_database_of_another_sqlx_is_refused_with_the_cure() {
    let library = library();
    let wrap = "pub struct State { pub pool: otelier_sqlx::Pool<sqlx_08::Postgres> }";
    let said = compile(&library, &format!("{OTHER}{wrap}")).unwrap_err();
    for part in [
        " is no database of the sqlx that otelier is built on",
        "a pool of sqlx 0.8 is of other types",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}
