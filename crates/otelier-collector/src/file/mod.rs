//! Files of OTLP JSON lines, as the collector's file exporter writes them.

mod open;
mod pieces;
mod rotate;
mod save;

pub(crate) use self::{
    open::{Limits, open},
    save::{Saver, save},
};
pub use self::{
    open::{Opened, Skipped},
    rotate::Rotation,
};
