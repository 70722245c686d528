//! W3C Baggage (<https://www.w3.org/TR/baggage/>): members that come in go out
//! as they came, byte by byte, unless somebody changes them.
//!
//! What the service reads and changes is the API's [`Baggage`]; what was sent
//! travels beside it in the context.

use std::{ops::Range, sync::Arc};

use http::HeaderName;
use opentelemetry::{
    Context, StringValue,
    baggage::{Baggage, BaggageExt as _, BaggageMetadata},
};

pub(super) const NAME: &str = "baggage";

pub(super) static HEADER: HeaderName = HeaderName::from_static(NAME);

/// What everybody must pass on; of more, the first members that fit are.
const MAX_MEMBERS: usize = 64;
const MAX_BYTES: usize = 8192;

/// The members that came in, as they came.
#[derive(Debug, Default)]
struct Carried {
    /// All of them, with a comma between each two.
    text: String,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    /// Where it stands in the text.
    place: Range<usize>,
    /// Where its key stands there.
    key: Range<usize>,
    /// What the service sees: of equal keys, what the last one says.
    value: StringValue,
    metadata: BaggageMetadata,
    /// Whether a member before it has the same key.
    is_again: bool,
}

/// Adds what was sent to a context, `None` if there is no valid member. One that
/// is malformed costs only itself.
pub(super) fn read<'a>(lines: impl IntoIterator<Item = &'a [u8]>, cx: &Context) -> Option<Context> {
    let mut carried = Carried::default();
    for line in lines {
        for member in line.split(|byte| *byte == b',') {
            let member = str::from_utf8(member).ok().and_then(Parsed::of);
            if let Some(member) = member {
                carried.add(&member);
            }
        }
    }
    if carried.members.is_empty() {
        return None;
    }
    let mut baggage = Baggage::new();
    for member in carried.members.iter().filter(|member| !member.is_again) {
        let key = carried.key(member).to_owned();
        let (value, metadata) = (member.value.clone(), member.metadata.clone());
        baggage.insert_with_metadata(key, value, metadata);
    }
    Some(cx.with_baggage(baggage).with_value(carried))
}

/// Writes the baggage of a context, `None` if there is none.
///
/// Members that came in and are unchanged come first, as they came and in their
/// order; those that are new follow by their keys.
pub(super) fn write(cx: &Context) -> Option<String> {
    let baggage = cx.baggage();
    if baggage.is_empty() {
        return None;
    }
    let mut list = List::default();
    let carried = cx.get::<Carried>();
    for (carried, member) in carried.iter().flat_map(|it| it.each()) {
        let key = carried.key(member);
        match baggage.get_with_metadata(key) {
            Some((value, metadata)) if *value == member.value && *metadata == member.metadata => {
                let raw = carried.text.get(member.place.clone());
                list.push(|text| text.push_str(raw.unwrap_or_default()));
            }
            Some((value, metadata)) if !member.is_again => {
                list.push(|text| encode_member(text, key, value, metadata));
            }
            // Taken out, or replaced already.
            _ => {}
        }
    }
    let is_new = |key: &str| carried.is_none_or(|carried| !carried.has(key));
    let new = baggage.iter().filter(|(key, _)| is_new(key.as_str()));
    let mut new: Vec<_> = new.collect();
    new.sort_unstable_by_key(|(key, _)| key.as_str());
    for (key, (value, metadata)) in new {
        list.push(|text| encode_member(text, key.as_str(), value, metadata));
    }
    (list.members > 0).then_some(list.text)
}

impl Carried {
    fn add(&mut self, parsed: &Parsed<'_>) {
        let comma = usize::from(!self.members.is_empty());
        let bytes = self.text.len() + comma + parsed.whole.len();
        if self.members.len() == MAX_MEMBERS || bytes > MAX_BYTES {
            return;
        }
        let value = decode(parsed.value);
        let metadata = BaggageMetadata::from(parsed.properties);
        let mut is_again = false;
        for known in &mut self.members {
            if self.text.get(known.key.clone()) == Some(parsed.key) {
                known.value = value.clone();
                known.metadata = metadata.clone();
                is_again = true;
            }
        }
        if comma > 0 {
            self.text.push(',');
        }
        let start = self.text.len();
        self.text.push_str(parsed.whole);
        self.members.push(Member {
            place: start..self.text.len(),
            // A key has no blanks in front of it: the member is trimmed.
            key: start..start + parsed.key.len(),
            value,
            metadata,
            is_again,
        });
    }

