//! What is to be known of a command, by its name alone.

use redis::{Arg, Cmd};

/// Longer names are none.
pub(super) const MAX_NAME: usize = 64;

/// Of these the reply is the value, or nothing where there is none.
static READ_ONE: Words = Words::new(&["GET", "HGET", "GETEX", "GETDEL", "JSON.GET"]);
/// Of these it is a list of those.
static READ_MANY: Words = Words::new(&["MGET", "HMGET", "HGETEX", "HGETDEL", "JSON.MGET"]);
/// Of these it is all that a key holds, and a key that holds nothing is none.
static READ_ALL: Words = Words::new(&["HGETALL"]);

/// These wait for what somebody else does.
static BLOCK: Words = Words::new(&[
    "BLPOP",
    "BRPOP",
    "BLMOVE",
    "BLMPOP",
    "BZPOPMIN",
    "BZPOPMAX",
    "BZMPOP",
    "BRPOPLPUSH",
    "WAIT",
    "WAITAOF",
]);
/// These do if they are told to.
static BLOCK_IF_TOLD: Words = Words::new(&["XREAD", "XREADGROUP"]);

/// Arguments of these are looked at by nobody.
static SECRET: Words = Words::new(&["AUTH", "HELLO", "CONFIG", "ACL", "MIGRATE", "SENTINEL"]);

/// The first argument of these is the name of what they call.
static CALL: Words = Words::new(&["FCALL", "FCALL_RO", "EVALSHA", "EVALSHA_RO"]);

/// Which replies tell whether something was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Nothing,
    One,
    Many,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blocks {
    Never,
    IfTold,
    Always,
}

/// What a command is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) reads: Reads,
    pub(super) blocks: Blocks,
    /// Its arguments may be secrets of any shape.
    pub(super) is_secret: bool,
    /// Its first argument is a name.
    pub(super) calls: bool,
}

impl Kind {
    pub(super) fn of(name: &[u8]) -> Self {
        Self {
            reads: Reads::of(name),
            blocks: Blocks::of(name),
            is_secret: is_secret(name),
            calls: CALL.contain(name),
        }
    }
}

impl Blocks {
    pub(super) fn of(name: &[u8]) -> Self {
        if BLOCK.contain(name) {
            Self::Always
        } else if BLOCK_IF_TOLD.contain(name) {
            Self::IfTold
        } else {
            Self::Never
        }
    }

    /// Whether this command waits in the server for somebody else.
    #[inline]
    pub(super) fn by(self, cmd: &Cmd) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::IfTold => is_told(cmd),
        }
    }
}

/// Options stand before the streams, `GROUP g c CLAIM ms COUNT n NOACK BLOCK ms` at most. Groups
/// and consumers are called as anybody likes.
fn is_told(cmd: &Cmd) -> bool {
    let mut options = arguments(cmd).take(10);
    while let Some(word) = options.next() {
        let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
        if is(b"GROUP") {
            options.nth(1);
        } else if is(b"BLOCK") || is(b"STREAMS") {
            return is(b"BLOCK");
        }
    }
    false
}

impl Reads {
    pub(super) fn of(name: &[u8]) -> Self {
        if READ_ONE.contain(name) {
            Self::One
        } else if READ_MANY.contain(name) {
            Self::Many
        } else if READ_ALL.contain(name) {
            Self::All
        } else {
            Self::Nothing
        }
    }
}

/// Whether arguments of a command may be secrets of any shape.
pub(super) fn is_secret(name: &[u8]) -> bool {
    SECRET.contain(name)
}

/// Names of commands, and the letters that they begin with: every command of a pipeline is
/// looked for, and most begin with another.
struct Words {
    names: &'static [&'static str],
    initials: u32,
}

