//! `url.full` without its secrets.

use crate::{shorten, shorten_query};

/// Longer URLs are cut.
const MAX_BYTES: usize = 2048;

/// The URL as an attribute: credentials and the values of secret keys are
/// `REDACTED`, in the query as in the fragment.
///
/// # Cost
/// One allocation if there is no query and no fragment.
#[must_use]
pub fn full_url(url: &str) -> String {
    let Some((start, credentials, rest)) = split(url) else {
        return full("", "", url);
    };
    full(start, credentials, rest)
}

#[inline]
fn full(start: &str, credentials: &str, rest: &str) -> String {
    let (path, secretive) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let path = shorten(path, MAX_BYTES);
    let room = MAX_BYTES.saturating_sub(path.len());
    let secretive = shorten_query(secretive, room);
    let mut full =
        String::with_capacity(start.len() + credentials.len() + path.len() + secretive.len());
    full.extend([start, credentials, &path, &secretive]);
    full
}

/// What stands before the credentials, what replaces them, and what follows.
fn split(url: &str) -> Option<(&str, &'static str, &str)> {
    let (start, rest) = url.split_at_checked(url.find("//")? + 2)?;
    let authority = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (_, host) = rest.split_at_checked(rest.get(..authority)?.rfind('@')? + 1)?;
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
            let full = full_url(&format!("http://{user}:s3cret-value@shop.example/{path}"));
            prop_assert!(full.starts_with("http://REDACTED:REDACTED@shop.example/"), "{full}");
        }
    }
}
