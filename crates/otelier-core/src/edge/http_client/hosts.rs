//! Which hosts get the trace context.

/// A set of hosts: `api.example.com` is that name or address alone,
/// `.example.com` every name below it. IPv6 addresses have no brackets; neither
/// case nor port counts.
///
/// ```
/// use otelier_core::edge::http_client::Hosts;
///
/// let ours = Hosts::only(["api.example.com", ".internal"]);
/// assert!(ours.contains("db.internal") && !ours.contains("example.com"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    patterns: Vec<String>,
    listed: Listed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Listed {
    In,
    #[default]
    Out,
}

impl Hosts {
    /// Every host.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// These hosts and no other.
    pub fn only<S: Into<String>>(hosts: impl IntoIterator<Item = S>) -> Self {
        Self {
            patterns: hosts.into_iter().map(Into::into).collect(),
            listed: Listed::In,
        }
    }

    /// Every host but these.
    pub fn except<S: Into<String>>(hosts: impl IntoIterator<Item = S>) -> Self {
        Self {
            listed: Listed::Out,
            ..Self::only(hosts)
        }
    }

    /// Whether a host is one of them; a dot at its end does not count.
    #[must_use]
    pub fn contains(&self, host: &str) -> bool {
        // A dot at the end says that the name is complete, not that it is another.
        let host = host.strip_suffix('.').unwrap_or(host);
        let found = self.patterns.iter().any(|pattern| matches(pattern, host));
        found == (self.listed == Listed::In)
    }
}

fn matches(pattern: &str, host: &str) -> bool {
    if !pattern.starts_with('.') {
        return pattern.eq_ignore_ascii_case(host);
    }
    let below = host.len().checked_sub(pattern.len());
    below
        .filter(|&start| start > 0)
        .and_then(|start| host.get(start..))
        .is_some_and(|end| pattern.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_matched_whole_or_from_a_dot() {
        let hosts = Hosts::only(["api.example.com", ".internal", "::1"]);
        for host in [
            "api.example.com",
            "API.Example.com",
            "api.example.com.",
            "db.internal",
            "::1",
        ] {
            assert!(hosts.contains(host), "{host}");
        }
        for host in [
            "example.com",
            "api.example.com.evil",
            "internal",
            ".internal",
            "xinternal",
            "",
            "é",
        ] {
            assert!(!hosts.contains(host), "{host}");
        }
    }

    #[test]
    fn an_exception_list_turns_the_answer_round() {
        let hosts = Hosts::except([".example.com"]);
        assert!(hosts.contains("example.org"));
        assert!(!hosts.contains("api.example.com"));
        assert!(Hosts::all().contains("anything"));
        assert!(!Hosts::only::<&str>([]).contains("anything"));
    }
}
