//! The subcommand `diff`: two runs, folded by the names of their spans.

use crate::{
    cli::Comparison,
    search::{self, tell, write},
};
use otelier_collector::{Running, Trace};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    process::ExitCode,
    time::Duration,
};

/// Names of one path; those above are left out.
const DEEPEST: usize = 64;

/// How it ended, as the exit status tells it.
enum Outcome {
    Alike = 0,
    Slower = 1,
    Unreachable = 3,
}

/// How long the spans of one path took, the shortest first.
type Folded = BTreeMap<String, Vec<Duration>>;

pub(crate) async fn run(comparison: Comparison) -> ExitCode {
    let mut sides = Vec::new();
    for name in [&comparison.before, &comparison.after] {
        match side(name, comparison.endpoint.trim_end_matches('/')).await {
            Ok(folded) => sides.push(folded),
            Err(error) => {
                tell(&format!("cannot read {name}: {error}"));
                return ExitCode::from(Outcome::Unreachable as u8);
            }
        }
    }
    let [before, after] = &*sides else {
        return ExitCode::from(Outcome::Unreachable as u8);
    };
    let (text, slowest) = told(before, after);
    write(&text);
    let outcome = match comparison.max_slower {
        Some(most) if slowest > most => Outcome::Slower,
        _ => Outcome::Alike,
    };
    ExitCode::from(outcome as u8)
}

/// The traces of files, or else the trace of an id that a collector has.
async fn side(name: &str, endpoint: &str) -> Result<Folded, String> {
    let there = Path::new(name).exists();
    let collector = search::opened(there.then_some(name)).await?;
    if !there {
        fetch(&collector, name, endpoint).await?;
    }
    let folded = fold(&collector.store().traces());
    collector.shutdown().await;
    Ok(folded)
}

async fn fetch(into: &Running, id: &str, endpoint: &str) -> Result<(), String> {
    let digits = id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digits {
        return Err("it is neither a file nor the id of a trace".into());
    }
    let (status, lines) = search::get(&format!("{endpoint}/api/traces/{id}.otlp.json")).await?;
    if !status.is_success() {
        return Err(format!("{endpoint} answers {status}"));
    }
    let lines = String::from_utf8_lossy(&lines);
    let spans = lines
        .lines()
        .filter(|line| line.starts_with("{\"resourceSpans\""));
    for line in spans {
        let url = format!("{}/v1/traces", into.http_endpoint());
        search::post_json(&url, line.to_owned()).await?;
    }
    Ok(())
}

fn fold(traces: &[Trace]) -> Folded {
    let mut folded = Folded::new();
    for trace in traces {
        let spans = trace.spans();
        let known: HashMap<_, _> = spans.iter().map(|span| (span.id(), span)).collect();
        for span in spans {
            let mut names = vec![span.name()];
            let mut at = span;
            // Parents may go in a circle.
            while names.len() < DEEPEST
                && let Some(parent) = at.parent_id().and_then(|id| known.get(&id))
            {
                names.push(parent.name());
                at = parent;
            }
            names.reverse();
            let path = names.join(" › ").replace(char::is_control, " ");
            folded.entry(path).or_default().push(span.duration());
        }
    }
    for durations in folded.values_mut() {
        durations.sort_unstable();
    }
    folded
}

fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

/// How much longer it took, in per cent.
fn slower(before: Duration, after: Duration) -> f64 {
    match before.as_secs_f64() {
        0.0 if after.is_zero() => 0.0,
        0.0 => f64::INFINITY,
        before => (after.as_secs_f64() / before - 1.0) * 100.0,
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A line a path, and by how much the median of the one that lost most grew, in per cent.
fn told(before: &Folded, after: &Folded) -> (String, f64) {
    let mut text = String::new();
    let mut slowest = 0.0_f64;
    let mut paths: Vec<_> = before.keys().chain(after.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let none = Vec::new();
    for path in paths {
        let (old, new) = (
            before.get(path).unwrap_or(&none),
            after.get(path).unwrap_or(&none),
        );
        let mark = match (old.is_empty(), new.is_empty()) {
            (true, _) => '+',
            (_, true) => '-',
            _ => ' ',
        };
        text.push_str(&format!("{mark} calls {:>6} → {:<6}", old.len(), new.len()));
        for percent in [50, 95] {
            let (old, new) = (quantile(old, percent), quantile(new, percent));
            text.push_str(&format!(
                "  p{percent} {:>9.2} → {:<9.2} ms",
                ms(old),
                ms(new)
            ));
            if mark == ' ' {
                let change = slower(old, new);
                text.push_str(&format!(" {change:>+6.0}%"));
                if percent == 50 {
                    slowest = slowest.max(change);
                }
            } else {
                text.push_str("        ");
            }
        }
        text.push_str(&format!("  {path}\n"));
    }
    (text, slowest)
}