    fn key(&self, member: &Member) -> &str {
        self.text.get(member.key.clone()).unwrap_or_default()
    }

    fn has(&self, key: &str) -> bool {
        self.members.iter().any(|member| self.key(member) == key)
    }

    fn each(&self) -> impl Iterator<Item = (&Self, &Member)> {
        self.members.iter().map(move |member| (self, member))
    }
}

/// A member that keeps to the grammar.
struct Parsed<'a> {
    whole: &'a str,
    key: &'a str,
    value: &'a str,
    /// With the semicolons between them.
    properties: &'a str,
}

impl<'a> Parsed<'a> {
    fn of(member: &'a str) -> Option<Self> {
        let whole = trim(member);
        let (pair, properties) = match whole.split_once(';') {
            Some((pair, properties)) => (pair, Some(properties)),
            None => (whole, None),
        };
        let (key, value) = pair.split_once('=')?;
        let (key, value) = (trim(key), trim(value));
        let is_well_formed = is_token(key)
            && value.bytes().all(is_octet)
            && properties.is_none_or(|all| all.split(';').all(is_property));
        is_well_formed.then_some(Self {
            whole,
            key,
            value,
            properties: properties.unwrap_or_default(),
        })
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The names of HTTP.
fn is_token(text: &str) -> bool {
    let is_mark = |byte: u8| b"!#$%&'*+-.^_`|~".contains(&byte);
    let mut bytes = text.bytes();
    !text.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte))
}

/// What a value may hold as it is.
fn is_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

/// A key, or a key and a value.
fn is_property(property: &str) -> bool {
    match property.split_once('=') {
        Some((key, value)) => is_token(trim(key)) && trim(value).bytes().all(is_octet),
        None => is_token(trim(property)),
    }
}

/// Resolves what is percent-encoded. U+FFFD stands for what is no UTF-8, and a
/// percent sign without two digits for itself.
fn decode(value: &str) -> StringValue {
    if !value.contains('%') {
        return Arc::<str>::from(value).into();
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.first_chunk().filter(|_| first == b'%');
        match digits.and_then(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    Arc::<str>::from(String::from_utf8_lossy(&bytes)).into()
}

fn digit(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// Writes a member that the service made or changed.
fn encode_member(text: &mut String, key: &str, value: &StringValue, metadata: &BaggageMetadata) {
    // The API takes no other keys than tokens.
    text.extend([key, "="]);
    // Some readers end a value at an equals sign.
    encode(text, value.as_str(), |byte| {
        is_octet(byte) && !matches!(byte, b'%' | b'=')
    });
    for property in metadata.as_str().split(';').map(trim) {
        let (key, value) = match property.split_once('=') {
            Some((key, value)) => (trim(key), Some(trim(value))),
            None => (property, None),
        };
        if !is_token(key) {
            continue;
        }
        text.extend([";", key]);
        if let Some(value) = value {
            text.push('=');
            // Metadata are in the form in which they travel: what is encoded
            // already stays so.
            encode(text, value, is_octet);
        }
    }
}

fn encode(text: &mut String, value: &str, stays: impl Fn(u8) -> bool) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    for byte in value.bytes() {
        if stays(byte) {
            text.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 0xf].map(|digit| DIGITS.get(usize::from(digit)));
            text.push('%');
            text.extend(digits.into_iter().flatten());
        }
    }
}

/// A list that grows within its bounds.
#[derive(Default)]
struct List {
    text: String,
    members: usize,
}

impl List {
    /// Adds what `write` writes, unless it does not fit.
    fn push(&mut self, write: impl FnOnce(&mut String)) {
        if self.members == MAX_MEMBERS {
            return;
        }
        let before = self.text.len();
        if self.members > 0 {
            self.text.push(',');
        }
        write(&mut self.text);
        if self.text.len() > MAX_BYTES {
            self.text.truncate(before);
        } else {
            self.members += 1;
        }
    }
}

#[cfg(test)]
mod tests;
