//! Text from the network, before it becomes an attribute.

use std::fmt::{self, Display, Write as _};

/// The start of a text, at most `max` bytes, cut at a character boundary.
#[must_use]
pub fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

/// The start of what a value writes, at most `max` bytes. No more is kept of it
/// meanwhile, and it is stopped there if it heeds the error.
#[must_use]
pub fn head_of(value: impl Display, max: usize) -> String {
    let mut head = Head {
        text: String::new(),
        max,
    };
    // An error says that there is no more room, or that nothing more is to be had.
    write!(head, "{value}").ok();
    head.text
}

struct Head {
    text: String,
    max: usize,
}

impl fmt::Write for Head {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let kept = cut(text, self.max.saturating_sub(self.text.len()));
        self.text.push_str(kept);
        if kept.len() == text.len() {
            Ok(())
        } else {
            self.max = self.text.len();
            Err(fmt::Error)
        }
    }
}

/// Limits below this leave no room for a marker.
#[cfg(feature = "scan")]
const ROOM_FOR_MARKER: usize = 64;

/// What stands around the size in a marker.
#[cfg(feature = "scan")]
const OPENING: &str = "... (truncated, original size: ";
#[cfg(feature = "scan")]
const CLOSING: &str = " bytes)";

/// The size of a text, or what its marker says if it was cut before.
#[cfg(feature = "scan")]
fn size_of(text: &str) -> usize {
    let marked = text.strip_suffix(CLOSING).and_then(|text| {
        let (_, size) = text.rsplit_once(OPENING)?;
        size.parse().ok()
    });
    marked.unwrap_or(text.len())
}

/// What `cut` leaves of a text, with a marker that tells the size of the text.
/// `cut` is told how many bytes the marker takes.
#[cfg(feature = "scan")]
pub(crate) fn marked<'a>(text: &str, limit: usize, cut: impl FnOnce(usize) -> &'a str) -> String {
    if limit < ROOM_FOR_MARKER {
        return cut(0).to_owned();
    }
    let marker = format!("{OPENING}{}{CLOSING}", size_of(text));
    [cut(marker.len()), &marker].concat()
}

#[cfg(test)]
mod tests {
    use super::{cut, head_of};

    #[test]
    fn text_is_cut_at_a_character_boundary() {
        assert_eq!(cut("orders", 9), "orders");
        assert_eq!(cut("orders", 3), "ord");
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("", 0), "");
    }

    #[test]
    fn of_what_is_written_no_more_is_kept_than_there_is_room_for() {
        assert_eq!(head_of("orders", 9), "orders");
        assert_eq!(head_of(format_args!("{}-{}", "é", "é"), 4), "é-");
        // Nothing goes into the gap that half a character leaves.
        let deaf = std::fmt::from_fn(|f| {
            let _ = f.write_str("aé");
            f.write_str("b")
        });
        assert_eq!(head_of(deaf, 2), "a");
    }
}
