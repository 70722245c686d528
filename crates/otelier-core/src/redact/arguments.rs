//! Lists of texts, as programs are called with them.

use super::is_secret;

/// Tells what of a list of texts is a secret that stands behind its flag, which tells
/// of it: `["--token", "X"]`. What has it in itself, [`redact_text`](crate::redact_text)
/// finds.
///
/// ```
/// use otelier_core::Arguments;
///
/// let mut arguments = Arguments::default();
/// let hides = ["app", "--token", "X", "y"].map(|text| arguments.hides(Some(text)));
/// assert_eq!(hides, [false, false, true, false]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Arguments {
    is_told: bool,
}

impl Arguments {
    /// Whether the next of the list is a secret; `None` stands for what is no text.
    pub fn hides(&mut self, text: Option<&str>) -> bool {
        let flag = text.filter(|text| text.starts_with('-') && !text.contains('='));
        let is_told = std::mem::replace(&mut self.is_told, flag.is_some_and(is_secret));
        is_told && flag.is_none()
    }
}
