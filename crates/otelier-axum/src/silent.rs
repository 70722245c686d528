//! What stands for `record` where telemetry is compiled out.

use std::{borrow::Cow, fmt::Display, io, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, Response},
};
use otelier_core::edge::Never;
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

use crate::{
    config::Config,
    machine::Shared as Readiness,
    places::{Outcome, Places, Refusal},
};

pub(crate) type Scope = Never;
pub(crate) type Talk = Never;

#[derive(Clone, Debug, Default)]
pub(crate) struct Shared;

impl Shared {
    pub(crate) fn edit(self, _: impl FnOnce(&mut Config)) -> Self {
        self
    }

    pub(crate) fn is_off(&self) -> bool {
        true
    }

    pub(crate) fn is_idle(&self) -> bool {
        true
    }

    pub(crate) fn begin<B>(&self, _: &mut Request<B>) -> Option<Box<Scope>> {
        None
    }
}

#[expect(
    clippy::boxed_local,
    clippy::needless_pass_by_value,
    reason = "as in `record`"
)]
pub(crate) fn answered<E>(_: &mut Result<Response<Body>, E>, scope: Box<Scope>) {
    match *scope {}
}

pub(crate) struct Upgrade;

impl Upgrade {
    pub(crate) fn new(_: impl Into<Cow<'static, str>>) -> Self {
        Self
    }

    pub(crate) fn begin(self) -> Option<Talk> {
        None
    }
}

pub(crate) fn set(_: impl Into<Cow<'static, str>>, _: impl Display) {}

pub(crate) fn over(_: Option<Talk>) {}

pub(crate) fn trace_id() -> Option<String> {
    None
}

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

pub(crate) fn observe_readiness(_: &Arc<Readiness>) {}

pub(crate) fn observe_admissions(_: &Arc<Places>) {}

#[derive(Debug)]
pub(crate) struct Admissions;

impl Admissions {
    pub(crate) fn new(_: Cow<'static, str>) -> Self {
        Self
    }

    pub(crate) fn refused(&self, _: Refusal) {}

    pub(crate) fn waited(&self, _: Duration, _: Outcome) {}
}
