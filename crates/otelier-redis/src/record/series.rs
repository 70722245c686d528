//! What all commands of one name on one server have in common.

use std::{
    borrow::Cow,
    hash::BuildHasherDefault,
    sync::{Arc, OnceLock},
};

use opentelemetry::{
    KeyValue,
    metrics::{BoundCounter, Counter},
};
use otelier_core::{
    Names,
    edge::{Attribute, BoundDurations, Durations, Known, Sampled, Words},
    semconv,
};

use super::{
    command::{Blocks, Kind, MAX_NAME, Reads, readable},
    reply::Found,
    text::{MAX_SHOWN, OTHER, plain},
};
use crate::config::Config;

const HIT: &str = "otelier.cache.hit";
const DEFAULT_PORT: u16 = 6379;

/// More names of commands than these are [`OTHER`].
const MAX_NAMES: usize = 256;

/// Of spans, and of the values of their attributes that recur.
static NAMES: Names = Names::new();

/// What tells one server's databases from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Server {
    system: Cow<'static, str>,
    address: Option<Cow<'static, str>>,
    port: Option<u16>,
    database: i64,
}

impl Server {
    pub(super) fn new(config: &Config, database: i64) -> Self {
        Self {
            system: system_name(config),
            address: config.address.clone(),
            port: config.port,
            database,
        }
    }
}

/// What a system is called that nobody names.
pub(super) fn system_name(config: &Config) -> Cow<'static, str> {
    let name = config.system_name.clone();
    name.unwrap_or(Cow::Borrowed("redis"))
}

/// How commands are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Command,
    Pipeline,
    Transaction,
}

/// By the names of commands, as they are written.
type ByName = Known<Vec<u8>, Series, BuildHasherDefault<Words>>;

/// A database of a server, and what is known of the commands that go there.
#[derive(Debug)]
pub(super) struct Origin {
    system: Cow<'static, str>,
    /// System, namespace and server.
    attributes: Vec<Attribute>,
    commands: ByName,
    pipelines: ByName,
    transactions: ByName,
}

impl Origin {
    pub(super) fn new(server: &Server) -> Self {
        let text = |key, value: &str| Attribute::text(key, NAMES.keep(value));
        let address = server.address.as_deref();
        let port = server.port.filter(|port| *port != DEFAULT_PORT);
        let attributes = [
            Some(text(semconv::DB_SYSTEM_NAME, &server.system)),
            Some(text(semconv::DB_NAMESPACE, &server.database.to_string())),
            address.map(|address| text(semconv::SERVER_ADDRESS, address)),
            port.map(|port| Attribute::number(semconv::SERVER_PORT, port.into())),
        ];
        Self {
            system: NAMES.keep(&server.system),
            attributes: attributes.into_iter().flatten().collect(),
            commands: Known::new(MAX_NAMES),
            pipelines: Known::new(MAX_NAMES),
            transactions: Known::new(MAX_NAMES),
        }
    }

    /// What is known of a name. One that is none is kept too, but never told.
    #[inline]
    pub(super) fn series(&self, mode: Mode, name: &[u8]) -> Arc<Series> {
        let known = match mode {
            Mode::Command => &self.commands,
            Mode::Pipeline => &self.pipelines,
            Mode::Transaction => &self.transactions,
        };
        let name = if name.len() > MAX_NAME { b"" } else { name };
        known.get(name, || {
            // The last place is for those without a name.
            let has_place = known.len() + 1 < MAX_NAMES;
            Series::new(self, mode, readable(name).filter(|_| has_place))
        })
    }
}

/// The attributes of a name's spans and metrics, ready to be made.
#[derive(Debug)]
pub(super) struct Series {
    /// Of spans.
    pub(super) name: Cow<'static, str>,
    /// What tells its metrics from others', and stands on its spans.
    pub(super) attributes: Vec<Attribute>,
    /// What its commands are like, if they are alike.
    pub(super) kind: Option<Kind>,
    /// The name of a command in texts.
    pub(super) word: Cow<'static, str>,
    /// By the number of arguments.
    texts: [OnceLock<Attribute>; MAX_SHOWN + 1],
    /// Without an error. What is bound is told of, also while it counts nothing.
    duration: OnceLock<BoundDurations>,
    misses: OnceLock<BoundCounter<u64>>,
    hits: OnceLock<BoundCounter<u64>>,
}

impl Series {
    fn new(origin: &Origin, mode: Mode, name: Option<&str>) -> Self {
        let word = NAMES.keep(name.unwrap_or(OTHER));
        let kind = name.map(|name| Kind::of(name.as_bytes()));
        let both = |mode: &'static str| match name {
            Some(name) => NAMES.keep(&[mode, name].join(" ")),
            None => Cow::Borrowed(mode),
        };
        let operation = match mode {
            Mode::Command => word.clone(),
            Mode::Pipeline => both("PIPELINE"),
            Mode::Transaction => both("MULTI"),
        };
        let mut attributes = origin.attributes.clone();
        let named = Attribute::text(semconv::DB_OPERATION_NAME, operation.clone());
        attributes.push(named);
        Self {
            name: match (mode, name) {
                (Mode::Command, None) => origin.system.clone(),
                _ => operation,
            },
            attributes,
            kind: match mode {
                // Of one without a name nothing is known, so nothing of it is looked at.
                Mode::Command => Some(kind.unwrap_or(Kind {
                    reads: Reads::Nothing,
                    blocks: Blocks::Never,
                    is_secret: true,
                    calls: false,
                })),
                Mode::Pipeline | Mode::Transaction => kind,
            },
            word,
            texts: [const { OnceLock::new() }; MAX_SHOWN + 1],
            duration: OnceLock::new(),
            misses: OnceLock::new(),
            hits: OnceLock::new(),
        }
    }

    /// The text of a command with so many arguments, none of which is shown.
    #[inline]
    pub(super) fn text(&self, arguments: usize) -> KeyValue {
        let make = || plain(&self.word, arguments);
        match self.texts.get(arguments) {
            Some(text) => {
                let keep = || Attribute::text(semconv::DB_QUERY_TEXT, NAMES.keep(&make()));
                text.get_or_init(keep).make()
            }
            None => KeyValue::new(semconv::DB_QUERY_TEXT, make()),
        }
    }

    /// Its metrics' labels.
    #[cold]
    pub(super) fn labels(&self) -> Vec<KeyValue> {
        self.attributes.iter().map(Attribute::make).collect()
    }

    /// Counts what took so long, and was no error.
    #[inline]
    pub(super) fn took(&self, seconds: f64, sampled: Option<Sampled>, durations: &Durations) {
        let bind = || durations.bind(&self.labels());
        self.duration.get_or_init(bind).record(seconds, || sampled);
    }

    /// Counts what was read.
    #[inline]
    pub(super) fn read(&self, found: Found, counter: &Counter<u64>) {
        let Found { reads, hits } = found;
        let bind = |is_hit: bool| {
            let mut labels = self.labels();
            labels.push(KeyValue::new(HIT, is_hit));
            counter.bind(&labels)
        };
        if hits > 0 {
            self.hits.get_or_init(|| bind(true)).add(hits);
        }
        if hits < reads {
            self.misses.get_or_init(|| bind(false)).add(reads - hits);
        }
    }
}
