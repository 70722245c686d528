//! What all commands of one name on one server have in common.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

use opentelemetry::{
    KeyValue, StringValue,
    metrics::{BoundCounter, BoundHistogram, Counter, Histogram},
};
use otelier_core::{Names, edge::Known, semconv};

use super::{
    command::{Blocks, Kind, Reads},
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

/// A database of a server, and what is known of the commands that go there.
pub(super) struct Origin {
    system: Cow<'static, str>,
    /// System, namespace and server.
    labels: Vec<KeyValue>,
    commands: Known<String, Series>,
    pipelines: Known<String, Series>,
    transactions: Known<String, Series>,
}

impl Origin {
    pub(super) fn new(server: &Server) -> Self {
        let address = server.address.as_deref();
        let port = server.port.filter(|port| *port != DEFAULT_PORT);
        let labels = [
            Some(KeyValue::new(
                semconv::DB_SYSTEM_NAME,
                value(NAMES.keep(&server.system)),
            )),
            Some(KeyValue::new(
                semconv::DB_NAMESPACE,
                value(NAMES.keep(&server.database.to_string())),
            )),
            address
                .map(|address| KeyValue::new(semconv::SERVER_ADDRESS, value(NAMES.keep(address)))),
            port.map(|port| KeyValue::new(semconv::SERVER_PORT, i64::from(port))),
        ];
        Self {
            system: NAMES.keep(&server.system),
            labels: labels.into_iter().flatten().collect(),
            commands: Known::new(MAX_NAMES),
            pipelines: Known::new(MAX_NAMES),
            transactions: Known::new(MAX_NAMES),
        }
    }

    /// What is known of a name that may leave, or of none.
    #[inline]
    pub(super) fn series(&self, mode: Mode, name: Option<&str>) -> Arc<Series> {
        let known = match mode {
            Mode::Command => &self.commands,
            Mode::Pipeline => &self.pipelines,
            Mode::Transaction => &self.transactions,
        };
        known.get(name.unwrap_or_default(), || {
            // The last place is for those without a name.
            let name = name.filter(|_| known.len() + 1 < MAX_NAMES);
            Series::new(self, mode, name)
        })
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").finish_non_exhaustive()
    }
}

/// The attributes of a name's spans and metrics, ready to be copied.
pub(super) struct Series {
    /// Of spans.
    pub(super) name: Cow<'static, str>,
    /// What tells its metrics from others', and stands on its spans.
    pub(super) labels: Vec<KeyValue>,
    /// What its commands are like, if they are alike.
    pub(super) kind: Option<Kind>,
    /// Without an error. What is bound is told of, also while it counts nothing.
    duration: OnceLock<BoundHistogram<f64>>,
    misses: OnceLock<BoundCounter<u64>>,
    hits: OnceLock<BoundCounter<u64>>,
    /// The name of a command in texts.
    word: Cow<'static, str>,
    /// By the number of arguments.
    texts: [OnceLock<StringValue>; MAX_SHOWN + 1],
}

impl Series {
    fn new(origin: &Origin, mode: Mode, name: Option<&str>) -> Self {
        let word = NAMES.keep(name.unwrap_or(OTHER));
        let kind = name.map(|name| Kind::of(name.as_bytes()));
        let (span, operation) = match (mode, name) {
            (Mode::Command, Some(_)) => (word.clone(), word.clone()),
            (Mode::Command, None) => (origin.system.clone(), word.clone()),
            (Mode::Pipeline, name) => both(name, "PIPELINE"),
            (Mode::Transaction, name) => both(name, "MULTI"),
        };
        let mut labels = origin.labels.clone();
        labels.push(KeyValue::new(semconv::DB_OPERATION_NAME, value(operation)));
        Self {
            duration: OnceLock::new(),
            misses: OnceLock::new(),
            hits: OnceLock::new(),
            name: span,
            labels,
            // Commands without a name have nothing in common, and are like no other.
            kind: match mode {
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
        }
    }

    /// The name of the command, as it stands in a text.
    pub(super) fn word(&self) -> &str {
        &self.word
    }

    /// The text of a command with so many arguments, none of which is shown.
    pub(super) fn text(&self, arguments: usize) -> StringValue {
        let make = || plain(&self.word, arguments);
        match self.texts.get(arguments) {
            Some(text) => text.get_or_init(|| Arc::<str>::from(make()).into()).clone(),
            None => make().into(),
        }
    }

    /// Counts what took so long, and was no error.
    #[inline]
    pub(super) fn took(&self, seconds: f64, durations: &Histogram<f64>) {
        let bind = || durations.bind(&self.labels);
        self.duration.get_or_init(bind).record(seconds);
    }

    /// Counts what was read.
    #[inline]
    pub(super) fn read(&self, found: Found, reads_by_hit: &Counter<u64>) {
        let Found { reads, hits } = found;
        let bind = |is_hit: bool| {
            let mut labels = self.labels.clone();
            labels.push(KeyValue::new(HIT, is_hit));
            reads_by_hit.bind(&labels)
        };
        if hits > 0 {
            self.hits.get_or_init(|| bind(true)).add(hits);
        }
        if hits < reads {
            self.misses.get_or_init(|| bind(false)).add(reads - hits);
        }
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Series")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// `PIPELINE GET`, or `PIPELINE` of different commands.
fn both(name: Option<&str>, mode: &'static str) -> (Cow<'static, str>, Cow<'static, str>) {
    let name = match name {
        Some(name) => NAMES.keep(&[mode, name].join(" ")),
        None => Cow::Borrowed(mode),
    };
    (name.clone(), name)
}

/// A text that is cheap to copy.
fn value(text: Cow<'static, str>) -> StringValue {
    match text {
        Cow::Borrowed(text) => text.into(),
        Cow::Owned(text) => Arc::<str>::from(text).into(),
    }
}
