//! The words of a summary.

/// The conventions' bound, in bytes here.
pub(super) const LIMIT: usize = 255;

/// Adds as many words as find room.
pub(super) fn append(summary: &mut String, words: &str) {
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        if summary.len() + word.len() + 1 > LIMIT {
            return;
        }
        if !summary.is_empty() {
            summary.push(' ');
        }
        summary.push_str(word);
    }
}

pub(super) fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A name without its quotes, if it is plain enough to do without.
pub(super) fn name(text: &str) -> &str {
    let inner = text
        .strip_prefix(['"', '`', '['])
        .and_then(|text| text.strip_suffix(['"', '`', ']']));
    match inner {
        Some(inner)
            if !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || c == '_') =>
        {
            inner
        }
        _ => text,
    }
}
