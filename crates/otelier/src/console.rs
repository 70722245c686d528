//! What is printed, and how.

use std::env;

use otelier_logs::{Console, Datadog, Format, console_filter};
use tracing_subscriber::{Layer as _, Registry};

use crate::{Setup, layers::Boxed};

/// The code's wishes; `OTELIER_CONSOLE` and `RUST_LOG` win.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) format: Option<Format>,
    pub(crate) datadog: Option<Datadog>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Some(Format::default()),
            datadog: None,
        }
    }
}

/// The console's layer, `None` where nothing is to be printed, and what is wrong
/// with the variables.
pub(crate) fn layer(setup: &Setup) -> (Option<Boxed<Registry>>, Vec<String>) {
    let mut problems = Vec::new();
    let wanted = set("OTELIER_CONSOLE");
    let format = match wanted.as_deref() {
        None => setup.console.format,
        Some(format) => format.parse().map_or_else(
            |_| {
                let text = "OTELIER_CONSOLE: neither text, json nor off; it is ignored";
                problems.push(text.to_owned());
                setup.console.format
            },
            Some,
        ),
    };
    let Some(format) = format.filter(|format| *format != Format::Off) else {
        return (None, problems);
    };
    let directives = set("RUST_LOG").map(|directives| audible(&directives));
    let (filter, problem) = console_filter(directives.as_deref());
    problems.extend(problem.map(|problem| format!("RUST_LOG: {problem}")));
    let service = set("OTEL_SERVICE_NAME");
    let service = service.as_deref().unwrap_or(setup.sdk.service_name());
    let mut console = Console::new(format).with_service_name(service);
    if let Some(datadog) = &setup.console.datadog {
        console = console.with_datadog(datadog.clone());
    }
    (Some(console.with_filter(filter).boxed()), problems)
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
