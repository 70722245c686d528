//! `url.full` without its secrets.

use otelier_core::{shorten, shorten_query};
use reqwest::Url;

/// Longer URLs are cut.
const MAX_BYTES: usize = 2048;

/// The URL as an attribute: credentials and the values of secret keys are
/// `REDACTED`, in the query as in the fragment.
///
/// # Cost
/// One allocation if there is no query and no fragment.
pub(super) fn full(url: &Url) -> String {
    let text = url.as_str();
    let plain = url.username().is_empty() && url.password().is_none();
    if plain && text.len() <= MAX_BYTES && url.query().is_none() && url.fragment().is_none() {
        return text.to_owned();
    }
    let (start, credentials, rest) = split(text, plain);
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
fn split(text: &str, plain: bool) -> (&str, &'static str, &str) {
    let authority = text.find("://").map(|at| at + 3).filter(|_| !plain);
    let parts = authority.and_then(|at| {
        let (start, rest) = text.split_at_checked(at)?;
        // `Url` has encoded every other `@` of the authority.
        let (_, host) = rest.split_once('@')?;
        Some((start, "REDACTED:REDACTED@", host))
    });
    parts.unwrap_or(("", "", text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::Url;

    use super::{MAX_BYTES, full};

    fn redacted(url: &str) -> String {
        full(&Url::parse(url).unwrap())
    }

    #[test]
    fn a_url_without_secrets_stays_as_it_is() {
        for url in [
            "http://shop.example/",
            "https://shop.example:8443/orders/7?page=2#top",
            "http://[::1]:80/x@y?z@w",
            "data:text/plain,hello",
        ] {
            assert_eq!(redacted(url), Url::parse(url).unwrap().as_str());
        }
    }

    #[test]
    fn credentials_are_redacted() {
        for url in [
            "https://user:pw@shop.example/a@b",
            "https://user@shop.example/a@b",
            "https://:pw@shop.example/a@b",
            "https://us%40er:p@w@shop.example/a@b",
        ] {
            assert_eq!(redacted(url), "https://REDACTED:REDACTED@shop.example/a@b");
        }
    }

    #[test]
    fn secret_values_are_redacted() {
        for (url, expected) in [
            ("http://h/p?sig=s3cret&x=1", "http://h/p?sig=REDACTED&x=1"),
            (
                "http://h/p?AWSAccessKeyId=s3cret",
                "http://h/p?AWSAccessKeyId=REDACTED",
            ),
            (
                "http://h/p?Signature=s3cret",
                "http://h/p?Signature=REDACTED",
            ),
            (
                "http://h/p?X-Amz-Signature=s3cret",
                "http://h/p?X-Amz-Signature=REDACTED",
            ),
            (
                "http://h/p?X-Amz-Credential=s3cret",
                "http://h/p?X-Amz-Credential=REDACTED",
            ),
            (
                "http://h/p?X-Amz-Security-Token=s3cret",
                "http://h/p?X-Amz-Security-Token=REDACTED",
            ),
            (
                "http://h/p?X-Goog-Signature=s3cret",
                "http://h/p?X-Goog-Signature=REDACTED",
            ),
            (
                "http://h/p?api_key=s3cret#x",
                "http://h/p?api_key=REDACTED#x",
            ),
            (
                "http://h/p#access_token=s3cret&state=1",
                "http://h/p#access_token=REDACTED&state=1",
            ),
        ] {
            assert_eq!(redacted(url), expected);
        }
    }

    #[test]
    fn a_long_url_is_cut() {
        let long = "é".repeat(5000);
        assert!(redacted(&format!("http://h/{long}")).len() <= MAX_BYTES);
        assert!(redacted(&format!("http://u:p@h/?{long}")).len() <= MAX_BYTES + 32);
    }

    proptest! {
        #[test]
        fn no_password_survives(user in "[^:/?#@\\[\\]\\\\]{0,10}", path in ".{0,40}") {
            if let Ok(url) = Url::parse(&format!("http://{user}:s3cret-value@shop.example/{path}")) {
                let full = full(&url);
                prop_assert!(!full.contains("s3cret-value"), "{full}");
                prop_assert!(full.starts_with("http://REDACTED:REDACTED@shop.example/"), "{full}");
            }
        }

        #[test]
        fn any_url_is_cut_and_redacted_without_a_panic(text in ".{0,300}", scheme in "(https?|ftp|data|x):(//)?") {
            if let Ok(url) = Url::parse(&(scheme + &text)) {
                prop_assert!(full(&url).len() <= 4 * MAX_BYTES);
            }
        }
    }
}