impl Words {
    const fn new(names: &'static [&'static str]) -> Self {
        let mut initials = 0;
        let mut rest = names;
        while let [name, more @ ..] = rest {
            if let [first, ..] = name.as_bytes() {
                initials |= initial(*first);
            }
            rest = more;
        }
        Self { names, initials }
    }

    #[inline]
    fn contain(&self, name: &[u8]) -> bool {
        let initial = name.first().map_or(0, |first| initial(*first));
        self.initials & initial != 0 && self.have(name)
    }

    fn have(&self, name: &[u8]) -> bool {
        let mut names = self.names.iter();
        names.any(|known| known.as_bytes().eq_ignore_ascii_case(name))
    }
}

/// The bit of a letter, which is the same for a small one.
#[inline]
const fn initial(letter: u8) -> u32 {
    1 << (letter & 31)
}

/// The name of a command as it is written, if there is one.
#[inline]
pub(super) fn name(cmd: &Cmd) -> &[u8] {
    match cmd.args_iter().next() {
        Some(Arg::Simple(name)) => name,
        _ => b"",
    }
}

/// What comes behind the name. A cursor is a number.
pub(super) fn arguments(cmd: &Cmd) -> impl Iterator<Item = &[u8]> {
    cmd.args_iter().skip(1).map(|argument| match argument {
        Arg::Simple(argument) => argument,
        _ => b"0",
    })
}

/// A name that may leave: a word as commands, functions and hashes are, and not what somebody
/// wrote in its place.
pub(super) fn readable(name: &[u8]) -> Option<&str> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_word = (1..=MAX_NAME).contains(&name.len()) && name.iter().all(is_part);
    is_word.then(|| str::from_utf8(name).ok())?
}

#[cfg(test)]
mod tests {
    use redis::cmd;

    use super::*;

    #[test]
    fn what_a_command_is_like_does_not_hang_on_its_case() {
        assert_eq!(Kind::of(b"get").reads, Reads::One);
        assert_eq!(Kind::of(b"MGet").reads, Reads::Many);
        assert_eq!(Kind::of(b"HGETALL").reads, Reads::All);
        assert_eq!(Kind::of(b"SET").reads, Reads::Nothing);
        assert!(Kind::of(b"auth").is_secret && !Kind::of(b"AUTHOR").is_secret);
        assert!(Kind::of(b"FCALL").calls && !Kind::of(b"EVAL").calls);
        for none in [&b""[..], b"G", b"GETT", b"GET\0", b"\x07ET"] {
            assert_eq!(Kind::of(none).reads, Reads::Nothing, "{none:?}");
        }
    }

    #[test]
    fn a_command_blocks_always_or_if_it_is_told_to() {
        let blocks = |words: &str| {
            let mut words = words.split(' ');
            let mut cmd = cmd(words.next().unwrap());
            cmd.arg(words.collect::<Vec<_>>());
            Kind::of(name(&cmd)).blocks.by(&cmd)
        };
        assert!(blocks("BLPOP queue 0"));
        assert!(blocks("XREAD COUNT 2 block 100 STREAMS orders $"));
        assert!(blocks("XREADGROUP GROUP g c COUNT 1 BLOCK 0 STREAMS s >"));
        assert!(!blocks("XREAD COUNT 2 STREAMS BLOCK $"));
        assert!(!blocks("XREADGROUP GROUP block BLOCK COUNT 1 STREAMS s >"));
        assert!(blocks("XREADGROUP GROUP streams c BLOCK 0 STREAMS s >"));
        assert!(blocks(
            "XREADGROUP GROUP g c CLAIM 5 COUNT 1 NOACK BLOCK 0 STREAMS s >"
        ));
        assert!(!blocks("XREADGROUP GROUP g"));
        assert!(!blocks("LPOP queue"));
    }

    #[test]
    fn a_name_is_a_word() {
        for good in ["GET", "json.get", "FT._LIST", "my-own"] {
            assert_eq!(readable(good.as_bytes()), Some(good));
        }
        let long = "A".repeat(MAX_NAME + 1);
        for bad in ["", "AUTH hunter2", "GET\r\n", "É", long.as_str()] {
            assert_eq!(readable(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(readable(b"\xff"), None);
    }
}
