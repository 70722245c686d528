//! What stands in the place of a secret.

use super::unit::{is_letter, unit};

/// What stands in the place of a secret's value.
pub const REDACTED: &str = "[REDACTED]";

/// What the conventions put in the place of a URL's credentials,
pub(super) const CREDENTIALS: &str = "REDACTED:REDACTED";
/// and of a secret in a query.
pub(super) const IN_QUERY: &str = "REDACTED";

/// Whether what was masked before stands here.
pub(super) fn is_masked(bytes: &[u8], start: usize) -> bool {
    let rest = bytes.get(start..).unwrap_or_default();
    let in_array = rest.strip_prefix(b"[\"").unwrap_or(rest);
    let masked = [in_array, rest]
        .into_iter()
        .find_map(|rest| rest.strip_prefix(REDACTED.as_bytes()))
        .or_else(|| rest.strip_prefix(b"REDACTED"));
    masked.is_some_and(|behind| {
        !unit(behind, 0).is_some_and(|next| is_letter(next.byte) || b"-/+=%".contains(&next.byte))
    })
}
