//! What HTTP has few of: schemes and versions.

use axum::http::Version;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let known = [Self::Http, Self::Https];
        known
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(name))
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(super) fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The protocol's version, as a small number and as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protocol(pub(super) u8);

impl Protocol {
    pub(super) fn of(version: Version) -> Self {
        Self(match version {
            Version::HTTP_09 => 9,
            Version::HTTP_10 => 10,
            Version::HTTP_2 => 2,
            Version::HTTP_3 => 3,
            _ => 11,
        })
    }

    /// Whether a connection serves one request at a time.
    pub(super) fn is_one_request_a_connection(self) -> bool {
        !matches!(self.0, 2 | 3)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self.0 {
            9 => "0.9",
            10 => "1.0",
            2 => "2",
            3 => "3",
            _ => "1.1",
        }
    }
}
