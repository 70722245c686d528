//! The proxy that a program with these variables would go through.

use super::connection::{Stream, Tls, dial, handshake};
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The longest head of an answer, in bytes.
const HEAD: usize = 8192;

/// What the variables say, by the rules of the exporter.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    http: Option<(&'static str, String)>,
    https: Option<(&'static str, String)>,
    all: Option<(&'static str, String)>,
    no: String,
}

/// A way through a proxy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proxy {
    /// The variable that names it.
    pub(super) variable: &'static str,
    host: String,
    port: u16,
    secure: bool,
    auth: Option<HeaderValue>,
}

impl Proxies {
    pub(super) fn of<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Self {
        let first = |names: &[&'static str]| {
            let mut set = names.iter();
            set.find_map(|name| Some((*name, value(name)?.to_owned())))
        };
        // A web server hands a request's `Proxy:` header to CGI programs under the upper-case name.
        let http: &[_] = match value("REQUEST_METHOD") {
            Some(_) => &["http_proxy"],
            None => &["HTTP_PROXY", "http_proxy"],
        };
        Self {
            http: first(http),
            https: first(&["HTTPS_PROXY", "https_proxy"]),
            all: first(&["ALL_PROXY", "all_proxy"]),
            no: first(&["NO_PROXY", "no_proxy"]).map_or_else(String::new, |(_, value)| value),
        }
    }

    /// The proxy on the way to an endpoint, if there is one.
    pub(super) fn on_the_way(&self, endpoint: &Uri) -> Result<Option<Proxy>, String> {
        let own = match endpoint.scheme_str() {
            Some("https") => &self.https,
            _ => &self.http,
        };
        let Some((variable, value)) = own.as_ref().or(self.all.as_ref()) else {
            return Ok(None);
        };
        let unusable = || format!("{variable} names no proxy: write it as in http://proxy:3128");
        // Asked twice, as a proxy that cannot be used is ignored by the rules.
        let rules = Matcher::builder().all(value.as_str());
        let found = rules.build().intercept(endpoint).ok_or_else(unusable)?;
        let rules = Matcher::builder().all(value.as_str()).no(self.no.as_str());
        // To the rules, `*` is names only.
        let none = self.no.split(',').any(|host| host.trim() == "*");
        if none || rules.build().intercept(endpoint).is_none() {
            return Ok(None);
        }
        let uri = found.uri();
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(unusable()),
        };
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(unusable());
        }
        Ok(Some(Proxy {
            variable,
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            secure,
            auth: found.basic_auth().cloned(),
        }))
    }
}

impl Proxy {
    /// What each request carries that a proxy passes on by itself; the opening of a tunnel
    /// carries it instead.
    pub(super) const fn auth(&self) -> Option<&HeaderValue> {
        self.auth.as_ref()
    }

    /// A connection to the proxy, and its address.
    pub(super) async fn reach(&self, tls: &Tls) -> Result<(Box<dyn Stream>, String), String> {
        let wrong = |error| format!("the proxy of {}: {error}", self.variable);
        let (stream, address) = dial(&self.host, self.port).await.map_err(wrong)?;
        if !self.secure {
            return Ok((stream, address));
        }
        let config = tls.for_a_proxy().map_err(wrong)?;
        let stream = handshake(config, &self.host, stream).await.map_err(wrong)?;
        Ok((stream, address))
    }

    /// Has it open a tunnel.
    pub(super) async fn tunnel(
        &self,
        mut stream: Box<dyn Stream>,
        authority: &str,
    ) -> Result<Box<dyn Stream>, String> {
        let variable = self.variable;
        let wrong = |error| format!("the proxy of {variable} opens no tunnel: {error}");
        let head = connect(&mut stream, authority, self.auth.as_ref()).await;
        match head.map_err(|error| wrong(error.to_string()))? {
            Some(200..=299) => Ok(stream),
            Some(407) => Err(format!(
                "the proxy of {variable} answers 407: put user and password into its URL"
            )),
            Some(status) => Err(wrong(format!("it answers {status} (see NO_PROXY, too)"))),
            None => Err(wrong("it does not speak HTTP".into())),
        }
    }
}

/// Asks for a tunnel, and returns the status of the answer.
async fn connect(
    proxy: &mut Box<dyn Stream>,
    authority: &str,
    auth: Option<&HeaderValue>,
) -> std::io::Result<Option<u16>> {
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(auth) = auth {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(auth.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    proxy.write_all(&request).await?;
    proxy.flush().await?;
    // Byte by byte, so that nothing of what follows the head is taken.
    let mut head = Vec::with_capacity(128);
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD {
        head.push(proxy.read_u8().await?);
    }
    let status = head
        .strip_prefix(b"HTTP/1.")
        .and_then(|line| line.get(2..5));
    Ok(status.and_then(|code| std::str::from_utf8(code).ok()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::Proxies;

    fn way(set: &[(&str, &'static str)], endpoint: &'static str) -> Option<(&'static str, String)> {
        let value = |name: &str| set.iter().find(|(other, _)| *other == name).map(|it| it.1);
        let uri = http::Uri::from_static(endpoint);
        let proxy = Proxies::of(value).on_the_way(&uri).unwrap()?;
        Some((proxy.variable, format!("{}:{}", proxy.host, proxy.port)))
    }

    #[test]
    fn the_proxy_is_the_one_that_the_exporter_would_take() {
        const HTTP: &str = "http://there:4318";
        const HTTPS: &str = "https://there:4318";
        let both = [("HTTP_PROXY", "http://a:1"), ("https_proxy", "b:2")];
        assert_eq!(way(&both, HTTP), Some(("HTTP_PROXY", "a:1".into())));
        assert_eq!(way(&both, HTTPS), Some(("https_proxy", "b:2".into())));
        let cgi = [("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(way(&cgi, HTTP), None);
        let all = [("ALL_PROXY", "https://c"), ("NO_PROXY", "elsewhere,.here")];
        assert_eq!(way(&all, HTTPS), Some(("ALL_PROXY", "c:443".into())));
        for no in ["*", "there", "x, there"] {
            let all = [("ALL_PROXY", "http://c"), ("no_proxy", no)];
            assert_eq!(way(&all, HTTP), None, "{no}");
        }
        let socks = |name: &str| (name == "ALL_PROXY").then_some("socks5://user:s3cret@c:1");
        let error = Proxies::of(socks).on_the_way(&http::Uri::from_static(HTTP));
        let error = error.unwrap_err();
        assert!(
            error.contains("ALL_PROXY") && !error.contains("s3cret"),
            "{error}"
        );
    }
}
