//! What a pool records, on SQLite.
#![cfg(test)]

#[path = "../suite/mod.rs"]
#[macro_use]
mod suite;
mod bounds;
mod requests;
mod sqlite;
