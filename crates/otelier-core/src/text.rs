//! Text from the network, before it becomes an attribute.

/// The start of a text, at most `max` bytes, cut at a character boundary.
#[must_use]
pub fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let end = (0..=max).rfind(|&end| text.is_char_boundary(end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// Limits below this leave no room for a marker.
#[cfg(feature = "scan")]
const ROOM_FOR_MARKER: usize = 64;

/// The start of a text of which `size` bytes were there, in at most `limit`
/// bytes, the marker included.
#[cfg(feature = "scan")]
pub(crate) fn marked(start: &str, size: usize, limit: usize) -> String {
    if limit < ROOM_FOR_MARKER {
        return cut(start, limit).to_owned();
    }
    let marker = format!("... (truncated, original size: {size} bytes)");
    let start = cut(start, limit.saturating_sub(marker.len()));
    [start, &marker].concat()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn text_is_cut_at_a_character_boundary() {
        assert_eq!(cut("orders", 9), "orders");
        assert_eq!(cut("orders", 3), "ord");
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("", 0), "");
    }
}
