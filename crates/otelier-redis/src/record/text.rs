//! The text of a command, without its arguments.

use std::fmt::Write as _;

use redis::{Cmd, Pipeline};

use super::{
    command::{Kind, arguments, name, readable},
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
    let mut text = name.to_owned();
    for _ in 0..arguments.min(MAX_SHOWN) {
        text.push_str(" ?");
    }
    tell_of_more(&mut text, arguments);
    text
}

/// The same with arguments as the first shape that they have.
pub(super) fn shaped(name: &str, cmd: &Cmd, shapes: &[Shape]) -> String {
    let mut text = name.to_owned();
    for argument in arguments(cmd).take(MAX_SHOWN) {
        let shape = shapes.iter().find(|shape| shape.fits(argument));
        text.push(' ');
        text.push_str(shape.map_or("?", |shape| shape.text.as_str()));
    }
    tell_of_more(&mut text, number(cmd));
    text
}

/// One text where the commands have it in common, else one behind the other.
pub(super) fn joined(pipeline: &Pipeline, shapes: &[Shape]) -> String {
    let of = |cmd: &Cmd| {
        let (name, kind) = (name(cmd), Kind::of(name(cmd)));
        let name = readable(name).unwrap_or(OTHER);
        if shapes.is_empty() || kind.is_secret {
            plain(name, number(cmd))
        } else {
            shaped(name, cmd, shapes)
        }
    };
    let texts: Vec<_> = pipeline.cmd_iter().take(MAX_COMMANDS).map(of).collect();
    let Some((first, others)) = texts.split_first() else {
        return String::new();
    };
    let more = pipeline.len().saturating_sub(texts.len());
    // What was not read may differ.
    if more == 0 && others.iter().all(|other| other == first) {
        return first.clone();
    }
    let mut text = texts.join("; ");
    if more > 0 {
        // Writing to a text does not fail.
        let _ = write!(text, "; ... ({} commands)", pipeline.len());
    }
    text
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
