//! Programs that are told a secret on their command line.

/// Programs and the flag behind which they take a secret, joined or apart.
pub(super) const TOOLS: [(&str, &[u8], Joined); 25] = [
    ("7z", b"-p", Joined::Yes),
    ("7za", b"-p", Joined::Yes),
    ("bcp", b"-P", Joined::Either),
    ("curl", b"-u", Joined::Either),
    ("ldapsearch", b"-w", Joined::Either),
    ("login", b"-p", Joined::Either),
    ("mariadb", b"-p", Joined::Yes),
    ("mariadb-admin", b"-p", Joined::Yes),
    ("mariadb-dump", b"-p", Joined::Yes),
    ("mongodump", b"-p", Joined::Either),
    ("mongorestore", b"-p", Joined::Either),
    ("mongosh", b"-p", Joined::Either),
    ("mosquitto_pub", b"-P", Joined::Either),
    ("mosquitto_sub", b"-P", Joined::Either),
    ("mysql", b"-p", Joined::Yes),
    ("mysqladmin", b"-p", Joined::Yes),
    ("mysqlcheck", b"-p", Joined::Yes),
    ("mysqldump", b"-p", Joined::Yes),
    ("mysqlimport", b"-p", Joined::Yes),
    ("mysqlshow", b"-p", Joined::Yes),
    ("redis-cli", b"-a", Joined::Either),
    ("sqlcmd", b"-P", Joined::Either),
    ("sshpass", b"-p", Joined::Either),
    ("unzip", b"-P", Joined::Either),
    ("zip", b"-P", Joined::Either),
];

/// Whether the secret stands in the same word as its flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    Yes,
    Either,
}

/// A program that was called in the line that is being looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool {
    flag: &'static [u8],
    joined: Joined,
}

/// Where the secret of a tool's flag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// In the word, behind so many bytes.
    Here(usize),
    Next,
}

impl Tool {
    pub(super) fn is_flag(self, word: &[u8]) -> bool {
        self.flag == word
    }

    pub(super) fn of(word: &[u8]) -> Option<Self> {
        if !matches!(
            word,
            [
                b'7' | b'b' | b'c' | b'l' | b'm' | b'r' | b's' | b'u' | b'z',
                _,
                ..
            ]
        ) {
            return None;
        }
        let (_, flag, joined) = TOOLS.iter().find(|(name, ..)| name.as_bytes() == word)?;
        Some(Self {
            flag,
            joined: *joined,
        })
    }

    pub(super) fn argument(self, word: &[u8]) -> Option<Argument> {
        let rest = word.strip_prefix(self.flag)?;
        match (rest.is_empty(), self.joined) {
            (false, _) => Some(Argument::Here(self.flag.len())),
            (true, Joined::Either) => Some(Argument::Next),
            (true, Joined::Yes) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TOOLS;

    #[test]
    fn the_table_is_in_order() {
        assert!(TOOLS.is_sorted_by_key(|(name, ..)| name));
    }
}
