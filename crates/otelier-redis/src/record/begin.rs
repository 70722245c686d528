//! The start of a command.

use std::time::{Instant, SystemTime};

use otelier_core::{Message, Run};
use redis::{Cmd, Pipeline};

use super::{
    command::{Kind, name, readable},
    operation::Operation,
    reply::{Asked, Found},
    series::{Mode, Series},
    telemetry::Telemetry,
};

/// Starts the record of a command below what is current.
#[inline]
pub(super) fn command<'a>(telemetry: &'a Telemetry, cmd: &'a Cmd) -> Run<Operation<'a>> {
    let name = readable(name(cmd));
    begin(telemetry, Asked::Command(cmd), Mode::Command, name)
}

/// The same of what is sent together.
pub(super) fn pipeline<'a>(telemetry: &'a Telemetry, pipeline: &'a Pipeline) -> Run<Operation<'a>> {
    let mut commands = pipeline.cmd_iter();
    let first = commands.next();
    let mode = match (pipeline.is_transaction(), first) {
        (true, _) => Mode::Transaction,
        // One command is no batch.
        (false, Some(only)) if pipeline.len() == 1 => return command(telemetry, only),
        (false, _) => Mode::Pipeline,
    };
    let first = first.map(name).unwrap_or_default();
    let alike = readable(first).filter(|_| commands.all(|cmd| name(cmd) == first));
    begin(telemetry, Asked::Pipeline(pipeline), mode, alike)
}

#[inline]
fn begin<'a>(
    telemetry: &'a Telemetry,
    asked: Asked<'a>,
    mode: Mode,
    name: Option<&str>,
) -> Run<Operation<'a>> {
    let clock = Instant::now();
    let span = telemetry.start(SystemTime::now());
    let series = telemetry.origin.series(mode, name);
    let operation = Operation {
        blocks: blocks(asked, &series),
        telemetry,
        series,
        asked,
        span,
        found: Found::default(),
        has_code: false,
        message: Message::default(),
    };
    Run::start_at(clock, operation)
}

/// Whether something of it waits in the server for somebody else; within a transaction nothing
/// does.
fn blocks(asked: Asked<'_>, series: &Series) -> bool {
    match (asked, series.kind) {
        (Asked::Command(cmd), Some(kind)) => kind.blocks(cmd),
        (Asked::Command(_), None) => false,
        (Asked::Pipeline(pipeline), _) if pipeline.is_transaction() => false,
        (Asked::Pipeline(pipeline), kind) => {
            let mut commands = pipeline.cmd_iter();
            commands.any(|cmd| kind.unwrap_or_else(|| Kind::of(name(cmd))).blocks(cmd))
        }
    }
}
