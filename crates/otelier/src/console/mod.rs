//! What is printed, and where.

mod changeable;
mod directives;
#[cfg(feature = "file")]
mod file;
#[cfg(test)]
mod variables;

use otelier_logs::{Console, Datadog, Format, Place};
use otelier_sdk::variables::{CONSOLE, DD_ENV, DD_SERVICE, DD_VERSION, RUST_LOG, Variable};
use tracing_subscriber::{Layer as _, Registry, filter::LevelFilter, fmt::MakeWriter};

pub use self::changeable::ConsoleFilter;
use self::directives::filter;
use crate::{
    layers::Boxed,
    lines::{Limit, PanicHook},
};

/// The code's wishes; the variables win.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) format: Option<Format>,
    pub(crate) datadog: Option<Datadog>,
    pub(crate) filter: Option<ConsoleFilter>,
    #[cfg(feature = "file")]
    pub(crate) file: Option<otelier_logs::LogFile>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Some(Format::default()),
            datadog: None,
            filter: None,
            #[cfg(feature = "file")]
            file: None,
        }
    }
}

/// What prints, empty where nothing is to be printed.
#[derive(Default)]
pub(crate) struct Printing {
    pub(crate) layers: Vec<Boxed<Registry>>,
    pub(crate) panics: PanicHook,
    /// What is wrong with the variables.
    pub(crate) problems: Vec<String>,
    /// Holds the lines that are on their way to the file.
    #[cfg(feature = "file")]
    pub(crate) file: Option<otelier_logs::FileGuard>,
}

impl Printing {
    pub(crate) fn new(options: &Options, service: &str, limit: &Limit) -> Self {
        let mut printing = Self::default();
        if let Some(format) = printing.format(options) {
            let place = Place::Console;
            printing.add(options, service, limit, place, Console::new(format));
        }
        #[cfg(feature = "file")]
        printing.add_file(options, service, limit);
        if !printing.layers.is_empty() {
            let (_, problem) = filter();
            let problem = problem.map(|problem| format!("{}: {problem}", RUST_LOG.name));
            printing.problems.extend(problem);
        }
        printing
    }

    /// Prints events and panics there. Panics are no matter of single targets: only `off` silences them.
    fn add<W>(
        &mut self,
        options: &Options,
        service: &str,
        limit: &Limit,
        place: Place,
        console: Console<W>,
    ) where
        W: for<'w> MakeWriter<'w> + Clone + Send + Sync + 'static,
    {
        let mut console = console.with_service_name(service);
        if let Some(limit) = limit.get() {
            console = console.with_limit(limit.clone(), place);
        }
        if let Some(datadog) = &options.datadog {
            console = console.with_datadog(named(datadog, service, &Variable::get));
        }
        let (filter, _) = filter();
        if filter.most() != LevelFilter::OFF {
            self.panics = std::mem::take(&mut self.panics).with_console(&console);
        }
        self.layers.push(match &options.filter {
            Some(changeable) => console.with_filter(changeable.join(filter)).boxed(),
            None => console.with_filter(filter).boxed(),
        });
    }

    /// The format of standard output, unless that is left alone.
    fn format(&mut self, options: &Options) -> Option<Format> {
        let wanted = CONSOLE.get().map(|format| format.parse());
        let format = match wanted {
            Some(Ok(format)) => Some(format),
            Some(Err(_)) => {
                let problem = format!(
                    "{}: neither text, json nor off; it is ignored",
                    CONSOLE.name
                );
                self.problems.push(problem);
                options.format
            }
            None => options.format,
        };
        format.filter(|format| *format != Format::Off)
    }
}

/// What stands on each line for Datadog: its variables, else what code says, and
/// the service's name where nobody says another.
fn named(said: &Datadog, service: &str, set: &dyn Fn(&Variable) -> Option<String>) -> Datadog {
    let mut datadog = said.clone();
    for (field, variable) in [
        (&mut datadog.service, &DD_SERVICE),
        (&mut datadog.env, &DD_ENV),
        (&mut datadog.version, &DD_VERSION),
    ] {
        if let Some(value) = set(variable) {
            *field = value;
        }
    }
    if datadog.service.is_empty() {
        service.clone_into(&mut datadog.service);
    }
    datadog
}

#[cfg(test)]
mod tests {
    use super::{Datadog, Variable, named};

    #[test]
    fn datadog_s_names_come_from_its_variables_else_from_code_else_from_the_service() {
        let of = |said: &Datadog, set: &[(&str, &str)]| {
            let lookup = |variable: &Variable| {
                let found = set.iter().find(|(known, _)| *known == variable.name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let datadog = named(said, "shop", &lookup);
            [datadog.service, datadog.env, datadog.version]
        };
        let code = Datadog::new()
            .with_service("code")
            .with_env("test")
            .with_version("1");
        let all = [
            ("DD_SERVICE", "dd"),
            ("DD_ENV", "live"),
            ("DD_VERSION", "2"),
        ];
        assert_eq!(of(&Datadog::new(), &[]), ["shop", "", ""]);
        assert_eq!(of(&Datadog::new(), &all), ["dd", "live", "2"]);
        assert_eq!(of(&code, &[]), ["code", "test", "1"]);
        assert_eq!(of(&code, &all[1..2]), ["code", "live", "1"]);
    }
}
