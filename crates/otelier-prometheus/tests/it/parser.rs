//! Reads pages, and refuses whatever Prometheus or OpenMetrics would not take.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) families: Vec<Family>,
}

#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) unit: Option<String>,
    pub(crate) help: Option<String>,
    pub(crate) samples: Vec<Sample>,
}

pub(crate) type Labels = BTreeMap<String, String>;

#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pub(crate) value: f64,
    pub(crate) exemplar: Option<(Labels, f64, f64)>,
}

impl Parsed {
    pub(crate) fn text(page: &str) -> Result<Self, String> {
        Self::parse(page, false)
    }

    pub(crate) fn open_metrics(page: &str) -> Result<Self, String> {
        let page = page.strip_suffix("# EOF\n").ok_or("no end")?;
        Self::parse(page, true)
    }

    fn parse(page: &str, is_open: bool) -> Result<Self, String> {
        let mut families: Vec<Family> = Vec::new();
        if !page.is_empty() && !page.ends_with('\n') {
            return Err("no end of the last line".to_owned());
        }
        for line in page.split_terminator('\n') {
            let wrong = |what: &str| format!("{what}: {line}");
            if let Some(about) = line.strip_prefix("# ") {
                let mut parts = about.splitn(3, ' ');
                let (Some(what), Some(name), Some(text)) =
                    (parts.next(), parts.next(), parts.next())
                else {
                    return Err(wrong("a comment"));
                };
                if !is_name(name, true) {
                    return Err(wrong("a name"));
                }
                if families.last().is_none_or(|family| family.name != name) {
                    if families.iter().any(|family| family.name == name) {
                        return Err(wrong("a family that is torn apart"));
                    }
                    families.push(Family {
                        name: name.to_owned(),
                        ..Family::default()
                    });
                }
                let family = families.last_mut().unwrap();
                if !family.samples.is_empty() {
                    return Err(wrong("said too late"));
                }
                match what {
                    "TYPE" if family.kind.is_empty() => text.clone_into(&mut family.kind),
                    "UNIT" if is_open && family.unit.is_none() => {
                        if !name.ends_with(&format!("_{text}")) {
                            return Err(wrong("a unit that the name does not end in"));
                        }
                        family.unit = Some(text.to_owned());
                    }
                    "HELP" if family.help.is_none() => {
                        family.help = Some(unescape(text, is_open).ok_or_else(|| wrong("help"))?);
                    }
                    _ => return Err(wrong("said twice, or unknown")),
                }
                continue;
            }
            let sample = Sample::parse(line, is_open).ok_or_else(|| wrong("a sample"))?;
            let family = families.last_mut().ok_or_else(|| wrong("no family"))?;
            let end = sample.name.strip_prefix(&family.name);
            let end = end.ok_or_else(|| wrong("of another family"))?;
            let ends: &[&str] = match (&*family.kind, is_open) {
                ("counter", true) => &["_total"],
                ("counter" | "gauge", _) => &[""],
                ("info", true) => &["_info"],
                ("histogram", _) => &["_bucket", "_sum", "_count"],
                _ => return Err(wrong("a type")),
            };
            if !ends.contains(&end) || (!is_open && sample.exemplar.is_some()) {
                return Err(wrong("no sample of its type"));
            }
            if family.kind == "counter" && !is_open && !family.name.ends_with("_total") {
                return Err(wrong("a counter"));
            }
            if sample.exemplar.is_some() && end != "_bucket" {
                return Err(wrong("an exemplar of no bucket"));
            }
            family.samples.push(sample);
        }
        let parsed = Self { families };
        parsed.check(is_open)?;
        Ok(parsed)
    }

    fn check(&self, is_open: bool) -> Result<(), String> {
        let mut series = BTreeSet::new();
        let mut names = BTreeSet::new();
        for family in &self.families {
            let ends: &[&str] = match &*family.kind {
                "counter" if is_open => &["", "_total", "_created"],
                "info" => &["", "_info"],
                "histogram" => &["", "_bucket", "_sum", "_count"],
                _ => &[""],
            };
            for end in ends {
                if !names.insert(format!("{}{end}", family.name)) {
                    return Err(format!("{}{end} is two", family.name));
                }
            }
            if family.samples.is_empty() {
                return Err(format!("{} is empty", family.name));
            }
            for sample in &family.samples {
                if !series.insert((&sample.name, &sample.labels)) {
                    return Err(format!("twice: {sample:?}"));
                }
            }
            if family.kind == "histogram" {
                family.check_histogram()?;
            }
        }
        Ok(())
    }

    pub(crate) fn family(&self, name: &str) -> &Family {
        let found = self.families.iter().find(|family| family.name == name);
        found.unwrap_or_else(|| panic!("no {name} in {self:#?}"))
    }

