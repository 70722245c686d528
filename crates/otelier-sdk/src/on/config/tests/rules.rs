//! What holds for any value of any variable.

use std::{collections::HashMap, time::Instant};

use otelier_otlp::Signal;
use proptest::{collection::hash_map, prelude::*, sample::select};

use super::{Config, nameless};
use crate::{
    imp::{config::SignalConfig, resource},
    variables::{VARIABLES, Variable},
};

fn names() -> Vec<&'static str> {
    VARIABLES.iter().flat_map(Variable::names).collect()
}

fn value() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "http://localhost:4317",
        "http://h:4318/a/",
        "localhost:4317",
        "https://[::1]:1",
        ":::",
        "0",
        "1",
        "-1",
        "18446744073709551615",
        "2147483647",
        "0.5",
        "NaN",
        "true",
        "",
        "otlp",
        "console",
        "none",
        "otlp,none,x",
        "a=b,c",
        "a=%20,%zz",
        "grpc",
        "http/json",
        "traceidratio",
        "b3,none",
        "info,a=warn",
        "delta",
        "gzip",
    ];
    prop_oneof![
        select(KNOWN).prop_map(str::to_owned),
        "[a-z0-9=,%:/@\\[\\]. ]{0,24}",
        any::<String>(),
    ]
}

fn environment() -> impl Strategy<Value = HashMap<&'static str, String>> {
    let any_name = || hash_map(select(names()), value(), 0..40);
    let endpoint = prop_oneof![Just("http://localhost:4317".to_owned()), value()];
    (any_name(), endpoint).prop_map(|(mut variables, endpoint)| {
        variables
            .entry("OTEL_EXPORTER_OTLP_ENDPOINT")
            .or_insert(endpoint);
        variables
    })
}

proptest! {
    #[test]
    fn whatever_is_set_gives_a_configuration_that_can_be_used(variables in environment()) {
        let lookup = |name: &str| variables.get(name).cloned();
        let config = Config::from_env(&lookup, &nameless());

        for batch in [config.span_batch, config.log_batch] {
            prop_assert!(!batch.delay.is_zero() && !batch.timeout.is_zero());
            prop_assert!(batch.size > 0 && batch.size <= batch.queue && batch.queue <= 1 << 20);
            prop_assert!(Instant::now().checked_add(batch.delay).is_some());
        }
        prop_assert!(!config.reader.interval.is_zero() && !config.reader.timeout.is_zero());
        prop_assert!(config.span_limits.value_length > 0 && config.log_limits.value_length > 0);
        for signal in Signal::ALL {
            let SignalConfig { otlp, off, .. } = config.signal(signal);
            prop_assert_eq!(otlp.is_none(), off.is_some());
            if let Some(settings) = otlp {
                prop_assert!(!settings.timeout.is_zero());
                prop_assert!(settings.endpoint.host().is_some_and(|host| !host.is_empty()));
                prop_assert!(matches!(settings.endpoint.scheme_str(), Some("http" | "https")));
                prop_assert!(settings.headers.iter().all(|(_, value)| value.is_sensitive()));
            }
        }
        resource::detect(&config, &lookup);
    }

    #[test]
    fn a_variable_is_reported_once_at_most(variables in environment()) {
        let config = Config::from_env(&|name| variables.get(name).cloned(), &nameless());

        let mut reported: Vec<_> = config.problems.iter().map(|problem| problem.variable).collect();
        reported.sort_unstable();
        reported.dedup();
        prop_assert_eq!(reported.len(), config.problems.len());
    }

    #[test]
    fn no_value_is_ever_repeated(name in select(names()), noise in "[!-~]{0,9}") {
        let secret = format!("{noise}s3cret{noise}");
        let config = Config::from_env(
            &|variable| match variable {
                _ if variable == name => Some(secret.clone()),
                "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://localhost:4317".to_owned()),
                _ => None,
            },
            &nameless(),
        );

        for problem in &config.problems {
            prop_assert!(!problem.to_string().contains("s3cret"));
        }
    }
}
