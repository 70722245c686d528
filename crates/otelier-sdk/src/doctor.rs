//! What `OTELIER_DOCTOR=1` prints at start: every variable, what it comes to,
//! and what is set in vain.

use std::{env, fmt::Write as _, sync::Once};

use otelier_core::{REDACTED, redact_text};

use crate::{
    Off, Setup, State, Status, say,
    variables::{
        DD_GIT_COMMIT_SHA, DD_GIT_REPOSITORY_URL, DD_SERVICE, DD_VERSION, DOCTOR,
        EXPORT_BUFFER_BYTES, EXPORT_CONCURRENCY, Form, LOG_SPAN_FIELDS, METRICS_EXPORTER,
        RESOURCE_ATTRIBUTES, SERVICE_NAME, Scope, VARIABLES, Variable, get,
    },
};

/// What differs by so many letters is taken for a slip.
const SLIP: usize = 2;
/// So much of a value is shown, and so much stands on a line of names.
const WIDTH: usize = 80;

/// Whether somebody asks for it.
pub(crate) fn is_asked() -> bool {
    DOCTOR.get().is_some_and(|value| {
        let no = ["0", "false"];
        !no.iter().any(|no| value.eq_ignore_ascii_case(no))
    })
}

/// Prints it on standard error, once. `problems` are the names of the variables
/// that could not be used as they are, and what was done instead.
pub(crate) fn tell(setup: &Setup, status: &Status, problems: &[(&str, String)]) {
    static TOLD: Once = Once::new();
    let names = env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let patient = Patient {
        setup,
        problems,
        is_compiled_out: status.traces.state == State::Off(Off::CompiledOut),
        get: &get,
    };
    TOLD.call_once(|| say::plainly(&patient.report(status, names.collect())));
}

struct Patient<'a> {
    setup: &'a Setup,
    problems: &'a [(&'a str, String)],
    is_compiled_out: bool,
    get: &'a dyn Fn(&str) -> Option<String>,
}

impl Patient<'_> {
    fn report(&self, status: &Status, mut set: Vec<String>) -> String {
        let mut text = format!("otelier, by {}:\n", DOCTOR.name);
        for (signal, of) in [
            ("traces", &status.traces),
            ("metrics", &status.metrics),
            ("logs", &status.logs),
        ] {
            writeln!(text, "  {signal:<8} {}", redact_text(&of.state.to_string())).ok();
        }
        let mut rows = vec![["variable".to_owned(), "value".to_owned(), "from".to_owned()]];
        let mut unset = Vec::new();
        for variable in VARIABLES.iter().filter(|variable| self.heeds(variable)) {
            for name in variable.names() {
                let own = Variable { name, ..*variable };
                match self.value(&own) {
                    Some((value, from)) => rows.push([name.to_owned(), value, from.to_owned()]),
                    // The one for all signals says it.
                    None if name == variable.name => unset.push(name.to_owned()),
                    None => {}
                }
            }
        }
        columns(&mut text, &rows);
        set.sort_unstable();
        let ignored: Vec<_> = set.iter().filter_map(|name| self.ignored(name)).collect();
        if !ignored.is_empty() {
            text.push_str("set and ignored, as a whole or in part:\n");
            columns(&mut text, &ignored);
        }
        text.push_str("not set, and without a default:\n");
        let mut line = String::new();
        for name in unset {
            if line.len() + name.len() > WIDTH {
                writeln!(text, " {line}").ok();
                line.clear();
            }
            write!(line, " {name}").ok();
        }
        writeln!(text, " {line}").ok();
        text
    }

    fn heeds(&self, variable: &Variable) -> bool {
        let is_heeded = !matches!(variable.form, Form::Hint(_) | Form::Ignored(_));
        let is_there = variable.scope == Scope::Console
            || [SERVICE_NAME.name, DOCTOR.name].contains(&variable.name);
        is_heeded && (is_there || !self.is_compiled_out)
    }

    /// What the variable comes to, and who says so.
    fn value(&self, variable: &Variable) -> Option<(String, &'static str)> {
        let mut default = variable.default;
        for weaker in variable.chain() {
            default = weaker.default;
            let Some(text) = (self.get)(weaker.name) else {
                continue;
            };
            let problem = self.wrong_with(weaker.name).unwrap_or_default();
            if problem.ends_with("; ignored") {
                continue;
            }
            let instead = ["; using ", "; taken as "];
            let mut instead = instead.iter().filter_map(|done| problem.rsplit_once(done));
            return Some(match instead.next() {
                Some((_, instead)) => (instead.to_owned(), "default"),
                None if weaker.name == variable.name => (shown(&weaker, &text), "environment"),
                None => (shown(&weaker, &text), weaker.name),
            });
        }
        // The stronger of a signal is not there: that for all is told by itself.
        if matches!(variable.scope, Scope::Each(own) if own.contains(&variable.name)) {
            return None;
        }
        if let Some((value, from)) = self.code(variable) {
            return Some((shown(variable, &value), from));
        }
        let default = default.to_string();
        (!default.is_empty()).then_some((default, "default"))
    }

    /// What code says, or for the service's name what is stronger than that.
    fn code(&self, variable: &Variable) -> Option<(String, &'static str)> {
        let setup = self.setup;
        if variable.name == SERVICE_NAME.name && !self.is_compiled_out {
            let list = (self.get)(RESOURCE_ATTRIBUTES.name).unwrap_or_default();
            let mut pairs = list.split(',').filter_map(|pair| pair.split_once('='));
            let named = pairs
                .rfind(|(key, value)| key.trim() == "service.name" && !value.trim().is_empty());
            if let Some((_, name)) = named {
                return Some((name.trim().to_owned(), RESOURCE_ATTRIBUTES.name));
            }
            if let Some(name) = (self.get)(DD_SERVICE.name) {
                return Some((name, DD_SERVICE.name));
            }
        }
        let fields = Some(setup.log_span_fields.join(","));
        let said = [
            (SERVICE_NAME, Some(setup.service_name.clone())),
            (DD_VERSION, Some(setup.service_version.clone())),
            (DD_GIT_COMMIT_SHA, setup.revision.clone()),
            (DD_GIT_REPOSITORY_URL, setup.repository.clone()),
            (
                EXPORT_CONCURRENCY,
                setup.export_concurrency.map(|it| it.to_string()),
            ),
            (
                EXPORT_BUFFER_BYTES,
                setup.export_buffer.map(|it| it.to_string()),
            ),
            (LOG_SPAN_FIELDS, fields),
            (
                METRICS_EXPORTER,
                setup.prometheus.then(|| "otlp,prometheus".to_owned()),
            ),
        ];
        let mut said = said.into_iter().filter(|(of, _)| of.name == variable.name);
        let value = said.next()?.1.filter(|value| !value.is_empty())?;
        Some((value, "code"))
    }

    fn wrong_with(&self, name: &str) -> Option<&str> {
        let mut problems = self.problems.iter();
        let found = problems.find(|(of, _)| *of == name);
        found.map(|(_, what)| what.as_str())
    }

    /// A variable that is set and nothing heeds, and why.
    fn ignored(&self, name: &str) -> Option<[String; 2]> {
        let known = VARIABLES.iter();
        let mut known = known.filter(|variable| variable.names().any(|other| other == name));
        let is_ours = ["OTEL_", "OTELIER_", "DD_"];
        let why = match known.next() {
            Some(_) if (self.get)(name).is_none() => return None,
            Some(variable) => match variable.form {
                Form::Hint(why) | Form::Ignored(why) => why.to_owned(),
                _ if !self.heeds(variable) => Off::CompiledOut.to_string(),
                _ => self.wrong_with(name)?.to_owned(),
            },
            None if !is_ours.iter().any(|start| name.starts_with(start)) => return None,
            None => match nearest(name) {
                Some(right) => format!("nothing reads it: {right} is read"),
                None => "nothing here reads it".to_owned(),
            },
        };
        Some([name.escape_debug().to_string(), why])
    }
}

