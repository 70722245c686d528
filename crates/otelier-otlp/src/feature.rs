use std::fmt;

/// A cargo feature of this crate that some settings need.
///
/// ```
/// use otelier_otlp::Feature;
///
/// if !Feature::Zstd.is_enabled() {
///     let text = format!("zstd {}", Feature::Zstd);
///     assert_eq!(text, "zstd needs the cargo feature `zstd`, which is not enabled");
/// }
/// ```
/// It is shown as what there is to say where it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Feature {
    /// `otlp-grpc`, for [`Protocol::Grpc`](crate::Protocol::Grpc).
    Grpc,
    /// `tls`, for `https://` and for a proxy of that scheme.
    Tls,
    /// `zstd`, for [`Compression::Zstd`](crate::Compression::Zstd).
    Zstd,
}

impl Feature {
    /// Whether this crate was built with it.
    #[must_use]
    pub const fn is_enabled(self) -> bool {
        match self {
            Self::Grpc => cfg!(feature = "otlp-grpc"),
            Self::Tls => cfg!(feature = "tls"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grpc => "otlp-grpc",
            Self::Tls => "tls",
            Self::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.as_str();
        write!(f, "needs the cargo feature `{name}`, which is not enabled")
    }
}
