//! Which hosts get the trace context.

use crate::config::{Hosts, Listed};

pub(super) fn contains(hosts: &Hosts, host: &str) -> bool {
    // A dot at the end says that the name is complete, not that it is another.
    let host = host.strip_suffix('.').unwrap_or(host);
    let found = hosts.patterns.iter().any(|pattern| matches(pattern, host));
    found == (hosts.listed == Listed::In)
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
            assert!(contains(&hosts, host), "{host}");
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
            assert!(!contains(&hosts, host), "{host}");
        }
    }

    #[test]
    fn an_exception_list_turns_the_answer_round() {
        let hosts = Hosts::except([".example.com"]);
        assert!(contains(&hosts, "example.org"));
        assert!(!contains(&hosts, "api.example.com"));
        assert!(contains(&Hosts::all(), "anything"));
        assert!(!contains(&Hosts::only::<&str>([]), "anything"));
    }
}
