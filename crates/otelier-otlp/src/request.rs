//! What is sent: once prepared for a transport, and once for a batch.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header, uri::PathAndQuery};

use crate::{
    Cause, Compression, Error, Protocol, Settings,
    client::{self, Body},
    compress::Compressor,
    grpc, http as plain,
};

const USER_AGENT: &str = concat!(
    "otelier/",
    env!("CARGO_PKG_VERSION"),
    " OTel-OTLP-Exporter-Rust/",
    env!("CARGO_PKG_VERSION")
);

/// What the requests of a transport have in common.
pub(crate) struct Template {
    protocol: Protocol,
    compression: Compression,
    uri: Uri,
    /// Without those of the protocol: the compression may be left out.
    headers: HeaderMap,
}

/// What each attempt at a batch sends.
pub(crate) struct Batch {
    prefix: Bytes,
    message: Bytes,
    protocol: Protocol,
    compression: Compression,
    /// The size of the message before it was compressed.
    plain: usize,
    uri: Uri,
    headers: HeaderMap,
}

impl Template {
    pub(crate) fn new(settings: &Settings, proxy: Option<&HeaderValue>) -> Result<Self, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        // The first of a name replaces the above, further ones add to it. The
        // map panics beyond its limit unless it is only tried.
        let mut seen = HeaderMap::<()>::default();
        for (name, value) in &settings.headers {
            if is_ours(name) {
                continue;
            }
            let mut value = value.clone();
            value.set_sensitive(true);
            let added = match seen.try_insert(name, ()) {
                Ok(None) => headers.try_insert(name, value).is_ok(),
                Ok(Some(())) => headers.try_append(name, value).is_ok(),
                Err(_) => false,
            };
            if !added {
                break;
            }
        }
        if let Some(auth) = proxy {
            headers.insert(header::PROXY_AUTHORIZATION, auth.clone());
        }
        Ok(Self {
            protocol: settings.protocol,
            compression: settings.compression,
            uri: uri(settings)?,
            headers,
        })
    }

    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    /// A compressor for what is sent. One that cannot be had is no reason to
    /// lose a batch.
    pub(crate) fn compressor(&self) -> Compressor {
        Compressor::new(self.compression).unwrap_or(Compressor::None)
    }

    /// Compresses and frames, once for all attempts.
    pub(crate) fn batch(&self, body: Bytes) -> Result<Batch, Cause> {
        match self.compressor().compress(&body) {
            Ok(Some(packed)) => self.frame(packed, self.compression, body.len()),
            Ok(None) | Err(_) => self.lend(body),
        }
    }

    /// The same with a compressor that is used again, from a borrowed buffer.
    pub(crate) fn pack(&self, body: &[u8], compressor: &mut Compressor) -> Result<Batch, Cause> {
        match compressor.compress(body) {
            Ok(Some(packed)) => self.frame(packed, self.compression, body.len()),
            Ok(None) | Err(_) => self.lend(Bytes::copy_from_slice(body)),
        }
    }

    /// The same for a buffer that is lent, of which `body` is what counts.
    pub(crate) fn lend(&self, body: Bytes) -> Result<Batch, Cause> {
        let plain = body.len();
        self.frame(body, Compression::None, plain)
    }

    /// The same batch as this template frames it, with the bytes of the other.
    pub(crate) fn reframe(&self, batch: &Batch) -> Result<Batch, Cause> {
        self.frame(batch.message.clone(), batch.compression, batch.plain)
    }

    fn frame(
        &self,
        message: Bytes,
        compression: Compression,
        plain: usize,
    ) -> Result<Batch, Cause> {
        let encoding = compression.encoding();
        let mut headers = self.headers.clone();
        let prefix = if self.protocol == Protocol::Grpc {
            grpc::headers(&mut headers, encoding);
            grpc::prefix(&message, encoding).ok_or(Cause::TooLong)?
        } else {
            plain::headers(&mut headers, self.protocol, encoding);
            Bytes::new()
        };
        Ok(Batch {
            prefix,
            message,
            protocol: self.protocol,
            compression,
            plain,
            uri: self.uri.clone(),
            headers,
        })
    }
}

impl Batch {
    /// One attempt; shares the bytes with all others.
    pub(crate) fn request(&self) -> Request<Body> {
        let mut request = Request::new(client::body(self.prefix.clone(), self.message.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// The message as it was before it was compressed.
    pub(crate) fn plain(&self) -> Option<Bytes> {
        let message = self.message.clone();
        self.compression.decompress(message, self.plain).ok()
    }

    pub(crate) fn is_of(&self, template: &Template) -> bool {
        self.protocol == template.protocol
    }

    pub(crate) const fn compression(&self) -> Compression {
        self.compression
    }

    pub(crate) const fn plain_bytes(&self) -> usize {
        self.plain
    }

    pub(crate) fn wire_bytes(&self) -> usize {
        self.prefix.len() + self.message.len()
    }
}

/// Headers that would break the framing, or the connection, if a user set them.
fn is_ours(name: &HeaderName) -> bool {
    const OURS: [HeaderName; 9] = [
        header::ACCEPT_ENCODING,
        header::CONNECTION,
        header::CONTENT_ENCODING,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    OURS.contains(name) || name.as_str().starts_with("grpc-")
}

fn uri(settings: &Settings) -> Result<Uri, Error> {
    if settings.protocol != Protocol::Grpc {
        return Ok(settings.endpoint.clone());
    }
    let mut parts = settings.endpoint.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static(settings.signal.grpc_path()));
    Uri::from_parts(parts).map_err(|_| Error::Endpoint {
        reason: "is not a URL",
    })
}
