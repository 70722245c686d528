//! What every text with a secret has in it, but for some that tell themselves.

use super::{prefixes::PREFIXES, stems::STEMS, tools::TOOLS};

/// What is in a text with a secret, beside stems of keys, prefixes and tools.
const NEEDLES: [&str; 77] = [
    "$2a$",
    "$2b$",
    "$2y$",
    "$5$",
    "$6$",
    "$argon2",
    "$pbkdf2",
    "$scrypt$",
    "$y$",
    "assertion=",
    "auth=",
    "auth:",
    "basic_auth(",
    "basicauth(",
    "connect.sid",
    "kty",
    "device_code",
    "hdn",
    "hmac",
    "openid.sig",
    "samlart",
    "samlresponse",
    "sid=",
    "wresult=",
    "hooks.slack",
    "hooks.zapier",
    "webhook",
    // A letter may be written so.
    "\\u",
    "\\x",
    // and a slash.
    "\\/",
    ")=(",
    "----",
    "//",
    "abia",
    "aiza",
    "akia",
    "asia",
    "at or near",
    "basic",
    "databaseerror",
    "db error",
    "dup key:",
    "duplicate entry",
    "error returned from database",
    "eyj",
    "failing row",
    "identified",
    "incorrect ",
    "input syntax for",
    "input value for",
    "key value is",
    ":*:",
    ":5432:",
    ":aa",
    "auth login",
    "auth plain",
    "crypt(",
    "masterauth",
    "near \"",
    "near \\",
    "session",
    "sig:",
    "sig=",
    "sig\"",
    "signature",
    "sqliteerror",
    "negotiate ",
    "ntlm ",
    "auth \"",
    "auth \\",
    "auth\"",
    "auth\\",
    // Beside an OAuth `code`.
    "redirect_uri",
    "state",
    "to use near",
    "setuser",
    "unrecognized token",
];

const ALL: usize = NEEDLES.len() + STEMS.len() + PREFIXES.len() + TOOLS.len();

/// By their first two letters, and which three bytes they start with, five bits of
/// each: of letters those that are the same in both cases.
struct Index {
    needles: [&'static str; ALL],
    /// Places of needles, one more than each, by a mixture of their first bytes.
    groups: [[u16; 16]; 128],
    starts: [u32; 1024],
}

#[expect(
    clippy::indexing_slicing,
    reason = "a constant that went out of bounds would not compile"
)]
static INDEX: Index = {
    const fn add(index: &mut Index, len: usize, needle: &'static str) -> usize {
        let bytes = needle.as_bytes();
        let first = (bytes[0] & 31) as usize;
        let two = first << 5 | (bytes[1] & 31) as usize;
        index.starts[two] |= if bytes.len() > 2 {
            1 << (bytes[2] & 31)
        } else {
            u32::MAX
        };
        let group = mixed(bytes[0], bytes[1]);
        let mut place = 0;
        while index.groups[group][place] != 0 {
            place += 1;
        }
        index.groups[group][place] = len as u16 + 1;
        index.needles[len] = needle;
        len + 1
    }
    let mut index = Index {
        needles: [""; ALL],
        groups: [[0; 16]; 128],
        starts: [0; 1024],
    };
    let mut len = 0;
    let mut at = 0;
    while at < NEEDLES.len() {
        len = add(&mut index, len, NEEDLES[at]);
        at += 1;
    }
    at = 0;
    while at < STEMS.len() {
        len = add(&mut index, len, STEMS[at].text);
        at += 1;
    }
    at = 0;
    while at < PREFIXES.len() {
        len = add(&mut index, len, PREFIXES[at].0);
        at += 1;
    }
    at = 0;
    while at < TOOLS.len() {
        len = add(&mut index, len, TOOLS[at].0);
        at += 1;
    }
    index
};

/// Whether something is in the text that every secret has.
#[inline(never)]
pub(super) fn has_needle(text: &[u8]) -> bool {
    let mut two = 0_usize;
    text.iter().enumerate().any(|(at, byte)| {
        let third = byte & 31;
        let starts = INDEX.starts.get(two).copied().unwrap_or_default();
        two = (two << 5 | usize::from(third)) & 0x3ff;
        starts >> third & 1 != 0 && at >= 2 && is_needle(text.get(at - 2..).unwrap_or_default())
    })
}

const fn mixed(first: u8, second: u8) -> usize {
    (((first & 31) as usize) << 4 ^ (second & 31) as usize) & 127
}

#[inline(never)]
fn is_needle(rest: &[u8]) -> bool {
    let [first, second, ..] = *rest else {
        return false;
    };
    let group = INDEX.groups.get(mixed(first, second));
    let group = group.into_iter().flatten();
    group.take_while(|place| **place > 0).any(|place| {
        let needle = INDEX.needles.get(usize::from(*place) - 1);
        needle.is_some_and(|needle| {
            let needle = needle.as_bytes();
            // Most differ in the first bytes; `|` makes letters small.
            rest.len() >= needle.len()
                && needle
                    .iter()
                    .zip(rest)
                    .all(|(one, other)| one | 0x20 == other | 0x20)
        })
    })
}
