//! Variables of any content.

use std::collections::HashMap;

use crate::SECRET;

/// Lines of `NAME=VALUE`; `\0` stands for a line break in a value.
pub fn environment(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let mut variables: HashMap<_, _> = lines
        .map(|(name, value)| (name.to_owned(), value.replace('\0', "\n")))
        .collect();
    read(&variables);

    // A value that cannot be used may be a secret.
    for value in variables.values_mut() {
        value.push_str(SECRET);
    }
    let (problems, config) = read(&variables);
    for problem in problems {
        assert!(!problem.contains(SECRET), "{problem}");
    }
    for name in variables.keys().filter(|name| name.ends_with("_HEADERS")) {
        let only = HashMap::from([
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
                "http://h:1".to_owned(),
            ),
            (name.clone(), variables[name].clone()),
        ]);
        assert!(!read(&only).1.contains(SECRET), "{config}");
    }
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
