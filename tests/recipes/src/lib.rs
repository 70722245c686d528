//! The recipes of docs/clients.md for crates that are not in the main workspace.

pub mod aws_smithy;
pub mod oauth2;
pub mod object_store;
pub mod reqwest_012;

#[cfg(test)]
mod tests;
