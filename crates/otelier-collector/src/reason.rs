//! Why things are turned away, by kind.

/// What kind of thing a refusal is about, for who counts them and tells of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// A fault that was set.
    Fault,
    Encoding,
    ContentType,
    TooLarge,
    Malformed,
    Busy,
    Timeout,
    Closing,
    Host,
    Origin,
    Connections,
    Loop,
    Path,
}

impl Reason {
    /// All, and the labels of their counters.
    pub(crate) const ALL: [(Self, &'static str); 13] = [
        (Self::Fault, "fault"),
        (Self::Encoding, "encoding"),
        (Self::ContentType, "content_type"),
        (Self::TooLarge, "too_large"),
        (Self::Malformed, "malformed"),
        (Self::Busy, "busy"),
        (Self::Timeout, "timeout"),
        (Self::Closing, "closing"),
        (Self::Host, "host"),
        (Self::Origin, "origin"),
        (Self::Connections, "connections"),
        (Self::Loop, "loop"),
        (Self::Path, "path"),
    ];

    /// What helps, if something does.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::TooLarge => "--max-request-mib raises the limit",
            Self::Busy => "--max-request-mib raises what may be under way at once",
            Self::Loop => "--forward leads back to this collector",
            Self::Host => "--allow-host allows a name",
            Self::Origin => "--allow-origin allows a page",
            _ => "",
        }
    }
}
