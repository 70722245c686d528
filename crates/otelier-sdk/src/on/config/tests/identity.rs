//! Resource attributes from code and variables.

use super::{Config, ON, Setup, problems, read_on, read_with, said};

const LIST: &str = "OTEL_RESOURCE_ATTRIBUTES";

fn setup() -> Setup {
    Setup {
        revision: Some("abc".to_owned()),
        repository: Some("https://user:secret@git.example/a/b@c.git".to_owned()),
        attributes: vec![
            ("team".to_owned(), "code".to_owned()),
            ("team".to_owned(), "code again".to_owned()),
        ],
        ..Setup::new("code", "1.2.3")
    }
}

fn read(variables: &[(&str, &str)]) -> Config {
    let mut all = vec![ON];
    all.extend_from_slice(variables);
    read_with(&all, &setup())
}

#[test]
fn sources_of_the_service_name_have_an_order() {
    let mut variables = Vec::new();
    for (next, expected) in [
        (("unrelated", ""), "code"),
        (("DD_SERVICE", " datadog "), "datadog"),
        ((LIST, "service.name=list"), "list"),
        (("OTEL_SERVICE_NAME", "name"), "name"),
    ] {
        variables.push(next);
        assert_eq!(read(&variables).attribute("service.name"), Some(expected));
    }
    for unset in [
        ("OTEL_SERVICE_NAME", " "),
        (LIST, "service.name="),
        (LIST, "service.name=%20"),
    ] {
        assert_eq!(read(&[unset]).attribute("service.name"), Some("code"));
    }
}

#[test]
fn datadogs_variables_are_the_weakest() {
    let datadog = [("DD_ENV", "Staging"), ("DD_VERSION", "9")];

    let config = read(&datadog);
    assert_eq!(
        config.attribute("deployment.environment.name"),
        Some("Staging")
    );
    assert_eq!(config.attribute("service.version"), Some("9"));

    let mut all = datadog.to_vec();
    all.push((LIST, "deployment.environment.name=DEV,service.version=10"));
    let config = read(&all);
    assert_eq!(config.attribute("deployment.environment.name"), Some("DEV"));
    assert_eq!(config.attribute("service.version"), Some("10"));
}

#[test]
fn code_names_what_no_variable_names() {
    let config = read(&[]);

    for (key, value) in [
        ("service.name", "code"),
        ("service.version", "1.2.3"),
        ("team", "code again"),
        ("vcs.ref.head.revision", "abc"),
        ("git.commit.sha", "abc"),
        ("vcs.repository.url.full", "https://git.example/a/b@c.git"),
        ("git.repository_url", "https://git.example/a/b@c.git"),
    ] {
        assert_eq!(config.attribute(key), Some(value), "{key}");
    }
    assert_eq!(read(&[(LIST, "team=ops")]).attribute("team"), Some("ops"));
    assert_eq!(read_on(&[]).attributes, []);
}

#[test]
fn the_revision_keeps_both_names_wherever_it_comes_from() {
    for (variable, value) in [
        ("DD_GIT_COMMIT_SHA", "def"),
        (LIST, "vcs.ref.head.revision=def,git.commit.sha=def"),
    ] {
        let config = read(&[(variable, value)]);
        assert_eq!(config.attribute("vcs.ref.head.revision"), Some("def"));
        assert_eq!(config.attribute("git.commit.sha"), Some("def"));
    }
    let config = read_on(&[(LIST, "git.commit.sha=def")]);
    assert_eq!(config.attribute("vcs.ref.head.revision"), Some("def"));
    let config = read_on(&[("DD_GIT_REPOSITORY_URL", "https://t0ken@git.example/a")]);
    assert_eq!(
        config.attribute("git.repository_url"),
        Some("https://git.example/a")
    );
    assert!(!format!("{config:?}").contains("t0ken"));
    let ssh = "git@git.example:a/b.git";
    let config = read_on(&[("DD_GIT_REPOSITORY_URL", ssh)]);
    assert_eq!(config.attribute("vcs.repository.url.full"), Some(ssh));
}

#[test]
fn attributes_are_percent_decoded() {
    let config = read_on(&[(LIST, " a = b%2Cc%3D , d%2C=%C3%A9=f,a.b=,a=last")]);

    assert_eq!(config.attribute("a"), Some("last"));
    assert_eq!(config.attribute("d,"), Some("é=f"));
    assert_eq!(config.attribute("a.b"), Some(""));
    assert_eq!(config.problems, []);
    let keys: Vec<_> = config
        .attributes
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(keys, ["a", "d,", "a.b"]);
}

#[test]
fn good_pairs_survive_bad_ones() {
    for (list, positions) in [
        ("a,b=,good=1", "position 1"),
        ("good=1,%zz", "position 2"),
        ("x=%zz,good=1,=y,z=%F", "positions 1, 3, 4"),
        ("x=%FF,good=1,,", "position 1"),
    ] {
        let config = read_on(&[(LIST, list)]);

        assert_eq!(config.attribute("good"), Some("1"), "{list}");
        assert_eq!(problems(&config), [LIST]);
        assert!(
            said(&config).contains(&format!("at {positions};")),
            "{}",
            said(&config)
        );
    }
}

#[test]
fn the_downward_api_is_taken_under_its_usual_names() {
    let config = read_on(&[
        ("POD_NAME", "pod"),
        ("K8S_POD_UID", "uid"),
        ("POD_UID", "weaker"),
        ("POD_NAMESPACE", "space"),
        ("NODE_NAME", "node"),
        ("HOSTNAME", "host"),
    ]);

    for (key, value) in [
        ("k8s.pod.name", "pod"),
        ("k8s.pod.uid", "uid"),
        ("k8s.namespace.name", "space"),
        ("k8s.node.name", "node"),
    ] {
        assert_eq!(config.attribute(key), Some(value), "{key}");
    }
    assert_eq!(config.attribute("host.name"), None);
    assert_eq!(config.hostname.as_deref(), Some("host"));
}
