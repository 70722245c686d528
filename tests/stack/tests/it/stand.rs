//! Where deploy/collector/run is tried: a home of its own, a machine of choice, a server of releases.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use axum::{Router, extract::Path as Name, http::StatusCode, routing::get};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    process::Program,
    real::{folder, repository},
};

pub(crate) const ARCHIVE: &str = "otelcol-contrib_0.161.0_linux_amd64.tar.gz";
pub(crate) const SUMS: &str = "opentelemetry-collector-releases_otelcol-contrib_checksums.txt";

/// A Collector that tells how it was called. A path that it is not to see is `REFUSE`.
pub(crate) const FAKE: &str = "#!/bin/sh
case \"$*\" in *REFUSE*) echo 'bad files' >&2; exit 1 ;; esac
[ \"$1\" = validate ] && exit 0
echo \"called $* limit $GOMEMLIMIT data $OTELCOL_DATA\"
";

/// A home of its own, a `uname` that says linux and amd64, and a server of releases.
pub(crate) struct Stand {
    pub(crate) home: TempDir,
    pub(crate) server: Option<(String, PathBuf)>,
}

impl Stand {
    pub(crate) fn new() -> Self {
        let stand = Self {
            home: folder(),
            server: None,
        };
        stand.uname("Linux", "x86_64");
        stand
    }

    pub(crate) fn uname(&self, system: &str, machine: &str) {
        let text =
            format!("#!/bin/sh\ncase $1 in -s) echo {system} ;; *) echo {machine} ;; esac\n");
        self.program("bin/uname", &text);
    }

    /// Writes a script that can be started.
    pub(crate) fn program(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Serves a release: an archive of the fake, and the list of its sum.
    pub(crate) async fn serve(&mut self) {
        let release = self.home.path().join("release");
        fs::create_dir_all(&release).unwrap();
        self.program("release/otelcol-contrib", FAKE);
        pack(&release, "otelcol-contrib");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let folder = release.clone();
        let file = async move |Name(name): Name<String>| {
            fs::read(folder.join(name)).map_err(|_| StatusCode::NOT_FOUND)
        };
        let app = Router::new().route("/{name}", get(file));
        tokio::task::spawn(async move { axum::serve(listener, app).await });
        self.server = Some((url, release));
    }

    pub(crate) fn release(&self) -> &Path {
        &self.server.as_ref().unwrap().1
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Program {
        let path = format!("{}/bin:/usr/bin:/bin", self.home.path().display());
        let mut run = Program::new(repository("deploy/collector/run"))
            .with("HOME", self.home.path())
            .with("PATH", path);
        if let Some((url, _)) = &self.server {
            run = run.with("OTELCOL_DOWNLOAD", url);
        }
        for argument in arguments {
            run = run.arg(argument);
        }
        run
    }

    /// What is left in the cache, by name.
    pub(crate) fn cached(&self) -> Vec<String> {
        let entries = fs::read_dir(self.home.path().join(".cache/otelier"));
        let entries = entries.into_iter().flatten().map(|entry| entry.unwrap());
        entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect()
    }
}

pub(crate) fn pack(release: &Path, what: &str) {
    let (archive, folder) = (release.join(ARCHIVE), release.to_str().unwrap());
    let packed = Command::new("tar")
        .arg("-czf")
        .arg(&archive)
        .args(["-C", folder, what])
        .status();
    assert!(packed.unwrap().success());
    let sum = sum(&archive);
    fs::write(
        release.join(SUMS),
        format!("0000  other.tar.gz\n{sum}  {ARCHIVE}\n"),
    )
    .unwrap();
}

pub(crate) fn sum(file: &Path) -> String {
    let told = Command::new("sha256sum").arg(file).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    told.split(' ').next().unwrap().to_owned()
}
