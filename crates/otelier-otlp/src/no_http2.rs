//! Stands for HTTP/2 where the feature `otlp-grpc` is off: no transport speaks it.

use hyper_util::client::legacy::Builder;

pub(crate) const fn speak(_: &mut Builder, _: u32) {}
