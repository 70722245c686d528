//! Which tests there are, and which of them can run here.

use std::{
    env,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::real;

/// What a test needs besides this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    Collector,
    /// Jaeger, Prometheus with promtool, and VictoriaLogs, beside the Collector.
    Backends,
    /// Prometheus with promtool alone.
    Prometheus,
    /// ClickHouse's engine and Datadog's test agent.
    Python,
}

impl Needs {
    /// What is missing of it, and whether that is an error here.
    fn missing(self) -> Option<(&'static str, bool)> {
        let has_collector = real::program().is_some();
        let has_backends = || {
            let tools = ["jaeger", "prometheus", "promtool", "victorialogs"];
            has_collector && tools.iter().all(|name| real::tool(name).is_some())
        };
        let has_prometheus = || {
            let tools = ["prometheus", "promtool"];
            tools.iter().all(|name| real::tool(name).is_some())
        };
        match self {
            Self::Prometheus if !has_prometheus() => Some((
                "no Prometheus: run just stack",
                required("OTELIER_REQUIRE_BACKENDS"),
            )),
            Self::Collector if !has_collector => Some((
                "no Collector: run tests/stack/tools/build collector",
                required("OTELIER_REQUIRE_COLLECTOR"),
            )),
            Self::Python if !has_collector || real::python().is_none() => Some((
                "neither chdb nor ddapm-test-agent: run just stack",
                required("OTELIER_REQUIRE_BACKENDS"),
            )),
            Self::Backends if !has_backends() => Some((
                "no backends: run just stack",
                required("OTELIER_REQUIRE_BACKENDS"),
            )),
            _ => None,
        }
    }
}

fn required(variable: &str) -> bool {
    env::var(variable).is_ok_and(|value| value == "1")
}

#[derive(Default)]
pub(crate) struct Suite(Vec<Trial>);

impl Suite {
    /// Adds a test, which runs on a runtime of its own.
    pub(crate) fn add<F: Future<Output = ()>>(
        &mut self,
        name: &str,
        needs: Needs,
        test: impl FnOnce() -> F + Send + 'static,
    ) {
        let trial = Self::trial(name, needs, test);
        self.0.push(trial);
    }

    /// Adds one that runs only when it is asked for.
    pub(crate) fn add_ignored<F: Future<Output = ()>>(
        &mut self,
        name: &str,
        needs: Needs,
        test: impl FnOnce() -> F + Send + 'static,
    ) {
        let trial = Self::trial(name, needs, test);
        self.0.push(trial.with_ignored_flag(true));
    }

    fn trial<F: Future<Output = ()>>(
        name: &str,
        needs: Needs,
        test: impl FnOnce() -> F + Send + 'static,
    ) -> Trial {
        let run = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build();
            runtime.unwrap().block_on(test());
        };
        match needs.missing() {
            None => Trial::test(name, || {
                catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
                    let message = panic.downcast_ref::<String>().map(String::as_str);
                    let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
                    Failed::from(message.unwrap_or("panicked"))
                })
            }),
            Some((reason, required)) => Trial::test(name, move || Err(Failed::from(reason)))
                .with_kind(reason)
                .with_ignored_flag(!required),
        }
    }

    pub(crate) fn run(self, arguments: &Arguments) -> ExitCode {
        libtest_mimic::run(arguments, self.0).exit_code()
    }
}

/// Lists a test of the module that calls it.
macro_rules! add {
    ($suite:ident, $needs:ident: $($name:ident),+ $(,)?) => {
        $($suite.add(
            concat!(module_path!(), "::", stringify!($name)).trim_start_matches("it::"),
            $crate::suite::Needs::$needs,
            $name,
        );)+
    };
}
pub(crate) use add;

/// The same, for one that runs only when it is asked for.
macro_rules! add_ignored {
    ($suite:ident, $needs:ident: $name:ident) => {
        $suite.add_ignored(
            concat!(module_path!(), "::", stringify!($name)).trim_start_matches("it::"),
            $crate::suite::Needs::$needs,
            $name,
        )
    };
}
pub(crate) use add_ignored;
