//! A file that the console's lines go to, rotated by size and age.

mod disk;
mod open;
mod queue;
mod roll;
mod settings;
mod writer;

pub use self::{
    settings::{LogFile, LogFileError},
    writer::{FileGuard, FileWriter},
};
