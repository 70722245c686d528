//! Variables of any content.

use std::collections::HashMap;

use crate::SECRET;

/// Lines of `NAME=VALUE`; `\0` stands for a line break in a value.
pub fn environment(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let variables: HashMap<_, _> = lines
        .map(|(name, value)| (name.to_owned(), value.replace('\0', "\n")))
        .collect();
    read(&variables);
    if text.to_ascii_lowercase().contains(SECRET) {
        return;
    }

    // A value that cannot be used may be a secret, that of a header always is.
    let mut marked = variables;
    for (name, value) in &mut marked {
        value.push_str(if name.ends_with("_HEADERS") {
            ",authorization="
        } else {
            ""
        });
        value.push_str(SECRET);
    }
    for problem in read(&marked).0 {
        assert!(!problem.contains(SECRET), "{problem}");
    }
    marked.retain(|name, _| name.ends_with("_HEADERS"));
    let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned();
    marked.insert(endpoint, "http://collector:4317".to_owned());
    let (_, config) = read(&marked);
    assert!(!config.contains(SECRET), "{config}");
}

fn read(variables: &HashMap<String, String>) -> (Vec<String>, String) {
    let lookup = |name: &str| variables.get(name).cloned();
    let (problems, config) = otelier_sdk::fuzz::environment(&lookup);
    assert_eq!(otelier_sdk::fuzz::environment(&lookup).1, config);
    for problem in &problems {
        assert!(problem.len() < 4096, "{problem}");
    }
    (problems, config)
}
