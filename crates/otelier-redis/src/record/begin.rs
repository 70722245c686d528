//! The start of a command.

use std::time::Instant;

use otelier_core::{Message, Run};
use redis::{Cmd, Pipeline};

use super::{
    command::{Blocks, name},
    operation::{Operation, What},
    reply::{Asked, Found},
    series::{Mode, Series},
    telemetry::Telemetry,
};

/// Starts the record of a command below what is current.
#[inline(always)]
pub(super) fn command<'a>(telemetry: &'a Telemetry, cmd: &'a Cmd) -> Run<Operation<'a>> {
    begin(telemetry, Asked::Command(cmd), Mode::Command, name(cmd))
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
    let is_shared = commands.all(|cmd| name(cmd) == first);
    let alike = if is_shared { first } else { b"" };
    begin(telemetry, Asked::Pipeline(pipeline), mode, alike)
}

#[inline(always)]
fn begin<'a>(
    telemetry: &'a Telemetry,
    asked: Asked<'a>,
    mode: Mode,
    name: &[u8],
) -> Run<Operation<'a>> {
    let clock = Instant::now();
    let span = telemetry.start();
    let series = telemetry.origin.series(mode, name);
    let operation = Operation {
        span,
        message: Message::default(),
        known: What {
            blocks: blocks(asked, &series),
            telemetry,
            series,
            asked,
            found: Found::default(),
            has_code: false,
        },
    };
    Run::start_at(clock, operation)
}

/// Whether something of it waits in the server for somebody else; within a transaction nothing
/// does.
#[inline]
fn blocks(asked: Asked<'_>, series: &Series) -> bool {
    match (asked, series.kind) {
        (Asked::Command(cmd), Some(kind)) => kind.blocks.by(cmd),
        (Asked::Command(_), None) => false,
        (Asked::Pipeline(pipeline), _) if pipeline.is_transaction() => false,
        (Asked::Pipeline(pipeline), Some(kind)) => {
            kind.blocks != Blocks::Never && pipeline.cmd_iter().any(|cmd| kind.blocks.by(cmd))
        }
        (Asked::Pipeline(pipeline), None) => {
            let mut commands = pipeline.cmd_iter();
            commands.any(|cmd| Blocks::of(name(cmd)).by(cmd))
        }
    }
}
