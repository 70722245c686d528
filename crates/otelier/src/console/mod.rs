//! What is printed, and where.

#[cfg(feature = "file")]
mod file;
#[cfg(test)]
mod variables;

use std::env;

use otelier_logs::{Console, Datadog, Format, console_filter};
use tracing_subscriber::{Layer as _, Registry, fmt::MakeWriter};

use crate::{Setup, layers::Boxed};

const FORMAT: &str = "OTELIER_CONSOLE";
const DIRECTIVES: &str = "RUST_LOG";

/// The code's wishes; the variables win.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) format: Option<Format>,
    pub(crate) datadog: Option<Datadog>,
    #[cfg(feature = "file")]
    pub(crate) file: Option<otelier_logs::LogFile>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Some(Format::default()),
            datadog: None,
            #[cfg(feature = "file")]
            file: None,
        }
    }
}

/// What prints, empty where nothing is to be printed.
#[derive(Default)]
pub(crate) struct Printing {
    pub(crate) layers: Vec<Boxed<Registry>>,
    /// What is wrong with the variables.
    pub(crate) problems: Vec<String>,
    /// Holds the lines that are on their way to the file.
    #[cfg(feature = "file")]
    pub(crate) file: Option<otelier_logs::FileGuard>,
}

impl Printing {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut printing = Self::default();
        if let Some(format) = printing.format(setup) {
            let layer = layer(setup, Console::new(format));
            printing.layers.push(layer);
        }
        #[cfg(feature = "file")]
        printing.add_file(setup);
        if !printing.layers.is_empty() {
            let (_, problem) = filter();
            let problem = problem.map(|problem| format!("{DIRECTIVES}: {problem}"));
            printing.problems.extend(problem);
        }
        printing
    }

    /// The format of standard output, unless that is left alone.
    fn format(&mut self, setup: &Setup) -> Option<Format> {
        let wanted = set(FORMAT).map(|format| format.parse());
        let format = match wanted {
            Some(Ok(format)) => Some(format),
            Some(Err(_)) => {
                let problem = format!("{FORMAT}: neither text, json nor off; it is ignored");
                self.problems.push(problem);
                setup.console.format
            }
            None => setup.console.format,
        };
        format.filter(|format| *format != Format::Off)
    }
}

fn layer<W>(setup: &Setup, console: Console<W>) -> Boxed<Registry>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let service = set("OTEL_SERVICE_NAME");
    let service = service.as_deref().unwrap_or(setup.sdk.service_name());
    let mut console = console.with_service_name(service);
    if let Some(datadog) = &setup.console.datadog {
        console = console.with_datadog(datadog.clone());
    }
    let (filter, _) = filter();
    console.with_filter(filter).boxed()
}

fn filter() -> (
    tracing_subscriber::EnvFilter,
    Option<otelier_logs::BadDirectives>,
) {
    let directives = set(DIRECTIVES).map(|directives| audible(&directives));
    console_filter(directives.as_deref())
}

/// Directives for the program's own targets alone would hide our warnings.
fn audible(directives: &str) -> String {
    if directives.split(',').map(str::trim).any(decides) {
        directives.to_owned()
    } else {
        format!("{directives},otelier=info")
    }
}

/// Whether a directive is about our target: a level for all, or our name.
fn decides(directive: &str) -> bool {
    const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "off"];
    let target = directive.split(['=', '[']).next().unwrap_or_default();
    let is_level = |word: &str| {
        LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word))
            || word.parse::<u8>().is_ok_and(|number| number <= 5)
    };
    is_level(directive) || target == "otelier"
}

/// A variable that holds something.
fn set(name: &str) -> Option<String> {
    let value = env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::audible;

    #[test]
    fn warnings_are_heard_unless_somebody_decided_otherwise() {
        for deaf in [
            "shop=debug",
            "shop",
            "shop[inside]=trace",
            "otelier_shop=debug",
        ] {
            assert_eq!(audible(deaf), format!("{deaf},otelier=info"));
        }
        for decided in [
            "warn",
            "warn,shop=debug",
            "otelier=off",
            "shop=debug,otelier=debug",
        ] {
            assert_eq!(audible(decided), decided);
        }
    }
}
