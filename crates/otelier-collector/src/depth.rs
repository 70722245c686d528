//! How deep values may be nested.

/// How deep values may be nested: no deeper than prost and serde_json go, so that what is taken
/// in one format can be written and read again in the other.
pub(crate) const DEEPEST: usize = 26;

pub(crate) fn too_deep() -> String {
    format!("values are nested deeper than {DEEPEST} levels")
}
