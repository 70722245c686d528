//! The packages of the workspace, as cargo tells.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) is_published: bool,
    /// Whether its tests depend on it once more, for features.
    pub(crate) asks_itself: bool,
    /// What each feature turns on.
    features: BTreeMap<String, Vec<String>>,
}

impl Workspace {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "cargo metadata failed: {said}");
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let path = |key: &str| {
            let path = metadata[key].as_str().context("a path")?;
            anyhow::Ok(PathBuf::from(path))
        };
        let packages = list(&metadata["packages"]).iter().map(Package::read);
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            packages: packages.collect::<anyhow::Result<_>>()?,
        })
    }
}

impl Package {
    fn read(package: &Value) -> anyhow::Result<Self> {
        let manifest = package["manifest_path"].as_str().context("a manifest")?;
        let features = package["features"].as_object().context("features")?;
        let turned_on = |on: &Value| {
            let on = list(on).iter().filter_map(Value::as_str);
            on.map(str::to_owned).collect()
        };
        let name = package["name"].as_str().context("a name")?;
        let dependencies = list(&package["dependencies"]);
        Ok(Self {
            name: name.to_owned(),
            folder: Path::new(manifest).parent().context("a folder")?.to_owned(),
            is_published: package["publish"].is_null(),
            asks_itself: dependencies.iter().any(|on| on["name"] == name),
            features: features
                .iter()
                .map(|(name, on)| (name.clone(), turned_on(on)))
                .collect(),
        })
    }

    pub(crate) fn has_switch(&self) -> bool {
        self.features.contains_key("otel")
    }

    /// Every feature that does not turn `otel` on.
    pub(crate) fn silent_features(&self) -> impl Iterator<Item = &str> {
        let names = self.features.keys().map(String::as_str);
        names.filter(|name| !self.reaches_otel(name))
    }

    fn reaches_otel(&self, feature: &str) -> bool {
        let on = |feature: &str| self.features.get(feature).map_or(&[][..], Vec::as_slice);
        // A part of it is a switch as well.
        feature == "otel"
            || on("otel").iter().any(|part| part == feature)
            || on(feature).iter().any(|on| self.reaches_otel(on))
    }
}

pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The elements of an array, none of anything else.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
