//! Lists of `key=value`, percent-encoded.

use percent_encoding::percent_decode_str;

/// What a list holds.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// The position, counted from one, the key and the value of each pair.
    pub(super) good: Vec<(usize, String, String)>,
    /// The positions of what is no pair.
    pub(super) bad: Vec<usize>,
}

impl Pairs {
    pub(super) fn parse(list: &str) -> Self {
        let mut pairs = Self::default();
        for (position, item) in list
            .split(',')
            .enumerate()
            .map(|(at, item)| (at + 1, item.trim()))
        {
            match pair(item) {
                Some((key, value)) => pairs.good.push((position, key, value)),
                // A comma too many harms nobody.
                None if item.is_empty() => {}
                None => pairs.bad.push(position),
            }
        }
        pairs
    }

    /// What is wrong, by position: the text itself may be a secret.
    pub(super) fn complaint(&self) -> Option<String> {
        (!self.bad.is_empty()).then(|| {
            format!(
                "not key=value, percent-encoded, at {}; left out",
                positions(&self.bad)
            )
        })
    }
}

/// "position 2" or "positions 2, 5".
pub(super) fn positions(positions: &[usize]) -> String {
    let word = if positions.len() == 1 {
        "position"
    } else {
        "positions"
    };
    let numbers: Vec<_> = positions.iter().map(usize::to_string).collect();
    format!("{word} {}", numbers.join(", "))
}

fn pair(item: &str) -> Option<(String, String)> {
    let (key, value) = item.split_once('=')?;
    let key = decoded(key.trim())?;
    (!key.is_empty()).then_some((key, decoded(value.trim())?))
}

fn decoded(text: &str) -> Option<String> {
    let whole = text.split('%').skip(1).all(|rest| {
        let mut bytes = rest.bytes();
        bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit())
            && bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit())
    });
    if !whole {
        return None;
    }
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}
