//! Who the program is: resource attributes from code and variables.

use super::{env::Env, pairs::Pairs};
use crate::{
    Setup,
    variables::{
        DD_ENV, DD_GIT_COMMIT_SHA, DD_GIT_REPOSITORY_URL, DD_SERVICE, DD_VERSION, HOSTNAME,
        K8S_CLUSTER_NAME, K8S_CONTAINER_NAME, K8S_DEPLOYMENT_NAME, K8S_NAMESPACE_NAME,
        K8S_NODE_NAME, K8S_POD_NAME, K8S_POD_UID, RESOURCE_ATTRIBUTES, SERVICE_NAME, Variable,
    },
};

/// A resource attribute and the variable it is taken from: those of the downward
/// API under the names in use, and Datadog's.
const PLAIN: [(&str, &Variable); 12] = [
    ("service.name", &DD_SERVICE),
    ("service.version", &DD_VERSION),
    ("deployment.environment.name", &DD_ENV),
    (REVISION, &DD_GIT_COMMIT_SHA),
    (REPOSITORY, &DD_GIT_REPOSITORY_URL),
    ("k8s.cluster.name", &K8S_CLUSTER_NAME),
    ("k8s.namespace.name", &K8S_NAMESPACE_NAME),
    ("k8s.node.name", &K8S_NODE_NAME),
    ("k8s.pod.name", &K8S_POD_NAME),
    ("k8s.pod.uid", &K8S_POD_UID),
    ("k8s.container.name", &K8S_CONTAINER_NAME),
    ("k8s.deployment.name", &K8S_DEPLOYMENT_NAME),
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
pub(super) fn attributes(env: &mut Env<'_>, setup: &Setup) -> Vec<(String, String)> {
    let mut attributes = from_code(setup);
    for (key, variable) in PLAIN {
        if let Some((_, value)) = env.first(variable) {
            attributes.set(key, &value);
        }
    }
    if let Some(list) = env.text(&RESOURCE_ATTRIBUTES) {
        let pairs = Pairs::parse(&list);
        if let Some(complaint) = pairs.complaint() {
            env.problem(RESOURCE_ATTRIBUTES.name, complaint);
        }
        for (_, key, value) in pairs.good {
            // A service without a name would be no service at all.
            if key != "service.name" || !value.trim().is_empty() {
                attributes.set(&key, &value);
            }
        }
    }
    if let Some(name) = env.text(&SERVICE_NAME) {
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

fn from_code(setup: &Setup) -> Attributes {
    let mut attributes = Attributes::default();
    let named = [
        ("service.name", Some(&setup.service_name)),
        ("service.version", Some(&setup.service_version)),
        (REVISION, setup.revision.as_ref()),
        (REPOSITORY, setup.repository.as_ref()),
    ];
    for (key, value) in named {
        let value = value.map(|value| value.trim()).unwrap_or_default();
        if !value.is_empty() {
            attributes.set(key, value);
        }
    }
    for (key, value) in &setup.attributes {
        attributes.set(key, value);
    }
    attributes
}

/// The variable that shells, and the one that Windows, keep the name in.
pub(super) fn hostname(env: &Env<'_>) -> Option<String> {
    Some(env.first(&HOSTNAME)?.1)
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
