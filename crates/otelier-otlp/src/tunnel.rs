//! A tunnel through a proxy by HTTP's CONNECT.
//!
//! hyper-util has one too, which does not tell the status of a refusal.

use std::io;

use http::HeaderValue;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::stream::Duplex;

/// The longest head of an answer, in bytes.
const HEAD: usize = 8192;

/// Opens a tunnel to `host:port`. Returns the proxy's status if that is not 2xx.
pub(crate) async fn open(
    proxy: &mut impl Duplex,
    authority: &str,
    auth: Option<&HeaderValue>,
) -> io::Result<Result<(), u16>> {
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
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the proxy's answer is too long",
            ));
        }
        head.push(proxy.read_u8().await?);
    }
    match status(&head) {
        Some(200..=299) => Ok(Ok(())),
        Some(status) => Ok(Err(status)),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the proxy does not speak HTTP",
        )),
    }
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.strip_prefix(b"HTTP/1.")?;
    let code = line.get(2..5)?;
    std::str::from_utf8(code).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_needs_a_status_line() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407 \r\n\r\n"), Some(407));
        assert_eq!(status(b"HTTP/2 200\r\n\r\n"), None);
        assert_eq!(status(b"HTTP/1.1 x\r\n\r\n"), None);
        assert_eq!(status(b"\r\n\r\n"), None);
    }
}
