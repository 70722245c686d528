//! Who the program is: resource attributes from code and variables.

use super::{Defaults, env::Env, pairs::Pairs};

/// A resource attribute and the variables it is taken from, the strongest
/// first: those of the downward API under the names in use, and Datadog's.
const PLAIN: [(&str, &[&str]); 12] = [
    ("service.name", &["DD_SERVICE"]),
    ("service.version", &["DD_VERSION"]),
    ("deployment.environment.name", &["DD_ENV"]),
    (REVISION, &["DD_GIT_COMMIT_SHA"]),
    (REPOSITORY, &["DD_GIT_REPOSITORY_URL"]),
    ("k8s.cluster.name", &["K8S_CLUSTER_NAME"]),
    (
        "k8s.namespace.name",
        &["K8S_NAMESPACE_NAME", "POD_NAMESPACE"],
    ),
    ("k8s.node.name", &["K8S_NODE_NAME", "NODE_NAME"]),
    ("k8s.pod.name", &["K8S_POD_NAME", "POD_NAME"]),
    ("k8s.pod.uid", &["K8S_POD_UID", "POD_UID"]),
    ("k8s.container.name", &["K8S_CONTAINER_NAME"]),
    ("k8s.deployment.name", &["K8S_DEPLOYMENT_NAME"]),
];

const REVISION: &str = "vcs.ref.head.revision";
const REPOSITORY: &str = "vcs.repository.url.full";

/// What Datadog calls the same.
const TWINS: [(&str, &str); 2] = [
    (REVISION, "git.commit.sha"),
    (REPOSITORY, "git.repository_url"),
];

/// Attributes in the order in which they were first named; a later value
/// replaces an earlier one.
#[derive(Debug, Default)]
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn set(&mut self, key: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((key.to_owned(), value.to_owned())),
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }
}

/// From the weakest source to the strongest: code, Datadog's variables and the
/// downward API, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`.
pub(super) fn attributes(env: &mut Env<'_>, defaults: &Defaults) -> Vec<(String, String)> {
    const LIST: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let mut attributes = from_code(defaults);
    for (key, variables) in PLAIN {
        if let Some(value) = env.first(variables) {
            attributes.set(key, &value);
        }
    }
    if let Some(list) = env.text(LIST) {
        let pairs = Pairs::parse(&list);
        if let Some(complaint) = pairs.complaint() {
            env.problem(LIST, complaint);
        }
        for (_, key, value) in pairs.good {
            // A service without a name would be no service at all.
            if key != "service.name" || !value.trim().is_empty() {
                attributes.set(&key, &value);
            }
        }
    }
    if let Some(name) = env.text("OTEL_SERVICE_NAME") {
        attributes.set("service.name", &name);
    }

    for (ours, theirs) in TWINS {
        match (
            attributes.get(ours).map(str::to_owned),
            attributes.get(theirs).map(str::to_owned),
        ) {
            (Some(value), None) => attributes.set(theirs, &value),
            (None, Some(value)) => attributes.set(ours, &value),
            _ => {}
        }
    }
    for key in [REPOSITORY, "git.repository_url"] {
        if let Some(url) = attributes.get(key).map(without_userinfo) {
            attributes.set(key, &url);
        }
    }
    attributes.0
}

fn from_code(defaults: &Defaults) -> Attributes {
    let mut attributes = Attributes::default();
    let named = [
        ("service.name", &defaults.service_name),
        ("service.version", &defaults.service_version),
        (REVISION, &defaults.revision),
        (REPOSITORY, &defaults.repository),
    ];
    for (key, value) in named {
        if let Some(value) = value
            .as_deref()
            .map(str::trim)
            .filter(|value| !value.is_empty())
        {
            attributes.set(key, value);
        }
    }
    for (key, value) in &defaults.attributes {
        attributes.set(key, value);
    }
    attributes
}

/// The variable that shells, and the one that Windows, keep the name in.
pub(super) fn hostname(env: &Env<'_>) -> Option<String> {
    env.first(&["HOSTNAME", "COMPUTERNAME"])
}

/// Build machines clone with a token in the URL.
fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}
