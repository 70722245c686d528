//! What records, from the request's head to the end of its answer.
//!
//! | floor | rooms |
//! |---|---|
//! | what becomes of a request | `shared`, `begin`, `body`, `scope`; `talk` of an upgrade |
//! | its record | `operation`, `access`, `telemetry` |
//! | its head | `head`, `entries`, `origin`, `forwarded`, `marks`, `request_body` |
//! | names and labels | `labels`, `error`, `protocol`, `route`, `exclude`, `listed`, `json`, `recent`, `host` |

mod access;
mod begin;
mod body;
mod entries;
mod error;
mod exclude;
mod forwarded;
mod head;
mod here;
mod host;
mod json;
mod labels;
mod listed;
mod marks;
mod operation;
mod origin;
mod protocol;
mod recent;
mod request_body;
mod route;
mod scope;
mod shared;
mod talk;
mod telemetry;

pub(crate) use otelier_core::{
    context::set,
    edge::{Layered, layered},
};

pub(crate) use self::{
    body::answered,
    here::{take_time_to_headers, trace_id},
    scope::Scope,
    shared::Shared,
    talk::{Talk, Upgrade, talk},
};
