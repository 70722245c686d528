//! Texts that lose their secrets.

use otelier_core::{redact_query, redact_text};

use crate::SECRET;

/// Free text, with a marked secret somewhere in it.
pub fn free_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let once = redact_text(&text);
    assert!(once.len() <= 5 * text.len() + 17, "{once:?}");
    let _ = redact_text(&format!("{text:?}"));

    // A fuzzer finds out what is looked for, and puts it where nothing marks it.
    if text.contains(SECRET) {
        return;
    }
    let (before, after) = halves(&text);
    for marked in [
        format!("password={SECRET}"),
        format!("\"api_key\": \"{SECRET}\""),
        format!("https://ann:{SECRET}@shop.example/"),
        format!("/p?token={SECRET}"),
    ] {
        // What a text starts may go on over what follows; a line ends most of it.
        let text = format!("{before}\n{marked} {after}");
        let redacted = redact_text(&text);
        assert!(!redacted.contains(SECRET), "{text:?} -> {redacted:?}");
        let escaped = format!("{text:?}");
        let redacted = redact_text(&escaped);
        assert!(!redacted.contains(SECRET), "{escaped:?} -> {redacted:?}");
    }
}

/// The query of a URL, with a marked secret somewhere in it.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let once = redact_query(&text);
    assert!(once.len() <= text.len() * 8 + 8, "{once:?}");

    // See above.
    if text.contains(SECRET) {
        return;
    }
    let (before, after) = halves(&text);
    for separator in ['&', ';', '?', '#'] {
        let text = format!("{before}{separator}token={SECRET}{separator}{after}");
        let redacted = redact_query(&text);
        assert!(!redacted.contains(SECRET), "{text:?} -> {redacted:?}");
    }
}

fn halves(text: &str) -> (&str, &str) {
    let middle = (0..=text.len() / 2).rfind(|at| text.is_char_boundary(*at));
    text.split_at(middle.unwrap_or_default())
}
