//! Programs that are told a secret on their command line.

use self::Joined::{Either, Yes};

/// Programs and the flags behind which they take a secret, joined or apart.
pub(super) const TOOLS: [Row; 61] = [
    ("7z", Yes, &["-p"]),
    ("7za", Yes, &["-p"]),
    ("bcp", Either, &["-P"]),
    ("cqlsh", Either, &["-p"]),
    (
        "curl",
        Either,
        &[
            "--proxy-user",
            "--user",
            "-U",
            "-u",
            "--cert",
            "--cookie",
            "-E",
            "-b",
        ],
    ),
    ("etcdctl", Either, &["--user"]),
    ("ipmitool", Either, &["-P"]),
    ("isql", Either, &["-P"]),
    ("keydb-cli", Either, &["-a"]),
    ("ldapadd", Either, &["-w"]),
    ("ldapdelete", Either, &["-w"]),
    ("ldapmodify", Either, &["-w"]),
    ("ldapsearch", Either, &["-w"]),
    ("ldapwhoami", Either, &["-w"]),
    ("lftp", Either, &["-u"]),
    ("login", Either, &["-p"]),
    ("mariadb", Yes, &["-p"]),
    ("mariadb-admin", Yes, &["-p"]),
    ("mariadb-binlog", Yes, &["-p"]),
    ("mariadb-check", Yes, &["-p"]),
    ("mariadb-dump", Yes, &["-p"]),
    ("mariadb-import", Yes, &["-p"]),
    ("mariadb-slap", Yes, &["-p"]),
    ("mongo", Either, &["-p"]),
    ("mongodump", Either, &["-p"]),
    ("mongoexport", Either, &["-p"]),
    ("mongoimport", Either, &["-p"]),
    ("mongorestore", Either, &["-p"]),
    ("mongosh", Either, &["-p"]),
    ("mosquitto_pub", Either, &["-P"]),
    ("mosquitto_rr", Either, &["-P"]),
    ("mosquitto_sub", Either, &["-P"]),
    ("mysql", Yes, &["-p"]),
    ("mysqladmin", Yes, &["-p"]),
    ("mysqlbinlog", Yes, &["-p"]),
    ("mysqlcheck", Yes, &["-p"]),
    ("mysqldump", Yes, &["-p"]),
    ("mysqlimport", Yes, &["-p"]),
    ("mysqlpump", Yes, &["-p"]),
    ("mysqlshow", Yes, &["-p"]),
    ("mysqlslap", Yes, &["-p"]),
    ("openssl", Either, &["-K", "-k"]),
    ("rabbitmqadmin", Either, &["-p"]),
    ("rar", Yes, &["-p"]),
    ("redis-benchmark", Either, &["-a"]),
    ("redis-cli", Either, &["-a"]),
    ("smbclient", Either, &["-U"]),
    ("snmpget", Either, &["-A", "-X", "-c"]),
    ("snmpset", Either, &["-A", "-X", "-c"]),
    ("snmpwalk", Either, &["-A", "-X", "-c"]),
    ("sqlcmd", Either, &["-P"]),
    ("ssh-keygen", Either, &["-N", "-P"]),
    ("sshpass", Either, &["-p"]),
    ("tsql", Either, &["-P"]),
    ("twine", Either, &["-p"]),
    ("unrar", Yes, &["-p"]),
    ("unzip", Either, &["-P"]),
    ("useradd", Either, &["-p"]),
    ("usermod", Either, &["-p"]),
    ("valkey-cli", Either, &["-a"]),
    ("zip", Either, &["-P"]),
];

type Row = (&'static str, Joined, &'static [&'static str]);

/// Whether the secret stands in the same word as its flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    Yes,
    Either,
}

/// A program that was called in the line that is being looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool(&'static Row);

/// Where the secret of a tool's flag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// In the word, behind so many bytes.
    Here(usize),
    Next,
}

impl Tool {
    pub(super) fn is_flag(self, word: &[u8]) -> bool {
        self.0.2.iter().any(|flag| flag.as_bytes() == word)
    }

    pub(super) fn of(word: &[u8]) -> Option<Self> {
        if !matches!(
            word,
            [
                b'7' | b'b' | b'c' | b'e' | b'i' | b'k'..=b'm' | b'o' | b'r'..=b'v' | b'z',
                _,
                ..,
            ]
        ) {
            return None;
        }
        let row = TOOLS.iter().find(|(name, ..)| name.as_bytes() == word);
        row.map(Self)
    }

    pub(super) fn argument(self, word: &[u8]) -> Option<Argument> {
        let (_, joined, flags) = *self.0;
        flags.iter().find_map(|flag| {
            if joined == Either && is_cluster(word, flag.as_bytes()) {
                return Some(Argument::Next);
            }
            let rest = word.strip_prefix(flag.as_bytes())?;
            match (rest.is_empty(), joined) {
                (false, _) if flag.starts_with("--") => None,
                (false, _) => Some(Argument::Here(flag.len())),
                (true, Either) => Some(Argument::Next),
                (true, Yes) => None,
            }
        })
    }
}

/// Several flags of one letter, of which the last takes the secret: `-sSu`.
fn is_cluster(word: &[u8], flag: &[u8]) -> bool {
    let ([b'-', flag], Some((b'-', letters))) = (flag, word.split_first()) else {
        return false;
    };
    (2..5).contains(&letters.len())
        && letters.last() == Some(flag)
        && letters.iter().all(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::TOOLS;

    #[test]
    fn the_table_is_in_order() {
        assert!(TOOLS.is_sorted_by_key(|(name, ..)| name));
    }
}
