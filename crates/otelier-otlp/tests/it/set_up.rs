use std::{error::Error as _, io::Write as _, path::PathBuf};

use http::{HeaderName, HeaderValue};
use otelier_otlp::{Error, Protocol, Proxy, Settings, Transport};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::NamedTempFile;
use tokio::runtime::{Builder, Runtime};

use crate::settings;

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn refused(settings: Settings) -> Error {
    Transport::new(settings, runtime().handle().clone()).unwrap_err()
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn secure() -> Settings {
    settings(Protocol::Grpc, "https://localhost:1")
}

#[test]
fn endpoints_that_cannot_be_used_are_told() {
    for url in ["localhost:4317", "/path", "ftp://host", "unix://host/x"] {
        let mut settings = secure();
        settings.endpoint = url.parse().unwrap();
        assert_eq!(refused(settings).variable(), "ENDPOINT", "{url}");
    }
    let mut settings = secure();
    settings.endpoint = "http://user:hunter2@host:4317".parse().unwrap();
    let text = refused(settings).to_string();
    assert!(
        text.contains("HEADERS") && !text.contains("hunter2"),
        "{text}"
    );
}

#[test]
fn files_that_cannot_be_read_are_told_with_their_variable() {
    let missing = PathBuf::from("/does/not/exist.pem");
    let mut settings = secure();
    settings.tls.ca = Some(missing.clone());
    let error = refused(settings);
    assert_eq!(error.variable(), "CERTIFICATE");
    assert!(matches!(error, Error::Unreadable { .. }));
    assert!(error.source().is_some());

    let key = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = file(&key.cert.pem());
    let mut settings = secure();
    settings.tls.certificate = Some(certificate.path().to_owned());
    settings.tls.key = Some(missing);
    assert_eq!(refused(settings).variable(), "CLIENT_KEY");
}

#[test]
fn files_without_the_wanted_pem_are_told_with_their_variable() {
    let odd = file("-----BEGIN NONSENSE-----\nAAAA\n-----END NONSENSE-----\n");
    let key = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = file(&key.cert.pem());
    let path = |file: &NamedTempFile| Some(file.path().to_owned());

    let mut settings = secure();
    settings.tls.ca = path(&odd);
    let error = refused(settings);
    assert!(matches!(error, Error::NotPem { .. }), "{error:?}");
    assert_eq!(error.variable(), "CERTIFICATE");

    let mut settings = secure();
    settings.tls.certificate = path(&odd);
    settings.tls.key = path(&odd);
    assert_eq!(refused(settings).variable(), "CLIENT_CERTIFICATE");

    let mut settings = secure();
    settings.tls.certificate = path(&certificate);
    settings.tls.key = path(&certificate);
    let error = refused(settings);
    assert_eq!(error.variable(), "CLIENT_KEY");
    assert!(error.to_string().contains("no private key"), "{error}");
}

#[test]
fn a_client_certificate_needs_its_own_key() {
    let pair = || {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (file(&cert.pem()), file(&signing_key.serialize_pem()))
    };
    let ((certificate, key), (_, other)) = (pair(), pair());
    let path = |file: &NamedTempFile| Some(file.path().to_owned());

    let mut settings = secure();
    settings.tls.certificate = path(&certificate);
    assert!(matches!(
        refused(settings),
        Error::Unpaired {
            variable: "CLIENT_KEY"
        }
    ));
    let mut settings = secure();
    settings.tls.key = path(&key);
    assert_eq!(refused(settings).variable(), "CLIENT_CERTIFICATE");
    let mut settings = secure();
    settings.tls.certificate = path(&certificate);
    settings.tls.key = path(&other);
    assert!(matches!(
        refused(settings),
        Error::Rejected {
            variable: "CLIENT_KEY",
            ..
        }
    ));
}

#[test]
fn without_tls_the_files_are_not_looked_at() {
    let mut settings = settings(Protocol::Grpc, "http://localhost:1");
    settings.tls.ca = Some("/does/not/exist.pem".into());
    Transport::new(settings, runtime().handle().clone()).unwrap();
}

#[test]
fn proxies_that_cannot_be_used_are_told_with_their_variable() {
    let mut settings = secure();
    settings.proxy = Some(Proxy {
        https: Some("socks5://localhost:1080".into()),
        ..Proxy::default()
    });
    assert_eq!(refused(settings.clone()).variable(), "HTTPS_PROXY");
    settings.proxy = Some(Proxy {
        http: Some("http://unused:1".into()),
        https: Some(String::new()),
        all: Some("::".into()),
        no: None,
    });
    assert_eq!(refused(settings).variable(), "ALL_PROXY");
}

#[test]
fn debug_shows_no_secret() {
    let mut settings = settings(Protocol::HttpJson, "http://localhost:1");
    settings.headers = vec![(
        HeaderName::from_static("authorization"),
        HeaderValue::from_static("hunter2"),
    )];
    settings.proxy = Some(Proxy {
        all: Some("http://user:hunter2@proxy:1".into()),
        ..Proxy::default()
    });
    let text = format!("{settings:?}");
    assert!(!text.contains("hunter2"), "{text}");
    let transport = Transport::new(settings, runtime().handle().clone()).unwrap();
    let text = format!("{transport:?}");
    assert!(
        text.contains("authorization") && !text.contains("hunter2"),
        "{text}"
    );
}