    /// Every sample as text. Numbers that are none are equal here.
    pub(crate) fn values(&self) -> BTreeMap<String, String> {
        let samples = self.families.iter().flat_map(|family| &family.samples);
        let values =
            samples.map(|it| (format!("{}{:?}", it.name, it.labels), it.value.to_string()));
        values.collect()
    }
}

impl Family {
    /// The value of the sample whose name ends so and whose labels include these.
    pub(crate) fn value(&self, end: &str, labels: &[(&str, &str)]) -> f64 {
        let found = self.samples.iter().filter(|sample| {
            let is_there = |(key, value): &(&str, &str)| {
                sample.labels.get(*key).map(String::as_str) == Some(*value)
            };
            sample.name.ends_with(end) && labels.iter().all(is_there)
        });
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 1, "{end} {labels:?} of {self:#?}");
        found[0].value
    }

    /// The bounds rise, and with them the counts, up to that of all.
    fn check_histogram(&self) -> Result<(), String> {
        let mut buckets: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
        for sample in &self.samples {
            if sample.name.ends_with("_bucket") {
                let mut labels = sample.labels.clone();
                let bound = labels.remove("le").ok_or("no bound")?;
                let bound = number(&bound).ok_or("a bound")?;
                if let Some((_, value, _)) = &sample.exemplar
                    && *value > bound
                {
                    return Err(format!("an exemplar outside of its bucket: {sample:?}"));
                }
                buckets
                    .entry(labels)
                    .or_default()
                    .push((bound, sample.value));
            } else if sample.labels.contains_key("le") {
                return Err("a bound without a bucket".to_owned());
            }
        }
        for (labels, buckets) in buckets {
            let rises = buckets
                .windows(2)
                .all(|it| it[0].0 < it[1].0 && it[0].1 <= it[1].1);
            let (bound, count) = *buckets.last().unwrap();
            let is = |end: &str| {
                let mut all = self.samples.iter();
                all.find(|it| it.name.ends_with(end) && it.labels == labels)
            };
            let is_all = is("_count").is_some_and(|it| it.value == count);
            if !rises || bound != f64::INFINITY || !is_all || is("_sum").is_none() {
                return Err(format!("{} {labels:?}: {buckets:?}", self.name));
            }
        }
        Ok(())
    }
}

impl Sample {
    fn parse(line: &str, is_open: bool) -> Option<Self> {
        let end = line.find(['{', ' '])?;
        let (name, rest) = line.split_at(end);
        let (labels, rest) = labels(rest)?;
        let rest = rest.strip_prefix(' ')?;
        let (value, exemplar) = match rest.split_once(" # ") {
            None => (rest, None),
            Some((own, exemplar)) => {
                let (labels, rest) = self::labels(exemplar)?;
                let size: usize = labels
                    .iter()
                    .map(|(key, value)| key.len() + value.len())
                    .sum();
                let (value, time) = rest.strip_prefix(' ')?.split_once(' ')?;
                (size <= 128).then_some(())?;
                (own, Some((labels, number(value)?, number(time)?)))
            }
        };
        (is_name(name, true) && (is_open || exemplar.is_none())).then_some(())?;
        Some(Self {
            name: name.to_owned(),
            labels,
            value: number(value)?,
            exemplar,
        })
    }
}

/// The labels at the start of a text, and what is behind them.
fn labels(text: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::new();
    let Some(mut rest) = text.strip_prefix('{') else {
        return Some((labels, text));
    };
    loop {
        let (name, value) = rest.split_once("=\"")?;
        let mut is_escaped = false;
        let end = value.find(|letter| {
            let ends = letter == '"' && !is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            ends
        })?;
        let (value, behind) = value.split_at(end);
        is_name(name, false).then_some(())?;
        let value = unescape(value, true)?;
        labels
            .insert(name.to_owned(), value)
            .is_none()
            .then_some(())?;
        let behind = behind.get(1..)?;
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Some((labels, behind.strip_prefix('}')?)),
        }
    }
}

fn unescape(text: &str, has_quotes: bool) -> Option<String> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        out.push(match letter {
            '\\' => match letters.next()? {
                'n' => '\n',
                '\\' => '\\',
                '"' if has_quotes => '"',
                _ => return None,
            },
            '"' if has_quotes => return None,
            letter => letter,
        });
    }
    Some(out)
}

fn is_name(name: &str, of_metric: bool) -> bool {
    let is_letter =
        |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || (of_metric && byte == b':');
    let mut bytes = name.bytes();
    bytes.next().is_some_and(is_letter)
        && bytes.all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        text if text.bytes().all(|byte| b"0123456789+-.e".contains(&byte)) => text.parse().ok(),
        _ => None,
    }
}
