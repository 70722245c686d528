//! Lines of a page.

use std::fmt::Write as _;

use otelier_core::edge::Exemplar;

use super::{super::accept::Format, families::Family, kind::Kind, number::Number};

/// A page that is being written.
pub(super) struct Writer {
    format: Format,
    text: String,
}

impl Writer {
    pub(super) fn new(format: Format) -> Self {
        let text = String::new();
        Self { format, text }
    }

    /// Writes what is known about a family, before its samples.
    pub(super) fn head(&mut self, name: &str, family: &Family<'_>) {
        let end = match (self.format, family.kind) {
            (Format::Text, Kind::Counter) => "_total",
            _ => "",
        };
        self.about("TYPE", name, end, family.kind.as_str());
        if self.format == Format::OpenMetrics
            && let Some(unit) = &family.unit
        {
            self.about("UNIT", name, "", unit);
        }
        if !family.help.is_empty() {
            self.help(name, end, family.help);
        }
    }

    /// Writes what is true of all.
    pub(super) fn info(&mut self, name: &str, help: &str, labels: &str) {
        let (end, kind) = match self.format {
            Format::Text => ("_info", "gauge"),
            Format::OpenMetrics => ("", "info"),
        };
        self.about("TYPE", name, end, kind);
        self.help(name, end, help);
        self.sample(name, "_info", labels, None, 1_u64, None);
    }

    fn about(&mut self, what: &str, name: &str, end: &str, text: &str) {
        writeln!(self.text, "# {what} {name}{end} {text}").ok();
    }

    fn help(&mut self, name: &str, end: &str, help: &str) {
        write!(self.text, "# HELP {name}{end} ").ok();
        escape(&mut self.text, help, self.format == Format::OpenMetrics);
        self.text.push('\n');
    }

    /// Writes one value, of a bucket if it has a bound.
    pub(super) fn sample(
        &mut self,
        name: &str,
        end: &str,
        labels: &str,
        bound: Option<f64>,
        value: impl Number,
        exemplar: Option<&Exemplar>,
    ) {
        self.text.push_str(name);
        self.text.push_str(end);
        if !labels.is_empty() || bound.is_some() {
            self.text.push('{');
            self.text.push_str(labels);
            if let Some(bound) = bound {
                self.text
                    .push_str(if labels.is_empty() { "le=\"" } else { ",le=\"" });
                bound.write(&mut self.text);
                self.text.push('"');
            }
            self.text.push('}');
        }
        self.text.push(' ');
        value.write(&mut self.text);
        if let Some(exemplar) = exemplar.filter(|_| self.format == Format::OpenMetrics) {
            self.exemplar(exemplar);
        }
        self.text.push('\n');
    }

    fn exemplar(&mut self, exemplar: &Exemplar) {
        let Exemplar {
            value,
            nanos,
            trace_id,
            span_id,
            ..
        } = *exemplar;
        let ids = format_args!("{{trace_id=\"{trace_id}\",span_id=\"{span_id}\"}}");
        write!(self.text, " # {ids} ").ok();
        value.write(&mut self.text);
        let (seconds, millis) = (nanos / 1_000_000_000, nanos / 1_000_000 % 1_000);
        write!(self.text, " {seconds}.{millis:03}").ok();
    }

    pub(super) fn end(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

/// Writes a text on one line; between quotation marks with those escaped, too.
pub(super) fn escape(out: &mut String, text: &str, is_quoted: bool) {
    let special = |letter: char| letter == '\\' || letter == '\n' || (is_quoted && letter == '"');
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let mut after = after.chars();
        match after.next() {
            Some('\n') => out.push_str("\\n"),
            Some(letter) => out.extend(['\\', letter]),
            None => {}
        }
        rest = after.as_str();
    }
    out.push_str(rest);
}
