//! Names as Prometheus has them.

use super::{kind::Kind, tokens::tokens, unit};

/// The name of a metric, without `_total`, and the unit that it ends in: none where that is
/// the whole name, since a page of OpenMetrics that says otherwise is refused as a whole.
pub(super) fn base(name: &str, unit: &str, kind: Kind, is_gauge: bool) -> (String, Option<String>) {
    let mut base = tokens(name);
    if kind == Kind::Counter {
        cut(&mut base, "total");
    }
    let words = match unit::words(unit) {
        None if is_gauge && unit == "1" => Some("ratio".to_owned()),
        words => words,
    };
    if let Some(words) = &words
        && !ends_in(&base, words)
    {
        base = format!("{base}_{words}");
    }
    if base.is_empty() || base.starts_with(|first: char| first.is_ascii_digit()) {
        base.insert(0, '_');
    }
    let unit = words.filter(|words| base.len() > words.len());
    (base, unit)
}

/// A key as the name of a label.
pub(super) fn label(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for letter in key.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => name.push(letter),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "key_");
    }
    name
}

fn ends_in(name: &str, words: &str) -> bool {
    let rest = name.strip_suffix(words);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
}

fn cut(name: &mut String, word: &str) {
    if name.len() > word.len() && ends_in(name, word) {
        name.truncate(name.len() - word.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, base, label};

    #[test]
    fn a_name_ends_in_its_unit_once() {
        let counter = Kind::Counter;
        let gauge = Kind::Gauge;
        for (name, unit, kind, expected) in [
            (
                "http.server.request.duration",
                "s",
                Kind::Histogram,
                "http_server_request_duration_seconds",
            ),
            ("process.cpu.time", "s", counter, "process_cpu_time_seconds"),
            ("uploads_total", "By", counter, "uploads_bytes"),
            ("total", "", counter, "total"),
            ("memory_bytes", "By", gauge, "memory_bytes"),
            ("bytes", "By", gauge, "bytes"),
            ("kilobytes", "By", gauge, "kilobytes_bytes"),
            ("busy", "1", gauge, "busy_ratio"),
            ("cakes", "1", counter, "cakes"),
            ("cakes", "{cake}", counter, "cakes"),
            ("1st..cake--", "", gauge, "_1st_cake"),
            ("Größe", "", gauge, "Gr_e"),
            ("…", "", gauge, "_"),
            ("…", "s", gauge, "_seconds"),
        ] {
            let (found, unit) = base(name, unit, kind, kind == gauge);
            assert_eq!(found, expected, "{name}");
            let is_end = |unit: String| found.ends_with(&format!("_{unit}"));
            assert!(unit.is_none_or(is_end), "{name}");
        }
    }

    #[test]
    fn a_key_becomes_a_label_that_prometheus_takes() {
        for (key, expected) in [
            ("http.route", "http_route"),
            ("a..b", "a_b"),
            ("1st", "key_1st"),
            ("__name__", "_name_"),
            ("ü", "_"),
            ("", "key_"),
        ] {
            assert_eq!(label(key), expected, "{key}");
        }
    }
}
