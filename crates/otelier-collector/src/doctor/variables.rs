//! Variables that are set, and that nothing heeds.

use strsim::osa_distance;

use super::{report::Report, settings::value_of};

/// Name and state, a line each. Nothing here depends on the crate that reads them.
const KNOWN: &str = include_str!("variables.txt");
/// What differs by so many letters put in, taken out, changed, or swapped with the next is taken
/// for a slip.
const SLIP: usize = 2;

/// The variables that are known, and what becomes of each.
fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = KNOWN.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' '))
}

pub(super) fn look(report: &mut Report, set: &[(String, String)]) {
    let value = |name: &str| value_of(set, name);
    for (name, _) in set {
        let ours = name.starts_with("OTEL_") || name.starts_with("OTELIER_");
        match known().find(|(other, _)| other == name) {
            Some((_, "read")) => {}
            Some((_, state)) => report.note(format!("{name} is set and ignored: {state}")),
            None if ours => match nearest(name) {
                Some(right) => report.wrong(format!(
                    "{name} is set and ignored: nothing reads it; {right} is read"
                )),
                None => report.note(format!(
                    "{name} is set and ignored by otelier, which does not read it"
                )),
            },
            None => {}
        }
    }
    if value("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        report.wrong("OTEL_SDK_DISABLED=true turns everything off".into());
    }
    let without = |name: &str, other: &str| value(name).is_some() && value(other).is_none();
    for (name, other) in [
        ("OTEL_TRACES_SAMPLER_ARG", "OTEL_TRACES_SAMPLER"),
        (
            "OTEL_EXPORTER_OTLP_CLIENT_KEY",
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        ),
        (
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
            "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        ),
    ] {
        if without(name, other) {
            report.wrong(format!("{name} is set and ignored: {other} is not set"));
        }
    }
    let named = value("OTEL_EXPORTER_OTLP_ENDPOINT").is_some_and(|value| value.contains("://"));
    if named && value("OTEL_EXPORTER_OTLP_INSECURE").is_some() {
        report.note(
            "OTEL_EXPORTER_OTLP_INSECURE is set and ignored: the endpoint says http:// or https://"
                .into(),
        );
    }
}

/// The variable that may be meant.
fn nearest(name: &str) -> Option<&'static str> {
    let read = known().filter(|(_, state)| *state == "read");
    let near = read.map(|(other, _)| (osa_distance(name, other), other));
    let near = near.filter(|(distance, _)| *distance <= SLIP).min();
    near.map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::{look, nearest, osa_distance as distance};
    use crate::doctor::report::Report;

    fn said(set: &[(&str, &str)]) -> (String, bool) {
        let mut report = Report::default();
        let set = set.iter();
        let set: Vec<_> = set
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        look(&mut report, &set);
        (report.to_string(), report.ill)
    }

    #[test]
    fn letters_that_differ_are_counted() {
        assert_eq!(distance("ENDPOINT", "ENDPOINT"), 0);
        assert_eq!(distance("ENDPIONT", "ENDPOINT"), 1);
        assert_eq!(distance("ENDPOIN", "ENDPOINT"), 1);
        assert_eq!(distance("XNDPOINTS", "ENDPOINT"), 2);
        assert!(distance("ENDPOINT", "END") > 2);
        assert_eq!(
            nearest("OTEL_EXPORTER_OTLP_ENDPIONT"),
            Some("OTEL_EXPORTER_OTLP_ENDPOINT")
        );
        assert_eq!(nearest("OTEL_JAVAAGENT_ENABLED"), None);
    }

    #[test]
    fn what_is_read_is_not_told_and_what_is_not_is() {
        let known = [
            ("OTEL_SERVICE_NAME", "api"),
            ("OTELIER_CONSOLE", "json"),
            ("PATH", "/"),
        ];
        assert_eq!(said(&known), (String::new(), false));
        let (text, ill) = said(&[
            ("OTEL_CONFIG_FILE", "otel.yaml"),
            ("OTEL_EXPORTER_OTLP_SPAN_INSECURE", "true"),
            ("OTEL_PYTHON_LOG_LEVEL", "info"),
        ]);
        assert!(!ill && text.lines().count() == 3, "{text}");
        assert!(text.contains("OTEL_CONFIG_FILE is set and ignored: not supported"));
        let (text, ill) = said(&[("OTEL_SERVICE_NAEM", "s3cret")]);
        assert!(ill && text.contains("OTEL_SERVICE_NAME is read"), "{text}");
        assert!(!text.contains("s3cret"));
    }

    #[test]
    fn what_another_variable_makes_void_is_told() {
        for set in [
            [("OTEL_TRACES_SAMPLER_ARG", "0.1")],
            [("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem")],
            [("OTEL_SDK_DISABLED", "TRUE")],
        ] {
            let (text, ill) = said(&set);
            assert!(ill && text.contains(set[0].0), "{text}");
        }
    }
}
