//! What stands for `record` where telemetry is compiled out.

use std::{borrow::Cow, fmt::Display};

use axum::{
    body::Body,
    http::{Request, Response},
    response::ResponseParts,
};
use otelier_core::edge::Never;
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

use crate::config::Config;

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

pub(crate) fn take_time_to_headers(_: &mut ResponseParts) {}

pub(crate) fn trace_id() -> Option<String> {
    None
}
