//! Texts as parts of names.

/// What of a text may stand in a name, with `_` between the parts.
pub(super) fn tokens(text: &str) -> String {
    let parts = text.split(|part: char| !part.is_ascii_alphanumeric() && part != ':');
    let mut parts = parts.filter(|part| !part.is_empty());
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        name.push('_');
        name.push_str(part);
    }
    name
}
