//! A wall clock that can be set back for one process.

use std::{ffi::OsString, path::PathBuf, process::Command};

use tempfile::TempDir;

/// A library that stands between a process and its clock.
#[derive(Debug)]
pub(crate) struct Clock(TempDir);

impl Clock {
    /// Compiles it, where it is used; a C compiler is needed to build this
    /// program, too.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let source = folder.path().join("clock.c");
        std::fs::write(&source, include_str!("clock.c"))?;
        let clock = Self(folder);
        if cfg!(not(target_os = "linux")) {
            return Ok(clock);
        }
        let compiler = std::env::var_os("CC").unwrap_or(OsString::from("cc"));
        let compiled = Command::new(compiler)
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(clock.path())
            .arg(source)
            .arg("-ldl")
            .status()?;
        anyhow::ensure!(compiled.success(), "clock.c does not compile");
        Ok(clock)
    }

    /// What `LD_PRELOAD` is to name.
    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("clock.so")
    }
}