/// A value that may be seen, on one line.
fn shown(variable: &Variable, text: &str) -> String {
    let text = match variable.form {
        Form::Headers => {
            let names = text.split(',').map(|pair| match pair.split_once('=') {
                Some((name, _)) => format!("{}={REDACTED}", name.trim()),
                None => REDACTED.to_owned(),
            });
            names.collect::<Vec<_>>().join(",")
        }
        _ => match text.rsplit_once('@') {
            // Such as curl takes for a proxy: nothing but their place tells credentials.
            Some((_, host)) if is_address(variable) && !text.contains("://") => {
                format!("{REDACTED}@{host}")
            }
            _ => redact_text(text).into_owned(),
        },
    };
    let mut short: String = text.chars().take(WIDTH).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.escape_debug().to_string()
}

fn is_address(variable: &Variable) -> bool {
    let mut ends = ["ENDPOINT", "PROXY", "proxy"].iter();
    ends.any(|end| variable.name.ends_with(end))
}

/// Writes rows whose columns begin below each other.
fn columns<const N: usize>(text: &mut String, rows: &[[String; N]]) {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in rows {
        let cells = row.iter().zip(widths);
        let line: String = cells
            .map(|(cell, width)| format!("  {cell:<width$}"))
            .collect();
        writeln!(text, "{}", line.trim_end()).ok();
    }
}

/// The variable that may be meant.
fn nearest(name: &str) -> Option<&'static str> {
    let heeded = VARIABLES
        .iter()
        .filter(|variable| !matches!(variable.form, Form::Hint(_) | Form::Ignored(_)));
    let near = heeded.flat_map(Variable::names).filter_map(|other| {
        let is_near = other.len().abs_diff(name.len()) <= SLIP;
        is_near.then(|| (distance(name, other), other))
    });
    let near = near.filter(|(distance, _)| *distance <= SLIP).min();
    near.map(|(_, other)| other)
}

/// How many letters have to be put in, taken out or changed.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.bytes().enumerate() {
        let (mut diagonal, mut left) = (at, at + 1);
        for (cell, other) in row.iter_mut().skip(1).zip(to.bytes()) {
            let best = (diagonal + usize::from(letter != other)).min(left.min(*cell) + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
