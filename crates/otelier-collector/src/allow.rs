//! Hosts and origins that may be allowed.

use crate::Error;
use http::{Uri, uri::Authority};

/// A host in the form in which requests are compared with it.
pub(crate) fn allowed_host(name: &str) -> Result<String, Error> {
    let host = name.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let bare = Authority::try_from(host).is_ok_and(|authority| authority.host() == host);
    match bare && !host.is_empty() && !host.contains(['@', '*']) {
        true => Ok(host.to_owned()),
        false => Err(Error::Allow {
            value: name.to_owned(),
            expected: "give the bare name of a host",
        }),
    }
}

/// An origin in the form in which browsers send it.
pub(crate) fn allowed_origin(origin: &str) -> Result<String, Error> {
    let text = origin.trim_end_matches('/').to_ascii_lowercase();
    let whole = text.parse::<Uri>().ok().filter(|uri| {
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().map_or("", Authority::as_str);
        !authority.contains('@') && text == format!("{scheme}://{authority}")
    });
    match whole {
        Some(_) => Ok(text),
        None => Err(Error::Allow {
            value: origin.to_owned(),
            expected: "give the origin of a page, such as http://localhost:5173",
        }),
    }
}
