//! The text of a command, without its arguments.

use std::fmt::Write as _;

use redis::{Cmd, Pipeline};

use super::{
    command::{arguments, is_secret, name, readable},
    shape::Shape,
};

/// Of more arguments the number is told.
pub(super) const MAX_SHOWN: usize = 8;
/// Commands of a pipeline that are shown.
const MAX_COMMANDS: usize = 16;
/// What stands for a name that is none.
pub(super) const OTHER: &str = "_OTHER";

/// `SET ? ?`: so many arguments of which none is shown.
pub(super) fn plain(name: &str, arguments: usize) -> String {
    let mut text = String::with_capacity(name.len() + 2 * arguments.min(MAX_SHOWN));
    add_plain(&mut text, name, arguments);
    text
}

fn add_plain(text: &mut String, name: &str, arguments: usize) {
    text.push_str(name);
    for _ in 0..arguments.min(MAX_SHOWN) {
        text.push_str(" ?");
    }
    tell_of_more(text, arguments);
}

/// The same with arguments as the first shape that they have.
pub(super) fn shaped(name: &str, cmd: &Cmd, shapes: &[Shape]) -> String {
    let mut text = String::new();
    add_shaped(&mut text, name, cmd, shapes);
    text
}

fn add_shaped(text: &mut String, name: &str, cmd: &Cmd, shapes: &[Shape]) {
    text.push_str(name);
    for argument in arguments(cmd).take(MAX_SHOWN) {
        let shape = shapes.iter().find(|shape| shape.fits(argument));
        text.push(' ');
        text.push_str(shape.map_or("?", |shape| shape.text.as_str()));
    }
    tell_of_more(text, number(cmd));
}

/// One text where the commands have it in common, else one behind the other.
pub(super) fn joined(pipeline: &Pipeline, shapes: &[Shape]) -> String {
    let mut text = String::new();
    let mut first = 0..0;
    let mut is_common = true;
    for (at, cmd) in pipeline.cmd_iter().take(MAX_COMMANDS).enumerate() {
        if at > 0 {
            text.push_str("; ");
        }
        let begin = text.len();
        let word = readable(name(cmd)).unwrap_or(OTHER);
        if shapes.is_empty() || is_secret(name(cmd)) {
            add_plain(&mut text, word, number(cmd));
        } else {
            add_shaped(&mut text, word, cmd, shapes);
        }
        if at == 0 {
            first = begin..text.len();
        }
        is_common &= text.get(begin..) == text.get(first.clone());
    }
    // Behind those that are shown the shapes of keys may be others.
    let is_common = is_common && (pipeline.len() <= MAX_COMMANDS || shapes.is_empty());
    if is_common && are_alike(pipeline) {
        text.truncate(first.end);
    } else if pipeline.len() > MAX_COMMANDS {
        // Writing to a text does not fail.
        let _ = write!(text, "; ... ({} commands)", pipeline.len());
    }
    text
}

/// Whether all are one command with as many arguments.
fn are_alike(pipeline: &Pipeline) -> bool {
    let of = |cmd| (name(cmd), number(cmd));
    let mut commands = pipeline.cmd_iter().map(of);
    let first = commands.next();
    commands.all(|cmd| Some(cmd) == first)
}

/// How many arguments there are.
pub(super) fn number(cmd: &Cmd) -> usize {
    cmd.args_iter().len().saturating_sub(1)
}

fn tell_of_more(text: &mut String, arguments: usize) {
    if arguments > MAX_SHOWN {
        // Writing to a text does not fail.
        let _ = write!(text, " ... ({arguments} arguments)");
    }
}
