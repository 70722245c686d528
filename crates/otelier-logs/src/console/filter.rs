//! What the console shows.

use std::fmt;

use tracing_core::{
    LevelFilter, Metadata,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::layer::{Context, Filter};

use super::expressions;
use crate::BadDirectives;

/// The filter for a console, from directives as in `RUST_LOG`.
///
/// Nothing, or an empty text, shows everything from `INFO` up. So do directives that cannot be read, and what is wrong
/// with them is the second value: a typing error must not cost the log.
/// Without the feature `env-filter` directives of spans and fields are left out, and told of in the same way.
#[must_use]
pub fn console_filter(directives: Option<&str>) -> (ConsoleDirectives, Option<BadDirectives>) {
    let directives = directives.unwrap_or_default().split(',').map(str::trim);
    let directives: Vec<_> = directives
        .filter(|directive| !directive.is_empty())
        .collect();
    let (filter, problem) = expressions::read(&directives);
    (ConsoleDirectives(filter), problem)
}

/// The filter that [`console_filter`] makes, for `with_filter`.
///
/// ```
/// use otelier_logs::console_filter;
///
/// let (filter, problem) = console_filter(Some("warn,shop=debug"));
/// assert!(problem.is_none());
/// assert_eq!(filter.to_string(), "shop=debug,warn");
/// ```
#[derive(Debug)]
pub struct ConsoleDirectives(expressions::Inner);

impl ConsoleDirectives {
    /// The most that may be shown.
    #[must_use]
    pub fn most(&self) -> LevelFilter {
        expressions::most(&self.0)
    }
}

impl fmt::Display for ConsoleDirectives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Delegates a method to the filter within.
macro_rules! asks_within {
    ($($method:ident($($name:ident: $type:ty),*) $(-> $answer:ty)?;)*) => {
        $(
            #[inline]
            fn $method(&self, $($name: $type),*) $(-> $answer)? {
                Filter::<S>::$method(&self.0, $($name),*)
            }
        )*
    };
}

impl<S> Filter<S> for ConsoleDirectives {
    asks_within! {
        enabled(metadata: &Metadata<'_>, cx: &Context<'_, S>) -> bool;
        callsite_enabled(metadata: &'static Metadata<'static>) -> Interest;
        max_level_hint() -> Option<LevelFilter>;
        on_new_span(attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>);
        on_record(id: &Id, values: &Record<'_>, cx: Context<'_, S>);
        on_enter(id: &Id, cx: Context<'_, S>);
        on_exit(id: &Id, cx: Context<'_, S>);
        on_close(id: Id, cx: Context<'_, S>);
    }
}

#[cfg(all(test, feature = "env-filter"))]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn directives_of_targets_mean_the_same_with_spans_and_fields_and_without() {
        let parts = [
            "",
            " ",
            "warn",
            "INFO",
            "off",
            "3",
            "9",
            "shop",
            "shop=debug",
            " shop = debug",
            "shop=",
            "=info",
            "shop::db=trace",
            "a-b=error",
            "shop=loudly",
            "a=b=c",
            "!x=info",
            "shop=2",
            "_x=warn",
        ];
        for one in parts {
            for other in parts {
                let list = format!("{one},{other}");
                let (with, problem) = console_filter(Some(&list));
                let items = list
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                let (without, its) = plain::read(&items.collect::<Vec<_>>());
                assert_eq!(problem.is_some(), its.is_some(), "{list:?}");
                let sorted = |text: String| {
                    let mut items: Vec<_> = text.split(',').map(str::to_owned).collect();
                    items.sort();
                    items
                };
                assert_eq!(
                    sorted(with.to_string()),
                    sorted(without.to_string()),
                    "{list:?}"
                );
                assert_eq!(with.most(), plain::most(&without), "{list:?}");
            }
        }
    }

    #[test]
    fn directives_of_spans_and_fields_are_left_out_where_they_cannot_be_read() {
        for (list, shown) in [
            (&["warn", "[request]=debug"][..], "warn"),
            (&["shop[request{id=7}]=trace"], "info"),
            (&["shop=debug", "[{id}]=trace", "error"], "shop=debug,error"),
        ] {
            let (filter, problem) = plain::read(list);
            let problem = problem.expect("a problem").to_string();
            assert!(
                problem.contains("the cargo feature `env-filter`"),
                "{problem}"
            );
            assert_eq!(filter.to_string(), shown);
        }
    }
}
