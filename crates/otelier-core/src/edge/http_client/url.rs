//! `url.full` without its secrets.

use std::borrow::Cow;

use crate::{shorten, shorten_query};

/// Longer URLs are cut.
const MAX_BYTES: usize = 2048;

/// The URL as an attribute: credentials and the values of secret keys are
/// `REDACTED`, in the query as in the fragment.
///
/// # Cost
/// One allocation if there is no query and no fragment; none if the URL is owned, has
/// 16 to 2,048 bytes and no credentials either.
#[must_use]
pub fn full_url<'a>(url: impl Into<Cow<'a, str>>) -> String {
    let url = url.into();
    if url.len() <= MAX_BYTES && is_bare(url.as_bytes()) {
        return url.into_owned();
    }
    without_secrets(&url)
}

fn without_secrets(url: &str) -> String {
    let (start, credentials, rest) = split(url).unwrap_or(("", "", url));
    let end = rest.bytes().position(|byte| matches!(byte, b'?' | b'#'));
    let (path, secretive) = rest.split_at(end.unwrap_or(rest.len()));
    let path = shorten(path, MAX_BYTES);
    if credentials.is_empty() && secretive.is_empty() {
        return path.into_owned();
    }
    let room = MAX_BYTES.saturating_sub(path.len());
    let secretive = shorten_query(secretive, room);
    let mut full =
        String::with_capacity(start.len() + credentials.len() + path.len() + secretive.len());
    full.extend([start, credentials, &path, &secretive]);
    full
}

/// Bytes that are looked at together.
const CHUNK: usize = 16;

/// Whether a URL of a chunk and more has neither credentials nor query nor fragment.
fn is_bare(url: &[u8]) -> bool {
    let (chunks, _) = url.as_chunks();
    url.last_chunk().is_some_and(is_bare_chunk) && chunks.iter().all(is_bare_chunk)
}

/// By itself, as the compiler takes all bytes at once then.
#[inline(never)]
fn is_bare_chunk(chunk: &[u8; CHUNK]) -> bool {
    let is_mark = |byte: u8| (byte == b'@') | (byte == b'?') | (byte == b'#');
    !chunk.iter().fold(false, |any, byte| any | is_mark(*byte))
}

/// What stands before the credentials, what replaces them, and what follows.
/// Byte by byte, which costs a third of a search for characters.
fn split(url: &str) -> Option<(&str, &'static str, &str)> {
    let bytes = url.as_bytes();
    let start = bytes.windows(2).position(|two| two == b"//")? + 2;
    let authority = bytes.get(start..)?.iter();
    let authority = authority.take_while(|byte| !matches!(byte, b'/' | b'?' | b'#' | b'\\'));
    let marks = authority.enumerate().filter(|(_, byte)| **byte == b'@');
    let (mark, _) = marks.last()?;
    let (start, rest) = url.split_at_checked(start)?;
    let (_, host) = rest.split_at_checked(mark + 1)?;
    Some((start, "REDACTED:REDACTED@", host))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_without_secrets_stays_as_it_is() {
        for url in [
            "http://shop.example/",
            "https://shop.example:8443/orders/7?page=2#top",
            "http://[::1]:80/x@y?z@w",
            "//shop.example/x//y@z",
            "data:text/plain,hello",
            "/orders/7",
            "http://shop.example/a/path/that/is/longer/than/a/few/chunks/of/sixteen?x",
            "",
        ] {
            assert_eq!(full_url(url), url);
        }
    }

    #[test]
    fn credentials_and_secret_values_are_redacted() {
        for (url, expected) in [
            ("https://user:pw@h/a@b", "https://REDACTED:REDACTED@h/a@b"),
            ("https://us@er:p@w@h?a=1", "https://REDACTED:REDACTED@h?a=1"),
            ("//:pw@h/", "//REDACTED:REDACTED@h/"),
            ("http://h/p?sig=s3cret&x=1", "http://h/p?sig=REDACTED&x=1"),
            (
                "http://h/p#access_token=s3cret&state=1",
                "http://h/p#access_token=REDACTED&state=1",
            ),
        ] {
            assert_eq!(full_url(url), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_cut_and_redacted_without_a_panic(
            text in ".{0,300}",
            scheme in "(https?:|ftp:|)(//)?",
        ) {
            prop_assert!(full_url(&(scheme + &text)).len() <= 4 * MAX_BYTES);
        }

        #[test]
        fn no_password_survives(user in "[^:/?#\\\\]{0,10}", path in ".{0,40}") {
            let full = full_url(format!("http://{user}:s3cret-value@shop.example/{path}"));
            prop_assert!(full.starts_with("http://REDACTED:REDACTED@shop.example/"), "{full}");
        }
    }
}
