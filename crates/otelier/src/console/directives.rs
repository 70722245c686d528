//! What `RUST_LOG` says of the console.

use otelier_logs::{BadDirectives, ConsoleDirectives, console_filter};
use otelier_sdk::variables::RUST_LOG;

pub(super) fn filter() -> (ConsoleDirectives, Option<BadDirectives>) {
    let directives = RUST_LOG.get().map(|directives| audible(&directives));
    console_filter(directives.as_deref())
}

/// Directives for the program's own targets alone would hide our warnings.
pub(super) fn audible(directives: &str) -> String {
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
