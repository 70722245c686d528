//! What records, from the request's head to the end of its answer.
//!
//! | floor | rooms |
//! |---|---|
//! | what becomes of a request | `shared`, `begin`, `body`, `scope`; `talk` of an upgrade |
//! | its record | `operation`, `access`, `telemetry`, `streams`; `readiness`, `admissions` |
//! | its head | `head`, `entries`, `origin`, `forwarded`, `marks`, `request_body` |
//! | names and labels | `labels`, `meter`, `error`, `ending`, `fate`, `protocol`, `route`, `exclude`, `json`, `recent`, `host` |

mod access;
mod admissions;
mod begin;
mod body;
mod ending;
mod entries;
mod error;
mod exclude;
mod fate;
mod forwarded;
mod head;
mod here;
mod host;
mod json;
mod labels;
mod marks;
mod meter;
mod operation;
mod origin;
mod protocol;
mod readiness;
mod recent;
mod request_body;
mod route;
mod scope;
mod shared;
mod streams;
mod talk;
mod telemetry;

use otelier_core::edge::listed;
pub(crate) use otelier_core::{
    context::set,
    edge::{Layered, layered},
};

pub(crate) use self::{
    admissions::{Admissions, observe_admissions, refused, waited},
    body::answered,
    fate::{Fate, closed, ends_late, enter, failed},
    here::trace_id,
    readiness::observe_readiness,
    scope::Scope,
    shared::Shared,
    talk::{Talk, Upgrade, over, talk},
};
