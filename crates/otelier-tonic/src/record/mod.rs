//! What is recorded of a call, where telemetry is compiled in.
//!
//! | floor | rooms |
//! |---|---|
//! | what becomes of a call | `begin`, `end`, `scope` |
//! | its record | `operation`, `calls`, `telemetry` |
//! | names and labels | `method`, `host`, `error`, `metadata` |

mod begin;
mod calls;
mod end;
mod error;
mod host;
mod metadata;
mod method;
mod operation;
mod scope;
mod telemetry;

pub(crate) use otelier_core::edge::{Layered, layered};

pub(crate) use self::{
    begin::{receive, send},
    end::{answered, broke, ended, failed, waits},
    error::{BODY_ERROR, SERVICE_ERROR},
    scope::Scope,
    telemetry::{Telemetry, client, server},
};
