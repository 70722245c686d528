//! What stands for `record` where telemetry is compiled out.

use std::{borrow::Cow, io, time::Duration};

use axum::http::Response;
pub(crate) use otelier_core::edge::{
    Never as Scope, Never as Talk, Unlayered as Layered,
    silent::{
        ignore as observe_admissions, ignore as observe_readiness, ignore as over,
        ignore_two as answered, ignore_two as set, nothing as trace_id, nothing_of as talk,
    },
    unlayered as layered,
};

use crate::places::{Outcome, Refusal};

pub(crate) type Shared = otelier_core::edge::silent::Silent<crate::config::Config>;
pub(crate) type Upgrade = otelier_core::edge::silent::Silent<Cow<'static, str>>;

#[derive(Clone, Debug)]
pub(crate) struct Fate;

impl Fate {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn closed(&self) {}

    pub(crate) fn failed(&self, _: &io::Error) {}

    pub(crate) fn concerns<B>(_: &Response<B>) -> bool {
        false
    }

    pub(crate) fn enter<T>(&self, part: impl FnOnce() -> T) -> T {
        part()
    }
}

#[derive(Debug)]
pub(crate) struct Admissions;

impl Admissions {
    pub(crate) fn new(_: Cow<'static, str>) -> Self {
        Self
    }

    pub(crate) fn refused(&self, _: Refusal) {}

    pub(crate) fn waited(&self, _: Duration, _: Outcome) {}
}
