//! How a connection or pool is recorded.

use std::borrow::Cow;

use redis::{ConnectionAddr, ConnectionInfo};

/// How a connection or pool is recorded; the default suits most.
///
/// ```
/// use otelier_redis::Config;
///
/// let config = Config::new().with_key_shape("user:{id}").with_root_spans();
/// # let _ = config;
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[must_use]
pub struct Config {
    /// See [`with_server`](Self::with_server).
    pub address: Option<Cow<'static, str>>,
    /// See [`with_server`](Self::with_server).
    pub port: Option<u16>,
    /// See [`with_system_name`](Self::with_system_name).
    pub system_name: Option<Cow<'static, str>>,
    /// See [`with_pool_name`](Self::with_pool_name).
    pub pool_name: Option<Cow<'static, str>>,
    /// See [`with_key_shape`](Self::with_key_shape).
    pub key_shapes: Vec<Cow<'static, str>>,
    /// See [`with_root_spans`](Self::with_root_spans).
    pub root_spans: bool,
}

impl Config {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says which server it is, which a connection does not tell: its host and port, or its
    /// socket. Nothing else is taken out of what clients are opened with.
    pub fn with_server(mut self, server: &ConnectionInfo) -> Self {
        (self.address, self.port) = match server.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                (Some(host.clone().into()), Some(*port))
            }
            ConnectionAddr::Unix(path) => (Some(path.to_string_lossy().into_owned().into()), None),
            _ => (None, None),
        };
        self
    }

    /// Says which system it is that speaks Redis's protocol: `valkey`, `dragonfly`. By default
    /// it is `redis`, the only one that the conventions name.
    pub fn with_system_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.system_name = Some(name.into());
        self
    }

    /// Names the pool in metrics. By default it is `address:port`, or the system.
    pub fn with_pool_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.pool_name = Some(name.into());
        self
    }

    /// Declares a shape of keys: `user:{id}`. An argument that has it is recorded as that, in
    /// place of a `?`: `GET user:{id}`. What a brace stands for, one or more bytes without a
    /// colon, is not.
    ///
    /// A shape that is nothing but braces, or has one that does not close, says nothing. The
    /// first that fits is taken; each costs a look at each of the first eight arguments of a
    /// command whose span is recorded.
    pub fn with_key_shape(mut self, shape: impl Into<Cow<'static, str>>) -> Self {
        self.key_shapes.push(shape.into());
        self
    }

    /// Makes spans of commands outside of any span, too, which are traces of their own. By
    /// default these are in the metrics alone.
    pub fn with_root_spans(mut self) -> Self {
        self.root_spans = true;
        self
    }
}
