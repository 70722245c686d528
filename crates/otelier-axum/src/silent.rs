//! What stands for `record` where telemetry is compiled out.

use std::borrow::Cow;

pub(crate) use otelier_core::edge::{
    Never as Scope, Never as Talk, Unlayered as Layered,
    silent::{
        ignore as closed, ignore as observe_admissions, ignore as observe_readiness,
        ignore as over, ignore_two as answered, ignore_two as failed, ignore_two as refused,
        ignore_two as set, ignore_two as waited, nothing as trace_id, nothing_of as ends_late,
        nothing_of as talk, run_second as enter,
    },
    unlayered as layered,
};

pub(crate) type Shared = otelier_core::edge::silent::Silent<crate::config::Config>;
pub(crate) type Upgrade = otelier_core::edge::silent::Silent<Cow<'static, str>>;
pub(crate) type Admissions = otelier_core::edge::silent::Silent<Cow<'static, str>>;
pub(crate) type Fate = otelier_core::edge::silent::Silent<Cow<'static, str>>;
