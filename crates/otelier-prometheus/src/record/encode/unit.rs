//! Units in words.

/// What a name ends in for its unit: none for what is counted, or in braces.
pub(super) fn words(unit: &str) -> Option<String> {
    let (of, per) = match unit.split_once('/') {
        Some((of, per)) => (of, Some(per)),
        None => (unit, None),
    };
    let of = word(of, long);
    let per = per.and_then(|per| word(per, single));
    match (of, per) {
        (of, None) => of,
        (None, Some(per)) => Some(format!("per_{per}")),
        (Some(of), Some(per)) => Some(format!("{of}_per_{per}")),
    }
}

fn word(unit: &str, known: fn(&str) -> Option<&'static str>) -> Option<String> {
    let unit = unit.trim();
    if unit.contains(['{', '}']) || unit == "1" {
        return None;
    }
    let word = match known(unit) {
        Some(word) => word.to_owned(),
        None => super::tokens::tokens(unit),
    };
    (!word.is_empty()).then_some(word)
}

fn long(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tebibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "%" => "percent",
        _ => return None,
    })
}

fn single(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "s" => "second",
        "min" | "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn units_become_words_and_what_is_counted_has_none() {
        for (unit, expected) in [
            ("s", Some("seconds")),
            ("By", Some("bytes")),
            ("By/s", Some("bytes_per_second")),
            ("{request}/s", Some("per_second")),
            ("{request}", None),
            ("1", None),
            ("", None),
            ("%", Some("percent")),
            ("USD", Some("USD")),
            ("m/s", Some("meters_per_second")),
            ("cakes per oven", Some("cakes_per_oven")),
            ("…", None),
            ("/", None),
        ] {
            assert_eq!(words(unit).as_deref(), expected, "{unit}");
        }
    }
}
