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
        let run = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build();
            runtime.unwrap().block_on(test());
        };
        let missing = (needs == Needs::Collector && real::program().is_none())
            .then_some("no Collector: run tests/stack/tools/build collector");
        self.0.push(match missing {
            None => Trial::test(name, || {
                catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
                    let message = panic.downcast_ref::<String>().map(String::as_str);
                    let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
                    Failed::from(message.unwrap_or("panicked"))
                })
            }),
            Some(reason) => Trial::test(name, move || Err(Failed::from(reason)))
                .with_kind(reason)
                .with_ignored_flag(!required()),
        });
    }

    pub(crate) fn run(self, arguments: &Arguments) -> ExitCode {
        libtest_mimic::run(arguments, self.0).exit_code()
    }
}

fn required() -> bool {
    env::var("OTELIER_REQUIRE_COLLECTOR").is_ok_and(|value| value == "1")
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
